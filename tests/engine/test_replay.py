"""A run of the past on another definition: nobody is asked, nothing is called, the clock stands where it stood."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.catalogue import Catalogue, ServiceTask
from engine.process import Engine, Outcome, Past, Replayed
from engine.runtime.replay import Called, Given
from engine.runtime.values import digest, from_text, to_text
from tests.engine.diagrams import chain, end, exclusive, flow, process, service, start, timer, user
from tests.engine.events import MESSAGE, ON_MESSAGE, ON_SIGNAL, SIGNAL, catch
from tests.engine.runs import NOW, Run, engine_with

HOUR = timedelta(hours=1)
ASKED = process(start() + user("ask") + end() + chain("start", "ask", "end"))


def replay(
    engine: Engine, source: bytes, data: Mapping[str, Any], *answers: Given, calls: Sequence[Called] = (), **how: Any
) -> Replayed:
    return engine.replay(engine.load(source, {}), Past(data, NOW, answers, calls), **how)


def said(element: str, at: datetime = NOW, **fields: Any) -> Given:
    return Given(element, fields, at)


def path(replayed: Replayed) -> list[str]:
    return [step.element_id for step in replayed.steps if step.kind != "sequenceFlow" and step.event == "completed"]


def given(outcome: Outcome) -> dict[str, Any]:
    """What the steps of a run were given, as it comes back from where it was stored."""
    return {step.element_id: from_text(to_text(step.given)) for step in outcome.steps if step.given is not None}


def rated(between: str = "amount", **services: Any) -> bytes:
    """start → `rate` → a gateway that goes to `high` for grade A, else to `low`."""
    body = start() + service("rate", "rate", result="rated", amount=between) + exclusive("gate", "gate_to_low")
    body += end("high") + end("low") + chain("start", "rate", "gate") + flow("gate", "low")
    return process(body + flow("gate", "high", 'rated.grade = "A"'))


def rating(*, foresee: Any = None, result: Any = None) -> tuple[Engine, list[Any]]:
    called: list[Any] = []

    def run(_context: Any, **arguments: Any) -> Any:
        called.append(arguments)
        return result

    return Engine(Catalogue(ServiceTask("rate", run, {"amount": "decimal"}, foresee=foresee))), called


def test_every_step_says_what_it_was_given_from_outside() -> None:
    engine, _called = rating(result={"grade": "A"})
    run = Run(engine, rated(), {"amount": Decimal("5.00")})
    arguments = digest({"amount": Decimal("5.00")})
    assert given(run.outcome) == {
        "start": {"data": {"amount": Decimal("5.00")}},
        "rate": {"service": "rate", "arguments": arguments, "result": {"grade": "A"}},
    }
    asked = Run(engine, process(start() + user("ask", fields="answer comment") + end() + chain("start", "ask", "end")))
    task_id = asked.outcome.open_tasks[0].id
    assert given(asked.answer("ask", answer=1)) == {"ask": {"task": task_id, "answer": {"answer": 1, "comment": None}}}


@pytest.mark.parametrize(
    ("kind", "definition", "extra"), [("message", ON_MESSAGE, MESSAGE), ("signal", ON_SIGNAL, SIGNAL)]
)
def test_an_event_says_what_it_was_given_and_is_given_it_again(kind: Any, definition: str, extra: str) -> None:
    source = process(
        start() + catch("wait", definition, fields="answer") + end() + chain("start", "wait", "end"), extra=extra
    )
    run = Run(engine_with(), source)
    (waiting,) = run.outcome.messages
    done = run.engine.deliver(
        run.definition, run.outcome.state, waiting.name, {"answer": 7}, kind=kind, context=None, now=NOW
    )
    assert given(done) == {"wait": {"answer": {"answer": 7}}}
    again = replay(engine_with(), source, {}, said("wait", answer=7))
    assert (again.is_complete, again.waits) == (True, ())
    assert replay(engine_with(), source, {}).waits == ("wait",)


def test_people_are_given_the_answers_that_they_gave_in_their_order() -> None:
    source = process(
        start() + user("ask") + exclusive("enough", "enough_to_ask") + end() + chain("start", "ask", "enough", "ask")
        + flow("enough", "end", "answer = 2")
    )  # fmt: skip
    again = replay(engine_with(), source, {}, said("ask", answer=1), said("ask", answer=2), said("ask", answer=3))
    assert path(again) == ["start", "ask", "enough", "ask", "enough", "end"]
    assert [asked.by for asked in again.asked] == ["past", "past"]
    assert [answer.fields for answer in again.unused] == [{"answer": 3}]


def test_a_task_that_nobody_answered_then_waits() -> None:
    again = replay(engine_with(), ASKED, {}, said("another", answer=1))
    assert [(asked.element_id, asked.by) for asked in again.asked] == [("ask", "nobody")]
    assert not again.is_complete


def test_a_guess_leads_on_and_is_called_one() -> None:
    again = replay(engine_with(), ASKED, {}, guess=lambda _task: {"answer": 1})
    assert [asked.by for asked in again.asked] == ["guess"]
    assert again.is_complete


def test_what_a_guess_leaves_out_is_not_gone_by() -> None:
    body = start() + user("ask", fields="answer comment") + exclusive("gate", "gate_to_end") + end() + end("other")
    source = process(body + chain("start", "ask", "gate", "end") + flow("gate", "other", 'comment = "x"'))
    again = replay(engine_with(), source, {}, guess=lambda _task: {"answer": 1})
    assert [incident.code for incident in again.incidents] == ["forecast.unknown"]
    assert replay(engine_with(), source, {}, said("ask", answer=1)).is_complete


def test_the_caller_names_what_asks() -> None:
    again = replay(engine_with(), ASKED, {}, said("question", answer=1), describe=lambda task: ("question", task.title))
    assert [(asked.about, asked.by) for asked in again.asked] == [("ask", "past")]


def test_a_task_that_cannot_be_described_stops_and_the_rest_goes_on() -> None:
    def describe(task: Any) -> Any:
        raise ValueError(task.title)

    again = replay(engine_with(), ASKED, {}, describe=describe)
    assert [incident.element_id for incident in again.incidents] == ["ask"]


@pytest.mark.parametrize(("answered", "fired"), [(HOUR, True), (HOUR - timedelta(seconds=1), False)])
def test_a_timer_fires_if_it_is_due_before_the_answer_was_given(answered: timedelta, fired: bool) -> None:
    body = start() + user("ask") + timer("late", "ask", "timeDuration", "PT1H") + end() + end("was_late")
    source = process(body + chain("start", "ask", "end") + flow("late", "was_late"))
    again = replay(engine_with(), source, {}, said("ask", NOW + answered, answer=1))
    assert ("was_late" in path(again), again.is_complete) == (fired, True)


def test_the_clock_goes_on_where_only_a_timer_is_waited_for() -> None:
    wait = "<bpmn:timerEventDefinition><bpmn:timeDuration>P30D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    source = process(start() + catch("wait", wait) + user("ask") + end() + chain("start", "wait", "ask", "end"))
    assert path(replay(engine_with(), source, {}, said("ask", answer=1))) == ["start", "wait", "ask", "end"]


def test_a_clock_that_strikes_for_ever_comes_to_an_end() -> None:
    wait = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1S</bpmn:timeDuration></bpmn:timerEventDefinition>"
    body = start() + catch("wait", wait) + exclusive("gate", "gate_to_wait") + end()
    source = process(body + chain("start", "wait", "gate", "wait") + flow("gate", "end", "false"))
    assert not replay(engine_with(), source, {}).is_complete


def test_a_service_answers_what_it_answered_when_it_is_asked_the_same_and_is_not_called() -> None:
    engine, called = rating(foresee=lambda amount: {"grade": "B"})
    calls = [Called("rate", digest({"amount": Decimal(5)}), {"grade": "A"})]
    assert "high" in path(replay(engine, rated(), {"amount": Decimal(5)}, calls=calls))
    assert "low" in path(replay(engine, rated(), {"amount": Decimal(6)}, calls=calls))
    assert called == []


def test_what_a_service_would_answer_is_asked_of_the_caller_before_it_is_foreseen() -> None:
    engine, _called = rating(foresee=lambda amount: {"grade": "B"})
    seen: list[Any] = []

    def answer(arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, str]:
        seen.append((dict(arguments), variables["amount"]))
        return {"grade": "A"}

    again = replay(engine, rated(), {"amount": Decimal(6)}, services={"rate": answer})
    assert ("high" in path(again), seen) == (True, [({"amount": Decimal(6)}, Decimal(6))])


def test_a_service_that_foresees_nothing_answers_what_it_answered_to_something_else() -> None:
    engine, _called = rating()
    calls = [Called("rate", "", {"grade": "A"})]
    assert "high" in path(replay(engine, rated(), {"amount": Decimal(6)}, calls=calls))
    assert [found.code for found in replay(engine, rated(), {"amount": Decimal(6)}).incidents] == ["forecast.unknown"]


def test_a_service_whose_answer_nobody_reads_is_passed() -> None:
    source = process(start() + service("tell", "rate", amount="amount") + end() + chain("start", "tell", "end"))
    engine, called = rating()
    assert (replay(engine, source, {"amount": 5}).is_complete, called) == (True, [])


def test_what_is_not_known_may_be_told_to_a_service_whose_answer_nobody_reads() -> None:
    body = start() + user("ask", fields="answer comment") + service("tell", "rate", amount="comment") + end()
    engine, _called = rating()
    again = replay(engine, process(body + chain("start", "ask", "tell", "end")), {}, guess=lambda _task: {"answer": 1})
    assert (again.is_complete, again.incidents) == (True, ())


def test_a_service_that_answered_the_same_question_differently_answers_in_that_order() -> None:
    again = service("again", "rate", result="rated", amount="amount")
    source = rated().replace(b'targetRef="gate"', b'targetRef="again"')
    source = source.replace(b"</bpmn:process>", (again + flow("again", "gate")).encode() + b"</bpmn:process>")
    engine, _called = rating()
    arguments = digest({"amount": Decimal(5)})
    calls = [Called("rate", arguments, {"grade": grade}) for grade in ("B", "A")]
    assert "high" in path(replay(engine, source, {"amount": Decimal(5)}, calls=calls))


def test_the_clock_stands_where_it_stood_when_each_answer_was_given() -> None:
    body = (
        start() + user("ask") + user("then") + timer("late", "then", "timeDuration", "PT1H") + end() + end("was_late")
    )
    source = process(body + chain("start", "ask", "then", "end") + flow("late", "was_late"))
    soon = said("ask", NOW + 10 * HOUR, answer=1), said("then", NOW + 10 * HOUR + HOUR / 2, answer=1)
    assert "was_late" not in path(replay(engine_with(), source, {}, *soon))
