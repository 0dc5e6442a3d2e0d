"""BPMN errors: thrown by services and end events, caught by the innermost boundary event for their code."""

from typing import Any

import pytest

from engine.errors import BpmnError
from tests.engine.diagrams import call, chain, end, exclusive, process, service, start, user
from tests.engine.events import (
    ERROR,
    ON_ANY_ERROR,
    ON_ERROR,
    ON_SIGNAL,
    SIGNAL,
    TERMINATE,
    after,
    boundary,
    end_with,
    parallel,
    subprocess,
)
from tests.engine.runs import LOOP, Run, engine_with, incident_of

ON_OTHER = ON_ERROR.replace("broke", "other")


def pay(_context: Any) -> None:
    raise BpmnError("broke", "The account is empty.")


def run(body: str, **data: Any) -> Run:
    return Run(engine_with(pay=pay), process(body, extra=ERROR), data)


def guarded(*events: str, part: str = "", ways: str = "") -> str:
    """start → `pay` → end with `events` at `pay`; the event X leads to the user task `after_X`."""
    ids = [text.split('id="')[1].split('"')[0] for text in events]
    body = start() + (part or service("pay", "pay")) + "".join(events) + end() + chain("start", "pay", "end") + ways
    return body + "".join(
        user(f"after_{name}") + end(f"end_{name}") + chain(name, f"after_{name}", f"end_{name}") for name in ids
    )


def test_an_error_of_a_service_is_caught_at_its_task() -> None:
    waiting = run(guarded(boundary("failed", "pay", ON_ERROR, error_variable="failure")))
    assert waiting.open == ["after_failed"]
    assert waiting.outcome.data == {"failure": {"code": "broke", "message": "The account is empty."}}
    assert waiting.did == [("start", "completed"), ("failed", "completed"), ("pay", "cancelled")]
    assert waiting.answer("after_failed").is_complete


def test_events_of_other_kinds_at_the_task_do_not_catch_an_error() -> None:
    others = boundary("late", "pay", after("PT1H")), boundary("closed", "pay", ON_SIGNAL)
    body = guarded(*others, boundary("failed", "pay", ON_ERROR))
    assert Run(engine_with(pay=pay), process(body, extra=ERROR + SIGNAL)).open == ["after_failed"]


def test_an_event_without_a_code_catches_every_error() -> None:
    assert run(guarded(boundary("failed", "pay", ON_ANY_ERROR))).open == ["after_failed"]


@pytest.mark.parametrize("order", [1, -1])
def test_the_event_for_the_code_goes_before_the_one_for_every_code(order: int) -> None:
    events = [
        boundary("any", "pay", ON_ANY_ERROR), boundary("other", "pay", ON_OTHER), boundary("own", "pay", ON_ERROR)
    ][::order]  # fmt: skip
    assert run(guarded(*events)).open == ["after_own"]


def test_an_error_that_nothing_catches_is_an_incident_that_says_where() -> None:
    incident = incident_of(run(guarded(boundary("other", "pay", ON_OTHER))).outcome)
    assert (incident.element_id, incident.code) == ("pay", "error.uncaught")
    assert incident.fields == {"element": "pay", "error": "broke", "reason": "The account is empty."}


def test_another_exception_is_no_bpmn_error() -> None:
    def fail(_context: Any) -> None:
        raise ValueError("a fault")

    stopped = Run(engine_with(pay=fail), process(guarded(boundary("failed", "pay", ON_ANY_ERROR)), extra=ERROR))
    assert (stopped.open, incident_of(stopped.outcome).code) == ([], "step.unexpected")


def test_an_error_end_event_ends_the_subprocess_and_what_runs_in_it() -> None:
    inside = start("s") + parallel("f") + user("one") + user("two") + end("e1") + end_with("wrong", ON_ERROR)
    inside += chain("s", "f", "one", "e1") + chain("f", "two", "wrong")
    event = boundary("failed", "pay", ON_ERROR, error_variable="failure")
    waiting = run(guarded(event, part=subprocess("pay", inside)))
    waiting.answer("two")
    assert waiting.open == ["after_failed"]
    assert waiting.outcome.data["failure"] == {"code": "broke", "message": "No money left"}
    assert {element for element, event in waiting.did if event == "cancelled"} == {"pay", "one"}
    assert waiting.answer("after_failed").is_complete


def test_an_error_end_event_that_is_the_last_step_does_not_complete_the_subprocess() -> None:
    inside = start("s") + end_with("wrong", ON_ERROR) + chain("s", "wrong")
    waiting = run(guarded(boundary("failed", "pay", ON_ERROR), part=subprocess("pay", inside)))
    assert waiting.open == ["after_failed"]
    assert ("end", "completed") not in waiting.did


def test_an_error_end_event_with_nothing_around_it_is_uncaught() -> None:
    stopped = run(start() + end_with("wrong", ON_ERROR) + chain("start", "wrong"))
    assert incident_of(stopped.outcome).fields["element"] == "wrong"


def nest(innermost: str, inner_event: str, outer_event: str) -> str:
    """`innermost` (the activity `deep`) in the subprocess `inner` in the subprocess `pay`."""
    deep = start("s2") + innermost + end("e2") + chain("s2", "deep", "e2")
    inner = start("s1") + subprocess("inner", deep) + inner_event + user("mended") + end("e1") + end("e0")
    inner += chain("s1", "inner", "e1") + (chain("caught", "mended", "e0") if inner_event else "")
    inner = inner if inner_event else inner.replace(user("mended"), "").replace(end("e0"), "")
    return guarded(outer_event, part=subprocess("pay", inner))


def test_the_innermost_event_catches() -> None:
    event, outer = boundary("caught", "inner", ON_ANY_ERROR), boundary("failed", "pay", ON_ERROR)
    waiting = run(nest(service("deep", "pay"), event, outer))
    assert waiting.open == ["mended"]
    assert waiting.answer("mended").is_complete
    assert ("pay", "completed") in waiting.did


def test_what_the_inner_event_does_not_catch_passes_on_outward() -> None:
    event, outer = boundary("caught", "inner", ON_OTHER), boundary("failed", "pay", ON_ERROR)
    assert run(nest(service("deep", "pay"), event, outer)).open == ["after_failed"]
    waiting = run(nest(service("deep", "pay"), "", outer))
    assert waiting.open == ["after_failed"]
    assert {element for element, event in waiting.did if event == "cancelled"} == {"pay", "inner", "deep"}


def test_what_an_event_began_is_not_inside_the_activity_it_is_attached_to() -> None:
    part = subprocess("pay", start("s") + user("ask") + end("e") + chain("s", "ask", "e"))
    events = boundary("failed", "pay", ON_ERROR) + boundary("more", "pay", ON_SIGNAL, interrupting=False)
    body = (
        start() + part + events + exclusive("first") + service("book", "pay") + end() + end("e1") + end("e2")
        + chain("start", "pay", "end") + chain("failed", "e1") + chain("more", "first", "book", "e2")
    )  # fmt: skip
    waiting = Run(engine_with(pay=pay), process(body, extra=ERROR + SIGNAL))
    waiting.signal("closed")
    assert incident_of(waiting.outcome).code == "error.uncaught"


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_an_error_in_one_instance_of_a_loop_ends_them_all(sequential: str) -> None:
    inside = start("s") + user("ask") + service("book", "pay") + end("e") + chain("s", "ask", "book", "e")
    part = subprocess("pay", inside + LOOP.format(sequential=sequential))
    waiting = run(guarded(boundary("failed", "pay", ON_ERROR), part=part), people=["ann", "bob", "cy"])
    waiting.answer("ask", answer=1)
    assert waiting.open == ["after_failed"]
    assert waiting.answer("after_failed").is_complete


def test_variables_set_before_the_error_are_kept() -> None:
    inside = start("s") + user("ask") + service("book", "pay") + end("e") + chain("s", "ask", "book", "e")
    waiting = run(guarded(boundary("failed", "pay", ON_ERROR), part=subprocess("pay", inside)))
    assert waiting.answer("ask", answer=42).data["answer"] == 42


def test_a_task_is_tried_again_after_its_error() -> None:
    attempts: list[int] = []

    def pay_at_third(_context: Any) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise BpmnError("broke")

    body = (
        start() + service("pay", "pay") + boundary("failed", "pay", ON_ERROR) + user("mend") + end()
        + chain("start", "pay", "end") + chain("failed", "mend", "pay")
    )  # fmt: skip
    waiting = Run(engine_with(pay=pay_at_third), process(body, extra=ERROR))
    waiting.answer("mend")
    assert waiting.answer("mend").is_complete
    assert len(attempts) == 3


def calling(last: str) -> bytes:
    """A call activity `pay` to a process with the tasks `one` and `two`; behind `two` comes the end event `last`."""
    called = start("s") + parallel("f") + user("one") + user("two") + end("e1") + last
    called += chain("s", "f", "one", "e1") + chain("f", "two", "last")
    body = guarded(boundary("failed", "pay", ON_ERROR), part=call("pay", "q"))
    return process(body, extra=f'{ERROR}<bpmn:process id="q">{called}</bpmn:process>')


def test_an_error_in_a_called_process_is_caught_at_the_call() -> None:
    waiting = Run(engine_with(), calling(end_with("last", ON_ERROR)))
    waiting.answer("two")
    assert waiting.open == ["after_failed"]
    assert {element for element, event in waiting.did if event == "cancelled"} == {"pay", "one"}
    assert waiting.answer("after_failed").is_complete


def test_a_terminate_event_in_a_called_process_ends_that_process_only() -> None:
    waiting = Run(engine_with(), calling(end_with("last", TERMINATE)))
    outcome = waiting.answer("two")
    assert outcome.is_complete
    assert ("pay", "completed") in waiting.did
    assert ("one", "cancelled") in waiting.did
