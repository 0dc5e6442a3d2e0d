"""Search the register of invoices: combined filters, sums of all that is found, pages by a key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, false, func, or_, select, tuple_
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission
from models.customers import Customer
from models.db import db
from models.invoices import Channel, Invoice, InvoiceStatus
from models.requests import InvoiceRequest
from models.taxid import normalize_tax_id
from tasks.boundary import query

_PREFIX_CHARACTERS = 4  # a shorter beginning of a tax number finds half the country
_CHUNK = 500


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


@query(Permission.REGISTER_READ)
def list_invoices(
    actor: Actor, wanted: InvoiceFilter, *, before: tuple[date, int] | None = None, limit: int = 50
) -> InvoicePage:
    """Invoices that the filter finds with their requests, newest day first."""
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
def count_statuses(actor: Actor, wanted: InvoiceFilter) -> Mapping[str, int]:
    """How many invoices each status has with the rest of the filter as it is; every status is a key."""
    counted = db.session.execute(
        select(Invoice.status, func.count(Invoice.id))
        .where(*_conditions(replace(wanted, status="")))
        .group_by(Invoice.status)
    )
    return dict.fromkeys((status.value for status in InvoiceStatus), 0) | {
        status.value: count for status, count in counted
    }


@query(Permission.REGISTER_READ)
def iterate_invoices(actor: Actor, wanted: InvoiceFilter) -> Iterator[Invoice]:
    """Everything that the filter finds with its requests, newest day first, for an export."""
    yield from db.session.scalars(
        select(Invoice)
        .options(joinedload(Invoice.request))
        .where(*_conditions(wanted))
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .execution_options(yield_per=_CHUNK)
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
    return [*conditions, *_of_kind(wanted), *([_mentions(wanted.text.strip())] if wanted.text.strip() else [])]


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
    """Buyer's name, tax number or its beginning, pinyin of the customer, invoice number or request number."""
    of_customer = [Customer.name.icontains(text, autoescape=True)]
    letters = text.lower().replace(" ", "")
    if letters.isascii() and letters.isalnum():
        of_customer += [Customer.initials.contains(letters), Customer.pinyin.contains(letters)]
    of_request = select(InvoiceRequest.id).where(InvoiceRequest.number.icontains(text, autoescape=True))
    return or_(
        Invoice.buyer_name.icontains(text, autoescape=True),
        _has_tax_id(normalize_tax_id(text)),
        Invoice.number.contains(text, autoescape=True),
        Invoice.customer_id.in_(select(Customer.id).where(or_(*of_customer))),
        Invoice.request_id.in_(of_request),
    )


def _has_tax_id(number: str) -> ColumnElement[bool]:
    if len(number) < _PREFIX_CHARACTERS:
        return false()
    return Invoice.buyer_tax_id.startswith(number, autoescape=True)
