"""The command that runs BPMN conformance cases: `python -m tests.conformance.bpmn FOLDER`."""

import logging
import sys
from pathlib import Path

from tests.conformance.cases import CASES, read_cases
from tests.conformance.playing import failures_of


def main(arguments: list[str]) -> int:
    """Run every case below the folder given, or the project's own; print the failures and the count."""
    folder = Path(arguments[0]) if arguments else CASES
    if not folder.is_dir():
        print(f"{folder} is not a folder", file=sys.stderr)
        return 2
    passed = failed = 0
    for case in read_cases(folder):
        failures = failures_of(case)
        if failures:
            failed += 1
            print(f"FAILED {case.name}", *(f"  {failure}" for failure in failures), sep="\n")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    logging.disable()  # steps that are meant to fail are no news
    sys.exit(main(sys.argv[1:]))
