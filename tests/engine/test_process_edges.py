"""Rare ways through the engine: damaged states, refused scripts, loops over subprocesses, the definition cache."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.bpmn.parser import parse_specs
from engine.bpmn.xml import parse_xml
from engine.catalogue import Catalogue, ServiceTask
from engine.errors import DefinitionInvalid, EngineError, StateInvalid
from engine.process import Engine, Outcome
from engine.runtime.script import FeelScriptEngine
from tests.engine.diagrams import chain, end, one_task, process, service, start, timer, user
from tests.engine.runs import incident_of
from tests.flows.recorder import Recorder
from workflows import BPMN_DIR, DMN_DIR

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LOOP = (
    '<bpmn:multiInstanceLoopCharacteristics isSequential="false"><bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>'
    "<bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="person"/><bpmn:outputDataItem id="vote"/></bpmn:multiInstanceLoopCharacteristics>'
)


def begin(source: bytes, **data: Any) -> Outcome:
    engine = Engine(Catalogue())
    return engine.start(engine.load(source, {}), data, context=None, now=NOW)


def resume(source: bytes, state: str, now: datetime = NOW) -> Outcome:
    engine = Engine(Catalogue())
    return engine.wake(engine.load(source, {}), state, context=None, now=now)


def test_every_round_of_a_loop_over_a_subprocess_has_its_own_variables() -> None:
    inner = start("s") + user("think", fields="vote") + user("confirm", fields="sure", title='="" + vote') + end("e")
    part = f'<bpmn:subProcess id="part">{LOOP}{inner}{chain("s", "think", "confirm", "e")}</bpmn:subProcess>'
    source = process(start() + part + user("after", fields="") + end() + chain("start", "part", "after", "end"))
    engine = Engine(Catalogue())
    definition = engine.load(source, {})
    outcome = engine.start(definition, {"people": [3, 4]}, context=None, now=NOW)

    def answer(element_id: str, **fields: Any) -> Outcome:
        task = next(task for task in outcome.open_tasks if task.element_id == element_id)
        return engine.complete(definition, outcome.state, task.id, fields, context=None, now=NOW)

    outcome = answer("think", vote="yes")
    outcome = answer("think", vote="no")
    assert [task.title for task in outcome.open_tasks] == ["yes", "no"]
    outcome = answer("confirm", sure=True)
    outcome = answer("confirm", sure=True)
    assert [task.element_id for task in outcome.open_tasks] == ["after"]
    assert outcome.data["votes"] == ["yes", "no"]
    assert answer("after").is_complete


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"format":2', '"format":99'),
        ('"amount":0.10', '"amount":{"$":"decimal","v":"x"}'),
        ('"amount":0.10', '"amount":{"$":"object","v":"x"}'),
        ('"amount":0.10', '"amount":{"$":"date","v":7}'),
    ],
)
def test_a_state_with_a_value_nobody_can_read_is_refused(old: str, new: str) -> None:
    state = begin(one_task(), amount=Decimal("0.10")).state
    assert old in state
    with pytest.raises(StateInvalid):
        _ = resume(one_task(), state.replace(old, new)).data


def test_a_stored_timer_that_nobody_can_read_is_refused() -> None:
    source = process(
        start() + user("ask") + timer("late", "ask", "timeCycle", "R/P1D") + end("late_end") + end()
        + chain("start", "ask", "end") + chain("late", "late_end")
    )  # fmt: skip
    state = begin(source).state
    damaged = resume(source, state.replace('"period":"P1D"', '"period":"soon"'), NOW + timedelta(days=2))
    assert incident_of(damaged).code == "timer.period"
    assert [task.element_id for task in damaged.open_tasks] == ["ask"]


def test_whole_numbers_of_a_setting_are_ids_and_others_stay_exact() -> None:
    (task,) = begin(one_task(about="=[{id: 5}, 7]", share="=0.10", plain="7")).open_tasks
    about = task.properties["about"]
    assert about == [{"id": 5}, 7]
    assert type(about[1]) is int
    assert (task.properties["share"], task.properties["plain"]) == (Decimal("0.10"), "7")


def test_a_moment_is_not_a_date() -> None:
    catalogue = Catalogue(ServiceTask("act", lambda _context, x: None, {"x": "date"}))
    source = process(start() + service("call", "act", x="now()") + end() + chain("start", "call", "end"))
    engine = Engine(catalogue)
    outcome = engine.start(engine.load(source, {}), {}, context=None, now=NOW)
    incident = incident_of(outcome)
    assert incident.code == "service.parameter_type"
    assert incident.fields["value"] == f'date and time("{NOW.isoformat()}")'


def test_scripts_do_not_run_even_when_the_linter_is_passed_by() -> None:
    engine = FeelScriptEngine(Catalogue(), {}, context=None, now=NOW)
    for attempt in (
        lambda: engine.execute(None, "import os"),
        lambda: engine.environment.execute("import os", {}),
        lambda: engine.environment.call_service({}),
    ):
        with pytest.raises(EngineError) as refusal:
            attempt()
        assert refusal.value.code == "script.refused"
    with pytest.raises(EngineError):
        engine.validate("import os;")


@pytest.mark.parametrize(
    "body",
    [
        start() + '<bpmn:complexGateway id="x"/>' + end() + chain("start", "x", "end"),
        start() + '<bpmn:receiveTask id="x" messageRef="none"/>' + end() + chain("start", "x", "end"),
        start() + "<bpmn:intermediateCatchEvent id='x'><bpmn:timerEventDefinition/></bpmn:intermediateCatchEvent>"
        + end() + chain("start", "x", "end"),
        start() + "".join(f'<bpmn:task id="t{n}"/>' for n in range(2000)) + end()
        + chain("start", *(f"t{n}" for n in range(2000)), "end"),
    ],
)  # fmt: skip
def test_the_parser_refuses_too_what_the_linter_would(body: str) -> None:
    with pytest.raises(DefinitionInvalid) as refusal:
        parse_specs(parse_xml(process(body)), "p")
    assert [problem.code for problem in refusal.value.problems] == ["bpmn.unreadable"]


def test_definitions_used_least_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.definitions.MAX_CACHED", 2)
    engine = Engine(Catalogue())
    sources = [one_task(fields=name) for name in "abc"]
    first = engine.load(sources[0], {})
    engine.load(sources[1], {})
    assert engine.load(sources[0], {}) is first
    engine.load(sources[2], {})
    assert engine.load(sources[0], {}) is first


def test_a_definition_knows_its_decisions() -> None:
    engine = Engine(Recorder().catalogue)
    decisions = {"approval_chain": (DMN_DIR / "approval_chain.dmn").read_bytes()}
    definition = engine.load((BPMN_DIR / "invoice_request.bpmn").read_bytes(), decisions)
    assert definition.process_id == "invoice_request"
    data = {"amount": Decimal(5), "invoice_type": "paper_special", "customer_grade": "A"}
    assert engine.evaluate_decision(definition, "approval_chain", data).result == "simple"
    with pytest.raises(EngineError) as refusal:
        engine.evaluate_decision(definition, "nobody_knows", data)
    assert refusal.value.code == "decision.unknown"
