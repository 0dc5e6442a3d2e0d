"""The rows follow what the engine says: tasks, steps, waits and incidents, in the transaction of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import bindparam, delete, insert, select, update

from engine.bpmn.events.thrown import key_text
from engine.feel import to_json
from engine.process import Incident, OpenTask, Outcome, Step
from models.access import Actor
from models.accounts import Membership
from models.db import Base, db
from models.errors import Conflict
from models.processes import (
    HumanTask,
    IncidentState,
    InstanceStatus,
    ProcessIncident,
    ProcessInstance,
    TaskStatus,
    WaitKind,
)
from models.signing import open_turns
from tasks import calendars
from tasks.processes.alarm import raise_alarm
from tasks.processes.definitions import loaded
from tasks.processes.sending import send
from tasks.processes.standing import Standing, Wait, read_standing
from tasks.processes.steps import people_of, set_clock

DEFAULT_DUE_HOURS = 24
_WAIT_COLUMNS = ("kind", "element_id", "name", "correlation", "due_at")
_STEPS, _WAITS = (Base.metadata.tables[name] for name in ("process_step", "process_wait"))
_NEW_STEP, _NEW_WAIT = insert(_STEPS), insert(_WAITS)
_CHANGED_WAIT = update(_WAITS).where(_WAITS.c.id == bindparam("row_id"))
_GONE_WAITS = delete(_WAITS).where(_WAITS.c.id.in_(bindparam("row_ids", expanding=True)))


def record_outcome(
    actor: Actor, instance: ProcessInstance, outcome: Outcome, now: datetime, *, announced: bool = False
) -> list[HumanTask]:
    """Bring the rows in line with the outcome: what is gone is closed, what is new appears, the rest stays.

    Returns the new tasks; with `announced` the caller tells whoever they wait for.
    """
    with db.session.no_autoflush:  # one flush for everything that changes
        instance.state = outcome.state
        if outcome.is_complete:
            instance.status, instance.ended_at = InstanceStatus.COMPLETED, now
        standing = read_standing(instance, [task.id for task in outcome.open_tasks])
        _write_steps(instance, outcome.steps, now)
        new = _follow_tasks(instance, standing, outcome, now)
        for task in new:
            task.announced_at = now if announced else None
        _follow_waits(instance, standing, outcome, now)
        if standing.has_incidents or outcome.incidents:
            _follow_incidents(actor, instance, outcome, now)
    db.session.flush()
    send(instance, outcome.sent)
    return new


def open_incidents(instance: ProcessInstance) -> dict[str, ProcessIncident]:
    """The incidents of an instance that are not dealt with, by the id of the failed step; "" is the whole instance."""
    wanted = select(ProcessIncident).where(
        ProcessIncident.instance_id == instance.id, ProcessIncident.state == IncidentState.OPEN
    )
    return {row.engine_task_id: row for row in db.session.scalars(wanted)}


def _write_steps(instance: ProcessInstance, steps: Sequence[Step], now: datetime) -> None:
    """In bulk: nothing reads their ids, and the unit of work would insert each by a statement of its own."""
    rows = [
        {
            "company_id": instance.company_id,
            "instance_id": instance.id,
            "element_id": step.element_id,
            "kind": step.kind,
            "title": step.title,
            "event": step.event,
            "detail": to_json(dict(step.detail)) if step.detail else None,
            "at": now,
        }
        for step in steps
    ]
    if rows:
        db.session.execute(_NEW_STEP, rows)


def _follow_tasks(instance: ProcessInstance, standing: Standing, outcome: Outcome, now: datetime) -> list[HumanTask]:
    open_now = {task.id: task for task in outcome.open_tasks}
    gone = [row_id for engine_id, row_id in standing.tasks.items() if open_now.pop(engine_id, None) is None]
    for row in _tasks(gone):
        if row.status is TaskStatus.OPEN:
            row.close(TaskStatus.CANCELLED, by=None, outcome="cancelled", at=now)
    new = [_human_task(instance, task, now) for task in open_now.values()]
    for row in new:
        row.instance = instance
    db.session.add_all(new)
    return new


def _tasks(ids: Sequence[int]) -> list[HumanTask]:
    """Rows by their ids. The one that was answered is in memory, and mostly there is no other."""
    known = {row.id: row for row in db.session.identity_map.values() if isinstance(row, HumanTask)}
    unread = [row_id for row_id in ids if row_id not in known]
    read = db.session.scalars(select(HumanTask).where(HumanTask.id.in_(unread))).all() if unread else ()
    return [*(known[row_id] for row_id in ids if row_id in known), *read]


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


def _follow_waits(instance: ProcessInstance, standing: Standing, outcome: Outcome, now: datetime) -> None:
    """A wait that goes on keeps its row: of several, the one that waits longest gets a message.

    A new timer takes the row of one that is gone. Messages and signals do not: whoever read that row before they got
    the lock would take it for the wait that it was.
    """
    wanted, gone = list(_waits(outcome)), dict[int, Wait]()
    for row_id, wait in standing.waits:
        if wait in wanted:
            wanted.remove(wait)
        else:
            gone[row_id] = wait
    timers = [row_id for row_id, wait in gone.items() if wait[0] is WaitKind.TIMER]
    new = []
    for wait in wanted:
        values = {**dict(zip(_WAIT_COLUMNS, wait, strict=True)), "since": now}
        if wait[0] is WaitKind.TIMER and timers:
            row_id = timers.pop()
            del gone[row_id]
            db.session.execute(_CHANGED_WAIT, {"row_id": row_id, **values})
        else:
            new.append({"company_id": instance.company_id, "instance_id": instance.id, **values})
    if gone:
        db.session.execute(_GONE_WAITS, {"row_ids": list(gone)})
    if new:
        db.session.execute(_NEW_WAIT, new)
    db.session.expire(instance, ["waits"])


def _waits(outcome: Outcome) -> Iterator[Wait]:
    for timer in outcome.timers:
        yield WaitKind.TIMER, timer.element_id, "", "", timer.due_at
    for waiting in outcome.messages:
        yield WaitKind(waiting.kind), waiting.element_id, waiting.name, key_text(waiting.correlation), None


def _follow_incidents(actor: Actor, instance: ProcessInstance, outcome: Outcome, now: datetime) -> None:
    db.session.flush()  # the caller may have closed one
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
