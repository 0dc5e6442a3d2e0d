"""What ``make run`` does once everything is installed: database, demo data, then become the server."""

import os
import signal
import subprocess
import sys
from pathlib import Path

PIAOFLOW = Path(sys.executable).with_name("piaoflow")


def main() -> None:
    """Prepare the data folder, then replace this process by the server, which so receives every signal itself."""
    os.environ.setdefault("PORT", "8000")
    os.environ.setdefault("PIAOFLOW_DATA", "./var")
    step("db", "upgrade")
    step("demo", "--if-empty")
    print(f"\nPiaoflow 票流: http://127.0.0.1:{os.environ['PORT']}/  (Ctrl-C stops it)\n", flush=True)
    os.execv(PIAOFLOW, [str(PIAOFLOW), "serve"])


def step(*arguments: str) -> None:
    """Run one command to its end; SIGTERM goes on to it, and its failure ends this program too."""
    with subprocess.Popen([PIAOFLOW, *arguments]) as process:
        # os.kill, not process.terminate(): the handler runs inside process.wait(), which holds the process's lock.
        signal.signal(signal.SIGTERM, lambda number, _frame: os.kill(process.pid, number))
        status = process.wait()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if status:
        sys.exit(abs(status))


if __name__ == "__main__":
    main()
