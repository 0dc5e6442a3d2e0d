"""`python -m tests.conformance.bpmn FOLDER` runs every BPMN conformance case below a folder.

Each failure is printed with what was expected; the last line is `N passed, M failed`, and the exit code is 1 if any
failed. `--table` adds a line for each folder of cases, in Markdown. Without a folder the project's own cases run.
"""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.conformance.cases import CASES, Case, read_cases
from tests.conformance.playing import failures_of


def table(cases: Iterable[Case]) -> list[str]:
    """How many cases there are of each kind."""
    counts = Counter(case.name.rpartition("/")[0] for case in cases)
    return ["| cases of | |", "|---|---|", *(f"| `{folder}` | {count} |" for folder, count in sorted(counts.items()))]


def main(arguments: list[str]) -> int:
    """Run every case; print the failures and the count."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.bpmn")
    parser.add_argument("folder", type=Path, nargs="?", default=CASES)
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args(arguments)
    if not given.folder.is_dir():
        parser.error(f"{given.folder} is not a folder")
    cases = list(read_cases(given.folder))
    failed = sum(_report(case) for case in cases)
    if given.table:
        print(*table(cases), sep="\n")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


def _report(case: Case) -> bool:
    """Run one case and print why it failed, if it did."""
    failures = failures_of(case)
    if failures:
        print(f"FAILED {case.name}", *(f"  {failure}" for failure in failures), sep="\n")
    return bool(failures)


if __name__ == "__main__":
    logging.disable()  # steps that are meant to fail are no news
    sys.exit(main(sys.argv[1:]))
