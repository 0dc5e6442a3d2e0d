"""The shape of customers and headers on the wire, for pages and API."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from marshmallow import fields, post_load, validate

from models.customers import Grade, HeaderKind
from tasks.customers import CUSTOMER_LIMITS, HEADER_LIMITS, STATES, CustomerDraft, CustomerFilter, HeaderDraft
from web.forms import FormSchema, text

MAX_ID = 2**31 - 1
HEADER_PREFIX = "header."  # of a header's fields in a form
_GRADES = [grade.value for grade in Grade]
_KINDS = [kind.value for kind in HeaderKind]
_UNKNOWN_CHOICE = lazy_gettext("Choose one of the list.")


def row_id() -> fields.Integer:
    """The id of a row, or None."""
    return fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))


def _one_of(choices: list[str], default: str) -> fields.String:
    return fields.String(load_default=default, validate=validate.OneOf(choices, error=_UNKNOWN_CHOICE))


class CustomerSchema(FormSchema):
    name = text(CUSTOMER_LIMITS["name"], required=True)
    code = text(CUSTOMER_LIMITS["code"])
    grade = _one_of(_GRADES, CustomerDraft.grade.value)
    owner_id = row_id()
    contact = text(CUSTOMER_LIMITS["contact"])
    phone = text(CUSTOMER_LIMITS["phone"])
    email = text(CUSTOMER_LIMITS["email"])
    notes = text(CUSTOMER_LIMITS["notes"])

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> CustomerDraft:
        return CustomerDraft(**data | {"grade": Grade(data["grade"])})


class HeaderSchema(FormSchema):
    title = text(HEADER_LIMITS["title"])
    kind = _one_of(_KINDS, HeaderDraft.kind.value)
    tax_id = text(HEADER_LIMITS["tax_id"])
    address = text(HEADER_LIMITS["address"])
    phone = text(HEADER_LIMITS["phone"])
    bank_name = text(HEADER_LIMITS["bank_name"])
    bank_account = text(HEADER_LIMITS["bank_account"])
    email = text(HEADER_LIMITS["email"])
    override_reason = text(HEADER_LIMITS["override_reason"])
    is_default = fields.Boolean(load_default=False)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> HeaderDraft:
        return HeaderDraft(**data | {"kind": HeaderKind(data["kind"])})


class TaxNumberSchema(FormSchema):
    """What the live check of a form asks."""

    number = text(HEADER_LIMITS["tax_id"])
    kind = _one_of(_KINDS, HeaderDraft.kind.value)
    header_id = row_id()


class ListSchema(FormSchema):
    """The address of the list: the filter, and where the page begins."""

    q = text(100)
    owner_id = row_id()
    grade = _one_of(["", *_GRADES], "")
    state = _one_of(list(STATES), CustomerFilter.state)
    after = row_id()

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> tuple[CustomerFilter, int | None]:
        after, grade = data.pop("after"), data.pop("grade")
        return CustomerFilter(text=data.pop("q"), grade=Grade(grade) if grade else None, **data), after
