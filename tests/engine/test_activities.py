"""Script tasks, call activities, manual and untyped tasks through the engine's face."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.engine.diagrams import (
    call,
    chain,
    end,
    exclusive,
    flow,
    parallel,
    process,
    script,
    service,
    start,
    timer,
    user,
)
from tests.engine.runs import NOW, Run, engine_with, incident_of


def called(process_id: str, body: str, *, executable: str = "false") -> str:
    return f'<bpmn:process id="{process_id}" isExecutable="{executable}">{body}</bpmn:process>'


def compute(expression: str) -> bytes:
    return process(start() + script("work", expression, "result") + end() + chain("start", "work", "end"))


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("price * 2", Decimal("2.20")),
        ("{a: [1, price]}", {"a": [Decimal(1), Decimal("1.10")]}),
        ('date("2026-03-02") + duration("P1D")', date(2026, 3, 3)),
        ("unknown", None),
        ("for n in 1..3 return n * n", [Decimal(1), Decimal(4), Decimal(9)]),
        ("today()", date(2026, 3, 2)),
        ("price < 2", True),
    ],
)
def test_a_script_task_keeps_the_result_of_its_expression(expression: str, result: Any) -> None:
    outcome = Run(engine_with(), compute(expression), {"price": Decimal("1.10")}).outcome
    assert outcome.is_complete
    assert outcome.data == {"price": Decimal("1.10"), "result": result}


def test_a_script_task_changes_its_variable_in_place() -> None:
    assert Run(engine_with(), compute("append(result, 2)"), {"result": [1]}).outcome.data["result"] == [1, 2]


def test_a_result_that_data_cannot_hold_is_refused() -> None:
    incident = incident_of(Run(engine_with(), compute("function(x) x")).outcome)
    assert incident.code == "data.value"
    assert "result" in str(incident)


def test_what_a_script_task_computes_is_seen_by_other_branches() -> None:
    source = process(
        start()
        + parallel("fork")
        + user("watch", title="=string(total)")
        + user("ask", fields="amount")
        + script("add", "total + amount", "total")
        + end()
        + end("other")
        + chain("start", "fork", "watch", "end")
        + chain("fork", "ask", "add", "other")
    )
    run = Run(engine_with(), source, {"total": 1})
    run.answer("ask", amount=2)
    assert [task.title for task in run.outcome.open_tasks] == ["3"]


def test_a_manual_task_and_an_untyped_one_wait_for_a_person_without_a_form() -> None:
    source = process(
        start() + '<bpmn:manualTask id="carry" name="Carry"/><bpmn:task id="note"/>' + end()
        + chain("start", "carry", "note", "end")
    )  # fmt: skip
    run = Run(engine_with(), source)
    (task,) = run.outcome.open_tasks
    assert (task.element_id, task.title, task.form_key, task.fields) == ("carry", "Carry", "", frozenset())
    run.answer("carry")
    assert run.answer("note").is_complete


APPROVE = called("approve", start("s") + user("sign", fields="decision") + end("e") + chain("s", "sign", "e"))


def test_a_call_activity_runs_another_process_and_shares_its_variables() -> None:
    source = process(
        start() + call("ask", "approve") + service("book", "act") + end() + chain("start", "ask", "book", "end"),
        extra=APPROVE,
    )
    run = Run(engine_with(act=lambda _context: None), source, {"amount": 5})
    assert run.open == ["sign"]
    done = run.answer("sign", decision="yes")
    assert done.is_complete
    assert done.data == {"amount": 5, "decision": "yes"}
    assert [step.element_id for step in done.steps] == ["sign", "sign_to_e", "e", "ask", "ask_to_book", "book",
                                                        "book_to_end", "end"]  # fmt: skip


def test_a_called_process_may_be_executable_itself_and_stand_first_in_the_file() -> None:
    source = process(
        start() + call("ask", "approve") + end() + chain("start", "ask", "end"),
        extra=APPROVE.replace('isExecutable="false"', 'isExecutable="true"'),
    )
    run = Run(engine_with(), source)
    assert run.definition.process_id == "p"
    assert run.answer("sign", decision="yes").is_complete


def test_one_process_called_from_two_branches_runs_twice() -> None:
    source = process(
        start()
        + parallel("fork", "join")
        + call("first", "approve")
        + call("second", "approve")
        + end()
        + chain("start", "fork", "first", "join", "end")
        + chain("fork", "second", "join"),
        extra=APPROVE,
    )
    run = Run(engine_with(), source)
    assert run.open == ["sign", "sign"]
    assert len({task.id for task in run.outcome.open_tasks}) == 2
    run.answer("sign", decision=1)
    assert run.open == ["sign"]
    assert run.answer("sign", decision=2).is_complete


def test_calls_go_as_deep_as_they_are_drawn() -> None:
    middle = called("middle", start("ms") + call("deeper", "approve") + end("me") + chain("ms", "deeper", "me"))
    source = process(start() + call("ask", "middle") + end() + chain("start", "ask", "end"), extra=middle + APPROVE)
    run = Run(engine_with(), source)
    assert run.open == ["sign"]
    done = run.answer("sign", decision="yes")
    assert done.is_complete
    assert done.data == {"decision": "yes"}


def test_a_call_in_a_loop_starts_afresh() -> None:
    source = process(
        start()
        + exclusive("merge")
        + call("ask", "approve")
        + exclusive("again", "again_to_merge")
        + end()
        + chain("start", "merge", "ask", "again", "merge")
        + flow("again", "end", "decision = 9"),
        extra=APPROVE,
    )
    run = Run(engine_with(), source)
    for number in range(10):
        assert run.open == ["sign"]
        run.answer("sign", decision=number)
    assert run.outcome.is_complete


def test_a_boundary_event_interrupts_what_is_called() -> None:
    source = process(
        start()
        + call("ask", "approve")
        + timer("late", "ask", "timeDuration", "P1D", interrupting=True)
        + user("chase")
        + end()
        + end("chased")
        + chain("start", "ask", "end")
        + chain("late", "chase", "chased"),
        extra=APPROVE,
    )
    run = Run(engine_with(), source)
    late = run.wake(NOW + timedelta(days=1))
    assert run.open == ["chase"]
    assert {step.element_id for step in late.steps if step.event == "cancelled"} == {"ask", "sign"}
    assert run.answer("chase").is_complete
