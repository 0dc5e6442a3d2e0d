"""`python -m tests.conformance.dmn_tck FOLDER` runs every test case under a folder laid out like the DMN TCK.

Each failure is listed; the last line is `N passed, M failed`, and the exit code is 1 if any failed. `--table` adds a
line for each folder, in Markdown. A test case passes when every result node of it agrees.
"""

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from lxml import etree

from engine.dmn import Decision, answer, read_bundle
from engine.dmn.decisions import DecisionService, KnowledgeModel
from engine.dmn.frame import Element
from engine.dmn.parser import Bundle
from engine.errors import EngineError
from tests.conformance.tck_values import agrees, read_value, shown

CASE_SECONDS = 10
KINDS: dict[str, type[Element]] = {
    "decision": Decision,
    "bkm": KnowledgeModel,
    "decisionService": DecisionService,
}


class TookTooLong(BaseException):
    """Not an Exception, so that nothing on the way answers it."""


@dataclass(frozen=True)
class Result:
    """One test case; `faults` has a sentence for each result node that does not agree."""

    folder: str
    file: str
    case: str
    faults: tuple[str, ...]


def run(root: Path) -> Iterator[Result]:
    """The result of every test case of every file under the folder."""
    for path in sorted(root.rglob("*.xml")):
        try:
            suite = etree.parse(str(path)).getroot()
        except etree.XMLSyntaxError as error:
            yield Result(_folder(path, root), path.name, "–", (f"the file cannot be read: {error}",))
            continue
        if etree.QName(suite).localname == "testCases":
            yield from _run_file(suite, path, root)


def _run_file(suite: Any, path: Path, root: Path) -> Iterator[Result]:
    bundle, fault = _load(suite, path)
    for number, case in enumerate(suite.findall("{*}testCase"), start=1):
        faults = tuple(_faults(bundle, case)) if bundle is not None else (fault,)
        yield Result(_folder(path, root), path.name, case.get("id") or str(number), faults)


def _folder(path: Path, root: Path) -> str:
    return path.parent.relative_to(root).as_posix()


def _load(suite: Any, path: Path) -> tuple[Bundle | None, str]:
    """The model that the file names, with all others beside it to import from; or why there is none."""
    name = (suite.findtext("{*}modelName") or "").strip()
    try:
        with at_most(CASE_SECONDS):
            others = [item.read_bytes() for item in sorted(path.parent.glob("*.dmn")) if item.name != name]
            return read_bundle((path.parent / name).read_bytes(), others), ""
    except (OSError, EngineError) as error:
        return None, f"the model {name} cannot be read: {error}"
    except TookTooLong:
        return None, f"the model {name} was not read within {CASE_SECONDS} s"
    except Exception as error:
        return None, f"the model {name} broke the reader: {error!r}"


def _faults(bundle: Bundle, case: Any) -> Iterator[str]:
    for node in case.findall("{*}resultNode"):
        expected: Any = None
        try:
            with at_most(CASE_SECONDS):
                # A case that expects an error is content with null: that is what the standard makes of one.
                expected = None if node.get("errorResult") == "true" else read_value(node.find("{*}expected"))
                actual, reasons = _ask(bundle, case, node)
        except TookTooLong:
            yield f"{node.get('name')}: expected {shown(expected)}, got nothing within {CASE_SECONDS} s"
        except Exception as error:
            yield f"{node.get('name')}: expected {shown(expected)}, got {error!r}"
        else:
            if not agrees(actual, expected):
                yield f"{node.get('name')}: expected {shown(expected)}, got {shown(actual)}{reasons}"


def _ask(bundle: Bundle, case: Any, node: Any) -> tuple[Any, str]:
    inputs = [(item.get("namespace"), item.get("name"), read_value(item)) for item in case.findall("{*}inputNode")]
    data = {name: value for _, name, value in inputs}
    qualified = {(namespace, name): value for namespace, name, value in inputs if namespace}
    kind = case.get("type") or "decision"
    name = node.get("name") if kind == "decision" else case.get("invocableName") or node.get("name")
    namespace = node.get("namespace") or case.get("namespace") or ""
    element = next((item for item in bundle.find(name, namespace) if isinstance(item, KINDS[kind])), None)
    if element is None:
        return None, f" (the model has no {kind} {name})"
    try:
        value, faults = answer(element, data, qualified=qualified)
    except EngineError as error:
        return None, f" ({error})"
    if isinstance(element, DecisionService) and len(element.outputs) > 1 and isinstance(value, dict):
        value = value.get(node.get("name"), value)
    reasons = "; ".join(str(fault) for fault in faults[:3])
    return value, f" ({reasons})" if reasons else ""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TookTooLong inside when the time is over; where the system has no such timer, fuel alone is the bound."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TookTooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def table(results: list[Result]) -> Iterator[str]:
    """A Markdown table with a line for each folder."""
    yield "| folder | passed | of |"
    yield "|---|---|---|"
    for folder, group in groupby(results, key=lambda result: result.folder):
        cases = list(group)
        yield f"| {folder} | {sum(not case.faults for case in cases)} | {len(cases)} |"


def main(arguments: list[str] | None = None) -> int:
    """Run and print. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.dmn_tck", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--table", action="store_true", help="print the result of each folder too")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        print(f"{options.folder} is no folder")
        return 1
    results = list(run(options.folder))
    for result in results:
        for fault in result.faults:
            print(f"FAILED {result.folder}/{result.file} case {result.case}, node {fault}")
    if options.table:
        print("\n".join(table(results)))
    failed = sum(bool(result.faults) for result in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
