"""What the forms of customers and headers share: labels, values, a header's part of a form, what to say afterwards."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import ValidationError

from models.access import Actor
from models.customers import Customer, Header
from models.errors import AppError, Invalid
from tasks import accounts, customers
from tasks.customers import CustomerDraft, HeaderDraft, TaxIdCheck
from web.customers.schema import HEADER_PREFIX, HeaderSchema
from web.forms import form_errors, sentence

LABELS = {
    "name": lazy_gettext("Customer name"),
    "code": lazy_gettext("Customer code"),
    "grade": lazy_gettext("Grade"),
    "owner_id": lazy_gettext("Owner"),
    "contact": lazy_gettext("Contact"),
    "phone": lazy_gettext("Contact phone"),
    "email": lazy_gettext("Contact e-mail"),
    "notes": lazy_gettext("Notes"),
    "header.title": lazy_gettext("Invoice title"),
    "header.kind": lazy_gettext("Kind of buyer"),
    "header.tax_id": lazy_gettext("Tax number"),
    "header.address": lazy_gettext("Registered address"),
    "header.phone": lazy_gettext("Registered phone"),
    "header.bank_name": lazy_gettext("Bank"),
    "header.bank_account": lazy_gettext("Bank account"),
    "header.email": lazy_gettext("E-mail for invoices"),
    "header.override_reason": lazy_gettext("Reason for an exception"),
    "header.is_default": lazy_gettext("Default header"),
    "": lazy_gettext("Customer"),
}
_header = HeaderSchema()


def load_header() -> HeaderDraft:
    """The header of the submitted form. Raises `ValidationError` whose fields bear the prefix."""
    given = {
        name.removeprefix(HEADER_PREFIX): value
        for name, value in request.form.items()
        if name.startswith(HEADER_PREFIX)
    }
    try:
        draft: HeaderDraft = _header.load(given)
    except ValidationError as error:
        raise ValidationError({"header": error.messages}) from error
    return draft


def header_errors(error: AppError | ValidationError) -> dict[str, str]:
    """The errors of a form that holds a header alone, at its fields."""
    found = form_errors(error)
    if isinstance(error, ValidationError):
        return found
    return {f"{HEADER_PREFIX}{path}" if path else "": text for path, text in found.items()}


def form_values(customer: CustomerDraft | Customer | None, header: HeaderDraft | Header | None) -> dict[str, Any]:
    """What a form shows before anything is typed."""
    values: dict[str, Any] = {}
    if customer is not None:
        values |= {field: getattr(customer, field) for field in CustomerDraft.__dataclass_fields__}
    if header is not None:
        values |= {HEADER_PREFIX + field: getattr(header, field) for field in HeaderDraft.__dataclass_fields__}
    return values


def owner_options(actor: Actor) -> list[tuple[int, str]]:
    """The colleagues who may own a customer."""
    return [(row.user_id, row.user.name) for row in accounts.list_people(actor, include_inactive=False)]


def owner_names(actor: Actor) -> dict[int, str]:
    """Names by user id, also of colleagues who have left."""
    return {row.user_id: row.user.name for row in accounts.list_people(actor)}


def verdict_sentence(check: TaxIdCheck) -> str:
    """What the check found, in the reader's language; empty where nothing needs to be said."""
    if check.objection is not None:
        return sentence(check.objection)
    if check.verdict is None:
        return ""
    return sentence(Invalid.of(check.verdict.message, check.verdict.fields, code=check.verdict.code))


def flash_warnings(actor: Actor, customer: Customer, header: Header) -> None:
    """Say what was saved but deserves a second look: a doubtful tax number, a name that looks like another's."""
    check = customers.check_tax_number(actor, header.tax_id, kind=header.kind, header_id=header.id)
    if check.verdict is not None and check.verdict.level == "warning":
        flash(verdict_sentence(check), "warning")
    flash_similar(actor, customer)


def flash_similar(actor: Actor, customer: Customer) -> None:
    """Name the customers that may be the same company."""
    similar = customers.find_similar(actor, customer.name, except_id=customer.id)
    if similar:
        names = ", ".join(f"{other.name} ({other.code})" for other in similar)
        flash(_("This may be the same company as %(names)s.", names=names), "warning")
