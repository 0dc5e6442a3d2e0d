"""What the clock does about tasks: tell of new ones, remind of late ones, escalate, decide what nobody has decided."""

from __future__ import annotations

import logging

from sqlalchemy import select

from models.access import Actor, Permission, Role
from models.accounts import Membership, User
from models.db import db, utc_now
from models.errors import AppError
from models.language import N_
from models.processes import CarbonCopy, HumanTask, SignerStatus, TaskStatus
from models.requests import InvoiceRequest
from tasks import audit, departments, processes, requests
from tasks.boundary import command, job, query, separate
from tasks.inbox.asking import tell
from tasks.inbox.reading import task_rows
from tasks.language import translate

_log = logging.getLogger(__name__)
_BATCH = 200
NOBODY_DECIDED = N_("Nobody decided in time, so the approval chain did.")


@command(Permission.CLOCK_RUN)
def remind_overdue(actor: Actor) -> int:
    """Remind whoever a task waits for, once per task, when its step says so. Returns how many tasks it was about."""
    late = db.session.execute(
        task_rows()
        .where(HumanTask.status == TaskStatus.OPEN, HumanTask.remind_at < utc_now())
        .order_by(HumanTask.id)
        .limit(_BATCH)
        .with_for_update(of=HumanTask, skip_locked=True)
    ).all()
    for task, request in late:
        task.remind_at = None
        requests.tell_asked(task, request, "task.overdue")
    return len(late)


@command(Permission.CLOCK_RUN)
def announce_new(actor: Actor) -> int:
    """Tell whoever a task waits for that has come by itself: by a timer, a message, a step that was helped along.

    Where a person moves a request on, they are told in that very transaction. Returns how many requests it was about.
    """
    wanted = task_rows().where(HumanTask.status == TaskStatus.OPEN, HumanTask.announced_at.is_(None)).limit(_BATCH)
    found = {request.id: request for _task, request in db.session.execute(wanted)}
    for request in found.values():
        requests.announce_tasks(request)
    return len(found)


@job
def escalate_late(actor: Actor) -> int:
    """Let somebody above know of each task that is late for long, once. Returns how many there were."""
    with separate():
        late = list_due(actor, column="escalate_at")
    for company_id, task_id in late:
        with separate():
            escalate_task(actor.at(company_id), task_id=task_id)
    return len(late)


@job
def decide_late(actor: Actor) -> int:
    """Decide what its step lets the clock decide, each in a transaction of its own. Returns how many were decided.

    A flow that refuses stays as it is: its people must act.
    """
    with separate():
        late = list_due(actor, column="auto_at")
    decided = 0
    for company_id, task_id in late:
        try:
            with separate():
                decided += decide_task(actor.at(company_id), task_id=task_id)
        except AppError:
            _log.exception("task %s could not be decided by the clock", task_id)
            with separate():
                give_up(actor.at(company_id), task_id=task_id)
    return decided


@query(Permission.CLOCK_RUN)
def list_due(actor: Actor, *, column: str) -> list[tuple[int, int]]:
    """Company and id of open tasks whose moment in `column` has come."""
    moment = getattr(HumanTask, column)
    wanted = select(HumanTask.company_id, HumanTask.id).where(HumanTask.status == TaskStatus.OPEN, moment < utc_now())
    return [(company_id, task_id) for company_id, task_id in db.session.execute(wanted.order_by(moment).limit(_BATCH))]


@command(Permission.CLOCK_RUN)
def escalate_task(actor: Actor, *, task_id: int) -> None:
    """Tell whom the step names, and let them see the request. Nothing to do when another clock was faster."""
    row = _open_row(task_id)
    if row is None or row[0].escalate_at is None:
        return
    task, request = row
    task.escalate_at = None
    people = [person for person in _above(actor, task) if person != request.applicant_id]
    known = set(
        db.session.scalars(
            select(CarbonCopy.user_id).where(
                CarbonCopy.subject_kind == task.subject_kind, CarbonCopy.subject_id == task.subject_id
            )
        )
    )
    db.session.add_all(
        CarbonCopy(subject_kind=task.subject_kind, subject_id=task.subject_id, user_id=person)
        for person in people
        if person not in known
    )
    requests.note(actor, request, "escalate", task=task)
    audit.record(actor, "task.escalate", f"task:{task.id}", request=request.id, people=people)
    tell(request, people, "task.escalated", f"task:{task.id}", person="", comment="")


@command(Permission.CLOCK_RUN)
def decide_task(actor: Actor, *, task_id: int) -> bool:
    """Decide a task as its step says. False when somebody was faster."""
    row = _open_row(task_id)
    if row is None or row[0].auto_at is None:
        return False
    task, request = row
    task.auto_at = None
    decision = str((task.step or {}).get("auto"))
    requests.note(actor, request, f"auto_{decision}", task=task)
    audit.record(actor, "task.auto", f"task:{task.id}", request=request.id, decision=decision)
    comment = translate(NOBODY_DECIDED, request.applicant.language)
    answers = {"decision": decision, "comment": comment, "return_to": None, "resume": "onward"}
    asked = {name: value for name, value in answers.items() if name in task.fields}
    processes.complete_task(actor.as_process(), task=task, answer=asked, outcome=decision)
    requests.announce_tasks(request)
    return True


@command(Permission.CLOCK_RUN)
def give_up(actor: Actor, *, task_id: int) -> None:
    """Leave a task to its people that the clock could not decide."""
    row = _open_row(task_id)
    if row is not None:
        row[0].auto_at = None


def _open_row(task_id: int) -> tuple[HumanTask, InvoiceRequest] | None:
    processes.lock_task(task_id)
    row = db.session.execute(
        task_rows().where(HumanTask.id == task_id, HumanTask.status == TaskStatus.OPEN)
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _above(actor: Actor, task: HumanTask) -> list[int]:
    """Whom a late task is reported to: a person, the heads of those who are asked, or the administrators."""
    target = str((task.step or {}).get("escalate_to"))
    if target.isdecimal():
        return [int(target)]
    if target == "head":
        organization = departments.load_organization(actor)
        asked = [signer.user_id for signer in task.signers if signer.status is SignerStatus.OPEN]
        heads = [organization.head_of(person) for person in asked]
        if any(heads):
            return list(dict.fromkeys(head for head in heads if head is not None))
    members = db.session.scalars(
        select(Membership).join(User).where(Membership.company_id == actor.company_id, Membership.is_active)
    )
    return [member.user_id for member in members if Role.ADMIN in member.roles]
