"""Steps of flows that fail: what is kept, who may help, and who wins when two do."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from engine.catalogue import ServiceTask
from engine.errors import EngineError
from models.access import Actor
from models.audit import AuditEntry
from models.customers import Customer
from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.notices import Notification
from models.processes import (
    IncidentState,
    InstanceStatus,
    ProcessIncident,
    ProcessInstance,
    ProcessStep,
    ProcessWait,
    TaskAction,
)
from models.tenancy import serve_company
from tasks import processes
from tasks.processes import CATALOGUE
from tests.engine.diagrams import chain, end, parallel, process, service, start, timer, user
from tests.engine.events import subprocess
from tests.support.notices import tell_everybody

People = dict[str, Actor]
CLOCK = Actor(None, is_system=True, origin="clock")
LATER = datetime.now(UTC) + timedelta(days=9)


class Desk:
    """The flow `p` of Alice's company; its service `test.act` fails with `error` after it has written a customer."""

    def __init__(self, app: Flask, people: People) -> None:
        self.app, self.people = app, people
        self.error: Exception | None = ZeroDivisionError("secret")
        self.given: list[Any] = []
        self.ids: list[int] = []

    def act(self, _actor: Actor, *, given: Any = None) -> dict[str, Any]:
        self.given.append(given)
        number = len(self.given)
        db.session.add(Customer(code=f"X{number}", name=f"made by call {number}"))
        db.session.flush()
        if self.error is not None:
            raise self.error
        return {"paid": True}

    def start(self, body: str, **data: Any) -> int:
        """Publish start → `body` and start it for Alice; the id of the instance."""
        with self.app.app_context():
            processes.publish_process(self.people["dora"], bpmn=process(body))
        with self.app.app_context():
            alice = self.people["alice"].as_process()
            instance = processes.start_process(alice, key="p", subject=("test", len(self.ids)), data=data)
            self.ids.append(instance.id)
            return instance.id

    def answer(self, instance_id: int, element_id: str, **answer: Any) -> None:
        with self.app.app_context():
            serve_company(self.people["bob"].company_id)
            instance = db.session.get_one(ProcessInstance, instance_id)
            (task,) = [task for task in instance.tasks if task.element_id == element_id and task.status == "open"]
            processes.complete_task(self.people["bob"].as_process(), task=task, answer=answer, outcome="done")

    def wake(self) -> int:
        with time_machine.travel(LATER, tick=False):
            return self.wake_now()

    def wake_now(self) -> int:
        with self.app.app_context():
            return processes.wake_due(CLOCK)

    def help(self, act: Callable[..., ProcessIncident], who: str = "dora", **given: Any) -> IncidentState:
        """`who` retries, skips or corrects the only open incident."""
        (incident_id,) = self.rows(select(ProcessIncident.id).where(ProcessIncident.state == IncidentState.OPEN))
        with self.app.app_context():
            return act(self.people[who], incident_id=incident_id, **given).state

    def rows(self, statement: Any) -> list[Any]:
        with self.app.app_context():
            serve_company(self.people["ada"].company_id)
            found = list(db.session.scalars(statement))
            db.session.expunge_all()
            return found

    @property
    def incidents(self) -> list[ProcessIncident]:
        return self.rows(select(ProcessIncident).order_by(ProcessIncident.id))

    def instance(self, instance_id: int) -> ProcessInstance:
        (found,) = self.rows(select(ProcessInstance).where(ProcessInstance.id == instance_id))
        return found

    def data(self, instance_id: int) -> dict[str, Any]:
        with self.app.app_context():
            serve_company(self.people["ada"].company_id)
            return processes.read_data(db.session.get_one(ProcessInstance, instance_id))


@pytest.fixture
def desk(app: Flask, people: People) -> Iterator[Desk]:
    desk = Desk(app, people)
    CATALOGUE.add(ServiceTask("test.act", desk.act, {"given": "any"}))
    yield desk
    del CATALOGUE["test.act"]


ASK = start() + user("ask", form_key="approval") + service("call", "test.act", result="got", given="answer") + end()
ASK += chain("start", "ask", "call", "end")
LATE = (
    start()
    + user("ask", form_key="approval")
    + timer("late", "ask", "timeDuration", "P1D")
    + service("call", "test.act", given="1")
    + end("told")
)
LATE += end() + chain("start", "ask", "end") + chain("late", "call", "told")


def test_a_step_that_fails_keeps_the_answer_and_leaves_no_partial_write(desk: Desk) -> None:
    instance_id = desk.start(ASK)
    desk.answer(instance_id, "ask", answer=7)
    (incident,) = desk.incidents
    assert (incident.element_id, incident.code, incident.attempts) == ("call", "step.unexpected", 1)
    assert (incident.state, incident.engine_task_id != "", incident.retry_at) == (IncidentState.OPEN, True, None)
    assert "secret" not in incident.message.format(**incident.fields)
    assert desk.rows(select(func.count(Customer.id))) == [0]
    assert desk.data(instance_id) == {"answer": 7}
    steps = desk.rows(select(ProcessStep.element_id).where(ProcessStep.event == "completed"))
    assert ("ask" in steps, "call" in steps) == (True, False)
    assert desk.instance(instance_id).status is InstanceStatus.RUNNING


def test_steps_before_the_one_that_fails_keep_what_they_wrote(desk: Desk) -> None:
    first = service("first", "test.act", given="1")
    desk.error = None
    instance_id = desk.start(
        start() + user("ask", form_key="approval") + first + end() + chain("start", "ask", "first", "end")
    )
    desk.answer(instance_id, "ask", answer=1)
    body = (
        start()
        + first
        + parallel("fork")
        + service("call", "test.act", given="1")
        + user("b", form_key="approval")
        + end()
        + end("e")
    )
    body += chain("start", "first", "fork", "call", "end") + chain("fork", "b", "e")
    act = desk.act
    calls = iter([None, ZeroDivisionError()])

    def fail_second(actor: Actor, *, given: Any = None) -> dict[str, Any]:
        desk.error = next(calls)
        return act(actor, given=given)

    del CATALOGUE["test.act"]
    CATALOGUE.add(ServiceTask("test.act", fail_second, {"given": "any"}))
    desk.start(body)
    assert [incident.element_id for incident in desk.incidents] == ["call"]
    assert desk.rows(select(Customer.code).order_by(Customer.code)) == ["X1", "X2"]


def test_a_refusal_of_the_business_is_the_person_s_and_undoes_everything(desk: Desk) -> None:
    instance_id = desk.start(ASK)
    desk.error = Conflict("The bank is closed.", code="bank.closed")
    with pytest.raises(Conflict, match="The bank is closed"):
        desk.answer(instance_id, "ask", answer=7)
    assert (desk.incidents, desk.data(instance_id), desk.rows(select(func.count(Customer.id)))) == ([], {}, [0])
    with pytest.raises(Conflict):
        desk.start(start() + service("call", "test.act", given="1") + end() + chain("start", "call", "end"))
    assert len(desk.rows(select(ProcessInstance))) == 1


def test_the_same_refusal_by_the_clock_is_an_incident_with_its_sentence(desk: Desk) -> None:
    instance_id = desk.start(LATE)
    desk.error = Conflict("The bank is closed until {day}.", code="bank.closed", day="Monday")
    assert desk.wake() == 1
    (incident,) = desk.incidents
    assert (incident.code, incident.message.format(**incident.fields)) == (
        "bank.closed",
        "The bank is closed until Monday.",
    )
    desk.answer(instance_id, "ask", answer=1)  # the other branch is not held up
    assert desk.instance(instance_id).status is InstanceStatus.RUNNING


def test_a_retry_goes_on_once_the_cause_is_mended_and_counts_attempts_until_then(desk: Desk) -> None:
    instance_id = desk.start(ASK)
    desk.answer(instance_id, "ask", answer=7)
    assert desk.help(processes.retry_incident) is IncidentState.OPEN
    assert [incident.attempts for incident in desk.incidents] == [2]
    desk.error = None
    assert desk.help(processes.retry_incident, "ada", changes={"answer": 8}) is IncidentState.RETRIED
    assert desk.instance(instance_id).status is InstanceStatus.COMPLETED
    assert desk.given == [7, 7, 8]
    assert desk.rows(select(Customer.code)) == ["X3"]
    (incident,) = desk.incidents
    assert (incident.resolved_by_id, incident.resolved_at is not None) == (desk.people["ada"].user_id, True)


def test_a_skip_needs_a_reason_and_goes_on(desk: Desk) -> None:
    instance_id = desk.start(ASK)
    desk.answer(instance_id, "ask", answer=7)
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(Invalid) as refusal:
            desk.help(processes.skip_incident, reason=reason)
        assert refusal.value.field == "reason"
    assert desk.help(processes.skip_incident, reason="Paid by hand", result={"got": 1}) is IncidentState.SKIPPED
    assert desk.instance(instance_id).status is InstanceStatus.COMPLETED
    assert desk.incidents[0].reason == "Paid by hand"
    assert "call" in desk.rows(select(ProcessStep.element_id).where(ProcessStep.event == "skipped"))


def test_data_are_corrected_without_running_anything(desk: Desk) -> None:
    instance_id = desk.start(ASK)
    desk.answer(instance_id, "ask", answer=7)
    assert desk.help(processes.correct_data, changes={"answer": 8}) is IncidentState.OPEN
    assert (desk.data(instance_id), desk.given) == ({"answer": 8}, [7])
    with pytest.raises(Invalid):
        desk.help(processes.correct_data, changes={"answer": 0.5})


def test_what_was_done_is_in_the_audit_log_and_on_the_timeline(desk: Desk) -> None:
    instance_id = desk.start(ASK)
    desk.answer(instance_id, "ask", answer=7)
    desk.help(processes.correct_data, changes={"answer": 8})
    desk.help(processes.skip_incident, reason="Paid by hand")
    actions = desk.rows(
        select(AuditEntry.action).where(AuditEntry.action.startswith("incident")).order_by(AuditEntry.id)
    )
    assert actions == ["incident.open", "incident.correct", "incident.skip"]
    noted = desk.rows(select(TaskAction).where(TaskAction.subject_kind == "test").order_by(TaskAction.id))
    assert [(entry.action, entry.user_id, entry.comment) for entry in noted] == [
        ("stop", None, ""),
        ("skip", desk.people["dora"].user_id, "Paid by hand"),
    ]


def test_those_who_can_help_are_told_once_for_one_cause(desk: Desk) -> None:
    for _ in range(3):
        instance_id = desk.start(ASK) if not desk.ids else _again(desk)
        desk.answer(instance_id, "ask", answer=7)
    tell_everybody(desk.app)
    told = desk.rows(select(Notification.user_id).where(Notification.topic == "flow.stopped"))
    assert sorted(told) == sorted(desk.people[name].user_id or 0 for name in ("ada", "dora"))


def _again(desk: Desk) -> int:
    with desk.app.app_context():
        alice = desk.people["alice"].as_process()
        return processes.start_process(alice, key="p", subject=("test", 99 + len(desk.incidents)), data={}).id


@pytest.mark.parametrize("name", ["alice", "bob", "fiona", "otto"])
def test_only_those_who_keep_the_flows_see_and_help(desk: Desk, name: str) -> None:
    desk.answer(desk.start(ASK), "ask", answer=7)
    with pytest.raises(NotAllowed):
        desk.help(processes.retry_incident, name)
    with pytest.raises(NotAllowed):
        desk.help(processes.skip_incident, name, reason="x")
    with desk.app.app_context(), pytest.raises(NotAllowed):
        processes.list_incidents(desk.people[name])


def test_another_company_finds_no_such_incident(desk: Desk) -> None:
    desk.answer(desk.start(ASK), "ask", answer=7)
    with desk.app.app_context():
        assert processes.list_incidents(desk.people["carl"]).incidents == []
        assert processes.count_incidents(desk.people["carl"]) == 0
    for act in (processes.retry_incident, processes.correct_data):
        with pytest.raises(NotFound):
            desk.help(act, "carl", changes={})


def test_of_two_who_retry_at_once_one_wins(desk: Desk) -> None:
    desk.answer(desk.start(ASK), "ask", answer=7)
    desk.error = None

    def retry(name: str) -> str:
        try:
            return str(desk.help(processes.retry_incident, name))
        except (Conflict, ValueError) as error:
            return type(error).__name__

    with ThreadPoolExecutor(2) as pool:
        results = sorted(pool.map(retry, ["ada", "dora"]))
    assert results.count("retried") == 1
    assert len(desk.given) == 2


def test_whoever_looks_at_an_old_page_changes_nothing(desk: Desk) -> None:
    desk.answer(desk.start(ASK), "ask", answer=7)
    seen = desk.instance(desk.ids[0]).revision
    desk.help(processes.correct_data, changes={"answer": 8}, seen_revision=seen)
    with pytest.raises(Conflict) as refusal:
        desk.help(processes.correct_data, changes={"answer": 9}, seen_revision=seen)
    assert refusal.value.code == "incident.stale"


def test_an_incident_goes_with_what_it_belongs_to(desk: Desk) -> None:
    instance_id = desk.start(LATE)
    desk.wake()
    with desk.app.app_context():
        processes.cancel_process(desk.people["alice"].as_process(), subject=("test", 0))
    (incident,) = desk.incidents
    assert incident.state is IncidentState.RESOLVED
    assert desk.rows(select(ProcessWait).where(ProcessWait.instance_id == instance_id)) == []
    with desk.app.app_context(), pytest.raises(Conflict):
        processes.retry_incident(desk.people["dora"], incident_id=incident.id)


def test_an_incident_that_the_flow_leaves_behind_goes_away_by_itself(desk: Desk) -> None:
    inner = start("s") + service("call", "test.act", given="1") + end("e") + chain("s", "call", "e")
    late = timer("late", "part", "timeDuration", "P1D", interrupting=True) + end("given_up")
    desk.start(
        start() + subprocess("part", inner) + late + end() + chain("start", "part", "end") + chain("late", "given_up")
    )
    assert desk.wake() == 1
    (incident,) = desk.incidents
    assert (incident.state, incident.resolved_by_id) == (IncidentState.RESOLVED, None)
    assert desk.instance(desk.ids[0]).status is InstanceStatus.COMPLETED


def test_a_cancelled_instance_waits_for_nothing(desk: Desk) -> None:
    desk.start(LATE)
    with desk.app.app_context():
        processes.cancel_process(desk.people["alice"].as_process(), subject=("test", 0))
    assert desk.rows(select(ProcessWait)) == []


def test_an_instance_that_cannot_be_read_becomes_an_incident_after_its_retries(desk: Desk) -> None:
    broken, sound = desk.start(LATE), _again(desk)
    desk.error = None
    with desk.app.app_context():
        serve_company(desk.people["ada"].company_id)
        db.session.get_one(ProcessInstance, broken).state = "?"
        db.session.commit()
    woken = []
    with time_machine.travel(LATER, tick=False) as traveller:
        for _ in range(7):
            woken.append(desk.wake_now())
            traveller.shift(timedelta(hours=1))
    assert woken == [1, 0, 0, 0, 0, 0, 0]
    (incident,) = desk.incidents
    assert (incident.instance_id, incident.attempts, incident.retry_at) == (broken, 5, None)
    assert (incident.engine_task_id, incident.code) == ("", "state.invalid")
    tell_everybody(desk.app)
    assert desk.rows(select(func.count()).select_from(Notification).where(Notification.topic == "flow.stopped")) == [2]
    assert (
        len(desk.rows(select(ProcessStep).where(ProcessStep.instance_id == sound, ProcessStep.element_id == "told")))
        == 1
    )


def test_a_whole_instance_is_retried_but_not_skipped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.start(LATE)
    desk.error = None

    def explode(*_: Any, **__: Any) -> Any:
        raise EngineError("no")

    with monkeypatch.context() as patch:
        patch.setattr("tasks.processes.clock.ENGINE.wake", explode)
        with time_machine.travel(LATER, tick=False) as traveller:
            for _ in range(5):
                desk.wake_now()
                traveller.shift(timedelta(hours=1))
        with pytest.raises(Conflict) as refusal:
            desk.help(processes.skip_incident, reason="x")
        assert refusal.value.code == "incident.no_step"
        assert desk.help(processes.retry_incident) is IncidentState.OPEN
    with time_machine.travel(LATER, tick=False):
        assert desk.help(processes.retry_incident) is IncidentState.RETRIED
    assert len(desk.given) == 1


def test_due_timers_are_found_by_their_rows(desk: Desk) -> None:
    instance_id = desk.start(LATE)
    waits = desk.rows(select(ProcessWait))
    assert [(wait.kind, wait.element_id, wait.instance_id) for wait in waits] == [("timer", "late", instance_id)]
    desk.error = None
    assert desk.wake() == 1
    assert desk.rows(select(ProcessWait)) == []
    assert desk.wake() == 0
