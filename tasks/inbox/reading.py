"""What waits for whom: the views of the inbox, their counts, and one task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import NotFound
from models.processes import HumanTask, ProcessInstance, SignerStatus, TaskSigner, TaskStatus
from models.requests import InvoiceRequest
from tasks import requests
from tasks.boundary import query

VIEWS = ("open", "done", "started")
_ANSWERED = (
    SignerStatus.APPROVED,
    SignerStatus.REJECTED,
    SignerStatus.RETURNED,
    SignerStatus.ADVISED,
    SignerStatus.DONE,
)


@dataclass(frozen=True)
class InboxRow:
    """A task and the request it is about."""

    task: HumanTask
    request: InvoiceRequest

    @property
    def is_overdue(self) -> bool:
        due_at = self.task.due_at
        return self.task.status is TaskStatus.OPEN and due_at is not None and due_at < utc_now()


@dataclass(frozen=True)
class InboxPage:
    """`next_after` is the task id to continue behind; None on the last page."""

    rows: Sequence[InboxRow]
    next_after: int | None


@query(Permission.TASK_READ)
def list_tasks(
    actor: Actor, *, view: str = "open", text: str = "", after: int | None = None, limit: int = 50
) -> InboxPage:
    """Tasks of the actor: those that wait (oldest first), those they handled, or their own requests' (newest first)."""
    ascending = view == "open"
    wanted = task_rows().where(_in_view(actor, view)).limit(limit + 1)
    if text:
        wanted = wanted.where(InvoiceRequest.id.in_(requests.matching(text)))
    if after is not None:
        wanted = wanted.where(HumanTask.id > after if ascending else HumanTask.id < after)
    wanted = wanted.order_by(HumanTask.id if ascending else HumanTask.id.desc())
    rows = [InboxRow(task, request) for task, request in db.session.execute(wanted)]
    return InboxPage(rows[:limit], rows[limit - 1].task.id if len(rows) > limit else None)


@query(Permission.TASK_READ)
def count_views(actor: Actor) -> dict[str, int]:
    """How many tasks each view holds: the same conditions as the lists."""
    return {
        view: db.session.scalar(
            select(func.count(HumanTask.id)).join(InvoiceRequest, _about_request()).where(_in_view(actor, view))
        )
        or 0
        for view in VIEWS
    }


@query(Permission.TASK_READ)
def count_open(actor: Actor) -> int:
    """How many tasks wait for the actor."""
    return db.session.scalar(select(func.count(HumanTask.id)).where(_in_view(actor, "open"))) or 0


@query(Permission.TASK_READ)
def get_task(actor: Actor, task_id: int) -> InboxRow:
    """A task that waits or waited for the actor, or is about a request they may see. Raises `NotFound`."""
    wanted = _with_request().where(HumanTask.id == task_id, or_(_may_answer(actor), requests.visible_to(actor)))
    run = joinedload(HumanTask.instance).joinedload(ProcessInstance.definition)
    row = db.session.execute(wanted.options(joinedload(HumanTask.signers), run)).unique().one_or_none()
    if row is None:
        raise NotFound("There is no such task, or it is not yours.", code="task.not_found")
    return InboxRow(*row)


@query(Permission.TASK_READ)
def find_next(actor: Actor, *, after: int) -> HumanTask | None:
    """The next task that waits for the actor behind `after`, else the first; None when nothing waits."""
    waiting = select(HumanTask).join(InvoiceRequest, _about_request()).where(_in_view(actor, "open"))
    behind = db.session.scalars(waiting.where(HumanTask.id > after).order_by(HumanTask.id).limit(1)).first()
    return behind or db.session.scalars(waiting.order_by(HumanTask.id).limit(1)).first()


@query(Permission.TASK_READ)
def may_answer(actor: Actor, task: HumanTask) -> bool:
    """Whether the actor may answer this task now."""
    return task.status is TaskStatus.OPEN and is_asked(actor, task)


def task_rows() -> Select[HumanTask, InvoiceRequest]:
    """Tasks with the requests they are about, and what a list shows of both."""
    return _with_request().options(selectinload(HumanTask.signers))


def _with_request() -> Select[HumanTask, InvoiceRequest]:
    return (
        select(HumanTask, InvoiceRequest)
        .join(InvoiceRequest, _about_request())
        .options(joinedload(InvoiceRequest.customer), joinedload(InvoiceRequest.applicant))
    )


def _about_request() -> ColumnElement[bool]:
    return and_(HumanTask.subject_kind == requests.KIND, HumanTask.subject_id == InvoiceRequest.id)


def _in_view(actor: Actor, view: str) -> ColumnElement[bool]:
    if view == "open":
        return waits_for(actor)
    if view == "done":
        return HumanTask.id.in_(_answered_by(actor))
    if view == "started":
        mine = select(InvoiceRequest.id).where(InvoiceRequest.applicant_id == actor.user_id)
        return and_(HumanTask.status == TaskStatus.OPEN, HumanTask.subject_id.in_(mine))
    raise NotFound("There is no such view.", code="inbox.view")


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """Open tasks that the actor may answer, as SQL: for the first view here and for the issuing desk."""
    return and_(HumanTask.status == TaskStatus.OPEN, _may_answer(actor))


def _may_answer(actor: Actor) -> ColumnElement[bool]:
    """Row rule as SQL: tasks in which it is the actor's turn, or that ask a role of theirs. So does `is_asked`."""
    asked = select(TaskSigner.task_id).where(
        TaskSigner.user_id == actor.user_id, TaskSigner.status == SignerStatus.OPEN
    )
    return or_(HumanTask.id.in_(asked), HumanTask.role.in_([role.value for role in actor.roles]))


def _answered_by(actor: Actor) -> CompoundSelect[int]:
    """Tasks that the actor closed, or answered as one of several."""
    signed = select(TaskSigner.task_id).where(TaskSigner.user_id == actor.user_id, TaskSigner.status.in_(_ANSWERED))
    closed = select(HumanTask.id).where(HumanTask.status == TaskStatus.DONE, HumanTask.closed_by_id == actor.user_id)
    return signed.union(closed)


def signer_of(actor: Actor, task: HumanTask) -> TaskSigner | None:
    """The turn that the actor has in a task, if it has come."""
    mine = (signer for signer in task.signers if signer.user_id == actor.user_id)
    return next((signer for signer in mine if signer.status is SignerStatus.OPEN), None)


def is_asked(actor: Actor, task: HumanTask) -> bool:
    """Whether a task that is open asks the actor now."""
    return task.role in actor.roles or signer_of(actor, task) is not None
