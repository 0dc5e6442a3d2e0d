"""The rows follow what the engine says: tasks, steps, waits and incidents, in the transaction of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from engine.bpmn.events.thrown import key_text
from engine.feel import to_json
from engine.process import Incident, OpenTask, Outcome, Step
from models.access import Actor
from models.accounts import Membership
from models.db import db
from models.errors import Conflict
from models.processes import (
    HumanTask,
    IncidentState,
    InstanceStatus,
    ProcessIncident,
    ProcessInstance,
    ProcessStep,
    ProcessWait,
    TaskStatus,
    WaitKind,
)
from models.signing import open_turns
from tasks import calendars
from tasks.processes.alarm import raise_alarm
from tasks.processes.definitions import loaded
from tasks.processes.sending import send
from tasks.processes.steps import people_of, set_clock

DEFAULT_DUE_HOURS = 24
Wait = tuple[WaitKind, str, str, str, datetime | None]


def record_outcome(actor: Actor, instance: ProcessInstance, outcome: Outcome, now: datetime) -> ProcessInstance:
    """Bring the rows in line with the outcome: what is gone is closed, what is new appears, the rest stays."""
    instance.state = outcome.state
    if outcome.is_complete:
        instance.status, instance.ended_at = InstanceStatus.COMPLETED, now
    db.session.add_all(_step(instance, step, now) for step in outcome.steps)
    _follow_tasks(instance, outcome, now)
    _follow_waits(instance, outcome, now)
    _follow_incidents(actor, instance, outcome, now)
    db.session.flush()
    send(instance, outcome.sent)
    return instance


def open_incidents(instance: ProcessInstance) -> dict[str, ProcessIncident]:
    """The incidents of an instance that are not dealt with, by the id of the failed step; "" is the whole instance."""
    wanted = select(ProcessIncident).where(
        ProcessIncident.instance_id == instance.id, ProcessIncident.state == IncidentState.OPEN
    )
    return {row.engine_task_id: row for row in db.session.scalars(wanted)}


def _step(instance: ProcessInstance, step: Step, now: datetime) -> ProcessStep:
    return ProcessStep(
        instance_id=instance.id,
        element_id=step.element_id,
        kind=step.kind,
        title=step.title,
        event=step.event,
        detail=to_json(dict(step.detail)) if step.detail else None,
        at=now,
    )


def _follow_tasks(instance: ProcessInstance, outcome: Outcome, now: datetime) -> None:
    open_now = {task.id: task for task in outcome.open_tasks}
    for row in instance.tasks:
        known = open_now.pop(row.engine_task_id, None)
        if known is None and row.status is TaskStatus.OPEN:
            row.close(TaskStatus.CANCELLED, by=None, outcome="cancelled", at=now)
    instance.tasks += [_human_task(instance, task, now) for task in open_now.values()]


def _human_task(instance: ProcessInstance, task: OpenTask, now: datetime) -> HumanTask:
    hours = Decimal(task.due_hours or DEFAULT_DUE_HOURS)
    people, calendar = people_of(task), calendars.load(instance.company_id)
    _refuse_strangers(instance, task, [signer.user_id for signer in people.signers])
    row = HumanTask(
        subject_kind=instance.subject_kind,
        subject_id=instance.subject_id,
        engine_task_id=task.id,
        element_id=task.element_id,
        title=task.title,
        title_zh=task.title_zh,
        form_key=task.form_key,
        fields=sorted(task.fields),
        role=str(task.properties.get("role") or ""),
        mode=people.mode,
        threshold=people.threshold,
        verbs=list(people.verbs),
        step=to_json(people.step) if people.step is not None else None,
        created_at=now,
        due_at=calendar.add_hours(now, hours),
        signers=list(people.signers),
    )
    set_clock(row, calendar, hours, now)
    open_turns(row, now)
    return row


def _refuse_strangers(instance: ProcessInstance, task: OpenTask, people: Sequence[int]) -> None:
    """All who are asked must belong to the company: a task for anybody else would wait for ever."""
    known = select(Membership.user_id).where(
        Membership.company_id == instance.company_id, Membership.user_id.in_(people), Membership.is_active
    )
    strangers = set(people) - set(db.session.scalars(known)) if people else set()
    if strangers:
        raise Conflict(
            "“{element}” is for people who do not belong to the company: {people}.",
            code="task.strangers",
            element=task.title,
            people=", ".join(map(str, sorted(strangers))),
        )


def _follow_waits(instance: ProcessInstance, outcome: Outcome, now: datetime) -> None:
    """A wait that goes on keeps its row: of several, the one that waits longest gets a message."""
    wanted = list(_waits(outcome))
    for row in list(instance.waits):
        wait = (row.kind, row.element_id, row.name, row.correlation, row.due_at)
        if wait in wanted:
            wanted.remove(wait)
        else:
            instance.waits.remove(row)
    for kind, element_id, name, correlation, due_at in wanted:
        instance.waits.append(
            ProcessWait(kind=kind, element_id=element_id, name=name, correlation=correlation, due_at=due_at, since=now)
        )


def _waits(outcome: Outcome) -> Iterator[Wait]:
    for timer in outcome.timers:
        yield WaitKind.TIMER, timer.element_id, "", "", timer.due_at
    for waiting in outcome.messages:
        yield WaitKind(waiting.kind), waiting.element_id, waiting.name, key_text(waiting.correlation), None


def _follow_incidents(actor: Actor, instance: ProcessInstance, outcome: Outcome, now: datetime) -> None:
    known = open_incidents(instance)
    failed = {incident.id: incident for incident in outcome.incidents}
    for task_id, row in known.items():
        if task_id not in failed:
            row.close(IncidentState.RESOLVED, by=None, at=now)
    for task_id, incident in failed.items():
        if task_id not in known:
            row = _incident(instance, incident, now)
            db.session.add(row)
            raise_alarm(actor, row)


def _incident(instance: ProcessInstance, incident: Incident, now: datetime) -> ProcessIncident:
    node = loaded(instance.definition).diagram.nodes.get(incident.element_id)
    return ProcessIncident(
        instance=instance,
        engine_task_id=incident.id,
        element_id=incident.element_id,
        title=(node.name if node else "") or incident.element_id,
        title_zh=node.title_zh if node else "",
        code=incident.code,
        message=incident.message,
        fields=dict(incident.fields),
        opened_at=now,
    )
