"""Runs the approval of `bench/peers/viewflow_site` with the interpreter of `.venv-bench` and reads what it cost."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from bench.company import Cost

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-bench" / "bin" / "python"


class Unavailable(Exception):
    """The peer is not installed; the benchmark goes on without it."""


def measure(folder: Path, shape: str, *, requests: int) -> list[Cost]:
    """Cost of every decision about `requests` requests on a SQLite file in `folder`. Raises `Unavailable`."""
    if not _is_installed():
        raise Unavailable("django-viewflow could not be installed here")
    folder.mkdir(exist_ok=True)
    command = [str(PYTHON), "-m", "bench.peers.viewflow_site", str(folder / f"{shape}.db"), shape, str(requests)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [Cost(milliseconds, statements) for milliseconds, statements in json.loads(done.stdout)]


def _is_installed() -> bool:
    asking = "import importlib.metadata as known; known.version('django-viewflow'); known.version('django')"
    return PYTHON.exists() and not subprocess.run([PYTHON, "-c", asking], capture_output=True, check=False).returncode
