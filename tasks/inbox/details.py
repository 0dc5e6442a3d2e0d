"""One task as the person who opens it sees it: who is asked, what they may do now, and where it can go back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission, Role
from models.db import db
from models.inbox import CarbonCopy
from models.processes import HumanTask, SignerKind, SignerStatus, StepMode, TaskSigner, TaskStatus
from models.signing import Tally, tally_of
from tasks import requests
from tasks.boundary import query
from tasks.inbox.deciding import APPROVAL_FORM, DECISIONS, REVISION_FORM
from tasks.inbox.editing import closed_in, editable_in
from tasks.inbox.reading import InboxRow, get_task, may_answer, signer_of
from tasks.inbox.returning import ReturnTarget, return_targets
from tasks.inbox.snoozing import snoozed_until

_HANDING_ON = ("transfer", "delegate", "add_before", "add_parallel", "add_after")


@dataclass(frozen=True)
class TaskView:
    """`decisions` are the buttons, `verbs` what else the actor may do with it now.

    `removable` are the ids of signers whom the actor may take out. `is_unseen`: the actor opens it for the first time;
    `is_unread`: so it is with the copy that they got. `editable` is what they may change of the request as
    they approve, `closed` what the step lets its approvers change, but not once somebody has signed. `tally` is how far
    an open step has come that takes more than one answer.
    """

    row: InboxRow
    signers: Sequence[TaskSigner]
    tally: Tally | None
    decisions: tuple[str, ...]
    verbs: frozenset[str]
    targets: tuple[ReturnTarget, ...]
    removable: frozenset[int]
    may_answer: bool
    is_unseen: bool
    is_unread: bool
    snoozed_until: datetime | None
    editable: tuple[str, ...]
    closed: frozenset[str]


@query(Permission.TASK_READ)
def read_task(actor: Actor, task_id: int) -> TaskView:
    """A task with its signers and what the actor may do. Raises `NotFound`."""
    row = get_task(actor, task_id)
    task = row.task
    is_asked = may_answer(actor, task)
    signer = signer_of(actor, task) if is_asked else None
    return TaskView(
        row=row,
        signers=_signers(task),
        tally=_tally(task),
        decisions=_decisions(task) if is_asked else (),
        verbs=_verbs(actor, task, signer, is_asked=is_asked),
        targets=return_targets(task) if is_asked and "return" in task.verbs else (),
        removable=_removable(actor, task),
        may_answer=is_asked,
        is_unseen=is_asked and (signer or task).seen_at is None,
        is_unread=_is_unread(actor, task),
        snoozed_until=snoozed_until(actor, task_id) if is_asked else None,
        editable=editable_in(task, signer) if is_asked else (),
        closed=closed_in(task) if is_asked else frozenset(),
    )


def _signers(task: HumanTask) -> Sequence[TaskSigner]:
    return db.session.scalars(
        select(TaskSigner)
        .options(joinedload(TaskSigner.user), joinedload(TaskSigner.acts_for))
        .where(TaskSigner.task_id == task.id)
        .order_by(TaskSigner.place, TaskSigner.id)
    ).all()


def _tally(task: HumanTask) -> Tally | None:
    asked = [signer for signer in task.signers if signer.kind is SignerKind.ASKED and signer.has_say]
    is_counted = task.status is TaskStatus.OPEN and task.mode is not StepMode.ANY and len(asked) > 1
    return tally_of(task) if is_counted else None


def _decisions(task: HumanTask) -> tuple[str, ...]:
    known = DECISIONS.get(task.form_key, ())
    return tuple(name for name in known if name in task.verbs) if task.form_key == APPROVAL_FORM else known


def _verbs(actor: Actor, task: HumanTask, signer: TaskSigner | None, *, is_asked: bool) -> frozenset[str]:
    found = {"copy", "comment"}
    if is_asked:
        found.add("snooze")
    if signer is not None and task.form_key != REVISION_FORM:
        offered = ("transfer",) if signer.kind is SignerKind.ADVISER else _HANDING_ON
        found |= {verb for verb in offered if verb in task.verbs}
    if _may_take_back(actor, task):
        found.add("take_back")
    return frozenset(found)


def _may_take_back(actor: Actor, task: HumanTask) -> bool:
    """Whether there is an approval of the actor's; whether the next person has opened theirs shows when it is tried."""
    approved = any(
        signer.is_turn_of(actor.user_id) and signer.status in (SignerStatus.APPROVED, SignerStatus.ADVISED)
        for signer in task.signers
    )
    is_mine = task.status is TaskStatus.OPEN or (task.closed_by_id, task.outcome) == (actor.user_id, "approve")
    return approved and is_mine and "take_back" in task.verbs


def _removable(actor: Actor, task: HumanTask) -> frozenset[int]:
    if task.status is not TaskStatus.OPEN or "remove" not in task.verbs:
        return frozenset()
    is_admin = Role.ADMIN in actor.roles
    return frozenset(
        signer.id for signer in task.signers if signer.is_pending and (is_admin or signer.added_by_id == actor.user_id)
    )


def _is_unread(actor: Actor, task: HumanTask) -> bool:
    copy = select(CarbonCopy.id).where(
        CarbonCopy.subject_kind == requests.KIND,
        CarbonCopy.subject_id == task.subject_id,
        CarbonCopy.user_id == actor.user_id,
        CarbonCopy.read_at.is_(None),
    )
    return db.session.scalar(copy) is not None
