"""What the clock does about tasks: tell of new ones, remind of late ones, escalate, decide what nobody has decided.

Each is done once, in a transaction of its own behind the lock of its flow, so that any number of clocks may look. What
was missed while no clock ran is done in the order in which it was due. What fails is logged and tried at the next look;
it never keeps others waiting.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from models.access import Actor, Permission, Role
from models.accounts import Membership, User
from models.db import db, utc_now
from models.errors import AppError
from models.inbox import CarbonCopy
from models.language import N_
from models.processes import HumanTask, SignerStatus, TaskStatus
from models.requests import InvoiceRequest
from models.signing import addressees
from tasks import audit, departments, processes, requests
from tasks.boundary import command, job, query, separate
from tasks.inbox.asking import tell
from tasks.inbox.reading import task_rows
from tasks.inbox.releasing import tell_released
from tasks.language import translate

_log = logging.getLogger(__name__)
NOBODY_DECIDED = N_("Nobody decided in time, so the approval chain did.")


@dataclass(frozen=True, order=True)
class DueTask:
    """Something to be done about a task; by `rank` what comes first of two that are due at the same moment."""

    at: datetime
    rank: int
    task_id: int
    company_id: int


@job
def act_on_late(actor: Actor) -> Counter[str]:
    """Remind, escalate and decide by itself whatever is due. Returns how often each was done, by name.

    In the order in which it was due, and of one moment the reminder first: a clock that stood still does what it would
    have done, so nobody is reminded of a task that was decided for them before.
    """
    done = Counter[str]()
    with separate():
        due = list_due(actor)
    for late in due:
        name, act = _WHEN_LATE[late.rank]
        done[name] += _act(act, actor.at(late.company_id), late.task_id)
    return done


@job
def announce_new(actor: Actor) -> int:
    """Tell whoever a task waits for that has come by itself: by a timer, a message, a step that was helped along.

    Where a person moves a request on, they are told in that very transaction. Returns how many tasks it was about.
    """
    with separate():
        new = list_unannounced(actor)
    return sum(_act(announce_task, actor.at(company_id), task_id) for company_id, task_id in new)


def _act(act: Callable[..., bool], actor: Actor, task_id: int) -> bool:
    try:
        with separate():
            return act(actor, task_id=task_id)
    except Exception:  # whatever is wrong with one task, the others have their turn
        _log.exception("the clock failed at task %s", task_id)
        return False


@query(Permission.CLOCK_RUN)
def list_due(actor: Actor) -> list[DueTask]:
    """All that is due about open tasks, first due first."""
    now, found = utc_now(), list[DueTask]()
    for rank, moment in enumerate((HumanTask.remind_at, HumanTask.escalate_at, HumanTask.auto_at)):
        wanted = select(moment, HumanTask.id, HumanTask.company_id)
        rows = db.session.execute(wanted.where(HumanTask.status == TaskStatus.OPEN, moment < now))
        found += [DueTask(at, rank, task_id, company_id) for at, task_id, company_id in rows if at is not None]
    return sorted(found)


@query(Permission.CLOCK_RUN)
def list_unannounced(actor: Actor) -> Sequence[tuple[int, int]]:
    """Company and id of open tasks of which nobody has been told, oldest first."""
    wanted = select(HumanTask.company_id, HumanTask.id).where(
        HumanTask.status == TaskStatus.OPEN, HumanTask.announced_at.is_(None)
    )
    return [(company_id, task_id) for company_id, task_id in db.session.execute(wanted.order_by(HumanTask.id))]


@command(Permission.CLOCK_RUN)
def announce_task(actor: Actor, *, task_id: int) -> bool:
    """Tell whoever a new task waits for. False when that was done before."""
    row = _open_row(task_id)
    if row is None or row[0].announced_at is not None:
        return False
    task, request = row
    task.announced_at = utc_now()
    requests.tell_new([task], request)
    return True


@command(Permission.CLOCK_RUN)
def remind_task(actor: Actor, *, task_id: int) -> bool:
    """Remind whoever a task waits for, once. False when another clock was faster, or somebody decided."""
    row = _open_row(task_id)
    if row is None or row[0].remind_at is None:
        return False
    task, request = row
    task.remind_at = None
    requests.tell_asked(task, request, "task.overdue")
    return True


@command(Permission.CLOCK_RUN)
def escalate_task(actor: Actor, *, task_id: int) -> bool:
    """Tell whom the step names, and let them see the request. False when another clock was faster."""
    row = _open_row(task_id)
    if row is None or row[0].escalate_at is None:
        return False
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
    return True


@job
def decide_or_give_up(actor: Actor, *, task_id: int) -> bool:
    """Decide a task as its step says, or, where the flow refuses, leave it to its people for good."""
    try:
        return decide_task(actor, task_id=task_id)
    except AppError:
        _log.exception("task %s could not be decided by the clock", task_id)
        give_up(actor, task_id=task_id)
        return False


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
    new = processes.complete_task(actor.as_process(), task=task, answer=asked, outcome=decision)
    requests.announce_tasks(request)
    tell_released(task, request, new)
    return True


@command(Permission.CLOCK_RUN)
def give_up(actor: Actor, *, task_id: int) -> None:
    """Leave a task to its people that the clock could not decide."""
    row = _open_row(task_id)
    if row is not None:
        row[0].auto_at = None


_WHEN_LATE: Sequence[tuple[str, Callable[..., bool]]] = (
    ("remind", remind_task),
    ("escalate", escalate_task),
    ("decide", decide_or_give_up),
)


def _open_row(task_id: int) -> tuple[HumanTask, InvoiceRequest] | None:
    """The task, if it is still open, and its request, which nobody else changes until this transaction ends."""
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
        asked, _outsiders = addressees(signer for signer in task.signers if signer.status is SignerStatus.OPEN)
        heads = [organization.head_of(person) for person in asked]
        if any(heads):
            return list(dict.fromkeys(head for head in heads if head is not None))
    members = db.session.scalars(
        select(Membership).join(User).where(Membership.company_id == actor.company_id, Membership.is_active)
    )
    return [member.user_id for member in members if Role.ADMIN in member.roles]
