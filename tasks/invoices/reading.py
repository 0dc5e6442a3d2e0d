"""Read one invoice. Who may see a request may see what was issued for it."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission, sees_all_invoices
from models.accounts import Company
from models.db import db
from models.errors import NotFound
from models.invoice_types import NumberProblem, check_fiscal_number, get_invoice_type
from models.invoices import Invoice
from models.language import N_
from models.requests import InvoiceRequest
from tasks import requests
from tasks.boundary import query


@query(Permission.REQUEST_READ)
def get_invoice(actor: Actor, invoice_id: int) -> Invoice:
    """An invoice with its lines and its request. Raises `NotFound`, also for one that the actor may not see."""
    invoice = db.session.scalars(
        select(Invoice)
        .options(selectinload(Invoice.lines), joinedload(Invoice.request))
        .where(Invoice.id == invoice_id, _visible_to(actor))
    ).one_or_none()
    if invoice is None:
        raise NotFound("There is no such invoice, or you may not see it.", code="invoice.not_found")
    return invoice


@query(Permission.REQUEST_READ)
def find_of_request(actor: Actor, request: InvoiceRequest) -> Invoice | None:
    """The invoice of a request that the actor may see, or None."""
    return db.session.scalars(
        select(Invoice).options(selectinload(Invoice.lines)).where(Invoice.request_id == request.id)
    ).one_or_none()


@query(Permission.INVOICE_READ)
def find_by_number(actor: Actor, *, number: str, code: str = "") -> Invoice | None:
    """The invoice that is registered under a fiscal number, with its request; None while the number is free."""
    return db.session.scalars(
        select(Invoice).options(joinedload(Invoice.request)).where(Invoice.number == number, Invoice.code == code)
    ).one_or_none()


@query(Permission.REQUEST_READ)
def list_warnings(actor: Actor, invoice: Invoice) -> Sequence[NumberProblem]:
    """What looks odd about an invoice that was registered all the same: its number, or a date before the approval."""
    if invoice.is_sample:
        return []
    kind = get_invoice_type(invoice.invoice_type)
    found = check_fiscal_number(kind, invoice.number, invoice.code, invoice.issued_on)
    return [*found, *_date_warnings(invoice)]


def _visible_to(actor: Actor) -> ColumnElement[bool]:
    if sees_all_invoices(actor):
        return true()
    return Invoice.request_id.in_(select(InvoiceRequest.id).where(requests.visible_to(actor)))


def _date_warnings(invoice: Invoice) -> list[NumberProblem]:
    decided_at = invoice.request.decided_at
    company = db.session.get_one(Company, invoice.company_id)
    approved_on = decided_at.astimezone(ZoneInfo(company.time_zone)).date() if decided_at else None
    if approved_on is None or invoice.issued_on >= approved_on:
        return []
    message = N_("The invoice is dated {date}, but the request was approved on {approved}.")
    fields = {"date": invoice.issued_on.isoformat(), "approved": approved_on.isoformat()}
    return [NumberProblem("warning", "invoice.before_approval", message, fields)]
