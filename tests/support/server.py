"""The real product as a process of its own, on a free port, to be driven, stopped and killed."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
START_SECONDS = 30
STOP_SECONDS = 20


class ProductServer:
    """``piaoflow serve`` on a data folder; use it in a ``with`` block, or call start and stop.

    ``environment`` is added to the test's own (DATABASE_URL, PIAOFLOW_…). The output is kept in ``data/server.log``.
    """

    def __init__(self, data: Path, environment: dict[str, str] | None = None) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "PIAOFLOW_DATA": str(data),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """Return what the server has printed so far."""
        path = self.data / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def run(self, *arguments: str, text: str | None = None) -> str:
        """Run another piaoflow command on the same data and return what it prints; raise when it fails."""
        command = [*piaoflow(), *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, input=text, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"piaoflow {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self) -> None:
        """Start the server and wait until /healthz answers 200."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "server.log").open("ab") as log:
            command = [*piaoflow(), "serve"]
            self._process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while not self.is_healthy():
            if self._exited_within(0.05) or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"The server did not start:\n{self.log}")

    def is_healthy(self) -> bool:
        """Return whether /healthz answers 200."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> int:
        """Ask the server to end with SIGTERM and return its exit status; 0 when it does not run."""
        if self._process is None:
            return 0
        self._process.terminate()
        if not self._exited_within(STOP_SECONDS):
            self.kill()
            raise RuntimeError(f"The server ignored SIGTERM for {STOP_SECONDS} s:\n{self.log}")
        status = self._process.returncode
        self._process = None
        return int(status)

    def kill(self) -> None:
        """End the server with SIGKILL, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _exited_within(self, seconds: float) -> bool:
        assert self._process is not None
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def piaoflow() -> list[str]:
    """Return the command that runs the product: the installed console script, else the same module."""
    script = Path(sys.executable).with_name("piaoflow")
    return [str(script)] if script.exists() else [sys.executable, "-c", "from web.cli import main; main()"]


def free_port() -> int:
    """Return a TCP port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
