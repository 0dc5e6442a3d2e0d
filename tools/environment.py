"""Create the virtual environment, or say in one sentence what is missing. Runs on any Python 3 it is given."""

import subprocess
import sys

OLDEST = (3, 11)


def main(folder):
    """Create ``folder``; exit with a sentence for people when this Python cannot."""
    if sys.version_info < OLDEST:
        sys.exit(f"Piaoflow needs Python 3.11 or later, and this is {sys.version}. Try: make PYTHON=python3.12")
    try:
        import ensurepip  # noqa: F401, PLC0415 (Debian keeps it in a package of its own)
    except ImportError:
        sys.exit("This Python cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install python3-venv")
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)


if __name__ == "__main__":
    main(sys.argv[1])
