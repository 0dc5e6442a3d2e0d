"""The issuing desk: approved requests that wait for finance, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import Select, and_, func, select, true
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.db import db
from models.processes import HumanTask
from models.requests import InvoiceRequest
from tasks import inbox, requests
from tasks.boundary import query
from tasks.inbox import InboxPage, InboxRow
from tasks.issuing.qr import ScannedInvoice


@query(Permission.INVOICE_ISSUE)
def list_waiting(actor: Actor, *, text: str = "", after: int | None = None, limit: int = 50) -> InboxPage:
    """Requests that wait to be issued by the actor, with header and lines, oldest task first."""
    wanted = _waiting(actor).where(HumanTask.id > after if after is not None else true())
    if text:
        wanted = wanted.where(InvoiceRequest.id.in_(requests.matching(text)))
    rows = _rows(wanted.order_by(HumanTask.id).limit(limit + 1))
    return InboxPage(rows[:limit], rows[limit - 1].task.id if len(rows) > limit else None)


@query(Permission.INVOICE_ISSUE)
def count_waiting(actor: Actor) -> int:
    """How many requests wait to be issued by the actor."""
    return db.session.scalar(select(func.count()).select_from(_waiting(actor).subquery())) or 0


@query(Permission.INVOICE_ISSUE)
def find_scanned(actor: Actor, scanned: ScannedInvoice) -> Sequence[InboxRow]:
    """The waiting requests that a scanned invoice may be for: same amount, and same type where any has it."""
    amount = InvoiceRequest.gross if scanned.includes_tax else InvoiceRequest.net
    rows = _rows(_waiting(actor).where(amount == Decimal(scanned.amount)).order_by(HumanTask.id).limit(50))
    return [row for row in rows if row.request.invoice_type == scanned.invoice_type] or rows


def _waiting(actor: Actor) -> Select[HumanTask, InvoiceRequest]:
    about = and_(HumanTask.subject_kind == requests.KIND, HumanTask.subject_id == InvoiceRequest.id)
    return (
        select(HumanTask, InvoiceRequest)
        .join(InvoiceRequest, about)
        .where(inbox.waits_for(actor), HumanTask.form_key == inbox.ISSUING_FORM)
    )


def _rows(wanted: Select[HumanTask, InvoiceRequest]) -> list[InboxRow]:
    loaded = wanted.options(
        joinedload(InvoiceRequest.customer),
        joinedload(InvoiceRequest.header),
        joinedload(InvoiceRequest.applicant),
        selectinload(InvoiceRequest.lines),
    )
    return [InboxRow(task, request) for task, request in db.session.execute(loaded)]
