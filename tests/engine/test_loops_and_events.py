"""What happens when events meet repeated activities and races: errors, escalations, messages, signals, terminate."""

from datetime import timedelta
from typing import Any

import pytest

from engine.catalogue import Catalogue, ServiceTask
from engine.errors import BpmnError
from engine.process import Engine
from tests.engine.diagrams import chain, end, multi, process, service, start, subprocess, user
from tests.engine.events import (
    ERROR,
    ESCALATION,
    MESSAGE,
    ON_ERROR,
    ON_ESCALATION,
    ON_SIGNAL,
    SIGNAL,
    TERMINATE,
    after,
    boundary,
    catch,
    end_with,
    receive,
    send,
    throw,
)
from tests.engine.runs import NOW, Run, engine_with

BOTH = pytest.mark.parametrize("sequential", [True, False], ids=["sequential", "parallel"])


def around(activity: str, *more: str, extra: str = "") -> bytes:
    """start → `x` → end, and from the boundary event `beside` to `mend` and its end."""
    ways = chain("start", "x", "end") + chain("beside", "mend", "mended")
    return process(
        start() + activity + "".join(more) + user("mend", fields="") + end() + end("mended") + ways, extra=extra
    )


def repeated(inside: str, first: str, last: str = "", *, sequential: bool, **loop: str) -> str:
    """A subprocess `x` that repeats over `people`."""
    ways = chain("s", first, last or "e") + (chain(last, "e") if last else "")
    given = {"over": "people", "item": "person", **loop}
    return subprocess("x", start("s") + inside + end("e") + ways, inner=multi(**given, sequential=sequential))


@BOTH
def test_an_error_of_one_instance_ends_the_whole_loop(sequential: bool) -> None:
    def act(_context: Any, person: int) -> None:
        if person == 2:
            raise BpmnError("broke")

    engine = Engine(Catalogue(ServiceTask("act", act, {"person": "any"})))
    inside = user("ask") + service("pay", "act", person="person")
    activity = repeated(inside, "ask", "pay", sequential=sequential)
    run = Run(engine, around(activity, boundary("beside", "x", ON_ERROR), extra=ERROR), {"people": [1, 2, 3]})
    run.answer("ask")
    assert run.open == (["ask"] if sequential else ["ask", "ask"])
    run.answer("ask")
    assert run.open == ["mend"]
    assert run.answer("mend").is_complete


@BOTH
def test_an_escalation_of_one_instance_leaves_the_loop_running(sequential: bool) -> None:
    inside = throw("call", ON_ESCALATION) + user("ask")
    activity = repeated(inside, "call", "ask", sequential=sequential)
    event = boundary("beside", "x", ON_ESCALATION, interrupting=False)
    run = Run(engine_with(), around(activity, event, extra=ESCALATION), {"people": [1, 2]})
    assert sorted(run.open) == (["ask", "mend"] if sequential else ["ask", "ask", "mend", "mend"])
    for _ in range(2):
        run.answer("ask")
        run.answer("mend")
    assert run.outcome.is_complete


@BOTH
def test_a_terminate_event_ends_its_instance_and_no_other(sequential: bool) -> None:
    body = start("s") + user("ask") + end_with("stop", TERMINATE) + chain("s", "ask", "stop")
    loop = multi(over="people", item="person", into="votes", result="answer", sequential=sequential)
    source = process(
        start() + subprocess("x", body, inner=loop) + user("after", fields="") + end()
        + chain("start", "x", "after", "end")
    )  # fmt: skip
    run = Run(engine_with(), source, {"people": [1, 2]})
    run.answer("ask", answer="a")
    assert run.open == ["ask"]
    run.answer("ask", answer="b")
    assert run.open == ["after"]
    assert run.outcome.data["votes"] == ["a", "b"]


def test_repeated_receive_tasks_take_each_the_message_of_their_item() -> None:
    task = receive("x", correlation="=order", fields="amount")
    loop = multi(over="orders", item="order", into="amounts", result="amount")
    task = task.replace("</bpmn:receiveTask>", f"{loop}</bpmn:receiveTask>")
    source = process(start() + task + end() + chain("start", "x", "end"), extra=MESSAGE)
    run = Run(engine_with(), source, {"orders": ["A", "B"]})
    assert [waiting.correlation for waiting in run.outcome.messages] == [{"key": "A"}, {"key": "B"}]
    run.hand("message", "paid", {"amount": 2}, {"key": "B"})
    run.hand("message", "paid", {"amount": 1}, {"key": "A"})
    assert run.outcome.is_complete
    assert run.outcome.data["amounts"] == [1, 2]


@BOTH
def test_a_repeated_send_task_sends_once_for_every_item(sequential: bool) -> None:
    task = send("x", payload="={to: person}")
    loop = multi(over="people", item="person", sequential=sequential)
    task = task.replace("</bpmn:sendTask>", f"{loop}</bpmn:sendTask>")
    source = process(start() + task + end() + chain("start", "x", "end"), extra=MESSAGE)
    done = Run(engine_with(), source, {"people": [1, 2]}).outcome
    assert done.is_complete
    assert [sent.payload for sent in done.sent] == [{"to": 1}, {"to": 2}]


def _race() -> bytes:
    return process(
        start()
        + '<bpmn:eventBasedGateway id="race"/>'
        + catch("closed", ON_SIGNAL, fields="why")
        + catch("late", after("P1D"))
        + user("after_closed", title="=why")
        + user("after_late")
        + end()
        + chain("start", "race", "closed", "after_closed", "end")
        + chain("race", "late", "after_late", "end"),
        extra=SIGNAL,
    )


def test_a_signal_can_win_a_race() -> None:
    run = Run(engine_with(), _race())
    run.signal("closed", why="holiday")
    assert [task.title for task in run.outcome.open_tasks] == ["holiday"]
    assert run.outcome.timers == ()
    assert run.answer("after_closed").is_complete


def test_a_timer_can_win_against_a_signal() -> None:
    run = Run(engine_with(), _race())
    run.wake(NOW + timedelta(days=1))
    assert run.open == ["after_late"]
    assert run.waits_for == []


@BOTH
def test_an_interrupted_race_inside_a_loop_waits_for_nothing(sequential: bool) -> None:
    inside = (
        '<bpmn:eventBasedGateway id="race"/>' + catch("closed", ON_SIGNAL) + catch("late", after("P9D"))
        + chain("race", "closed", "e") + chain("race", "late", "e")
    )  # fmt: skip
    body = start("s") + inside + end("e") + chain("s", "race")
    loop = multi(over="people", item="person", sequential=sequential)
    activity = subprocess("x", body, inner=loop)
    run = Run(engine_with(), around(activity, boundary("beside", "x", after("P1D")), extra=SIGNAL), {"people": [1, 2]})
    assert len(run.waits_for) == (1 if sequential else 2)
    run.wake(NOW + timedelta(days=2))
    assert (run.open, run.waits_for, run.outcome.timers) == (["mend"], [], ())
    assert run.answer("mend").is_complete


def test_a_signal_ends_the_races_of_all_instances() -> None:
    inside = (
        '<bpmn:eventBasedGateway id="race"/>' + catch("closed", ON_SIGNAL) + catch("late", after("P9D"))
        + chain("race", "closed", "e") + chain("race", "late", "e")
    )  # fmt: skip
    body = start("s") + inside + end("e") + chain("s", "race")
    source = process(
        start() + subprocess("x", body, inner=multi(times="3")) + end() + chain("start", "x", "end"), extra=SIGNAL
    )
    run = Run(engine_with(), source)
    assert len(run.waits_for) == 3
    assert run.signal("closed").is_complete
