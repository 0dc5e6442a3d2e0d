"""The views of the inbox and their filters as conditions in SQL: lists, counters and sums all use these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select

from models.access import Actor
from models.db import utc_now
from models.errors import NotFound
from models.inbox import CarbonCopy, TaskSnooze, turns_for, turns_of
from models.processes import HumanTask, SignerStatus, TaskSigner, TaskStatus
from models.requests import InvoiceRequest
from tasks import requests

# Two are about delegation: what one is asked in somebody's name, and what was decided in one's own name by others.
VIEWS = ("open", "at_risk", "for_others", "snoozed", "done", "by_others", "started", "copies")
# These show the oldest first, so that nothing waits for ever; the others show the newest first.
WAITING_VIEWS = frozenset({"open", "at_risk", "for_others", "snoozed"})
DUE_SOON = timedelta(days=1)
_ANSWERED = (
    SignerStatus.APPROVED,
    SignerStatus.REJECTED,
    SignerStatus.RETURNED,
    SignerStatus.ADVISED,
    SignerStatus.DONE,
)


@dataclass(frozen=True, kw_only=True)
class InboxFilter:
    """What narrows a view; what is None or empty does not. Amounts are with tax, both ends included."""

    text: str = ""
    customer_id: int | None = None
    applicant_id: int | None = None
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    overdue: bool = False


def about_request() -> ColumnElement[bool]:
    """Joins tasks to the requests they are about."""
    return and_(HumanTask.subject_kind == requests.KIND, HumanTask.subject_id == InvoiceRequest.id)


def in_view(actor: Actor, view: str) -> ColumnElement[bool]:
    """Tasks in a view of the actor's. Raises `NotFound` for a view that does not exist."""
    if view not in VIEWS:
        raise NotFound("There is no such view.", code="inbox.view")
    if view == "done":
        return HumanTask.id.in_(_answered_by(actor))
    if view == "by_others":
        return HumanTask.id.in_(_answered_for(actor))
    if view == "started":
        mine = select(InvoiceRequest.id).where(InvoiceRequest.applicant_id == actor.user_id)
        return and_(HumanTask.status == TaskStatus.OPEN, HumanTask.subject_id.in_(mine))
    if view == "copies":
        return HumanTask.id.in_(_copied_to(actor))
    if view == "snoozed":
        return and_(waits_for(actor), is_snoozed(actor))
    waiting = and_(waits_for(actor), ~is_snoozed(actor))
    if view == "for_others":
        return and_(waiting, HumanTask.id.in_(_asked_for_others(actor)))
    return waiting if view == "open" else and_(waiting, HumanTask.due_at < utc_now() + DUE_SOON)


def narrowed(wanted: InboxFilter) -> list[ColumnElement[bool]]:
    """The conditions of a filter, on tasks joined to their requests."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.text:
        conditions.append(InvoiceRequest.id.in_(requests.matching(wanted.text)))
    if wanted.customer_id is not None:
        conditions.append(InvoiceRequest.customer_id == wanted.customer_id)
    if wanted.applicant_id is not None:
        conditions.append(InvoiceRequest.applicant_id == wanted.applicant_id)
    if wanted.min_amount is not None:
        conditions.append(InvoiceRequest.gross >= wanted.min_amount)
    if wanted.max_amount is not None:
        conditions.append(InvoiceRequest.gross <= wanted.max_amount)
    if wanted.overdue:
        conditions.append(and_(HumanTask.status == TaskStatus.OPEN, HumanTask.due_at < utc_now()))
    return conditions


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """Open tasks that the actor may answer, as SQL: for the first view here and for the issuing desk."""
    return and_(HumanTask.status == TaskStatus.OPEN, may_answer_sql(actor))


def may_answer_sql(actor: Actor) -> ColumnElement[bool]:
    """Row rule as SQL: tasks in which it is the actor's turn, or that ask a role of theirs. So does `is_asked`."""
    asked = select(TaskSigner.task_id).where(turns_of(actor.user_id), TaskSigner.status == SignerStatus.OPEN)
    return or_(HumanTask.id.in_(asked), HumanTask.role.in_([role.value for role in actor.roles]))


def is_snoozed(actor: Actor) -> ColumnElement[bool]:
    """Tasks that the actor has put off till later."""
    put_off = select(TaskSnooze.task_id).where(TaskSnooze.user_id == actor.user_id, TaskSnooze.until > utc_now())
    return HumanTask.id.in_(put_off)


def _answered_by(actor: Actor) -> CompoundSelect[int]:
    """Tasks that the actor closed, or answered as one of several."""
    signed = select(TaskSigner.task_id).where(turns_of(actor.user_id), TaskSigner.status.in_(_ANSWERED))
    closed = select(HumanTask.id).where(HumanTask.status == TaskStatus.DONE, HumanTask.closed_by_id == actor.user_id)
    return signed.union(closed)


def _asked_for_others(actor: Actor) -> Select[int]:
    """Tasks in which it is the actor's turn in the name of somebody who has delegated to them."""
    return select(TaskSigner.task_id).where(
        turns_of(actor.user_id),
        TaskSigner.status == SignerStatus.OPEN,
        TaskSigner.acts_for_id.is_not(None),
    )


def _answered_for(actor: Actor) -> Select[int]:
    """Tasks that somebody has answered in the actor's name."""
    return select(TaskSigner.task_id).where(turns_for(actor.user_id), TaskSigner.status.in_(_ANSWERED))


def _copied_to(actor: Actor) -> Select[int]:
    """The newest task of each request that the actor got a copy of."""
    copied = select(CarbonCopy.subject_id).where(
        CarbonCopy.subject_kind == requests.KIND, CarbonCopy.user_id == actor.user_id
    )
    return (
        select(func.max(HumanTask.id))
        .where(HumanTask.subject_kind == requests.KIND, HumanTask.subject_id.in_(copied))
        .group_by(HumanTask.subject_id)
    )
