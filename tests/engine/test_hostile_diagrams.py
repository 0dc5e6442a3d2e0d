"""Broken variants of the shipped diagram: each is refused with sentences or runs; nothing else escapes."""

import random
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from engine.bpmn.xml import parse_xml
from engine.errors import DefinitionInvalid, EngineError
from engine.process import Engine
from tests.flows.recorder import Recorder
from workflows import BPMN_DIR, DMN_DIR

SHIPPED = parse_xml((BPMN_DIR / "invoice_request.bpmn").read_bytes())
DECISIONS = {"approval_chain": (DMN_DIR / "approval_chain.dmn").read_bytes()}
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
DATA = {
    "request_id": 7,
    "requester_id": 3,
    "amount": Decimal(5),
    "invoice_type": "digital_special",
    "customer_grade": "A",
}
TEXTS = [
    "",
    " ",
    "x",
    "'\"]",
    "Start",
    "approve",
    "decided",
    "{x}",
    "=",
    "=(",
    "P1D",
    "R/PT1S",
    "１",
    "\u202e",
    "a" * 5000,
]
_TAGS = sorted({element.tag for element in SHIPPED.iter()})


def _elements(root: Any) -> list[Any]:
    return list(root.iter())[1:]


def _drop_element(root: Any, chance: random.Random) -> None:
    element = chance.choice(_elements(root))
    element.getparent().remove(element)


def _drop_attribute(root: Any, chance: random.Random) -> None:
    element = chance.choice([element for element in _elements(root) if element.attrib])
    del element.attrib[chance.choice(list(element.attrib))]


def _change_attribute(root: Any, chance: random.Random) -> None:
    element = chance.choice([element for element in _elements(root) if element.attrib])
    element.set(chance.choice(list(element.attrib)), chance.choice(TEXTS))


def _change_text(root: Any, chance: random.Random) -> None:
    chance.choice(_elements(root)).text = chance.choice(TEXTS)


def _double(root: Any, chance: random.Random) -> None:
    element = chance.choice(_elements(root))
    chance.choice(_elements(root)).append(deepcopy(element))


def _rename(root: Any, chance: random.Random) -> None:
    chance.choice(_elements(root)).tag = chance.choice(_TAGS)


MUTATIONS: list[Callable[[Any, random.Random], None]] = [
    _drop_element,
    _drop_attribute,
    _change_attribute,
    _change_text,
    _double,
    _rename,
]


@pytest.mark.parametrize("seed", range(8))
def test_a_mangled_diagram_is_refused_or_runs(seed: int) -> None:
    chance = random.Random(seed)
    engine = Engine(Recorder().catalogue)
    for _ in range(20):
        root = deepcopy(SHIPPED)
        for _ in range(chance.randint(1, 3)):
            chance.choice(MUTATIONS)(root, chance)
        _try(engine, etree.tostring(root))


def _try(engine: Engine, source: bytes) -> None:
    problems = engine.check(source, decisions=DECISIONS, forms={"approval", "revision", "issuing"})
    assert all(str(problem) for problem in problems)
    try:
        definition = engine.load(source, DECISIONS)
    except DefinitionInvalid:
        assert problems
        return
    try:
        outcome = engine.start(definition, DATA, context=None, now=NOW)
        for _ in range(20):
            if not outcome.open_tasks:
                break
            answer = {"decision": "approve"} if "decision" in outcome.open_tasks[0].fields else {}
            outcome = engine.complete(
                definition, outcome.state, outcome.open_tasks[0].id, answer, context=None, now=NOW
            )
    except EngineError:
        return
