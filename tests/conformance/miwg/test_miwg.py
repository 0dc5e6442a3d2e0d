"""The reference diagrams of the BPMN Model Interchange Working Group, where a copy of them lies beside the project.

What is left to do with each after an import is written in `docs/conformance.md`, and compared with that here.
"""

import os
import re
from pathlib import Path

import pytest

from engine.bpmn.imports import normalise
from engine.catalogue import Catalogue
from engine.errors import Problem
from engine.process import Engine

ROOT = Path(__file__).parents[3]
SUITE = Path(os.environ.get("PIAOFLOW_CONFORMANCE") or ROOT.parent / "shared" / "conformance") / "miwg"
FILES = sorted(SUITE.glob("*.bpmn"))
COUNT = 21

# What only the company that runs the process can say, and what a diagram drawn to be looked at leaves out.
CHOICES = frozenset(
    {"service.unknown", "service.no_operator", "form.missing", "form.unknown", "decision.missing", "decision.unknown",
     "call.unknown"}
)  # fmt: skip
DETAILS = frozenset(
    {"gateway.no_default", "gateway.no_condition", "expression.invalid", "loop.no_collection", "timer.missing",
     "flow.several_leaving", "node.dead_end"}
)  # fmt: skip
ROW = re.compile(r"\| `(\w\.\d\.\d)` \| ([^|]*) \| ([^|]*) \|")

pytestmark = pytest.mark.skipif(not FILES, reason="the reference diagrams are not here")


def check(source: bytes) -> list[Problem]:
    return Engine(Catalogue()).check(source, decisions=(), forms=())


def state(source: bytes) -> str:
    """What a diagram still needs to run: nothing, choices, details, or other elements."""
    codes = {problem.code for problem in check(source) if problem.severity == "error"}
    if not codes:
        return "runs"
    if codes <= CHOICES:
        return "choices"
    return "details" if codes <= CHOICES | DETAILS else "refused"


def test_all_of_them_are_there() -> None:
    assert len(FILES) == COUNT


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_reference_diagram_is_imported_and_judged_with_sentences(path: Path) -> None:
    source = path.read_bytes()
    found = normalise(source)
    again = normalise(found.bpmn)
    assert (again.bpmn, again.changes) == (found.bpmn, ())
    for problem in (*check(source), *check(found.bpmn), *found.open_points):
        assert str(problem)
        assert problem.fix
    if state(found.bpmn) == "runs":
        Engine(Catalogue()).load(found.bpmn, {})


def test_the_documentation_tells_what_each_needs() -> None:
    text = (ROOT / "docs" / "conformance.md").read_text()
    told = {row[1]: (row[2].strip(), row[3].strip()) for row in ROW.finditer(text)}
    found = {path.stem: (state(path.read_bytes()), state(normalise(path.read_bytes()).bpmn)) for path in FILES}
    assert told == found
