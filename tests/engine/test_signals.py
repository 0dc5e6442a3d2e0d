"""Signals: everything that waits for one is reached, in the instance and outside of it."""

from typing import Any

import pytest

from engine.errors import MessageNotExpected
from engine.process import Sent, WaitingMessage
from tests.engine.diagrams import chain, end, exclusive, process, start, user
from tests.engine.events import ON_SIGNAL, SIGNAL, boundary, catch, end_with, parallel, subprocess, throw
from tests.engine.runs import LOOP, Run, engine_with


def run(body: str, **data: Any) -> Run:
    return Run(engine_with(), process(body, extra=SIGNAL), data)


TWO = (
    start() + parallel("fork") + catch("a", ON_SIGNAL, fields="x") + catch("b", ON_SIGNAL, fields="y") + user("go")
    + throw("tell", ON_SIGNAL, payload="{x: 1, y: 2, z: 3}") + end("e1") + end("e2") + end("e3")
    + chain("start", "fork", "a", "e1") + chain("fork", "b", "e2") + chain("fork", "go", "tell", "e3")
)  # fmt: skip


def test_a_signal_from_outside_reaches_every_event_that_waits_for_it() -> None:
    waiting = run(TWO)
    assert waiting.outcome.messages == (
        WaitingMessage("closed", "a", kind="signal"),
        WaitingMessage("closed", "b", kind="signal"),
    )
    outcome = waiting.signal("closed", x=1, z=3)
    assert outcome.messages == ()
    assert outcome.data == {"x": 1, "y": None}  # each event takes what it declares
    with pytest.raises(MessageNotExpected):
        waiting.signal("closed")


def test_a_message_does_not_serve_a_signal_of_the_same_name() -> None:
    with pytest.raises(MessageNotExpected):
        run(TWO).deliver("closed")


def test_a_thrown_signal_reaches_the_instance_itself_and_leaves_it() -> None:
    waiting = run(TWO)
    outcome = waiting.answer("go", answer=None)
    assert outcome.is_complete
    assert outcome.sent == (Sent("signal", "closed", None, {"x": 1, "y": 2, "z": 3}, "tell"),)
    assert outcome.data == {"answer": None, "x": 1, "y": 2}


def test_an_end_event_throws_a_signal() -> None:
    waiting = run(start() + end_with("tell", ON_SIGNAL) + chain("start", "tell"))
    assert [sent.name for sent in waiting.outcome.sent] == ["closed"]
    assert waiting.outcome.is_complete


def test_a_signal_that_nobody_waits_for_is_not_kept() -> None:
    body = start() + throw("tell", ON_SIGNAL) + catch("wait", ON_SIGNAL) + end() + chain("start", "tell", "wait", "end")
    assert run(body).waits_for == [("closed", "wait")]


@pytest.mark.parametrize("inner", ["task", "subprocess"])
def test_a_signal_interrupts_its_activity(inner: str) -> None:
    part = user("ask")
    if inner == "subprocess":
        part = subprocess("ask", start("s") + user("deep") + end("e") + chain("s", "deep", "e"))
    body = start() + part + boundary("stop", "ask", ON_SIGNAL) + end() + end("stopped")
    waiting = run(body + chain("start", "ask", "end") + chain("stop", "stopped"))
    outcome = waiting.signal("closed")
    assert outcome.is_complete
    assert waiting.did[:2] == [("stop", "completed"), ("stopped", "completed")]
    assert ("ask", "cancelled") in waiting.did


def test_a_signal_thrown_inside_a_subprocess_interrupts_it_before_anything_else_runs() -> None:
    inside = (
        start("s") + parallel("f") + throw("tell", ON_SIGNAL) + exclusive("beside") + end("e1") + end("e2")
        + chain("s", "f", "tell", "e1") + chain("f", "beside", "e2")
    )  # fmt: skip
    body = start() + subprocess("part", inside) + boundary("stop", "part", ON_SIGNAL) + end() + end("stopped")
    waiting = run(body + chain("start", "part", "end") + chain("stop", "stopped"))
    assert waiting.outcome.is_complete
    assert ("beside", "completed") not in waiting.did
    assert ("end", "completed") not in waiting.did
    assert ("stopped", "completed") in waiting.did


def test_a_signal_interrupts_every_instance_of_a_loop() -> None:
    body = start() + user("vote", inner=LOOP.format(sequential="false")) + boundary("stop", "vote", ON_SIGNAL)
    waiting = run(body + end() + end("e") + chain("start", "vote", "end") + chain("stop", "e"), people=["ann", "bob"])
    waiting.answer("vote", answer="yes")
    outcome = waiting.signal("closed")
    assert outcome.is_complete
    assert (waiting.open, outcome.messages) == ([], ())


def test_a_signal_that_does_not_interrupt_may_come_while_its_answer_is_open() -> None:
    body = (
        start() + user("ask") + boundary("news", "ask", ON_SIGNAL, interrupting=False) + user("read") + end() + end("e")
    )
    waiting = run(body + chain("start", "ask", "end") + chain("news", "read", "e"))
    waiting.signal("closed")
    waiting.signal("closed")
    assert waiting.open == ["ask", "read", "read"]
    waiting.answer("read")
    waiting.answer("ask")
    with pytest.raises(MessageNotExpected):
        waiting.signal("closed")
    assert waiting.open == ["read"]


def test_two_signals_in_one_run_are_two() -> None:
    body = (
        start() + parallel("fork") + user("ask") + boundary("news", "ask", ON_SIGNAL, interrupting=False) + user("read")
        + user("go") + throw("once", ON_SIGNAL) + throw("twice", ON_SIGNAL) + end() + end("e1") + end("e2")
        + chain("start", "fork", "ask", "end") + chain("fork", "go", "once", "twice", "e1")
        + chain("news", "read", "e2")
    )  # fmt: skip
    waiting = run(body)
    waiting.answer("go")
    assert waiting.open == ["ask", "read", "read"]


def test_a_signal_that_answers_itself_is_stopped() -> None:
    body = start() + user("ask") + boundary("news", "ask", ON_SIGNAL, interrupting=False) + throw("again", ON_SIGNAL)
    waiting = run(body + end() + end("e") + chain("start", "ask", "end") + chain("news", "again", "e"))
    waiting.signal("closed")
    assert {incident.code for incident in waiting.outcome.incidents} == {"process.runaway"}


@pytest.mark.parametrize("order", [1, -1])
def test_a_signal_reaches_the_event_that_does_not_interrupt_before_the_one_that_does(order: int) -> None:
    events = [boundary("stop", "ask", ON_SIGNAL), boundary("news", "ask", ON_SIGNAL, interrupting=False)][::order]
    body = start() + user("ask") + "".join(events) + user("read") + end() + end("e1") + end("e2")
    waiting = run(body + chain("start", "ask", "end") + chain("news", "read", "e1") + chain("stop", "e2"))
    waiting.signal("closed")
    assert waiting.open == ["read"]
    assert ("stop", "completed") in waiting.did


def test_a_signal_wins_a_race_and_withdraws_its_rivals() -> None:
    body = start() + '<bpmn:eventBasedGateway id="race"/>' + catch("a", ON_SIGNAL) + catch("b", ON_SIGNAL)
    body += end("e1") + end("e2") + chain("start", "race", "a", "e1") + chain("race", "b", "e2")
    waiting = run(body)
    outcome = waiting.signal("closed")
    assert outcome.is_complete
    assert [element for element, event in waiting.did if event == "completed"] == ["a", "e1"]
