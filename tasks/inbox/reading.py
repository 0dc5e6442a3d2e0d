"""What waits for whom: the views of the inbox, their counts, and one task."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.accounts import Company, User
from models.db import db, utc_now
from models.errors import NotFound
from models.inbox import CarbonCopy, turns_for, turns_of
from models.processes import HumanTask, ProcessInstance, SignerStatus, TaskSigner, TaskStatus
from models.requests import InvoiceRequest
from models.setup import keep_stamp
from tasks import requests
from tasks.boundary import query
from tasks.inbox.views import (
    DUE_SOON,
    VIEWS,
    WAITING_VIEWS,
    InboxFilter,
    about_request,
    in_view,
    may_answer_sql,
    narrowed,
)
from tasks.requests import Check

_EVERYTHING = InboxFilter()


@dataclass(frozen=True)
class InboxRow:
    """A task and the request it is about."""

    task: HumanTask
    request: InvoiceRequest

    @property
    def is_overdue(self) -> bool:
        due_at = self.task.due_at
        return self.task.status is TaskStatus.OPEN and due_at is not None and due_at < utc_now()

    @property
    def is_due_soon(self) -> bool:
        due_at = self.task.due_at
        return self.task.status is TaskStatus.OPEN and due_at is not None and due_at < utc_now() + DUE_SOON


@dataclass(frozen=True)
class InboxPage:
    """`next_after` is the task id to continue behind; None on the last page. `unread` are ids of copied requests.

    `flags` are the red flags of requests whose task is open, by request id. `stand_ins` has, in the two views about
    delegation, the names of those for whom, or by whom, each task is answered, by task id.
    """

    rows: Sequence[InboxRow]
    next_after: int | None
    unread: frozenset[int] = frozenset()
    flags: Mapping[int, tuple[Check, ...]] = field(default_factory=dict)
    stand_ins: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InboxSum:
    """How many tasks a filter leaves, and what their requests amount to with tax."""

    count: int
    gross: Decimal


@query(Permission.TASK_READ)
def list_tasks(
    actor: Actor,
    *,
    view: str = "open",
    text: str = "",
    wanted: InboxFilter = _EVERYTHING,
    after: int | None = None,
    limit: int = 50,
) -> InboxPage:
    """Tasks of a view: those that wait oldest first, the others newest first. Raises `NotFound`."""
    ascending = view in WAITING_VIEWS
    rows = task_rows().where(in_view(actor, view), *narrowed(wanted)).limit(limit + 1)
    if text:
        rows = rows.where(InvoiceRequest.id.in_(requests.matching(text)))
    if after is not None:
        rows = rows.where(HumanTask.id > after if ascending else HumanTask.id < after)
    rows = rows.order_by(HumanTask.id if ascending else HumanTask.id.desc())
    found = [InboxRow(task, request) for task, request in db.session.execute(rows)]
    last = found[limit - 1].task.id if len(found) > limit else None
    shown = found[:limit]
    waiting = [row.request for row in shown if row.task.status is TaskStatus.OPEN]
    unread = _unread(actor) if view == "copies" else frozenset()
    return InboxPage(shown, last, unread, requests.find_flags(actor, waiting), _stand_ins(actor, view, shown))


@query(Permission.TASK_READ)
def count_views(actor: Actor) -> dict[str, int]:
    """How many tasks each view holds: the same conditions as the lists, in one statement."""
    counts = [
        select(func.count(HumanTask.id)).where(in_view(actor, view), HumanTask.subject_kind == requests.KIND)
        for view in VIEWS
    ]
    figures = db.session.execute(select(*(count.scalar_subquery() for count in counts))).one()
    return {view: figure or 0 for view, figure in zip(VIEWS, figures, strict=True)}


@query(Permission.TASK_READ)
def sum_tasks(actor: Actor, *, view: str, wanted: InboxFilter) -> InboxSum:
    """How many tasks of a view the filter leaves, and their sum: the same conditions as the list."""
    count, gross = db.session.execute(
        select(func.count(HumanTask.id), func.sum(InvoiceRequest.gross))
        .join(InvoiceRequest, about_request())
        .where(in_view(actor, view), *narrowed(wanted))
    ).one()
    return InboxSum(count, gross or Decimal(0))


@query(Permission.TASK_READ)
def count_open(actor: Actor) -> int:
    """How many tasks wait for the actor."""
    return db.session.scalar(select(func.count(HumanTask.id)).where(in_view(actor, "open"))) or 0


@query(Permission.TASK_READ)
def get_task(actor: Actor, task_id: int) -> InboxRow:
    """A task that waits or waited for the actor, or is about a request they may see. Raises `NotFound`."""
    row = find_row(task_id)
    if row is None or not _may_see(actor, row):
        raise NotFound("There is no such task, or it is not yours.", code="task.not_found")
    return row


def find_row(task_id: int) -> InboxRow | None:
    """A task of the company and its request, whoever asks."""
    row = db.session.execute(_ONE_TASK, {"task_id": task_id}).unique().one_or_none()
    if row is None:
        return None
    task, request, stamp = row
    keep_stamp(task.company_id, stamp)
    return InboxRow(task, request)


def _may_see(actor: Actor, row: InboxRow) -> bool:
    """Mostly the task itself says so: then nothing is asked of the database."""
    if row.task.role in actor.roles or any(signer.is_turn_of(actor.user_id) for signer in row.task.signers):
        return True
    visible = select(InvoiceRequest.id).where(InvoiceRequest.id == row.request.id, requests.visible_to(actor))
    return db.session.scalar(visible) is not None


@query(Permission.TASK_READ)
def read_numbers(actor: Actor, task_ids: Collection[int]) -> dict[int, str]:
    """The number of each task's request, by task id; a task that the actor may not see is left out."""
    wanted = (
        select(HumanTask.id, InvoiceRequest.number)
        .join(InvoiceRequest, about_request())
        .where(HumanTask.id.in_(task_ids), or_(may_answer_sql(actor), requests.visible_to(actor)))
    )
    return {task_id: number or "" for task_id, number in db.session.execute(wanted)}


@query(Permission.TASK_READ)
def find_next(actor: Actor, *, after: int, view: str = "open", wanted: InboxFilter = _EVERYTHING) -> HumanTask | None:
    """The next task that waits for the actor in a view behind `after`, else the first; None when nothing waits."""
    waiting = (
        select(HumanTask)
        .join(InvoiceRequest, about_request())
        .where(in_view(actor, view if view in WAITING_VIEWS else "open"), *narrowed(wanted))
    )
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
        .join(InvoiceRequest, about_request())
        .options(joinedload(InvoiceRequest.customer), joinedload(InvoiceRequest.applicant))
    )


# All that a decision reads before it knows what to do.
_ONE_TASK = (
    select(HumanTask, InvoiceRequest, Company.stamp)
    .join(InvoiceRequest, about_request())
    .join(Company, Company.id == HumanTask.company_id)
    .where(HumanTask.id == bindparam("task_id"))
    .options(
        joinedload(InvoiceRequest.customer),
        joinedload(HumanTask.signers),
        joinedload(HumanTask.instance).joinedload(ProcessInstance.definition),
    )
)


def signer_of(actor: Actor, task: HumanTask) -> TaskSigner | None:
    """The turn that the actor has in a task, if it has come."""
    mine = (signer for signer in task.signers if signer.is_turn_of(actor.user_id))
    return next((signer for signer in mine if signer.status is SignerStatus.OPEN), None)


def is_asked(actor: Actor, task: HumanTask) -> bool:
    """Whether a task that is open asks the actor now."""
    return task.role in actor.roles or signer_of(actor, task) is not None


def _stand_ins(actor: Actor, view: str, rows: Sequence[InboxRow]) -> dict[int, str]:
    if view not in ("for_others", "by_others"):
        return {}
    is_mine, is_theirs = turns_of(actor.user_id), User.id == TaskSigner.acts_for_id
    if view == "by_others":
        is_mine, is_theirs = turns_for(actor.user_id), User.id == TaskSigner.user_id
    named = (
        select(TaskSigner.task_id, User.name)
        .join(User, is_theirs)
        .where(TaskSigner.task_id.in_([row.task.id for row in rows]), is_mine)
    )
    return dict(iter(db.session.execute(named)))


def _unread(actor: Actor) -> frozenset[int]:
    unread = select(CarbonCopy.subject_id).where(
        CarbonCopy.subject_kind == requests.KIND, CarbonCopy.user_id == actor.user_id, CarbonCopy.read_at.is_(None)
    )
    return frozenset(db.session.scalars(unread))
