"""Long loops and large multi-instances: right to the end, and what one step costs does not grow with what has been."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from SpiffWorkflow.util.task import TaskIterator

from engine.runtime.workflow import MAX_STEPS
from tests.engine.diagrams import chain, end, exclusive, flow, one_task, parallel, process, script, start, timer, user
from tests.engine.runs import LOOP, NOW, Run, engine_with
from tests.flows.test_invoice_request import Case


def asked_again_until(limit: int) -> bytes:
    return process(
        start()
        + user("ask")
        + exclusive("again", "again_to_ask")
        + end()
        + chain("start", "ask", "again", "ask")
        + flow("again", "end", f"answer = {limit}")
    )


def counting_to(limit: int) -> bytes:
    return process(
        start()
        + exclusive("merge")
        + script("count", "n + 1", "n")
        + exclusive("again", "again_to_merge")
        + end()
        + chain("start", "merge", "count", "again", "merge")
        + flow("again", "end", f"n >= {limit}")
    )


def calls_of(run: Callable[[], Any]) -> int:
    """How many Python functions `run` calls: the work it takes, without the noise of a clock."""
    calls = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return calls


def test_five_thousand_rounds_stay_right_and_small() -> None:
    run = Run(engine_with(), asked_again_until(5000))
    size = len(run.outcome.state)
    for number in range(1, 5001):
        assert not run.outcome.is_complete
        run.answer("ask", answer=number)
    assert run.outcome.is_complete
    assert len(run.outcome.state) < 2 * size


def test_the_thousandth_round_takes_the_work_of_the_tenth() -> None:
    run = Run(engine_with(), asked_again_until(5000))
    work = {number: calls_of(lambda n=number: run.answer("ask", answer=n)) for number in range(1, 1001)}
    assert work[1000] <= 1.1 * work[10]


def test_five_thousand_automatic_rounds_are_one_run() -> None:
    run = Run(engine_with(), counting_to(5000), {"n": 0})
    assert run.outcome.is_complete
    assert run.outcome.data == {"n": 5000}
    assert sum(step.element_id == "count" for step in run.outcome.steps) == 5000
    assert len(run.outcome.state) < 1000


def test_automatic_rounds_past_the_budget_are_stopped_with_a_sentence() -> None:
    run = Run(engine_with(), counting_to(MAX_STEPS), {"n": 0})
    (incident,) = run.outcome.incidents
    assert incident.code == "process.runaway"
    assert "circles" in str(incident)


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_three_hundred_people_are_asked_and_every_answer_counts(sequential: str) -> None:
    people = list(range(300))
    source = one_task(inner=LOOP.format(sequential=sequential), candidates="=[person]")
    run = Run(engine_with(), source, {"people": people})
    for number in people:
        assert not run.outcome.is_complete
        run.answer("ask", answer=number)
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == people


def test_a_step_among_a_hundred_takes_the_work_of_one_among_five() -> None:
    def work(count: int) -> int:
        source = one_task(inner=LOOP.format(sequential="true"), candidates="=[person]")
        run = Run(engine_with(), source, {"people": list(range(count))})
        run.answer("ask", answer="yes")
        return calls_of(lambda: run.answer("ask", answer="yes"))

    assert work(100) <= 1.5 * work(5)


def test_one_of_a_hundred_asked_at_once_takes_little_more_than_one_of_five() -> None:
    def work(count: int) -> int:
        source = one_task(inner=LOOP.format(sequential="false"), candidates="=[person]")
        run = Run(engine_with(), source, {"people": list(range(count))})
        run.answer("ask", answer="yes")
        return calls_of(lambda: run.answer("ask", answer="yes"))

    each = (work(100) - work(5)) / 95
    assert each < 20  # to keep one more open task; describing it anew would take hundreds


def test_no_path_walks_the_tree_with_the_iterator_that_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("SpiffWorkflow's iterator was used")

    monkeypatch.setattr(TaskIterator, "__init__", refuse)
    _shipped_flow()
    _boundary_events()
    _joins_in_a_loop()
    _terminated_with_a_subprocess()
    _asked_in_a_subprocess()


def _shipped_flow() -> None:
    case = Case(steps=2)
    case.wait(days=6)
    case.answer("approve", decision="return")
    case.answer("revise")
    for _ in range(2):
        case.answer("approve", decision="approve")


def _boundary_events() -> None:
    for interrupting in (True, False):
        body = user("ask") + timer("late", "ask", "timeDuration", "P1D", interrupting=interrupting)
        run = Run(
            engine_with(),
            process(
                start() + body + user("after") + end() + end("e2") + chain("start", "ask", "end")
                + chain("late", "after", "e2")
            ),
        )  # fmt: skip
        run.wake(NOW + timedelta(days=2))
        for element_id in sorted(run.open, reverse=True):
            run.answer(element_id, answer=1)
        assert run.outcome.is_complete


def _joins_in_a_loop() -> None:
    source = process(
        start() + exclusive("merge") + parallel("fork", "join") + user("a", fields="a") + user("b", fields="b")
        + exclusive("again", "again_to_merge") + end()
        + chain("start", "merge", "fork", "a", "join", "again", "merge") + chain("fork", "b", "join")
        + flow("again", "end", "a = 3")
    )  # fmt: skip
    run = Run(engine_with(), source)
    for number in (1, 2, 3):
        run.answer("a", a=number)
        run.answer("b", b=number)
    assert run.outcome.is_complete


def _terminated_with_a_subprocess() -> None:
    inner = start("s") + user("inside") + end("e") + chain("s", "inside", "e")
    stop = '<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
    source = process(
        start() + parallel("fork") + f'<bpmn:subProcess id="part">{inner}</bpmn:subProcess>' + user("beside") + end()
        + stop + chain("start", "fork", "part", "end") + chain("fork", "beside", "stop")
    )  # fmt: skip
    run = Run(engine_with(), source)
    assert run.answer("beside", answer=1).is_complete


def _asked_in_a_subprocess() -> None:
    part = start("s") + user("think") + end("e") + chain("s", "think", "e")
    loop = LOOP.format(sequential="false")
    source = process(
        start() + f'<bpmn:subProcess id="part">{loop}{part}</bpmn:subProcess>' + end() + chain("start", "part", "end")
    )
    run = Run(engine_with(), source, {"people": [1, 2]})
    run.answer("think", answer="a")
    assert run.answer("think", answer="b").data["votes"] == ["a", "b"]
