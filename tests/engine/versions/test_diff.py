"""What is said about two versions of a diagram: every change that the engine would notice, and nothing else."""

import json
from collections.abc import Callable

import pytest

from engine.versions import Difference, VersionFiles, compare
from tests.engine import diagrams
from tests.engine.diagrams import chain, end, exclusive, flow, process, service, start, timer, user
from tests.engine.runs import LOOP
from workflows import BPMN_DIR

MESSAGE = '<bpmn:message id="m" name="payment"/>'
RECEIVE = '<bpmn:receiveTask id="wait" messageRef="m"/>'
SUB = f'<bpmn:subProcess id="sub">{start("s")}{user("inner")}{end("e")}{chain("s", "inner", "e")}</bpmn:subProcess>'


def body(
    *,
    ask: str = "",
    calc: str = "",
    choose: str = "",
    left: str = "",
    more: str = "",
    flows: str = "",
    reminder: str = "",
) -> bytes:
    """ask (with a reminder) → calc → choose → left or right."""
    return process(
        start()
        + (ask or user("ask", candidates="=people", due_hours="=24"))
        + (reminder or timer("late", "ask", "timeDuration", "P5D") + end("told") + flow("late", "told"))
        + (calc or service("calc", "sum", result="total", amount="a + 1"))
        + (choose or exclusive("choose", "choose_to_right"))
        + (left or user("left"))
        + user("right")
        + RECEIVE
        + SUB
        + end()
        + more
        + (
            flows
            or chain("start", "ask", "calc", "choose")
            + flow("choose", "left", "total > 10")
            + flow("choose", "right")
            + chain("left", "wait", "sub", "end")
            + chain("right", "end")
        ),
        extra=MESSAGE,
    )


BEFORE = body()
ASK = user("ask", candidates="=people", due_hours="=24")


def edited(old: str, new: str) -> bytes:
    assert old in BEFORE.decode(), old
    return BEFORE.decode().replace(old, new).encode()


def at_the_end(inside: str) -> bytes:
    return edited('<bpmn:endEvent id="end"/>', f'<bpmn:endEvent id="end">{inside}</bpmn:endEvent>')


def said(old: bytes, new: bytes) -> list[tuple[str, str, str]]:
    difference = compare(VersionFiles(old), VersionFiles(new))
    return [(change.effect, change.code, change.element_id) for change in difference.changes]


CHANGES: dict[str, tuple[bytes, list[tuple[str, str, str]]]] = {
    "a name": (
        edited('<bpmn:userTask id="ask">', '<bpmn:userTask id="ask" name="Ask">'),
        [("added", "element.name", "ask")],
    ),
    "another kind": (
        edited('<bpmn:endEvent id="told"/>', '<bpmn:task id="told"/>'),
        [("changed", "element.kind", "told")],
    ),
    "another form": (
        body(ask=user("ask", candidates="=people", due_hours="=24", form_key="other")),
        [("changed", "element.form", "ask")],
    ),
    "other candidates": (
        body(ask=user("ask", candidates="=[1]", due_hours="=24")),
        [("changed", "element.candidates", "ask")],
    ),
    "no candidates": (body(ask=user("ask", due_hours="=24")), [("removed", "element.candidates", "ask")]),
    "another setting": (
        body(ask=user("ask", candidates="=people", due_hours="=8")),
        [("changed", "element.setting", "ask")],
    ),
    "another field asked for": (
        body(left=user("left", fields="answer comment")),
        [("changed", "element.setting", "left")],
    ),
    "a timer's duration": (edited("P5D", "P3D"), [("changed", "element.timer", "late")]),
    "a timer's kind": (
        body(reminder=timer("late", "ask", "timeCycle", "R3/P1D") + end("told") + flow("late", "told")),
        [("added", "element.timer", "late"), ("removed", "element.timer", "late")],
    ),
    "a boundary event that interrupts": (
        edited('cancelActivity="false"', 'cancelActivity="true"'),
        [("removed", "element.interrupting", "late")],
    ),
    "a boundary event moved to another host": (
        edited('attachedToRef="ask"', 'attachedToRef="left"'),
        [("changed", "element.attached", "late")],
    ),
    "a message's name": (edited('name="payment"', 'name="refund"'), [("changed", "element.message", "wait")]),
    "another service": (edited('"sum"', '"average"'), [("changed", "element.service", "calc")]),
    "a parameter's expression": (edited('value="a + 1"', 'value="a + 2"'), [("changed", "element.parameter", "calc")]),
    "a parameter's type": (edited('type="any"', 'type="decimal"'), [("changed", "element.parameter", "calc")]),
    "a result variable": (
        edited('resultVariable="total"', 'resultVariable="sum"'),
        [("changed", "element.result", "calc")],
    ),
    "a condition": (edited("total > 10", "total > 20"), [("changed", "flow.condition", "choose_to_left")]),
    "a default flow": (
        edited('default="choose_to_right"', 'default="choose_to_left"'),
        [("changed", "element.default", "choose")],
    ),
    "a loop": (body(left=user("left", inner=LOOP.format(sequential="true"))), [("added", "element.loop", "left")] * 5),
    "a step moved into a subprocess": (
        edited(user("right"), "").replace(user("inner").encode(), (user("inner") + user("right")).encode()),
        [("changed", "element.scope", "right")],
    ),
    "a flow that leads elsewhere": (
        edited('sourceRef="right" targetRef="end"', 'sourceRef="right" targetRef="wait"'),
        [("moved", "flow.moved", "right_to_end")],
    ),
    "a step put between two": (
        edited(
            'sourceRef="ask" targetRef="calc"/>',
            'sourceRef="ask" targetRef="look"/>' + user("look") + flow("look", "calc"),
        ),
        [
            ("added", "element.added", "look"),
            ("moved", "flow.moved", "ask_to_calc"),
            ("added", "flow.added", "look_to_calc"),
        ],
    ),
    "a step taken out": (
        edited(timer("late", "ask", "timeDuration", "P5D") + end("told") + flow("late", "told"), ""),
        [
            ("removed", "element.removed", "late"),
            ("removed", "element.removed", "told"),
            ("removed", "flow.removed", "late_to_told"),
        ],
    ),
    "an extension that nobody here knows": (
        at_the_end('<bpmn:extensionElements><x:retry xmlns:x="urn:x" count="3"/></bpmn:extensionElements>'),
        [("added", "element.other", "end")],
    ),
    "documentation": (
        at_the_end("<bpmn:documentation>Done</bpmn:documentation>"),
        [("added", "element.documentation", "end")],
    ),
    "the process's name": (
        edited('<bpmn:process id="p"', '<bpmn:process id="p" name="Requests"'),
        [("added", "process.name", "p")],
    ),
}


@pytest.mark.parametrize(("new", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_found_with_its_element_and_code(new: bytes, expected: list[tuple[str, str, str]]) -> None:
    assert said(BEFORE, new) == expected


@pytest.mark.parametrize(("new", "expected"), CHANGES.values(), ids=CHANGES)
def test_the_way_back_tells_of_the_same_elements(new: bytes, expected: list[tuple[str, str, str]]) -> None:
    assert {element for _, _, element in said(new, BEFORE)} == {element for _, _, element in expected}


SAME: dict[str, Callable[[bytes], bytes]] = {
    "blanks and line breaks": lambda source: source.replace(b"><", b">\n  <"),
    "blanks inside an expression": lambda source: source.replace(b"total > 10", b" total\n   >   10 "),
    "the drawing": lambda source: source.replace(
        b"</bpmn:definitions>",
        b'<d:BPMNDiagram xmlns:d="http://www.omg.org/spec/BPMN/20100524/DI" id="dia"><d:BPMNPlane id="pl"/>'
        b"</d:BPMNDiagram></bpmn:definitions>",
    ),
    "the ids of flows": lambda source: source.replace(b"choose_to_", b"Flow_"),
    "what stands there by default": lambda source: source.replace(
        b'<bpmn:receiveTask id="wait"', b'<bpmn:receiveTask instantiate="false" id="wait"'
    ),
    "the type of an expression": lambda source: source.replace(
        b"<bpmn:conditionExpression>", b'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">'
    ),
    "the order of steps in the file": lambda source: source.replace(user("right").encode(), b"", 1).replace(
        b"</bpmn:process>", user("right").encode() + b"</bpmn:process>"
    ),
    "a note beside a step": lambda source: source.replace(
        b"</bpmn:process>", b'<bpmn:textAnnotation id="n"><bpmn:text>x</bpmn:text></bpmn:textAnnotation></bpmn:process>'
    ),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_how_a_file_is_written_or_drawn_is_no_change(change: Callable[[bytes], bytes]) -> None:
    new = change(BEFORE)
    assert new != BEFORE
    assert said(BEFORE, new) == []


def test_the_written_type_of_a_completion_condition_is_no_change() -> None:
    def typed(attribute: str) -> bytes:
        stop = f"<bpmn:completionCondition{attribute}>true</bpmn:completionCondition>"
        return body(
            left=user("left", inner=LOOP.format(sequential="true").replace("<bpmn:input", stop + "<bpmn:input"))
        )

    assert said(typed(""), typed(' id="done" xsi:type="bpmn:tFormalExpression"')) == []
    assert "completionCondition" in str(compare(VersionFiles(BEFORE), VersionFiles(typed(""))).changes)


def test_blanks_inside_a_text_of_an_expression_are_a_change() -> None:
    old, new = (edited("total > 10", f'x = "a{gap}b"') for gap in (" ", "  "))
    assert said(old, new) == [("changed", "flow.condition", "choose_to_left")]


def test_the_order_in_which_conditions_are_tried_is_a_change() -> None:
    first, second = flow("choose", "left", "total > 10"), flow("choose", "right", "total > 20")
    ends = chain("left", "end") + chain("right", "end")

    def ordered(*flows: str) -> bytes:
        return body(choose=exclusive("choose"), flows=chain("start", "ask", "calc", "choose") + "".join(flows) + ends)

    assert said(ordered(first, second), ordered(second, first)) == [("changed", "element.flow_order", "choose")]


def test_an_element_under_a_new_id_is_known_again_by_its_name_and_neighbours() -> None:
    old = edited('<bpmn:userTask id="ask">', '<bpmn:userTask id="ask" name="Ask">')
    new = old.replace(b'"ask"', b'"question"')
    difference = compare(VersionFiles(old), VersionFiles(new))
    assert difference.renamed == {"ask": "question"}
    assert [(change.code, change.element_id) for change in difference.changes] == [("element.renamed", "question")]


def test_a_row_of_renamed_elements_is_known_again_from_its_ends() -> None:
    old = process(start() + "".join(user(name) for name in "abc") + end() + chain("start", *"abc", "end"))
    new = process(start() + "".join(user(name) for name in "xyz") + end() + chain("start", *"xyz", "end"))
    assert compare(VersionFiles(old), VersionFiles(new)).renamed == {"a": "x", "b": "y", "c": "z"}


def test_of_two_elements_as_likely_neither_is_taken() -> None:
    gateway = '<bpmn:parallelGateway id="split"/><bpmn:parallelGateway id="join"/>'

    def parallel(*names: str) -> bytes:
        steps = "".join(user(name) + chain("split", name, "join") for name in names)
        return process(start() + gateway + steps + end() + chain("start", "split") + chain("join", "end"))

    for old, new in ((("a", "b"), ("x", "y")), (("a",), ("x", "y")), (("a", "b"), ("x",))):
        difference = compare(VersionFiles(parallel(*old)), VersionFiles(parallel(*new)))
        assert difference.renamed == {}
        assert {change.element_id for change in difference.changes if change.effect == "added"} >= set(new)


def test_one_sign_alone_makes_no_guess() -> None:
    old = process(start() + user("a", role="x") + user("b") + end() + chain("start", "a", "b", "end"))
    task = '<bpmn:task id="d"/>'
    new = process(start() + user("c", role="y") + task + user("b") + end() + chain("start", "c", "d", "b", "end"))
    assert compare(VersionFiles(old), VersionFiles(new)).renamed == {}


def test_a_change_reads_as_a_sentence_and_as_json() -> None:
    difference = compare(VersionFiles(BEFORE), VersionFiles(edited("P5D", "P3D")))
    assert [str(change) for change in difference.changes] == [
        "The timer of “late” (timeDuration) is “P3D” instead of “P5D”."
    ]
    told = json.loads(json.dumps(difference.as_dict()))
    assert told["changes"][0]["fields"] == {"detail": "timeDuration", "old": "P5D", "new": "P3D"}
    assert (told["changes"][0]["code"], told["changes"][0]["element"]) == ("element.timer", "late")


def test_every_change_of_the_table_reads_as_a_sentence() -> None:
    for new, _ in CHANGES.values():
        for change in compare(VersionFiles(BEFORE), VersionFiles(new)).changes:
            assert str(change).endswith((".", "now."))
            assert "{" not in str(change)


def test_the_shipped_flow_differs_from_itself_in_nothing() -> None:
    source = (BPMN_DIR / "invoice_request.bpmn").read_bytes()
    assert compare(VersionFiles(source), VersionFiles(source)) == Difference(())


def test_what_has_no_process_has_only_removed_elements() -> None:
    assert {effect for effect, _, _ in said(diagrams.one_task(), b"<a/>")} == {"removed"}
