"""Resolve the lock files anew, for every Python and platform, with hashes and without the address of any index."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAIRS = {
    "requirements.in": "requirements.lock",
    "requirements-dev.in": "requirements-dev.lock",
    "requirements-bench.in": "requirements-bench.lock",
    "tools/node.in": "tools/node.lock",
}
OPTIONS = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-emit-index-url"]
OPTIONS += ["--no-emit-find-links", "--quiet", "--upgrade"]


def main() -> None:
    """Write each lock file; the tools are resolved against the runtime's, so that they never move a version of it."""
    if find_spec("uv") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    for source, lock in PAIRS.items():
        constraint = ["--constraint", "requirements.lock"] if source == "requirements-dev.in" else []
        command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *constraint, source, "--output-file", lock]
        subprocess.run(command, cwd=ROOT, check=True)
        print(f"{lock} written")


if __name__ == "__main__":
    main()
