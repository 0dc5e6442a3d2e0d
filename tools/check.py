"""What ``make check`` runs: every check that needs no test, two at a time, one line each."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = sys.executable
BIN = Path(PYTHON).parent

CHECKS: dict[str, list[str | Path]] = {
    "types (mypy)": [BIN / "mypy"],
    "style (ruff check)": [BIN / "ruff", "check", "--quiet", "."],
    "format (ruff format)": [BIN / "ruff", "format", "--check", "--quiet", "."],
    "floors (import-linter)": [BIN / "lint-imports"],
    "templates (djlint)": [BIN / "djlint", "--lint", "--quiet", "web/templates"],
    "spelling (codespell)": [BIN / "codespell"],
    "translations (babel)": [PYTHON, "tools/messages.py", "check"],
    "licences (NOTICE)": [PYTHON, "tools/notice.py", "check"],
}


def main() -> None:
    """Run every check even when one fails; exit with 1 if any did."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        passed = list(pool.map(run, CHECKS))
    sys.exit(0 if all(passed) else 1)


def run(name: str) -> bool:
    """Run one check, print its verdict and, only when it failed, what it said."""
    started = time.monotonic()
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(CHECKS[name], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    verdict = "ok" if done.returncode == 0 else "FAILED"
    said = "" if done.returncode == 0 else f"\n{done.stdout}{done.stderr}".rstrip()
    print(f"{name:<24}{verdict:<8}{time.monotonic() - started:5.1f} s{said}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    main()
