"""The engine's face: answers, state, services, budget, threads."""

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from engine import definitions
from engine.catalogue import Catalogue, ServiceTask
from engine.errors import (
    AnswerInvalid,
    DefinitionInvalid,
    EngineError,
    MessageNotExpected,
    RunawayProcess,
    StateInvalid,
    TaskNotOpen,
)
from engine.process import Definition, Engine, Outcome
from tests.engine.diagrams import chain, end, exclusive, flow, one_task, process, service, start, timer, user

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def _engine(**services: Any) -> Engine:
    return Engine(Catalogue(*(ServiceTask(name, run) for name, run in services.items())))


class Run:
    """An instance under test: every step starts from the stored text."""

    def __init__(self, engine: Engine, source: bytes, data: Mapping[str, Any] | None = None) -> None:
        self.engine = engine
        self.definition: Definition = engine.load(source, {})
        self.now = NOW
        self.outcome: Outcome = engine.start(self.definition, data or {}, context=None, now=self.now)

    @property
    def open(self) -> list[str]:
        return [task.element_id for task in self.outcome.open_tasks]

    def answer(self, element_id: str, **answer: Any) -> Outcome:
        task = next(task for task in self.outcome.open_tasks if task.element_id == element_id)
        self.outcome = self.engine.complete(
            self.definition, self.outcome.state, task.id, answer, context=None, now=self.now
        )
        return self.outcome

    def wake(self, now: datetime) -> Outcome:
        self.now = now
        self.outcome = self.engine.wake(self.definition, self.outcome.state, context=None, now=now)
        return self.outcome

    def deliver(self, message: str, **payload: Any) -> Outcome:
        self.outcome = self.engine.deliver(
            self.definition, self.outcome.state, message, payload, context=None, now=self.now
        )
        return self.outcome


def test_a_task_is_answered_once() -> None:
    engine = _engine()
    definition = engine.load(one_task(), {})
    waiting = engine.start(definition, {}, context=None, now=NOW)
    task = waiting.open_tasks[0].id
    done = engine.complete(definition, waiting.state, task, {"answer": 1}, context=None, now=NOW)
    assert done.is_complete
    with pytest.raises(TaskNotOpen):
        engine.complete(definition, done.state, task, {"answer": 2}, context=None, now=NOW)


@pytest.mark.parametrize("task_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_task_that_never_was_is_not_open(task_id: str) -> None:
    run = Run(_engine(), one_task())
    with pytest.raises(TaskNotOpen):
        run.engine.complete(run.definition, run.outcome.state, task_id, {}, context=None, now=NOW)


def test_an_answer_sets_only_what_its_task_asks_for() -> None:
    run = Run(_engine(), one_task(), {"request_id": 7})
    with pytest.raises(AnswerInvalid) as refusal:
        run.answer("ask", answer=1, request_id=8)
    assert refusal.value.fields == {"element": "ask", "fields": "request_id"}
    assert run.answer("ask", answer=1).data == {"request_id": 7, "answer": 1}


def test_what_an_answer_leaves_out_becomes_null() -> None:
    run = Run(_engine(), one_task(fields="answer comment"), {"comment": "of yesterday"})
    assert run.answer("ask", answer=1).data == {"answer": 1, "comment": None}


@pytest.mark.parametrize("value", [1.5, float("nan"), Decimal("NaN"), {1: 2}, {1, 2}, object(), datetime(2026, 1, 1)])  # noqa: DTZ001
def test_an_answer_that_data_cannot_hold_is_refused(value: Any) -> None:
    run = Run(_engine(), one_task())
    with pytest.raises(AnswerInvalid):
        run.answer("ask", answer=value)


def test_an_answer_without_a_bottom_is_refused() -> None:
    bottomless: list[Any] = []
    bottomless.append(bottomless)
    with pytest.raises(AnswerInvalid):
        Run(_engine(), one_task()).answer("ask", answer=bottomless)


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
    run = Run(_engine(), one_task(), VALUES)
    done = run.answer("ask", answer=VALUES)
    assert done.data == {**VALUES, "answer": VALUES}
    assert [type(value) for value in done.data["answer"].values()] == [type(value) for value in VALUES.values()]
    assert str(done.data["cents"]) == "0.10"


@pytest.mark.parametrize("state", ["", "{}", "[]", "null", '{"format":1}', "x" * 100, "[" * 100_000])
def test_a_state_that_is_none_is_refused(state: str) -> None:
    run = Run(_engine(), one_task())
    with pytest.raises(StateInvalid):
        run.engine.wake(run.definition, state, context=None, now=NOW)


def test_a_state_belongs_to_its_definition() -> None:
    engine = _engine()
    run = Run(engine, one_task())
    other = engine.load(one_task(fields="other"), {})
    with pytest.raises(StateInvalid) as refusal:
        engine.wake(other, run.outcome.state, context=None, now=NOW)
    assert refusal.value.code == "state.other_definition"


def test_a_damaged_state_is_refused() -> None:
    run = Run(_engine(), one_task())
    for old, new in (('"ask"', '"nobody"'), ('"root":"', '"root":"0'), ('"tasks":[', '"tasks":[7,')):
        assert old in run.outcome.state
        with pytest.raises(StateInvalid):
            run.engine.wake(run.definition, run.outcome.state.replace(old, new), context=None, now=NOW)


CALL = process(
    start() + user("ask") + service("call", "act", result="got") + end() + chain("start", "ask", "call", "end")
)


def test_the_real_cause_of_a_failing_service_comes_through() -> None:
    def act(_context: Any) -> None:
        raise ZeroDivisionError("the bank is closed")

    run = Run(_engine(act=act), CALL)
    before = run.outcome
    with pytest.raises(ZeroDivisionError, match="the bank is closed"):
        run.answer("ask")
    assert run.outcome is before


def test_a_result_becomes_one_variable() -> None:
    run = Run(_engine(act=lambda _context: {"a": Decimal("0.50"), "on": date(2026, 1, 1)}), CALL)
    assert run.answer("ask").data["got"] == {"a": Decimal("0.50"), "on": date(2026, 1, 1)}


def test_only_the_named_fields_of_a_result_become_variables() -> None:
    source = process(start() + service("call", "act", keep="a c") + end() + chain("start", "call", "end"))
    run = Run(_engine(act=lambda _context: {"a": 1, "b": 2}), source)
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
    run = Run(_engine(act=lambda _context: {"price": 0.1}), CALL)
    with pytest.raises(AnswerInvalid) as refusal:
        run.answer("ask")
    assert refusal.value.fields["type"] == "float"


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
    with pytest.raises(AnswerInvalid) as refusal:
        Run(Engine(catalogue), source)
    assert refusal.value.code == "service.parameter_type"


def _circle(*nodes: str) -> bytes:
    body = "".join(service(node, "act") for node in nodes)
    ways = chain("start", "again", *nodes) + flow(nodes[-1], "again") + flow("again", "end", "false", "never")
    return process(start() + exclusive("again", f"again_to_{nodes[0]}") + body + end() + ways)


def test_a_circle_without_a_wait_is_stopped() -> None:
    run = 0

    def act(_context: Any) -> None:
        nonlocal run
        run += 1

    with pytest.raises(RunawayProcess):
        Run(_engine(act=act), _circle("a", "b"))
    assert run < 500


def test_five_thousand_rounds_stay_right_and_small() -> None:
    source = process(
        start()
        + user("ask")
        + exclusive("again", "again_to_ask")
        + end()
        + chain("start", "ask", "again", "ask")
        + flow("again", "end", "answer = 5000")
    )
    run = Run(_engine(), source)
    size = len(run.outcome.state)
    for number in range(1, 5001):
        assert not run.outcome.is_complete
        run.answer("ask", answer=number)
    assert run.outcome.is_complete
    assert len(run.outcome.state) < 2 * size


def test_conditions_take_the_way_only_when_true() -> None:
    source = process(
        start()
        + exclusive("which", "which_to_no")
        + end("yes")
        + end("no")
        + chain("start", "which", "no")
        + flow("which", "yes", "x")
    )
    for x, way in ((True, "yes"), (False, "no"), (1, "no"), ("true", "no"), (None, "no")):
        steps = Run(_engine(), source, {"x": x}).outcome.steps
        assert steps[-1].element_id == way


def test_parallel_branches_meet() -> None:
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + user("a", fields="a")
        + user("b", fields="b")
        + end()
        + chain("start", "fork", "a", "join", "end")
        + chain("fork", "b", "join")
    )
    run = Run(_engine(), source)
    assert sorted(run.open) == ["a", "b"]
    run.answer("b", b=2)
    assert not run.outcome.is_complete
    done = run.answer("a", a=1)
    assert done.is_complete
    assert done.data == {"a": 1, "b": 2}


@pytest.mark.parametrize("order", ["abc", "cba", "bca"])
def test_three_branches_meet_in_any_order(order: str) -> None:
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + "".join(user(name, fields=name) for name in "abc")
        + end()
        + chain("start", "fork", "a", "join", "end")
        + chain("fork", "b", "join")
        + chain("fork", "c", "join")
    )
    run = Run(_engine(), source)
    for name in order:
        assert not run.outcome.is_complete
        run.answer(name, **{name: 1})
    assert run.outcome.is_complete
    assert run.outcome.data == {"a": 1, "b": 1, "c": 1}


def test_what_follows_a_timer_sees_what_changed_while_it_waited() -> None:
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/>'
        + user("a", fields="x")
        + user("b")
        + timer("late", "b", "timeDuration", "P1D")
        + user("watch", title="=string(x)")
        + end()
        + end("watched")
        + end("other")
        + chain("start", "fork", "a", "other")
        + chain("fork", "b", "end")
        + chain("late", "watch", "watched")
    )
    run = Run(_engine(), source, {"x": 1})
    run.answer("a", x=2)
    run.wake(NOW + timedelta(days=1))
    assert [task.title for task in run.outcome.open_tasks if task.element_id == "watch"] == ["2"]


def test_a_loop_inside_a_loop_collects_afresh_each_time() -> None:
    source = process(
        start()
        + exclusive("merge")
        + user("ask", inner=LOOP.format(sequential="false"))
        + user("again", fields="more")
        + exclusive("more_rounds", "more_rounds_to_end")
        + end()
        + chain("start", "merge", "ask", "again", "more_rounds", "end")
        + flow("more_rounds", "merge", "more")
    )
    run = Run(_engine(), source, {"people": [3, 4]})
    for number in range(3):
        run.answer("ask", answer=number)
        run.answer("ask", answer=number)
        assert run.outcome.data["votes"] == [number, number]
        run.answer("again", more=number < 2)
    assert run.outcome.is_complete


def test_parallel_branches_meet_in_every_round_of_a_loop() -> None:
    source = process(
        start()
        + exclusive("merge")
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + user("a", fields="a")
        + user("b", fields="b")
        + exclusive("again", "again_to_merge")
        + end()
        + chain("start", "merge", "fork", "a", "join", "again", "merge")
        + chain("fork", "b", "join")
        + flow("again", "end", "a = 40")
    )
    run = Run(_engine(), source)
    for number in range(1, 41):
        assert sorted(run.open) == ["a", "b"]
        first, second = ("a", "b") if number % 2 else ("b", "a")
        run.answer(first, **{first: number})
        assert run.open == [second]
        run.answer(second, **{second: number})
    assert run.outcome.is_complete


def _two_branches(*, a: str, b: str) -> bytes:
    return process(
        start()
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + user("a", fields=a)
        + user("b", fields=b, title="=string(x)")
        + user("last", fields="")
        + end()
        + chain("start", "fork", "a", "join", "last", "end")
        + chain("fork", "b", "join")
    )


@pytest.mark.parametrize("order", ["ab", "ba"])
def test_the_branch_that_comes_last_does_not_undo_what_others_did(order: str) -> None:
    run = Run(_engine(), _two_branches(a="x", b="y"), {"x": [1, 2], "y": 0})
    answers = {"a": {"x": [2, 1]}, "b": {"y": 5}}
    for element_id in order:
        run.answer(element_id, **answers[element_id])
    assert run.open == ["last"]
    assert run.outcome.data == {"x": [2, 1], "y": 5}
    assert run.answer("last").data == {"x": [2, 1], "y": 5}


def test_a_branch_sees_at_once_what_another_has_changed() -> None:
    run = Run(_engine(), _two_branches(a="x", b="y"), {"x": 1})
    run.answer("a", x=2)
    assert [(task.element_id, task.title) for task in run.outcome.open_tasks] == [("b", "2")]


def test_an_escalation_changes_the_variables_of_the_main_way() -> None:
    source = process(
        start()
        + user("ask", title="=string(level)")
        + timer("late", "ask", "timeDuration", "P1D")
        + service("escalate", "act", keep="level")
        + user("watch", fields="watched")
        + end("escalated")
        + end()
        + chain("start", "ask", "end")
        + chain("late", "escalate", "watch", "escalated")
    )
    run = Run(_engine(act=lambda _context: {"level": 2}), source, {"level": 1})
    run.wake(NOW + timedelta(days=1))
    assert sorted((task.element_id, task.title) for task in run.outcome.open_tasks) == [
        ("ask", "2"),
        ("watch", "watch"),
    ]
    run.answer("ask", answer="yes")
    done = run.answer("watch", watched=True)
    assert done.is_complete
    assert done.data == {"level": 2, "answer": "yes", "watched": True}


def test_a_subprocess_and_what_runs_beside_it_share_their_variables() -> None:
    inner = start("s") + user("inside", fields="a", title="=string(b)") + user("deeper", fields="c") + end("e")
    source = process(
        start()
        + '<bpmn:parallelGateway id="fork"/><bpmn:parallelGateway id="join"/>'
        + f'<bpmn:subProcess id="part">{inner}{chain("s", "inside", "deeper", "e")}</bpmn:subProcess>'
        + user("beside", fields="b", title="=string(a)")
        + end()
        + chain("start", "fork", "part", "join", "end")
        + chain("fork", "beside", "join")
    )
    run = Run(_engine(), source, {"a": 0, "b": 0})
    run.answer("inside", a=1)
    assert next(task.title for task in run.outcome.open_tasks if task.element_id == "beside") == "1"
    run.answer("beside", b=2)
    done = run.answer("deeper", c=3)
    assert done.is_complete
    assert done.data == {"a": 1, "b": 2, "c": 3}


def test_the_instances_of_a_loop_keep_to_themselves() -> None:
    run = Run(_engine(), _loop("false"), {"people": [3, 4], "other": 1})
    run.answer("ask", answer="mine")
    assert [task.properties["candidates"] for task in run.outcome.open_tasks] == [[4]]
    assert run.outcome.data.keys() == {"people", "other", "votes"}
    assert run.answer("ask", answer="yours").data["votes"] == ["mine", "yours"]


def test_an_instance_too_deep_for_its_library_is_stopped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.runtime.workflow.MAX_DEPTH", 20)
    tasks = [f"t{number}" for number in range(30)]
    source = process(
        start()
        + "".join(f'<bpmn:intermediateThrowEvent id="{task}"/>' for task in tasks)
        + end()
        + chain("start", *tasks, "end")
    )
    with pytest.raises(RunawayProcess):
        Run(_engine(), source)


def test_a_subprocess_runs_inside_its_process() -> None:
    inner = start("inner_start") + user("inner_ask") + end("inner_end") + chain("inner_start", "inner_ask", "inner_end")
    source = process(
        start() + f'<bpmn:subProcess id="part">{inner}</bpmn:subProcess>' + user("ask", fields="last") + end()
        + chain("start", "part", "ask", "end")
    )  # fmt: skip
    run = Run(_engine(), source, {"x": 1})
    assert run.open == ["inner_ask"]
    run.answer("inner_ask", answer=2)
    assert run.open == ["ask"]
    assert "part" in [step.element_id for step in run.outcome.steps]
    done = run.answer("ask", last=3)
    assert done.is_complete
    assert done.data == {"x": 1, "answer": 2, "last": 3}


LOOP = (
    '<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
    "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="person"/><bpmn:outputDataItem id="answer"/></bpmn:multiInstanceLoopCharacteristics>'
)


def _loop(sequential: str) -> bytes:
    return one_task(inner=LOOP.format(sequential=sequential), candidates="=[person]")


def test_everyone_is_asked_at_once() -> None:
    run = Run(_engine(), _loop("false"), {"people": [3, 4, 5]})
    assert [task.candidates for task in run.outcome.open_tasks] == [[3], [4], [5]]
    for vote in ("yes", "no", "yes"):
        run.answer("ask", answer=vote)
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == ["yes", "no", "yes"]


def test_everyone_is_asked_in_turn() -> None:
    run = Run(_engine(), _loop("true"), {"people": [3, 4]})
    assert [task.candidates for task in run.outcome.open_tasks] == [[3]]
    run.answer("ask", answer="yes")
    assert [task.candidates for task in run.outcome.open_tasks] == [[4]]
    assert run.answer("ask", answer="no").data["votes"] == ["yes", "no"]
    assert run.outcome.is_complete


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_an_instance_goes_on_in_another_process(sequential: str) -> None:
    run = Run(_engine(), _loop(sequential), {"people": [3, 4, 5]})
    for vote in ("yes", "no", "yes"):
        run.engine = _engine()  # has parsed nothing yet
        run.definition = run.engine.load(_loop(sequential), {})
        run.answer("ask", answer=vote)
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == ["yes", "no", "yes"]


@pytest.mark.parametrize("people", [[3, None], None, "abc", 7])
@pytest.mark.parametrize("sequential", ["true", "false"])
def test_a_list_with_a_hole_is_refused_instead_of_waiting_for_ever(sequential: str, people: Any) -> None:
    with pytest.raises(EngineError) as refusal:
        Run(_engine(), _loop(sequential), {"people": people})
    assert refusal.value.code == "multi_instance.items"


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
    run = Run(_engine(), MESSAGE)
    assert run.outcome.messages == ("payment",)
    done = run.deliver("payment", paid=Decimal("10.00"))
    assert done.is_complete
    assert done.messages == ()
    assert done.data == {"paid": Decimal("10.00")}


def test_a_message_that_nobody_awaits_is_refused() -> None:
    run = Run(_engine(), MESSAGE)
    with pytest.raises(MessageNotExpected):
        run.deliver("refund")
    run.deliver("payment", paid=1)
    with pytest.raises(MessageNotExpected):
        run.deliver("payment", paid=1)


def test_a_message_brings_only_declared_fields() -> None:
    with pytest.raises(AnswerInvalid):
        Run(_engine(), MESSAGE).deliver("payment", paid=1, request_id=8)


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
    done = Run(_engine(), source).deliver("withdraw")
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
    done = Run(_engine(), source).answer("b", answer=1)
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
    assert Run(_engine(act=called.append), source).outcome.is_complete
    assert called == []


def test_process_data_never_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Run(_engine(), one_task(), {"tax_number": "91110000600037341L"}).answer("ask", answer="91110000600037341L")
    assert not [record for record in caplog.records if "91110000600037341L" in str(record.__dict__)]


def test_a_definition_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    original = definitions.parse_specs
    monkeypatch.setattr(definitions, "parse_specs", lambda *args: parsed.append(1) or original(*args))
    engine = _engine()
    source = one_task()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: engine.load(bytes(source), {}), range(50)))
    assert len(parsed) == 1
    assert len({id(definition) for definition in found}) == 1


def test_a_broken_definition_does_not_load() -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        _engine().load(process(start() + service("x", "nobody.knows") + end() + chain("start", "x", "end")), {})
    assert [problem.code for problem in refusal.value.problems] == ["service.unknown"]


def test_eight_threads_share_one_definition() -> None:
    engine = _engine(act=lambda _context: {"thread": threading.current_thread().name})
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
    assert Run(_engine(), source).outcome.open_tasks[0].title == "2026-03-02"


def test_now_must_name_its_zone() -> None:
    engine = _engine()
    with pytest.raises(ValueError, match="aware"):
        engine.start(engine.load(one_task(), {}), {}, context=None, now=datetime(2026, 1, 1))  # noqa: DTZ001
