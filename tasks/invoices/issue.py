"""Issue an invoice for an approved request: numbers, the snapshot of what was issued, and what is refused."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission
from models.accounts import Company
from models.db import db
from models.errors import Conflict, Invalid, NotFound
from models.invoice_types import check_fiscal_number, get_invoice_type
from models.invoices import Channel, Invoice, InvoiceLine
from models.requests import InvoiceRequest, RequestLine
from tasks import audit
from tasks.boundary import command
from tasks.issuing import CHANNELS, IssueOrder


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
    _refuse_future(issued.issued_on, company)
    if not issued.is_sample:
        _check_number(request.invoice_type, issued.number, issued.code, issued.issued_on)
    _refuse_taken(issued.number, issued.code)
    invoice = _snapshot(request, company, actor)
    invoice.channel, invoice.is_sample = _channel(channel), issued.is_sample
    invoice.serial, invoice.number, invoice.code = order.serial, issued.number, issued.code
    invoice.issued_on = issued.issued_on
    _keep(invoice)
    audit.record(
        actor, "invoice.issue", f"invoice:{invoice.id}", number=invoice.number, channel=channel, gross=invoice.gross
    )
    return invoice


def _channel(name: str) -> Channel:
    if name not in set(Channel):
        raise Invalid("Choose how the invoice is issued.", code="issuing.channel", field="channel")
    return Channel(name)


def _order(request: InvoiceRequest, company: Company, *, number: str, code: str, issued_on: date | None) -> IssueOrder:
    return IssueOrder(
        serial=f"R{request.id}N1",
        invoice_type=request.invoice_type,
        number=number.strip().replace(" ", ""),
        code=code.strip().replace(" ", ""),
        issued_on=issued_on or company.today(),
    )


def _refuse_future(issued_on: date, company: Company) -> None:
    if issued_on > company.today():
        raise Invalid("The invoice date lies in the future.", code="issuing.date", field="issued_on")


def _check_number(invoice_type: str, number: str, code: str, issued_on: date) -> None:
    for problem in check_fiscal_number(get_invoice_type(invoice_type), number, code, issued_on):
        if problem.level == "error":
            field = "code" if problem.code.startswith("number.code") else "number"
            raise Invalid.of(problem.message, problem.fields, code=problem.code, field=field)


def _keep(invoice: Invoice) -> None:
    """Write the invoice. Raises `Conflict` when somebody registered the number after we looked."""
    try:
        with db.session.begin_nested():
            db.session.add(invoice)
    except IntegrityError:
        _refuse_taken(invoice.number, invoice.code)
        raise


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
