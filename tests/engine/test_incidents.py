"""Steps that fail: the run is kept, others go on, and a retry takes up where it stopped."""

import logging
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.catalogue import Catalogue, ServiceTask
from engine.process import Engine
from tests.engine.diagrams import chain, end, exclusive, flow, process, script, service, start, timer, user
from tests.engine.dmn.models import decision, file
from tests.engine.failing import CALL, ENDLESS, Bank, forked, kinds
from tests.engine.runs import LOOP, NOW, Run, engine_with, incident_of


def test_a_service_that_fails_keeps_the_answer_before_it() -> None:
    run = Run(engine_with(act=Bank()), CALL)
    outcome = run.answer("ask", answer=7)
    incident = incident_of(outcome)
    assert (incident.element_id, incident.code) == ("call", "step.unexpected")
    assert "ZeroDivisionError" in str(incident)
    assert "secret" not in str(incident)
    assert outcome.data == {"answer": 7}
    assert (outcome.open_tasks, outcome.is_complete) == ((), False)
    assert kinds(outcome, "completed") == ["ask"]


def test_what_only_a_programmer_understands_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    Run(engine_with(act=Bank()), CALL).answer("ask")
    assert "secret" in caplog.text


def test_a_failed_step_is_retried_once_its_cause_is_mended() -> None:
    bank = Bank()
    run = Run(engine_with(act=bank), CALL)
    run.answer("ask", answer=7)
    assert incident_of(run.retry()).element_id == "call"
    bank.open = True
    done = run.retry()
    assert done.is_complete
    assert (done.incidents, done.data) == ((), {"answer": 7, "got": {"paid": True}})
    assert kinds(done, "completed") == ["call", "end"]
    assert bank.calls == 3


def test_a_failed_step_is_not_tried_again_by_itself() -> None:
    bank = Bank()
    run = Run(engine_with(act=bank), CALL)
    run.answer("ask", answer=7)
    bank.open = True
    for day in range(3):
        assert incident_of(run.wake(NOW + timedelta(days=day))).element_id == "call"
    assert bank.calls == 1


def test_branches_beside_a_failed_step_go_on_and_the_join_waits_for_it() -> None:
    bank = Bank()
    source = process(
        start() + forked("call", "b", "c") + service("call", "act") + user("b", fields="b") + user("c", fields="c")
        + end() + chain("start", "fork") + chain("join", "end")
    )  # fmt: skip
    run = Run(engine_with(act=bank), source)
    run.answer("c", c=1)
    run.answer("b", b=2)
    assert (run.open, run.outcome.is_complete) == ([], False)
    assert incident_of(run.outcome).element_id == "call"
    bank.open = True
    done = run.retry()
    assert done.is_complete
    assert done.data == {"b": 2, "c": 1}


def test_a_failed_step_sees_what_other_branches_change_while_it_waits() -> None:
    seen: list[Any] = []

    def act(_context: Any, x: Any) -> None:
        seen.append(x)
        if x is None:
            raise ValueError

    source = process(
        start() + forked("call", "b") + service("call", "act", x="b") + user("b", fields="b")
        + end() + chain("start", "fork") + chain("join", "end")
    )  # fmt: skip
    run = Run(Engine(Catalogue(ServiceTask("act", act, {"x": "any"}))), source)
    run.answer("b", b=2)
    assert run.retry().is_complete
    assert seen == [None, 2]


FAILING: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a wrong parameter": (service("x", "number", n="wanted"), "service.parameter_type", {"wanted": 5}),
    "a wrong result": (service("x", "float"), "data.value", {}),
    "an unknown moment": (
        '<bpmn:intermediateCatchEvent id="x"><bpmn:timerEventDefinition><bpmn:timeDuration>wanted'
        "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
        "timer.value",
        {"wanted": "PT0S"},
    ),
    "a script without end": (script("x", ENDLESS.replace("answer", "limit"), "n"), "expression.fuel", {"limit": 1}),
    "no list for all": (
        user("x", inner=LOOP.format(sequential="false")),
        "multi_instance.items",
        {"people": []},
    ),
    "no list to follow": (user("x", inner=LOOP.format(sequential="true")), "multi_instance.items", {"people": []}),
}


@pytest.mark.parametrize(("element", "code", "mended"), FAILING.values(), ids=FAILING)
def test_each_kind_of_failure_stops_its_step_only_and_goes_on_with_corrected_data(
    element: str, code: str, mended: dict[str, Any]
) -> None:
    def number(_context: Any, n: int) -> None:
        if n is None:
            raise ValueError

    def result(_context: Any) -> Any:
        return {"price": 0.1}

    engine = Engine(Catalogue(ServiceTask("number", number, {"n": "integer"}), ServiceTask("float", result)))
    source = process(
        start() + forked("x", "b") + element + user("b") + end() + chain("start", "fork") + chain("join", "end")
    )
    run = Run(engine, source, {"wanted": "soon", "people": None, "limit": 100_000})
    assert (incident_of(run.outcome).element_id, incident_of(run.outcome).code) == ("x", code)
    run.answer("b", answer=1)
    assert incident_of(run.outcome).code == code
    if mended:
        assert run.retry(**mended).is_complete
        assert mended.items() <= run.outcome.data.items()
    else:
        assert run.skip().is_complete


def test_a_condition_that_fails_takes_no_way_until_it_can_be_said() -> None:
    source = process(
        start() + user("ask") + exclusive("which", "which_to_no") + end("yes") + end("no")
        + chain("start", "ask", "which", "no") + flow("which", "yes", f"count({ENDLESS}) = 1")
    )  # fmt: skip
    run = Run(engine_with(), source)
    outcome = run.answer("ask", answer=100_000)
    assert incident_of(outcome).element_id == "which"
    assert (outcome.data, kinds(outcome, "completed")) == ({"answer": 100_000}, ["ask"])
    done = run.retry(answer=1)
    assert done.is_complete
    assert kinds(done, "completed") == ["which", "yes"]


def test_a_task_that_nobody_could_answer_is_an_incident() -> None:
    source = process(start() + user("ask", candidates=f"={ENDLESS}") + end() + chain("start", "ask", "end"))
    run = Run(engine_with(), source, {"answer": 100_000})
    assert run.open == []
    assert incident_of(run.outcome).code.startswith("expression.")
    assert incident_of(run.retry()).element_id == "ask"
    done = run.skip()
    assert (done.is_complete, done.data, kinds(done, "skipped")) == (True, {"answer": None}, ["ask"])


@pytest.mark.parametrize(
    ("setting", "text", "code"),
    [
        ("candidates", '="bob"', "task.candidates"),
        ("candidates", '=["bob"]', "task.candidates"),
        ("candidates", "=[unknown]", "task.candidates"),
        ("candidates", "=[1.5]", "task.candidates"),
        ("candidates", "=[-1]", "task.candidates"),
        ("candidates", "=for i in 1..1001 return i", "task.candidates"),
        ("due_hours", '="soon"', "task.due_hours"),
        ("due_hours", "=0", "task.due_hours"),
        ("due_hours", "=87601", "task.due_hours"),
        ("due_hours", "=true", "task.due_hours"),
    ],
)
def test_a_task_for_nobody_or_for_no_time_is_an_incident(setting: str, text: str, code: str) -> None:
    run = Run(engine_with(), process(start() + user("ask", **{setting: text}) + end() + chain("start", "ask", "end")))
    assert (run.open, incident_of(run.outcome).code) == ([], code)


def test_a_task_says_once_for_whom_it_is_and_when_it_is_late() -> None:
    source = process(
        start() + user("ask", candidates="=[7, 3, 7]", due_hours="=1.5") + end() + chain("start", "ask", "end")
    )
    (task,) = Run(engine_with(), source).outcome.open_tasks
    assert (task.candidates, task.due_hours) == ([7, 3], Decimal("1.5"))


def test_a_decision_that_fails_is_asked_again_with_corrected_data() -> None:
    rule = '<bpmn:businessRuleTask id="rule"><bpmn:extensionElements>'
    rule += "<spiffworkflow:calledDecisionId>big</spiffworkflow:calledDecisionId></bpmn:extensionElements>"
    source = process(start() + rule + "</bpmn:businessRuleTask>" + end() + chain("start", "rule", "end"))
    engine = engine_with()
    definition = engine.load(source, {"big": file(decision("big", f"count({ENDLESS})"))})
    stopped = engine.start(definition, {"answer": 100_000}, context=None, now=NOW)
    incident = incident_of(stopped)
    assert (incident.element_id, incident.code) == ("rule", "expression.fuel")
    done = engine.retry(definition, stopped.state, incident.id, data_changes={"answer": 2}, context=None, now=NOW)
    assert (done.is_complete, done.data["big"]) == (True, 4)


def test_a_failed_step_goes_on_under_a_mended_version_of_its_diagram() -> None:
    def version(operation: str) -> bytes:
        steps = start() + user("ask") + service("call", operation) + user("after") + end()
        return process(steps + chain("start", "ask", "call", "after", "end"))

    run = Run(engine_with(act=Bank(), good=lambda _context: {}), version("act"))
    run.answer("ask", answer=1)
    mended = run.engine.load(version("good"), {})
    moved = run.engine.migrate(run.definition, mended, run.outcome.state, context=None, now=NOW)
    assert incident_of(moved) == incident_of(run.outcome)
    done = run.engine.retry(mended, moved.state, incident_of(moved).id, context=None, now=NOW)
    assert ([task.element_id for task in done.open_tasks], done.incidents) == (["after"], ())


def test_a_circle_is_stopped_where_it_is_and_can_go_on() -> None:
    calls: list[Any] = []
    source = process(
        start() + user("b") + '<bpmn:parallelGateway id="fork"/>' + exclusive("again", "again_to_call")
        + service("call", "act") + end() + end("out")
        + chain("start", "fork", "again", "call", "again") + flow("again", "out", "stop") + chain("fork", "b", "end")
    )  # fmt: skip
    run = Run(engine_with(act=calls.append), source)
    assert incident_of(run.outcome).code == "process.runaway"
    assert run.open == ["b"]
    called = len(calls)
    run.answer("b", answer=1)
    assert len(calls) == called
    assert run.retry(stop=True).is_complete


def test_an_event_at_the_border_that_failed_goes_with_its_step() -> None:
    source = process(
        start() + user("ask") + timer("late", "ask", "timeDuration", "wrong") + end("told") + end()
        + chain("start", "ask", "end") + chain("late", "told")
    )  # fmt: skip
    run = Run(engine_with(), source)
    assert incident_of(run.outcome).element_id == "late"
    done = run.answer("ask", answer=1)
    assert (done.is_complete, done.incidents) == (True, ())


def test_an_incident_ends_with_what_it_belongs_to() -> None:
    inner = start("s") + service("call", "act") + end("e") + chain("s", "call", "e")
    source = process(
        start() + f'<bpmn:subProcess id="part">{inner}</bpmn:subProcess>'
        + timer("late", "part", "timeDuration", "P1D", interrupting=True) + end("given_up") + end()
        + chain("start", "part", "end") + chain("late", "given_up")
    )  # fmt: skip
    run = Run(engine_with(act=Bank()), source)
    assert incident_of(run.outcome).element_id == "call"
    done = run.wake(NOW + timedelta(days=2))
    assert (done.is_complete, done.incidents) == (True, ())


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_one_instance_of_a_loop_fails_and_the_others_go_on(sequential: str) -> None:
    mended = False

    def act(_context: Any, who: Any) -> dict[str, Any]:
        if who == 2 and not mended:
            raise ZeroDivisionError
        return {"answer": who * 10}

    inner = start("s") + service("call", "act", who="person", keep="answer") + end("e") + chain("s", "call", "e")
    loop = f'<bpmn:subProcess id="part">{LOOP.format(sequential=sequential)}{inner}</bpmn:subProcess>'
    engine = Engine(Catalogue(ServiceTask("act", act, {"who": "any"})))
    run = Run(engine, process(start() + loop + end() + chain("start", "part", "end")), {"people": [1, 2, 3]})
    assert incident_of(run.outcome).element_id == "call"
    mended = True
    done = run.retry()
    assert done.is_complete
    assert sorted(done.data["votes"]) == [10, 20, 30]


def test_a_completion_condition_that_fails_is_tried_again_without_counting_an_answer_twice() -> None:
    endless = ENDLESS.replace("answer", "limit")
    condition = f"<bpmn:completionCondition>count({endless}) = 4</bpmn:completionCondition>"
    loop = LOOP.format(sequential="false").replace(
        "</bpmn:multiInstanceLoopCharacteristics>", f"{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )
    source = process(start() + user("ask", inner=loop) + end() + chain("start", "ask", "end"))
    run = Run(engine_with(), source, {"people": [1, 2], "limit": 100_000})
    outcome = run.answer("ask", answer="yes")
    assert incident_of(outcome).code.startswith("expression.")
    assert run.open == ["ask"]
    run.retry(limit=1)
    run.answer("ask", answer="no")
    assert run.outcome.is_complete
    assert run.outcome.data["votes"] == ["yes", "no"]
