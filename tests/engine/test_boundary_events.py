"""Boundary events on every kind of activity, interrupting and not; terminate events; what a cancelled scope leaves."""

from datetime import timedelta
from typing import Any

import pytest

from tests.engine.diagrams import chain, end, process, service, start, user
from tests.engine.events import (
    MESSAGE,
    ON_MESSAGE,
    ON_SIGNAL,
    SIGNAL,
    TERMINATE,
    after,
    boundary,
    catch,
    end_with,
    every,
    parallel,
    receive,
    subprocess,
)
from tests.engine.runs import LOOP, NOW, Run, engine_with

INSIDE = start("s") + user("deep") + end("e") + chain("s", "deep", "e")
PARALLEL, SEQUENTIAL = LOOP.format(sequential="false"), LOOP.format(sequential="true")
INNER = subprocess("mid", INSIDE)
HOSTS = {
    "task": user("host"),
    "receive task": receive("host", correlation="0"),
    "subprocess": subprocess("host", INSIDE),
    "nested subprocess": subprocess("host", start("s0") + INNER + end("e0") + chain("s0", "mid", "e0")),
    "parallel loop": user("host", inner=PARALLEL),
    "sequential loop": user("host", inner=SEQUENTIAL),
    "loop of subprocesses": subprocess("host", INSIDE + PARALLEL),
    "sequence of subprocesses": subprocess("host", INSIDE + SEQUENTIAL),
}  # fmt: skip


def hosting(host: str, *events: str, after_event: str = "") -> bytes:
    """start → `host` → `done` → end; each event X leads to the user task `after_X`."""
    ids = [text.split('id="')[1].split('"')[0] for text in events]
    body = start() + host + "".join(events) + user("done") + end() + chain("start", "host", "done", "end")
    for name in ids:
        body += user(f"after_{name}") + end(f"end_{name}") + chain(name, f"after_{name}", f"end_{name}")
    return process(body + after_event, extra=MESSAGE + SIGNAL)


def run(source: bytes, **data: Any) -> Run:
    return Run(engine_with(), source, {"people": ["ann", "bob"], **data})


def trigger(waiting: Run, kind: str) -> None:
    if kind == "timer":
        waiting.wake(waiting.now + timedelta(hours=1))
    elif kind == "signal":
        waiting.signal("closed")
    else:
        waiting.hand("message", "paid", {}, {"key": 1})


DEFINITIONS = {"timer": after("PT1H"), "signal": ON_SIGNAL, "message": ON_MESSAGE}


@pytest.mark.parametrize("kind", DEFINITIONS)
@pytest.mark.parametrize("host", HOSTS)
def test_an_interrupting_event_takes_its_activity_away(host: str, kind: str) -> None:
    waiting = run(hosting(HOSTS[host], boundary("late", "host", DEFINITIONS[kind], correlation="1")))
    trigger(waiting, kind)
    assert waiting.open == ["after_late"]
    assert (waiting.outcome.messages, waiting.outcome.timers) == ((), ())
    assert waiting.did[0] == ("late", "completed")
    assert ("host", "cancelled") in waiting.did
    assert waiting.answer("after_late").is_complete


@pytest.mark.parametrize("kind", DEFINITIONS)
@pytest.mark.parametrize("host", HOSTS)
def test_an_event_that_does_not_interrupt_leaves_its_activity_alone(host: str, kind: str) -> None:
    event = boundary("late", "host", DEFINITIONS[kind], interrupting=False, correlation="1")
    waiting = run(hosting(HOSTS[host], event))
    before = sorted(waiting.open)
    trigger(waiting, kind)
    assert sorted(waiting.open) == sorted([*before, "after_late"])
    while task := next((name for name in waiting.open if name in ("host", "deep")), None):
        waiting.answer(task)
    if host == "receive task":
        waiting.hand("message", "paid", {}, {"key": 0})
    assert sorted(waiting.open) == ["after_late", "done"]
    assert (waiting.outcome.messages, waiting.outcome.timers) == ((), ())
    waiting.answer("done")
    assert waiting.answer("after_late").is_complete


@pytest.mark.parametrize("host", HOSTS)
def test_a_finished_activity_waits_for_nothing_more(host: str) -> None:
    events = [boundary(name, "host", definition) for name, definition in (("t", after("P1D")), ("c", ON_SIGNAL))]
    waiting = run(hosting(HOSTS[host], *events, boundary("r", "host", every("R/PT1H"), interrupting=False)))
    while task := next((name for name in waiting.open if name in ("host", "deep")), None):
        waiting.answer(task)
    if host == "receive task":
        waiting.hand("message", "paid", {}, {"key": 0})
    assert waiting.open == ["done"]
    assert (waiting.outcome.messages, waiting.outcome.timers) == ((), ())
    assert waiting.answer("done").is_complete


def test_of_two_timers_that_are_overdue_the_earlier_one_fires() -> None:
    events = [boundary("second", "host", after("PT2H")), boundary("first", "host", after("PT1H"))]
    waiting = run(hosting(HOSTS["task"], *events))
    waiting.wake(NOW + timedelta(hours=9))
    assert waiting.open == ["after_first"]


def test_a_reminder_that_is_overdue_comes_before_the_later_interruption() -> None:
    events = [boundary("stop", "host", after("PT2H")), boundary("remind", "host", after("PT1H"), interrupting=False)]
    waiting = run(hosting(HOSTS["task"], *events))
    waiting.wake(NOW + timedelta(hours=9))
    assert sorted(waiting.open) == ["after_remind", "after_stop"]


def test_what_a_cycle_began_outlives_the_activity() -> None:
    waiting = run(hosting(HOSTS["task"], boundary("remind", "host", every("R/PT1H"), interrupting=False)))
    waiting.wake(NOW + timedelta(hours=1))
    waiting.wake(NOW + timedelta(hours=2))
    assert waiting.did == [("remind", "completed")]
    waiting.answer("host")
    assert sorted(waiting.open) == ["after_remind", "after_remind", "done"]
    waiting.answer("done")
    waiting.answer("after_remind")
    assert waiting.answer("after_remind").is_complete


def test_an_event_may_lead_back_to_its_own_activity() -> None:
    source = process(
        start() + user("host") + boundary("again", "host", ON_SIGNAL) + end()
        + chain("start", "host", "end") + chain("again", "host"),
        extra=SIGNAL,
    )  # fmt: skip
    waiting = run(source)
    for _ in range(5):
        waiting.signal("closed")
        assert waiting.open == ["host"]
    assert waiting.answer("host").is_complete


def test_an_event_that_does_not_interrupt_may_lead_back_too() -> None:
    source = process(
        start() + user("host") + boundary("more", "host", ON_SIGNAL, interrupting=False) + end()
        + chain("start", "host", "end") + chain("more", "host"),
        extra=SIGNAL,
    )  # fmt: skip
    waiting = run(source)
    waiting.signal("closed")
    assert waiting.open == ["host", "host"]
    waiting.signal("closed")
    assert waiting.open == ["host"] * 4
    for left in (3, 2, 1):
        waiting.answer("host")
        assert waiting.open == ["host"] * left
        assert len(waiting.outcome.messages) == left
    assert waiting.answer("host").is_complete


def test_events_inside_an_interrupted_scope_wait_no_longer() -> None:
    inside = (
        start("s") + parallel("f") + catch("timed", after("P2D")) + catch("told", ON_MESSAGE) + user("deep")
        + boundary("deep_late", "deep", after("P3D")) + end("e1") + end("e2") + end("e3") + end("e4")
        + chain("s", "f", "timed", "e1") + chain("f", "told", "e2") + chain("f", "deep", "e3")
        + chain("deep_late", "e4")
    )  # fmt: skip
    waiting = run(hosting(subprocess("host", inside), boundary("stop", "host", ON_SIGNAL)))
    assert len(waiting.outcome.timers) == 2
    waiting.signal("closed")
    assert (waiting.open, waiting.outcome.messages, waiting.outcome.timers) == (["after_stop"], (), ())
    assert not waiting.wake(NOW + timedelta(days=9)).is_complete
    assert waiting.answer("after_stop").is_complete


def test_interrupting_one_branch_leaves_the_other_alone() -> None:
    source = process(
        start() + parallel("fork") + parallel("join") + user("a") + user("b") + boundary("stop", "a", ON_SIGNAL)
        + '<bpmn:exclusiveGateway id="meet"/>' + end()
        + chain("start", "fork", "a", "meet", "join", "end") + chain("fork", "b", "join") + chain("stop", "meet"),
        extra=SIGNAL,
    )  # fmt: skip
    waiting = run(source)
    waiting.signal("closed")
    assert waiting.open == ["b"]
    assert waiting.answer("b").is_complete


TERMINATED = (
    start("s") + parallel("f") + user("one") + user("two") + end("e1") + end_with("stop", TERMINATE)
    + chain("s", "f", "one", "e1") + chain("f", "two", "stop")
)  # fmt: skip


def test_a_terminate_event_ends_its_subprocess_only() -> None:
    waiting = run(hosting(subprocess("host", TERMINATED), boundary("late", "host", after("P1D"))))
    waiting.answer("two", answer=5)
    assert waiting.open == ["done"]
    assert waiting.outcome.timers == ()
    assert ("one", "cancelled") in waiting.did
    assert ("host", "completed") in waiting.did
    assert waiting.outcome.data["answer"] == 5
    assert waiting.answer("done").is_complete


def test_a_terminate_event_ends_the_process_and_every_subprocess() -> None:
    source = process(
        start() + parallel("fork") + HOSTS["loop of subprocesses"] + user("go") + end() + end_with("stop", TERMINATE)
        + chain("start", "fork", "host", "end") + chain("fork", "go", "stop")
    )  # fmt: skip
    waiting = run(source)
    assert waiting.open == ["go", "deep", "deep"]
    outcome = waiting.answer("go")
    assert outcome.is_complete
    assert (waiting.open, outcome.timers) == ([], ())
    assert waiting.did.count(("deep", "cancelled")) == 2


def test_a_terminate_event_in_one_instance_of_a_loop_ends_that_instance() -> None:
    waiting = run(hosting(subprocess("host", TERMINATED + PARALLEL)))
    waiting.answer("two", answer="yes")
    assert sorted(waiting.open) == ["one", "two"]
    waiting.answer("two", answer="no")
    assert waiting.open == ["done"]
    assert sorted(waiting.outcome.data["votes"]) == ["no", "yes"]


def test_a_timer_that_is_due_at_once_is_before_an_automatic_step() -> None:
    calls: list[int] = []
    source = process(
        start() + service("act", "act") + boundary("late", "act", after("PT0S")) + end() + end("e")
        + chain("start", "act", "end") + chain("late", "e")
    )  # fmt: skip
    outcome = Run(engine_with(act=lambda _context: calls.append(1)), source).outcome
    assert outcome.is_complete
    assert calls == []
