"""Messages: one receiver each, by name and correlation; what is thrown is caught here or leaves the process."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from engine.errors import AnswerInvalid, MessageNotExpected
from engine.process import Sent, WaitingMessage
from tests.engine.diagrams import chain, end, process, start, user
from tests.engine.events import (
    MESSAGE,
    ON_MESSAGE,
    boundary,
    catch,
    end_with,
    parallel,
    receive,
    send,
    subprocess,
    throw,
)
from tests.engine.runs import LOOP, NOW, Run, engine_with, incident_of


def catching(**values: str) -> bytes:
    """start → `wait` → end."""
    return process(start() + catch("wait", ON_MESSAGE, **values) + end() + chain("start", "wait", "end"), extra=MESSAGE)


def throwing(**values: str) -> bytes:
    """start → `tell` → end."""
    return process(start() + throw("tell", ON_MESSAGE, **values) + end() + chain("start", "tell", "end"), extra=MESSAGE)


def run(source: bytes, **data: Any) -> Run:
    return Run(engine_with(), source, data)


def test_a_catch_event_says_what_it_waits_for() -> None:
    waiting = run(catching(correlation="{order: number}"), number=7).outcome.messages
    assert waiting == (WaitingMessage("paid", "wait", {"order": 7}, "message"),)


def test_only_a_message_with_an_equal_correlation_is_taken() -> None:
    waiting = run(catching(correlation="={order: number, open: true}"), number=Decimal("7.0"))
    for other in (
        None,
        {},
        {"order": 7},
        {"order": 8, "open": True},
        {"order": 7, "open": 1},
        {"order": "7", "open": True},
    ):
        with pytest.raises(MessageNotExpected):
            waiting.hand("message", "paid", {}, other)
    assert waiting.hand("message", "paid", {}, {"open": True, "order": 7}).is_complete


def test_correlations_are_equal_by_value_whatever_the_type_of_the_number_or_the_zone_of_the_moment() -> None:
    moment = datetime(2026, 3, 2, 8, tzinfo=UTC)
    waiting = run(catching(correlation="{n: n, at: at}"), n=Decimal("1.50"), at=moment)
    key = {"at": moment.astimezone(timezone(timedelta(hours=8))), "n": Decimal("1.5")}
    assert waiting.hand("message", "paid", {}, key).is_complete


def test_an_event_without_a_correlation_takes_any_message_of_its_name() -> None:
    assert run(catching()).hand("message", "paid", {}, {"order": 7}).is_complete


def test_one_value_is_a_correlation_too() -> None:
    waiting = run(catching(correlation="number"), number="A-7")
    assert waiting.outcome.messages[0].correlation == {"key": "A-7"}
    assert waiting.hand("message", "paid", {}, {"key": "A-7"}).is_complete


@pytest.mark.parametrize("text", ["nothing", "{}", "{a: nothing}", "{a: [1]}", "[1]"])
def test_a_correlation_without_a_value_is_refused_when_the_wait_begins(text: str) -> None:
    assert incident_of(run(catching(correlation=text)).outcome).code == "event.correlation"


def test_a_correlation_that_no_index_could_hold_is_refused() -> None:
    assert run(catching(correlation="number"), number="流" * 300).outcome.incidents == ()
    incident = incident_of(run(catching(correlation="number"), number="流" * 400).outcome)
    assert (incident.code, incident.fields["limit"]) == ("event.correlation", 1000)


def test_the_correlation_is_fixed_when_the_wait_begins() -> None:
    source = process(
        start() + parallel("fork") + catch("wait", ON_MESSAGE, correlation="number") + user("ask", fields="number")
        + end() + end("end2") + chain("start", "fork", "wait", "end") + chain("fork", "ask", "end2"),
        extra=MESSAGE,
    )  # fmt: skip
    waiting = run(source, number=1)
    waiting.answer("ask", number=2)
    assert waiting.outcome.messages[0].correlation == {"key": 1}


def test_an_event_that_waits_again_keeps_its_correlation() -> None:
    event = boundary("more", "ask", ON_MESSAGE, interrupting=False, correlation="number", fields="number")
    body = start() + user("ask") + event + end() + end("e") + chain("start", "ask", "end") + chain("more", "e")
    waiting = run(process(body, extra=MESSAGE), number=1)
    waiting.hand("message", "paid", {"number": 2}, {"key": 1})
    assert waiting.outcome.data["number"] == 2
    assert waiting.outcome.messages[0].correlation == {"key": 1}


def test_a_signal_does_not_serve_a_message_of_the_same_name() -> None:
    with pytest.raises(MessageNotExpected) as refusal:
        run(catching()).signal("paid")
    assert refusal.value.code == "signal.not_expected"


TWO = process(
    start() + user("first") + parallel("fork") + receive("a", fields="paid") + user("later") + receive("b")
    + end() + end("end2") + chain("start", "first", "fork", "a", "end") + chain("fork", "later", "b", "end2"),
    extra=MESSAGE,
)  # fmt: skip


def test_of_two_tokens_that_wait_for_a_message_the_one_that_waits_longest_is_served() -> None:
    waiting = run(TWO)
    waiting.answer("first")
    waiting.answer("later")
    assert waiting.waits_for == [("paid", "a"), ("paid", "b")]
    waiting.deliver("paid", paid=1)
    assert waiting.waits_for == [("paid", "b")]
    with pytest.raises(AnswerInvalid):
        waiting.deliver("paid", paid=1)
    assert waiting.deliver("paid").is_complete


def test_of_the_instances_of_a_loop_the_one_whose_correlation_is_equal_is_served() -> None:
    task = receive("wait", correlation="person", fields="answer").replace(
        "</bpmn:receiveTask>", f"{LOOP}</bpmn:receiveTask>"
    )
    source = process(start() + task.format(sequential="false") + end() + chain("start", "wait", "end"), extra=MESSAGE)
    waiting = run(source, people=["ann", "bob", "cy"])
    for person in ("bob", "cy", "ann"):
        with pytest.raises(MessageNotExpected):
            waiting.hand("message", "paid", {"answer": person}, {"key": "dan"})
        waiting.hand("message", "paid", {"answer": person}, {"key": person})
    assert waiting.outcome.is_complete
    assert sorted(waiting.outcome.data["votes"]) == ["ann", "bob", "cy"]


def test_a_thrown_message_leaves_the_process() -> None:
    sent = run(
        throwing(payload="{amount: amount * 2}", correlation="{order: number}"), amount=2, number="A-7"
    ).outcome.sent
    assert sent == (Sent("message", "paid", {"order": "A-7"}, {"amount": Decimal(4)}, "tell"),)


def test_a_send_task_throws_a_message() -> None:
    tell = send("tell", payload="{amount: amount}", correlation="number")
    source = process(start() + tell + end() + chain("start", "tell", "end"), extra=MESSAGE)
    outcome = run(source, amount=2, number=3).outcome
    assert outcome.is_complete
    assert outcome.sent == (Sent("message", "paid", {"key": 3}, {"amount": 2}, "tell"),)


def test_an_end_event_throws_a_message() -> None:
    source = process(start() + end_with("tell", ON_MESSAGE) + chain("start", "tell"), extra=MESSAGE)
    outcome = run(source).outcome
    assert outcome.is_complete
    assert outcome.sent == (Sent("message", "paid", None, {}, "tell"),)


@pytest.mark.parametrize("text", ["amount", "[amount]", "nothing"])
def test_a_payload_is_a_context(text: str) -> None:
    incident = incident_of(run(throwing(payload=text), amount=1).outcome)
    assert incident.code == "event.payload"
    assert "{amount: amount}" in str(incident)


def both(*catchers: str) -> bytes:
    """Each of `catchers` waits beside `go` → `tell`, which throws the message with the number 7."""
    ends = "".join(end(f"end{number}") for number in range(len(catchers)))
    ids = [text.split('id="')[1].split('"')[0] for text in catchers]
    ways = "".join(chain("fork", node_id, f"end{number}") for number, node_id in enumerate(ids))
    told = throw("tell", ON_MESSAGE, payload="{paid: 5, unasked: 6}", correlation="7")
    body = start() + parallel("fork") + "".join(catchers) + user("go") + told + end("told") + ends + ways
    return process(body + chain("start", "fork", "go", "tell", "told"), extra=MESSAGE)


def test_a_thrown_message_that_is_caught_in_the_instance_does_not_leave_it() -> None:
    waiting = run(both(receive("a", correlation="8"), receive("b", correlation="7", fields="paid"), receive("c")))
    outcome = waiting.answer("go")
    assert outcome.sent == ()
    assert waiting.waits_for == [("paid", "a"), ("paid", "c")]
    assert outcome.data["paid"] == 5
    assert "unasked" not in outcome.data
    assert ("b", "completed") in waiting.did


def test_a_thrown_message_with_another_correlation_leaves_the_process() -> None:
    waiting = run(both(receive("a", correlation="8")))
    assert [sent.correlation for sent in waiting.answer("go").sent] == [{"key": 7}]
    assert waiting.waits_for == [("paid", "a")]


def test_a_message_that_does_not_interrupt_may_come_many_times() -> None:
    source = process(
        start() + user("ask")
        + boundary("news", "ask", ON_MESSAGE, interrupting=False, fields="text", correlation="number")
        + user("read", fields="") + end() + end("end2") + chain("start", "ask", "end") + chain("news", "read", "end2"),
        extra=MESSAGE,
    )  # fmt: skip
    waiting = run(source, number=3)
    for text in ("one", "two", "three"):
        outcome = waiting.hand("message", "paid", {"text": text}, {"key": 3})
        assert outcome.data["text"] == text
        assert outcome.messages == (WaitingMessage("paid", "news", {"key": 3}),)
        assert waiting.did == [("news", "completed")]
    assert waiting.open == ["ask", "read", "read", "read"]
    waiting.answer("ask")
    assert waiting.waits_for == []
    assert waiting.open == ["read", "read", "read"]
    for _ in range(3):
        assert not waiting.outcome.is_complete
        waiting.answer("read")
    assert waiting.outcome.is_complete


def test_a_message_interrupts_a_subprocess_that_is_busy_inside() -> None:
    inside = start("s") + parallel("f") + user("one") + receive("two") + end("e1") + end("e2")
    inside += chain("s", "f", "one", "e1") + chain("f", "two", "e2")
    source = process(
        start() + subprocess("part", inside) + boundary("stop", "part", ON_MESSAGE, correlation="1") + user("after")
        + end() + end("end2") + chain("start", "part", "end") + chain("stop", "after", "end2"),
        extra=MESSAGE,
    )  # fmt: skip
    waiting = run(source)
    assert waiting.waits_for == [("paid", "stop"), ("paid", "two")]
    waiting.hand("message", "paid", {}, {"key": 1})
    assert (waiting.open, waiting.waits_for) == (["after"], [])
    assert {element for element, event in waiting.did if event == "cancelled"} == {"part", "one", "two"}
    assert waiting.answer("after").is_complete


def test_a_state_does_not_grow_with_the_messages_that_came() -> None:
    source = process(
        start() + user("ask") + boundary("news", "ask", ON_MESSAGE, interrupting=False) + end() + end("end2")
        + chain("start", "ask", "end") + chain("news", "end2"),
        extra=MESSAGE,
    )  # fmt: skip
    waiting = run(source)
    sizes = [len(waiting.deliver("paid").state) for _ in range(30)]
    assert sizes[-1] - sizes[1] <= 2  # one digit of the place in the queue
    assert waiting.now == NOW


def test_messages_of_a_race_have_correlations_too() -> None:
    race = '<bpmn:eventBasedGateway id="race"/>'
    a, b = catch("a", ON_MESSAGE, correlation="one"), receive("b", correlation="two", fields="paid")
    ways = chain("start", "race", "a", "e1") + chain("race", "b", "e2")
    waiting = run(process(start() + race + a + b + end("e1") + end("e2") + ways, extra=MESSAGE), one=1, two=2)
    assert [waiting.correlation for waiting in waiting.outcome.messages] == [{"key": 1}, {"key": 2}]
    outcome = waiting.hand("message", "paid", {"paid": True}, {"key": 2})
    assert outcome.is_complete
    assert outcome.data["paid"] is True
    assert ("b", "completed") in waiting.did
