"""What ``make run`` does once everything is installed: database, demo data, then become the server."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

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
    """Run one command to its end; a signal to stop reaches it too, and ends this program with it."""
    with subprocess.Popen([PIAOFLOW, *arguments]) as process:

        def stop(number: int, _frame: FrameType | None) -> None:
            process.send_signal(number)
            process.wait()
            sys.exit(128 + number)

        previous = signal.signal(signal.SIGTERM, stop)
        status = process.wait()
        signal.signal(signal.SIGTERM, previous)
    if status:
        sys.exit(status)


if __name__ == "__main__":
    main()
