"""Whatever a file holds: it is translated and checked, or refused with sentences, within the limits."""

import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.bpmn.imports import normalise
from engine.bpmn.lint.findings import MAX_PROBLEMS
from engine.bpmn.xml import parse_xml
from engine.catalogue import Catalogue
from engine.errors import DefinitionInvalid
from engine.process import Engine
from tests.engine.diagrams import process
from workflows import BPMN_DIR

SOURCES = [*sorted(Path(__file__).parent.glob("*.bpmn")), *sorted(BPMN_DIR.glob("*.bpmn"))]
TREES = [parse_xml(path.read_bytes(), any_encoding=True) for path in SOURCES]
TAGS = sorted({element.tag for tree in TREES for element in tree.iter()})
NAMES = sorted({name for tree in TREES for element in tree.iter() for name in element.attrib})
VALUES = sorted({value for tree in TREES for element in tree.iter() for value in element.attrib.values()})
ODD = [
    "", " ", "Start", "x.EndJoin", "${", "${a.b()}", "=", "=[", "#{!a}", "tns:Start", "流程", "P1D", "R/PT1S", "{x}",
    "0 0 * * * ?", "a" * 600, "\u202e", "p",
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(VALUES),
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=20),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["drop", "attribute", "text", "copy", "tag", "forget"]),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        TEXTS,
    ),
    min_size=1,
    max_size=6,
)


def mangled(root: Any, steps: list[tuple[str, int, int, str]]) -> bytes:
    root = deepcopy(root)
    for kind, one, other, text in steps:
        elements = list(root.iter())
        element, second = elements[one % len(elements)], elements[other % len(elements)]
        if kind == "drop" and element.getparent() is not None:
            element.getparent().remove(element)
        elif kind == "attribute":
            element.set(NAMES[other % len(NAMES)], text)
        elif kind == "text":
            element.text = text
        elif kind == "copy" and len(elements) < 2_000:
            second.append(deepcopy(element))
        elif kind == "tag":
            element.tag = TAGS[other % len(TAGS)]
        elif kind == "forget" and element.attrib:
            del element.attrib[list(element.attrib)[other % len(element.attrib)]]
    return bytes(etree.tostring(root))


def survive(source: bytes) -> None:
    """Translate and check; all that may come out is a refusal with sentences, or a result with sentences."""
    refusal = None
    try:
        found = normalise(source)
    except DefinitionInvalid as error:
        refusal = error
    if refusal is not None:
        assert refusal.problems
        assert str(refusal)
        return
    again = normalise(found.bpmn)
    assert (again.bpmn, again.changes) == (found.bpmn, ())
    for said in (*found.changes, *found.open_points):
        assert str(said)
    for checked in (source, found.bpmn):
        problems = Engine(Catalogue()).check(checked, decisions=(), forms=())
        assert len(problems) <= MAX_PROBLEMS + 1
        for problem in problems:
            assert str(problem)
            assert problem.fix.format(**problem.fields) or problem.severity == "error"


@given(st.sampled_from(TREES), STEPS)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mangled_file_is_translated_or_refused(root: Any, steps: list[tuple[str, int, int, str]]) -> None:
    began = time.perf_counter()
    survive(mangled(root, steps))
    assert time.perf_counter() - began < 5


@given(st.sampled_from([path.read_bytes() for path in SOURCES]), st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_with_broken_bytes_is_translated_or_refused(source: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(source)))
    length = data.draw(st.integers(0, 40))
    survive(source[:place] + data.draw(st.binary(max_size=20)) + source[place + length :])


def user_tasks(count: int) -> str:
    return "".join(
        f'<bpmn:userTask id="用{n}" c:assignee="${{a{n}}}" c:dueDate="PT{n + 1}H" c:formKey="f{n}">'
        f'<bpmn:multiInstanceLoopCharacteristics c:collection="${{l}}" c:elementVariable="v"/></bpmn:userTask>'
        for n in range(count)
    )


def forks(count: int) -> str:
    return "".join(
        f'<bpmn:task id="t{n}"/><bpmn:sequenceFlow id="a{n}" sourceRef="t{n}" targetRef="t{n}"/>'
        f'<bpmn:sequenceFlow id="b{n}" sourceRef="t{n}" targetRef="t{n}"/>'
        for n in range(count)
    )


LARGE = {
    "user tasks": user_tasks(3_000),
    "forks": forks(4_000),
    "events without messages": "".join(
        f'<bpmn:intermediateCatchEvent id="e{n}"><bpmn:messageEventDefinition/></bpmn:intermediateCatchEvent>'
        for n in range(7_000)
    ),
    "empty subprocesses": "".join(f'<bpmn:subProcess id="s{n}"/>' for n in range(10_000)),
    "subprocesses in each other": "<bpmn:subProcess>" * 55 + "<bpmn:task/>" * 10_000 + "</bpmn:subProcess>" * 55,
    "processes": "</bpmn:process>" + "<bpmn:process/>" * 10_000 + "<bpmn:process>",
}


@pytest.mark.parametrize("text", ["${" + "a+" * 1_900 + "a}", "=[" + "1," * 4_900 + "1]"])
def test_more_expressions_than_can_be_translated_in_time_are_refused_at_once(text: str) -> None:
    flows = f'<bpmn:sequenceFlow id="f"><bpmn:conditionExpression>{text}</bpmn:conditionExpression></bpmn:sequenceFlow>'
    began = time.perf_counter()
    with pytest.raises(DefinitionInvalid) as refusal:
        normalise(process(flows * 150))
    assert refusal.value.code == "import.expressions"
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE)
def test_a_file_full_of_work_is_translated_within_seconds(body: str) -> None:
    source = process(body).replace(
        b"<bpmn:definitions", b'<bpmn:definitions xmlns:c="http://camunda.org/schema/1.0/bpmn"'
    )
    began = time.perf_counter()
    found = normalise(source)
    Engine(Catalogue()).check(found.bpmn, decisions=(), forms=())
    assert time.perf_counter() - began < 10
