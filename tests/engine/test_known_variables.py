"""What an expression can read is what is set on a way to it."""

import pytest

from engine.bpmn.lint.known import known_variables
from engine.errors import DefinitionInvalid
from workflows import BPMN_DIR

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core">'


def sets(names: str, setting: str = "fields") -> str:
    box = f'<s:properties><s:property name="{setting}" value="{names}"/></s:properties>'
    return f"<extensionElements>{box}</extensionElements>"


INSIDE = (
    f'<startEvent id="in"/><userTask id="deep">{sets("found")}</userTask>'
    '<sequenceFlow id="f" sourceRef="in" targetRef="deep"/>'
)


def diagram(nodes: str, *flows: tuple[str, str], besides: str = "") -> bytes:
    lines = "".join(f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in flows)
    start = f'<startEvent id="start">{sets("amount")}</startEvent>'
    return f'{HEAD}<process id="p" isExecutable="true">{start}{nodes}{lines}</process>{besides}</definitions>'.encode()


def test_a_step_knows_what_was_set_before_it_and_not_what_is_set_after() -> None:
    nodes = f'<userTask id="one">{sets("first")}</userTask><userTask id="two">{sets("second")}</userTask>'
    known = known_variables(diagram(nodes, ("start", "one"), ("one", "two")))
    assert known["one"] == {"amount": "start"}
    assert known["two"] == {"amount": "start", "first": "one"}
    assert known["start_one"] == {"amount": "start"}
    assert known["one_two"] == known["two"]


def test_another_branch_is_not_known() -> None:
    nodes = f'<userTask id="left">{sets("kept")}</userTask><userTask id="right"/>'
    known = known_variables(diagram(nodes, ("start", "left"), ("start", "right")))
    assert known["right"] == {"amount": "start"}


def test_a_way_back_brings_what_was_set_further_on() -> None:
    nodes = f'<userTask id="one"/><userTask id="two">{sets("later")}</userTask>'
    known = known_variables(diagram(nodes, ("start", "one"), ("one", "two"), ("two", "one")))
    assert known["one"] == {"amount": "start", "later": "two"}


def test_a_subprocess_hands_out_what_is_set_inside_and_takes_in_what_is_set_before() -> None:
    nodes = f'<subProcess id="sub">{INSIDE}</subProcess><task id="after"/>'
    known = known_variables(diagram(nodes, ("start", "sub"), ("sub", "after")))
    assert known["deep"] == {"amount": "start"}
    assert known["after"] == {"amount": "start", "found": "deep"}


def test_a_called_process_knows_what_its_caller_knows_and_hands_out_what_it_sets() -> None:
    called = f'<process id="q">{INSIDE}</process>'
    nodes = '<callActivity id="call" calledElement="q"/><task id="after"/>'
    known = known_variables(diagram(nodes, ("start", "call"), ("call", "after"), besides=called))
    assert known["deep"] == {"amount": "start"}
    assert known["after"] == {"amount": "start", "found": "deep"}


def test_the_item_of_a_loop_is_known_in_the_loop_alone() -> None:
    known = known_variables((BPMN_DIR / "invoice_request.bpmn").read_bytes())
    assert known["approve_together"]["step_place"] == "approve_together"
    assert "step_place" not in known["approve"]
    assert "decision" in known["approve_together"]  # asked after each instance whether that is enough


def test_what_is_no_diagram_is_refused() -> None:
    with pytest.raises(DefinitionInvalid):
        known_variables(b"<no")
