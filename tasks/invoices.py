"""Issued invoices: issue one for an approved request, find, sum and export them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, false, func, or_, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.accounts import Company
from models.customers import Customer
from models.db import db
from models.errors import Conflict, Invalid, NotFound
from models.invoice_types import check_fiscal_number, get_invoice_type
from models.invoices import Channel, Invoice, InvoiceLine, InvoiceStatus
from models.requests import InvoiceRequest, RequestLine
from tasks import audit
from tasks.boundary import command, query
from tasks.issuing import CHANNELS, IssueOrder


@dataclass(frozen=True, kw_only=True)
class InvoiceFilter:
    """Which invoices a list shows; every given condition must hold. Dates and amounts include both ends."""

    text: str = ""
    since: date | None = None
    until: date | None = None
    customer_id: int | None = None
    number: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    invoice_type: str = ""
    status: str = ""
    channel: str = ""


@dataclass(frozen=True)
class InvoiceSums:
    """Count and money of everything that a filter finds."""

    count: int
    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True)
class InvoicePage:
    """A page, newest day first. `next_before` is the cursor (day, id) to continue below; None on the last page."""

    invoices: Sequence[Invoice]
    next_before: tuple[date, int] | None


@command(Permission.INVOICE_ISSUE)
def issue_invoice(
    actor: Actor, *, request_id: int, channel: str, number: str = "", code: str = "", issued_on: date | None = None
) -> Invoice:
    """Issue what was requested, through a channel. Called by diagrams, when finance has answered the issuing task.

    Raises `Invalid` naming the field, `Conflict` when the number is taken or the request is not waiting to be issued.
    """
    request = db.session.get(InvoiceRequest, request_id)
    if request is None:
        raise NotFound("There is no such request.", code="request.not_found")
    company = db.session.get_one(Company, request.company_id)
    request.mark_issued()
    order = _order(request, company, number=number, code=code, issued_on=issued_on)
    issued = CHANNELS[_channel(channel)].issue(order)
    if not issued.is_sample:
        _check_number(request.invoice_type, issued.number, issued.code, issued.issued_on, company)
    _refuse_taken(issued.number, issued.code)
    invoice = _snapshot(request, company, actor)
    invoice.channel, invoice.is_sample = _channel(channel), issued.is_sample
    invoice.serial, invoice.number, invoice.code = order.serial, issued.number, issued.code
    invoice.issued_on = issued.issued_on
    db.session.add(invoice)
    db.session.flush()
    audit.record(
        actor, "invoice.issue", f"invoice:{invoice.id}", number=invoice.number, channel=channel, gross=invoice.gross
    )
    return invoice


@query(Permission.INVOICE_READ)
def get_invoice(actor: Actor, invoice_id: int) -> Invoice:
    """Raises `NotFound`."""
    invoice = db.session.scalars(
        select(Invoice).options(selectinload(Invoice.lines)).where(Invoice.id == invoice_id)
    ).one_or_none()
    if invoice is None:
        raise NotFound("There is no such invoice.", code="invoice.not_found")
    return invoice


@query(Permission.REQUEST_READ)
def find_of_request(actor: Actor, request: InvoiceRequest) -> Invoice | None:
    """The invoice of a request that the actor may see, or None."""
    return db.session.scalars(
        select(Invoice).options(selectinload(Invoice.lines)).where(Invoice.request_id == request.id)
    ).one_or_none()


@query(Permission.REGISTER_READ)
def list_invoices(
    actor: Actor, wanted: InvoiceFilter, *, before: tuple[date, int] | None = None, limit: int = 50
) -> InvoicePage:
    """Invoices that the filter finds, newest day first."""
    query_ = (
        select(Invoice)
        .options(joinedload(Invoice.request))
        .where(*_conditions(wanted))
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query_ = query_.where(tuple_(Invoice.issued_on, Invoice.id) < before)
    rows = db.session.scalars(query_).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return InvoicePage(rows[:limit], (last.issued_on, last.id) if last else None)


@query(Permission.REGISTER_READ)
def sum_invoices(actor: Actor, wanted: InvoiceFilter) -> InvoiceSums:
    """Count and sums over the whole filter, not only the page."""
    count, net, tax, gross = db.session.execute(
        select(func.count(Invoice.id), func.sum(Invoice.net), func.sum(Invoice.tax), func.sum(Invoice.gross)).where(
            *_conditions(wanted)
        )
    ).one()
    zero = Decimal("0.00")
    return InvoiceSums(count, net or zero, tax or zero, gross or zero)


@query(Permission.REGISTER_READ)
def iterate_invoices(actor: Actor, wanted: InvoiceFilter) -> Iterator[Invoice]:
    """Everything that the filter finds, newest day first, for an export."""
    yield from db.session.scalars(
        select(Invoice)
        .options(joinedload(Invoice.request))
        .where(*_conditions(wanted))
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .execution_options(yield_per=500)
    )


def _conditions(wanted: InvoiceFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        conditions.append(Invoice.issued_on >= wanted.since)
    if wanted.until is not None:
        conditions.append(Invoice.issued_on <= wanted.until)
    if wanted.customer_id is not None:
        conditions.append(Invoice.customer_id == wanted.customer_id)
    if wanted.number:
        conditions.append(Invoice.number.contains(wanted.number.strip(), autoescape=True))
    if wanted.least is not None:
        conditions.append(Invoice.gross >= wanted.least)
    if wanted.most is not None:
        conditions.append(Invoice.gross <= wanted.most)
    return [*conditions, *_of_kind(wanted), *([_mentions(wanted.text.strip())] if wanted.text else [])]


def _of_kind(wanted: InvoiceFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.invoice_type:
        conditions.append(Invoice.invoice_type == wanted.invoice_type)
    if wanted.status:
        known = wanted.status in set(InvoiceStatus)
        conditions.append(Invoice.status == InvoiceStatus(wanted.status) if known else false())
    if wanted.channel:
        known = wanted.channel in set(Channel)
        conditions.append(Invoice.channel == Channel(wanted.channel) if known else false())
    return conditions


def _mentions(text: str) -> ColumnElement[bool]:
    """Buyer's name, tax number, customer's pinyin initials, invoice number or request number."""
    of_customer = select(Customer.id).where(
        or_(Customer.name.icontains(text, autoescape=True), Customer.initials.startswith(text.lower(), autoescape=True))
    )
    of_request = select(InvoiceRequest.id).where(InvoiceRequest.number.icontains(text, autoescape=True))
    return or_(
        Invoice.buyer_name.icontains(text, autoescape=True),
        Invoice.buyer_tax_id == text.upper().replace(" ", ""),
        Invoice.number.contains(text, autoescape=True),
        Invoice.customer_id.in_(of_customer),
        Invoice.request_id.in_(of_request),
    )


def _channel(name: str) -> Channel:
    if name not in set(Channel):
        raise Invalid("Choose how the invoice is issued.", code="issuing.channel", field="channel")
    return Channel(name)


def _order(request: InvoiceRequest, company: Company, *, number: str, code: str, issued_on: date | None) -> IssueOrder:
    return IssueOrder(
        serial=f"{company.id}R{request.id}N1"[:20],
        invoice_type=request.invoice_type,
        number=number.strip().replace(" ", ""),
        code=code.strip().replace(" ", ""),
        issued_on=issued_on or company.today(),
    )


def _check_number(invoice_type: str, number: str, code: str, issued_on: date, company: Company) -> None:
    if issued_on > company.today():
        raise Invalid("The invoice date lies in the future.", code="issuing.date", field="issued_on")
    for problem in check_fiscal_number(get_invoice_type(invoice_type), number, code, issued_on):
        if problem.level == "error":
            raise Invalid.of(problem.message, problem.fields, code=problem.code, field="number")


def _refuse_taken(number: str, code: str) -> None:
    twin = db.session.scalars(
        select(Invoice).options(joinedload(Invoice.request)).where(Invoice.number == number, Invoice.code == code)
    ).one_or_none()
    if twin is not None:
        raise Conflict(
            "Invoice {number} is already registered, for request {request} ({buyer}).",
            code="invoice.number_taken",
            field="number",
            number=number,
            request=twin.request.number,
            buyer=twin.buyer_name,
        )


def _snapshot(request: InvoiceRequest, company: Company, actor: Actor) -> Invoice:
    """Seller, buyer and lines as they are now. Whatever changes later, the invoice keeps them."""
    header, kind = request.header, get_invoice_type(request.invoice_type)
    if header is None or request.customer_id is None:
        raise Conflict("Request {number} has no header.", code="request.no_header", number=request.number)
    invoice = Invoice(
        request_id=request.id,
        customer_id=request.customer_id,
        invoice_type=kind.key,
        seller_name=company.name,
        seller_tax_id=company.tax_id,
        buyer_name=header.title,
        buyer_tax_id=header.tax_id,
        buyer_address=header.address,
        buyer_phone=header.phone,
        buyer_bank_name=header.bank_name,
        buyer_bank_account=header.bank_account,
        remark=request.remark,
        drawer=company.drawer,
        net=request.net,
        tax=request.tax,
        gross=request.gross,
        issued_by_id=actor.user_id,
    )
    invoice.lines = [_line_snapshot(line) for line in request.lines]
    return invoice


def _line_snapshot(line: RequestLine) -> InvoiceLine:
    return InvoiceLine(
        request_line_id=line.id,
        position=line.position,
        name=f"*{line.short_name}*{line.name}" if line.short_name else line.name,
        tax_code=line.tax_code,
        spec=line.spec,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        rate=line.rate,
        net=line.net,
        tax=line.tax,
        gross=line.gross,
    )
