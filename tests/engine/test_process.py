"""The engine's face: answers, state, services, budget, threads."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from engine import definitions
from engine.catalogue import Catalogue, ServiceTask
from engine.errors import (
    AnswerInvalid,
    DefinitionInvalid,
    MessageNotExpected,
    StateInvalid,
    TaskNotOpen,
)
from engine.process import Engine, WaitingMessage
from tests.engine.diagrams import chain, end, one_task, process, service, start, timer, user
from tests.engine.runs import LOOP, NOW, Run, engine_with, incident_of


def test_a_task_is_answered_once() -> None:
    engine = engine_with()
    definition = engine.load(one_task(), {})
    waiting = engine.start(definition, {}, context=None, now=NOW)
    task = waiting.open_tasks[0].id
    done = engine.complete(definition, waiting.state, task, {"answer": 1}, context=None, now=NOW)
    assert done.is_complete
    with pytest.raises(TaskNotOpen):
        engine.complete(definition, done.state, task, {"answer": 2}, context=None, now=NOW)


@pytest.mark.parametrize("task_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_task_that_never_was_is_not_open(task_id: str) -> None:
    run = Run(engine_with(), one_task())
    with pytest.raises(TaskNotOpen):
        run.engine.complete(run.definition, run.outcome.state, task_id, {}, context=None, now=NOW)


def test_an_answer_sets_only_what_its_task_asks_for() -> None:
    run = Run(engine_with(), one_task(), {"request_id": 7})
    with pytest.raises(AnswerInvalid) as refusal:
        run.answer("ask", answer=1, request_id=8)
    assert refusal.value.fields == {"element": "ask", "fields": "request_id"}
    assert run.answer("ask", answer=1).data == {"request_id": 7, "answer": 1}


def test_what_an_answer_leaves_out_becomes_null() -> None:
    run = Run(engine_with(), one_task(fields="answer comment"), {"comment": "of yesterday"})
    assert run.answer("ask", answer=1).data == {"answer": 1, "comment": None}


@pytest.mark.parametrize("value", [1.5, float("nan"), Decimal("NaN"), {1: 2}, {1, 2}, object(), datetime(2026, 1, 1)])  # noqa: DTZ001
def test_an_answer_that_data_cannot_hold_is_refused(value: Any) -> None:
    run = Run(engine_with(), one_task())
    with pytest.raises(AnswerInvalid):
        run.answer("ask", answer=value)


def test_an_answer_without_a_bottom_is_refused() -> None:
    bottomless: list[Any] = []
    bottomless.append(bottomless)
    with pytest.raises(AnswerInvalid):
        Run(engine_with(), one_task()).answer("ask", answer=bottomless)


VALUES = {
    "amount": Decimal("1234567890123456.70"),
    "cents": Decimal("0.10"),
    "count": 12,
    "yes": True,
    "nothing": None,
    "text": "票流 “quoted” \u2028 \x00",
    "day": date(2026, 2, 28),
    "moment": datetime(2026, 2, 28, 9, 30, tzinfo=timezone(timedelta(hours=8))),
    "span": timedelta(days=1, microseconds=5),
    "nested": [{"a": [Decimal("1.0"), {"b": None}]}, []],
    "typename": "Task",
    "looks_like_ours": {"$": "decimal", "v": "7"},
    "spiff": {"typename": "UUID", "value": "zz"},
    "dunder": {"__class__": "x"},
}


def test_data_survive_the_state_exactly() -> None:
    run = Run(engine_with(), one_task(), VALUES)
    done = run.answer("ask", answer=VALUES)
    assert done.data == {**VALUES, "answer": VALUES}
    assert [type(value) for value in done.data["answer"].values()] == [type(value) for value in VALUES.values()]
    assert str(done.data["cents"]) == "0.10"


@pytest.mark.parametrize("state", ["", "{}", "[]", "null", '{"format":1}', "x" * 100, "[" * 100_000])
def test_a_state_that_is_none_is_refused(state: str) -> None:
    run = Run(engine_with(), one_task())
    with pytest.raises(StateInvalid):
        run.engine.wake(run.definition, state, context=None, now=NOW)


def test_a_state_belongs_to_its_definition() -> None:
    engine = engine_with()
    run = Run(engine, one_task())
    other = engine.load(one_task(fields="other"), {})
    with pytest.raises(StateInvalid) as refusal:
        engine.wake(other, run.outcome.state, context=None, now=NOW)
    assert refusal.value.code == "state.other_definition"


def test_a_damaged_state_is_refused() -> None:
    run = Run(engine_with(), one_task())
    for old, new in (('"ask"', '"nobody"'), (",null,", ",7,"), ('"tasks":[', '"tasks":[7,')):
        assert old in run.outcome.state
        with pytest.raises(StateInvalid):
            run.engine.wake(run.definition, run.outcome.state.replace(old, new), context=None, now=NOW)


CALL = process(
    start() + user("ask") + service("call", "act", result="got") + end() + chain("start", "ask", "call", "end")
)


def test_a_result_becomes_one_variable() -> None:
    run = Run(engine_with(act=lambda _context: {"a": Decimal("0.50"), "on": date(2026, 1, 1)}), CALL)
    assert run.answer("ask").data["got"] == {"a": Decimal("0.50"), "on": date(2026, 1, 1)}


def test_only_the_named_fields_of_a_result_become_variables() -> None:
    source = process(start() + service("call", "act", keep="a c") + end() + chain("start", "call", "end"))
    run = Run(engine_with(act=lambda _context: {"a": 1, "b": 2}), source)
    assert run.outcome.data == {"a": 1, "c": None}


def test_a_service_cannot_change_the_past() -> None:
    def act(_context: Any, items: list[int]) -> None:
        items.append(2)

    catalogue = Catalogue(ServiceTask("act", act, {"items": "list"}))
    source = process(start() + service("call", "act", items="items") + end() + chain("start", "call", "end"))
    items = [1]
    assert Run(Engine(catalogue), source, {"items": items}).outcome.data == {"items": [1]}
    assert items == [1]


def test_a_result_that_data_cannot_hold_is_refused() -> None:
    run = Run(engine_with(act=lambda _context: {"price": 0.1}), CALL)
    assert incident_of(run.answer("ask")).fields["type"] == "float"


@pytest.mark.parametrize(
    ("type_name", "value", "given"),
    [
        ("integer", "7", 7),
        ("decimal", "0.10", Decimal("0.10")),
        ("string", "&quot;a&quot;", "a"),
        ("boolean", "true", True),
        ("date", "date(&quot;2026-01-02&quot;)", date(2026, 1, 2)),
        ("list", "[1]", [1]),
        ("context", "{a: 1}", {"a": 1}),
        ("any", "null", None),
        ("string", "null", None),
        ("integer", "variable", 5),
    ],
)
def test_parameters_arrive_as_their_declared_type(type_name: str, value: str, given: Any) -> None:
    seen: list[Any] = []
    catalogue = Catalogue(ServiceTask("act", lambda _context, x: seen.append(x), {"x": type_name}))
    source = process(start() + service("call", "act", x=value) + end() + chain("start", "call", "end"))
    Run(Engine(catalogue), source, {"variable": 5})
    assert seen == [given]
    assert type(seen[0]) is type(given)


def test_a_variable_passed_by_its_name_keeps_the_types_inside() -> None:
    seen: list[Any] = []
    catalogue = Catalogue(ServiceTask("act", lambda _context, chain: seen.append(chain), {"chain": "context"}))
    source = process(start() + service("call", "act", chain="chain") + end() + chain("start", "call", "end"))
    Run(Engine(catalogue), source, {"chain": {"position": 0, "amount": Decimal("0.10")}})
    assert [type(value) for value in seen[0].values()] == [int, Decimal]


@pytest.mark.parametrize(
    ("type_name", "value"),
    [("integer", "0.5"), ("integer", "true"), ("string", "7"), ("date", "&quot;2026-01-02&quot;"), ("list", "{a: 1}")],
)
def test_a_parameter_of_another_type_is_refused(type_name: str, value: str) -> None:
    catalogue = Catalogue(ServiceTask("act", lambda _context, x: None, {"x": type_name}))
    source = process(start() + service("call", "act", x=value) + end() + chain("start", "call", "end"))
    assert incident_of(Run(Engine(catalogue), source).outcome).code == "service.parameter_type"


MESSAGE = process(
    start()
    + '<bpmn:receiveTask id="wait" messageRef="m"><bpmn:extensionElements><spiffworkflow:properties>'
    + '<spiffworkflow:property name="fields" value="paid"/></spiffworkflow:properties></bpmn:extensionElements>'
    + "</bpmn:receiveTask>"
    + end()
    + chain("start", "wait", "end"),
    extra='<bpmn:message id="m" name="payment"/>',
)


def test_a_message_moves_the_process_on() -> None:
    run = Run(engine_with(), MESSAGE)
    assert run.outcome.messages == (WaitingMessage("payment", "wait"),)
    done = run.deliver("payment", paid=Decimal("10.00"))
    assert done.is_complete
    assert done.messages == ()
    assert done.data == {"paid": Decimal("10.00")}


def test_a_message_that_nobody_awaits_is_refused() -> None:
    run = Run(engine_with(), MESSAGE)
    with pytest.raises(MessageNotExpected):
        run.deliver("refund")
    run.deliver("payment", paid=1)
    with pytest.raises(MessageNotExpected):
        run.deliver("payment", paid=1)


def test_a_message_brings_only_declared_fields() -> None:
    with pytest.raises(AnswerInvalid):
        Run(engine_with(), MESSAGE).deliver("payment", paid=1, request_id=8)


def test_a_message_interrupts_the_task_it_is_attached_to() -> None:
    source = process(
        start()
        + user("ask")
        + '<bpmn:boundaryEvent id="withdrawn" attachedToRef="ask">'
        + '<bpmn:messageEventDefinition messageRef="m"/></bpmn:boundaryEvent>'
        + end()
        + end("gone")
        + chain("start", "ask", "end")
        + chain("withdrawn", "gone"),
        extra='<bpmn:message id="m" name="withdraw"/>',
    )
    done = Run(engine_with(), source).deliver("withdraw")
    assert done.is_complete
    assert [(step.element_id, step.event) for step in done.steps if step.kind != "sequenceFlow"] == [
        ("withdrawn", "completed"),
        ("gone", "completed"),
        ("ask", "cancelled"),
    ]


def test_a_terminate_event_ends_everything() -> None:
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/>'
        + user("a")
        + user("b")
        + end()
        + '<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
        + chain("start", "fork", "a", "end")
        + chain("fork", "b", "stop")
    )
    done = Run(engine_with(), source).answer("b", answer=1)
    assert done.is_complete
    assert done.open_tasks == ()


def test_what_was_ready_beside_a_terminate_event_does_not_run() -> None:
    called: list[Any] = []
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/>'
        + '<bpmn:endEvent id="stop"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
        + service("call", "act")
        + end()
        + chain("start", "fork", "stop")
        + chain("fork", "call", "end")
    )
    assert Run(engine_with(act=called.append), source).outcome.is_complete
    assert called == []


def test_process_data_never_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Run(engine_with(), one_task(), {"tax_number": "91110000600037341L"}).answer("ask", answer="91110000600037341L")
    assert not [record for record in caplog.records if "91110000600037341L" in str(record.__dict__)]


def test_a_definition_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    original = definitions.parse_specs
    monkeypatch.setattr(definitions, "parse_specs", lambda *args: parsed.append(1) or original(*args))
    engine = engine_with()
    source = one_task()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: engine.load(bytes(source), {}), range(50)))
    assert len(parsed) == 1
    assert len({id(definition) for definition in found}) == 1


def test_a_broken_definition_does_not_load() -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        engine_with().load(process(start() + service("x", "nobody.knows") + end() + chain("start", "x", "end")), {})
    assert [problem.code for problem in refusal.value.problems] == ["service.unknown"]


def test_eight_threads_share_one_definition() -> None:
    engine = engine_with(act=lambda _context: {"thread": threading.current_thread().name})
    inner = start("s") + user("ask", inner=LOOP.format(sequential="true")) + end("e") + chain("s", "ask", "e")
    source = process(
        start()
        + f'<bpmn:subProcess id="part">{inner}</bpmn:subProcess>'
        + timer("late", "part", "timeDuration", "P1D")
        + service("remind", "act")
        + end("reminded")
        + end()
        + chain("start", "part", "end")
        + chain("late", "remind", "reminded")
    )
    definition = engine.load(source, {})

    def one_instance(number: int) -> dict[str, Any]:
        run = Run(engine, source, {"number": number, "people": list(range(number % 5 + 1))})
        assert run.definition is definition
        run.wake(NOW + timedelta(days=2))
        for vote in range(number % 5 + 1):
            run.answer("ask", answer=vote)
        assert run.outcome.is_complete
        return run.outcome.data

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(one_instance, range(80)))
    for number, data in enumerate(results):
        assert data["number"] == number
        assert data["votes"] == list(range(number % 5 + 1))


def test_the_wall_clock_is_never_read_for_expressions() -> None:
    source = process(
        start()
        + user("ask", title="=string(today())")
        + end()
        + chain("start", "ask", "end")
    )  # fmt: skip
    assert Run(engine_with(), source).outcome.open_tasks[0].title == "2026-03-02"


def test_now_must_name_its_zone() -> None:
    engine = engine_with()
    with pytest.raises(ValueError, match="aware"):
        engine.start(engine.load(one_task(), {}), {}, context=None, now=datetime(2026, 1, 1))  # noqa: DTZ001
