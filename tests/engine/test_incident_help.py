"""Helping a step that failed: skipping it, correcting data; and whose refusals are no incidents."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.catalogue import Catalogue, ServiceTask
from engine.errors import AnswerInvalid, EngineError, IncidentNotOpen
from engine.process import Engine
from tests.engine.diagrams import chain, end, exclusive, flow, process, service, start, timer, user
from tests.engine.failing import CALL, ENDLESS, Bank, Closed, forked, kinds
from tests.engine.runs import LOOP, NOW, Run, engine_with, incident_of


def test_a_gateway_without_a_default_cannot_be_skipped_and_one_with_a_default_takes_it() -> None:
    source = process(start() + exclusive("which") + end("yes") + chain("start", "which") + flow("which", "yes", "x"))
    run = Run(engine_with(), source)
    with pytest.raises(EngineError) as refusal:
        run.skip()
    assert refusal.value.code == "incident.no_default"
    source = process(
        start() + exclusive("which", "which_to_no") + end("yes") + end("no") + chain("start", "which", "no")
        + flow("which", "yes", f"count({ENDLESS}) = 1")
    )  # fmt: skip
    run = Run(engine_with(), source, {"answer": 100_000})
    assert incident_of(run.outcome).code.startswith("expression.")
    done = run.skip()
    assert done.is_complete
    assert (kinds(done, "skipped"), kinds(done, "completed")) == (["which"], ["no"])


def test_a_skipped_step_gives_what_it_is_told_to_and_nulls() -> None:
    source = process(
        start() + service("call", "act", keep="a b") + user("ask", title='="a: " + string(a)') + end()
        + chain("start", "call", "ask", "end")
    )  # fmt: skip
    run = Run(engine_with(act=Bank()), source)
    outcome = run.skip(a=1)
    assert (outcome.data, kinds(outcome, "skipped"), kinds(outcome, "completed")) == ({"a": 1, "b": None}, ["call"], [])
    assert [task.title for task in outcome.open_tasks] == ["a: 1"]


def test_a_skip_sets_nothing_that_its_step_does_not() -> None:
    run = Run(engine_with(act=Bank()), CALL)
    run.answer("ask", answer=7)
    with pytest.raises(AnswerInvalid) as refusal:
        run.skip(request_id=8)
    assert refusal.value.fields == {"element": "call", "fields": "request_id"}
    with pytest.raises(AnswerInvalid):
        run.skip(got=0.5)


def test_data_are_corrected_without_running_anything() -> None:
    bank = Bank()
    run = Run(engine_with(act=bank), CALL)
    run.answer("ask", answer=7)
    engine, definition = run.engine, run.definition
    corrected = engine.correct_data(definition, run.outcome.state, {"answer": 8, "more": [1]}, now=NOW)
    assert (corrected.data, corrected.steps, bank.calls) == ({"answer": 8, "more": [1]}, (), 1)
    assert corrected.incidents == run.outcome.incidents
    run.outcome, bank.open = corrected, True
    assert run.retry().data == {"answer": 8, "more": [1], "got": {"paid": True}}


@pytest.mark.parametrize("value", [0.5, object(), {1: 2}])
def test_data_that_cannot_be_held_are_refused(value: Any) -> None:
    run = Run(engine_with(act=Bank()), CALL)
    run.answer("ask", answer=7)
    with pytest.raises(AnswerInvalid):
        run.retry(answer=value)
    with pytest.raises(AnswerInvalid):
        run.engine.correct_data(run.definition, run.outcome.state, {"answer": value}, now=NOW)


@pytest.mark.parametrize("task_id", ["", "nonsense", "0", "00000000-0000-0000-0000-000000000000"])
def test_what_is_not_stopped_is_neither_retried_nor_skipped(task_id: str) -> None:
    run = Run(engine_with(act=Bank()), CALL)
    waiting = run.outcome.open_tasks[0].id
    for wrong in (task_id, waiting):
        for help_it in (run.engine.retry, run.engine.skip):
            with pytest.raises(IncidentNotOpen):
                help_it(run.definition, run.outcome.state, wrong, context=None, now=NOW)


def test_a_person_learns_why_the_business_refuses_and_nothing_is_half_done() -> None:
    bank = Bank(Closed())
    engine = Engine(Catalogue(ServiceTask("act", bank)), refusals=(Closed,))
    with pytest.raises(Closed):
        Run(engine, process(start() + service("call", "act") + end() + chain("start", "call", "end")))
    run = Run(engine, CALL)
    before = run.outcome
    with pytest.raises(Closed):
        run.answer("ask", answer=7)
    assert run.outcome is before


def by_the_clock(source: str) -> bytes:
    return process(
        start() + user("ask") + timer("late", "ask", "timeDuration", "P1D") + source + end("told") + end()
        + chain("start", "ask", "end") + chain("late", "call", "told")
    )  # fmt: skip


def test_what_the_business_refuses_the_clock_is_an_incident_with_its_sentence() -> None:
    engine = Engine(Catalogue(ServiceTask("act", Bank(Closed()))), refusals=(Closed,))
    run = Run(engine, by_the_clock(service("call", "act")))
    incident = incident_of(run.wake(NOW + timedelta(days=2)))
    assert (incident.code, str(incident)) == ("bank.closed", "The bank is closed until Monday.")
    assert run.open == ["ask"]
    assert incident_of(run.retry()).code == "bank.closed"  # a person retries, but it is not their answer
    run.answer("ask", answer=1)
    assert (run.outcome.is_complete, incident_of(run.outcome).code) == (False, "bank.closed")
    assert run.skip().is_complete


def test_who_answers_a_task_does_not_hear_what_a_timer_of_another_was_refused() -> None:
    engine = Engine(Catalogue(ServiceTask("act", Bank(Closed()))), refusals=(Closed,))
    source = process(
        start() + user("ask") + user("other") + forked("ask", "other") + end("told") + end()
        + timer("late", "ask", "timeDuration", "P1D") + service("call", "act")
        + chain("start", "fork") + chain("join", "end") + chain("late", "call", "told")
    )  # fmt: skip
    run = Run(engine, source)
    run.now = NOW + timedelta(days=2)
    assert incident_of(run.answer("other", answer=1)).code == "bank.closed"
    assert run.open == ["ask"]


@pytest.mark.parametrize("begin", ["answer", "wake", "retry"])
def test_an_interruption_undoes_the_run_whoever_acts(begin: str) -> None:
    bank = Bank(ConnectionError())
    engine = Engine(Catalogue(ServiceTask("act", bank)), interruptions=(ConnectionError,))
    run = Run(engine, by_the_clock(service("call", "act")) if begin == "wake" else CALL)
    if begin == "retry":
        bank.error = ZeroDivisionError()
        run.answer("ask", answer=1)
        bank.error = ConnectionError()
    act: dict[str, Callable[[], object]] = {
        "answer": lambda: run.answer("ask", answer=1),
        "wake": lambda: run.wake(NOW + timedelta(days=2)),
        "retry": run.retry,
    }
    before = run.outcome
    with pytest.raises(ConnectionError):
        act[begin]()
    assert run.outcome is before


def test_an_event_at_the_border_that_fails_is_dropped_by_a_skip() -> None:
    source = process(
        start() + user("ask") + timer("late", "ask", "timeDuration", "wrong") + user("more") + end("told") + end()
        + chain("start", "ask", "end") + chain("late", "more", "told")
    )  # fmt: skip
    run = Run(engine_with(), source)
    assert (incident_of(run.outcome).element_id, run.open) == ("late", ["ask"])
    assert (run.skip().timers, run.open) == ((), ["ask"])
    assert run.answer("ask", answer=1).is_complete


def test_an_event_at_the_border_is_retried_with_a_moment_of_its_own() -> None:
    source = process(
        start() + user("ask") + timer("late", "ask", "timeDuration", "wait") + user("more") + end("told") + end()
        + chain("start", "ask", "end") + chain("late", "more", "told")
    )  # fmt: skip
    run = Run(engine_with(), source)
    assert [due.due_at for due in run.retry(wait="P1D").timers] == [NOW + timedelta(days=1)]
    run.wake(NOW + timedelta(days=1))
    assert sorted(run.open) == ["ask", "more"]


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_a_skipped_instance_of_a_loop_gives_its_result_or_null(sequential: str) -> None:
    def act(_context: Any, who: Any) -> dict[str, Any]:
        if who == 2:
            raise ZeroDivisionError
        return {"answer": who * 10}

    inner = start("s") + service("call", "act", who="person", keep="answer") + end("e") + chain("s", "call", "e")
    loop = f'<bpmn:subProcess id="part">{LOOP.format(sequential=sequential)}{inner}</bpmn:subProcess>'
    engine = Engine(Catalogue(ServiceTask("act", act, {"who": "any"})))
    source = process(start() + loop + end() + chain("start", "part", "end"))
    assert sorted(Run(engine, source, {"people": [1, 2]}).skip(answer=7).data["votes"]) == [7, 10]
    assert Run(engine, source, {"people": [2]}).skip().data["votes"] == [None]
