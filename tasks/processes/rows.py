"""The rows follow what the engine says: tasks, steps, waits and incidents, in the transaction of the run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Executable, and_, bindparam, delete, insert, select, update

from engine.feel import to_json
from engine.process import Incident, OpenTask, Outcome, Step
from engine.runtime.values import to_text
from models.access import Actor
from models.db import Base, db
from models.errors import Conflict
from models.processes import (
    HumanTask,
    IncidentState,
    InstanceStatus,
    ProcessIncident,
    ProcessInstance,
    TaskSigner,
    TaskStatus,
    WaitKind,
)
from models.signing import addressees, open_turns
from tasks import calendars, departments
from tasks.processes.alarm import raise_alarm
from tasks.processes.definitions import loaded
from tasks.processes.sending import send
from tasks.processes.standing import Standing, StandingWait, read_standing, standing_of, waits_of
from tasks.processes.steps import people_of, set_clock

DEFAULT_DUE_HOURS = 24
_WAIT_COLUMNS = ("kind", "element_id", "name", "correlation", "due_at")
_STEPS, _WAITS = (Base.metadata.tables[name] for name in ("process_step", "process_wait"))
_NEW_STEP, _NEW_WAIT = insert(_STEPS), insert(_WAITS)
_NEW_TASK, _NEW_SIGNER = (insert(Base.metadata.tables[name]) for name in ("human_task", "task_signer"))
_BY_ID = _WAITS.c.id == bindparam("row_id")
_ALIKE = and_(
    _WAITS.c.instance_id == bindparam("of_instance"),
    _WAITS.c.company_id == bindparam("of_company"),
    _WAITS.c.kind == bindparam("was_kind"),
    _WAITS.c.element_id == bindparam("was_element"),
    _WAITS.c.name == bindparam("was_name"),
    _WAITS.c.correlation == bindparam("was_correlation"),
    _WAITS.c.due_at.is_not_distinct_from(bindparam("was_due")),
)
_CHANGE = update(_WAITS).where(_BY_ID), update(_WAITS).where(_ALIKE)
_DROP = delete(_WAITS).where(_BY_ID), delete(_WAITS).where(_ALIKE)


def record_outcome(
    actor: Actor, instance: ProcessInstance, outcome: Outcome, now: datetime, *, announced: bool = False
) -> list[HumanTask]:
    """Bring the rows in line with the outcome: what is gone is closed, what is new appears, the rest stays.

    Returns the new tasks as they were written, which are not in the session: what is changed of them is not kept. With
    `announced` the caller tells whoever they wait for.
    """
    with db.session.no_autoflush:  # one flush for everything that changes
        instance.state = outcome.state
        if outcome.is_complete:
            instance.status, instance.ended_at = InstanceStatus.COMPLETED, now
        standing = standing_of(outcome.before) or read_standing(instance, [task.id for task in outcome.open_tasks])
        _write_steps(instance, outcome.steps, now)
        new = _follow_tasks(instance, standing, outcome, now, announced_at=now if announced else None)
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
            "given": to_text(step.given).decode() if step.given else None,
            "at": now,
        }
        for step in steps
    ]
    if rows:
        db.session.connection().execute(_NEW_STEP, rows)


def _follow_tasks(
    instance: ProcessInstance, standing: Standing, outcome: Outcome, now: datetime, *, announced_at: datetime | None
) -> list[HumanTask]:
    open_now = {task.id: task for task in outcome.open_tasks}
    gone = [engine_id for engine_id in standing.tasks if open_now.pop(engine_id, None) is None]
    for row in _tasks(instance, gone):
        if row.status is TaskStatus.OPEN:
            row.close(TaskStatus.CANCELLED, by=None, outcome="cancelled", at=now)
    new = [_human_task(instance, task, now, announced_at=announced_at) for task in open_now.values()]
    for row in new:
        _insert(row)
    if new:
        db.session.expire(instance, ["tasks"])
    return new


def _insert(row: HumanTask) -> None:
    """A new task and its signers. Nothing in the session depends on them yet, so the unit of work is spared them."""
    connection = db.session.connection()
    row.id = connection.execute(_NEW_TASK, _values(row)).inserted_primary_key.id  # type: ignore[union-attr]
    for signer in row.signers:
        signer.company_id, signer.task_id = row.company_id, row.id
    if row.signers:
        connection.execute(_NEW_SIGNER, [_values(signer) for signer in row.signers])


def _values(row: HumanTask | TaskSigner) -> dict[str, Any]:
    """A row that is not in the session as a statement takes it. What is not set has the default of its column."""
    given = row.__dict__
    return {
        column.name: given.get(column.name)
        for column in row.__table__.columns
        if column.name in given or column.nullable
    }


def _tasks(instance: ProcessInstance, ids: Sequence[str]) -> list[HumanTask]:
    """Rows by the engine's ids. The one that was answered is in memory, and mostly there is no other."""
    rows = (row for row in db.session.identity_map.values() if isinstance(row, HumanTask))
    known = {row.engine_task_id: row for row in rows if row.instance_id == instance.id}
    unread = [engine_id for engine_id in ids if engine_id not in known]
    of_instance = select(HumanTask).where(HumanTask.instance_id == instance.id)
    read = db.session.scalars(of_instance.where(HumanTask.engine_task_id.in_(unread))).all() if unread else ()
    return [*(known[engine_id] for engine_id in ids if engine_id in known), *read]


def _human_task(
    instance: ProcessInstance, task: OpenTask, now: datetime, *, announced_at: datetime | None
) -> HumanTask:
    hours = Decimal(task.due_hours or DEFAULT_DUE_HOURS)
    people, calendar = people_of(task), calendars.load(instance.company_id)
    _refuse_strangers(instance, task, addressees(people.signers)[0])
    row = HumanTask(
        company_id=instance.company_id,
        instance_id=instance.id,
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
        announced_at=announced_at,
        revision=1,
        due_at=calendar.add_hours(now, hours),
        signers=list(people.signers),
    )
    set_clock(row, calendar, hours, now)
    open_turns(row, now)
    return row


def _refuse_strangers(instance: ProcessInstance, task: OpenTask, people: Sequence[int]) -> None:
    """All who are asked must belong to the company: a task for anybody else would wait for ever."""
    if not people:
        return
    organization = departments.organization_of(instance.company_id)
    strangers = {person for person in people if not organization.is_active(person)}
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
    wanted, gone = list(waits_of(outcome)), list[StandingWait]()
    for row_id, wait in standing.waits:
        if wait in wanted:
            wanted.remove(wait)
        else:
            gone.append((row_id, wait))
    timers = [standing_wait for standing_wait in gone if standing_wait[1][0] is WaitKind.TIMER]
    new, is_as_told = [], True
    for wait in wanted:
        values = {**dict(zip(_WAIT_COLUMNS, wait, strict=True)), "since": now}
        if wait[0] is WaitKind.TIMER and timers:
            taken = timers.pop()
            gone.remove(taken)
            is_as_told &= _rows_of(instance, _CHANGE, taken, values) == 1
        else:
            new.append({"company_id": instance.company_id, "instance_id": instance.id, **values})
    for standing_wait in gone:
        is_as_told &= _rows_of(instance, _DROP, standing_wait, {}) == 1
    if not is_as_told:  # the rows are not as the engine was told: go by what there is
        _follow_waits(instance, read_standing(instance, []), outcome, now)
        return
    if new:
        db.session.connection().execute(_NEW_WAIT, new)
    db.session.expire(instance, ["waits"])


def _rows_of(
    instance: ProcessInstance, statements: tuple[Executable, Executable], wait: StandingWait, values: dict[str, Any]
) -> int:
    """How many rows the first statement changed, which knows the row, or the second, which knows what it waits for."""
    by_id, alike = statements
    row_id, (kind, element_id, name, correlation, due_at) = wait
    if row_id is not None:
        given: dict[str, Any] = {"row_id": row_id}
    else:
        given = {"of_instance": instance.id, "of_company": instance.company_id, "was_kind": kind}
        given |= {"was_element": element_id, "was_name": name, "was_correlation": correlation, "was_due": due_at}
    return db.session.connection().execute(by_id if row_id is not None else alike, given | values).rowcount


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
