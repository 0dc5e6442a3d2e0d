"""The shape of requests on the wire, for pages and API: what may stand in each entry, and how a figure is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields, post_load, validate

from models.chains.rules import MOST_STEPS
from models.invoice_types import INVOICE_TYPES, find_tax_rate
from tasks.requests import MAX_LINES, STAGES, LineDraft, RequestDraft, RequestEdits, RequestFilter
from web.converters import MAX_ID
from web.forms import FormSchema, text

_MAX_FIGURE = 60
# Digits, in groups of three or in one run. A comma anywhere else may be meant as a decimal point: better ask.
_FIGURE = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?", re.ASCII)
_NOT_A_FIGURE = lazy_gettext("Enter a number, such as 1234.50.")
_NOT_A_RATE = lazy_gettext("Choose one of the legal tax rates.")
_NO_LINE = lazy_gettext("Say which line it is, from 1.")
_UNKNOWN_TYPE = lazy_gettext("Choose an invoice type.")


class Figure(fields.Decimal):
    """A number as people write it: 1,234.50, ¥ 1234.5, １２３４．５. Neither an exponent nor NaN is one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool):
            raise ValidationError(str(_NOT_A_FIGURE))
        written = unicodedata.normalize("NFKC", str(value)).replace("−", "-").strip().lstrip("¥").strip()
        digits = written.replace(",", "")
        if len(written) > _MAX_FIGURE or not _FIGURE.fullmatch(written) or not re.search(r"\d", digits):
            raise ValidationError(str(_NOT_A_FIGURE))
        return Decimal(digits)


class Rate(fields.Field[str]):
    """A tax rate by its key, its name or as a percentage; what is loaded is the key."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        rate = find_tax_rate(str(value)[:40])
        if rate is None:
            raise ValidationError(str(_NOT_A_RATE))
        return rate.key


def row_id() -> fields.Integer:
    """The id of a row, or None."""
    return fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, MAX_ID))


class LineEntries(FormSchema):
    """Empty entries are left to the checks, which also say what is missing in a draft."""

    name = text(300)
    tax_code = text(30)
    short_name = text(40)
    spec = text(40)
    unit = text(22)
    quantity = Figure(load_default=None, allow_none=True)
    unit_price = Figure(load_default=None, allow_none=True)
    amount = Figure(load_default=None, allow_none=True)
    discount = Figure(load_default=Decimal("0.00"))
    rate = Rate(load_default=LineDraft.rate)


class LineSchema(LineEntries):
    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> LineDraft:
        return LineDraft(**data)


class RequestEntries(FormSchema):
    invoice_type = fields.String(
        load_default=RequestDraft.invoice_type,
        validate=validate.OneOf([kind.key for kind in INVOICE_TYPES], error=_UNKNOWN_TYPE),
    )
    reason = text(500)
    contract_number = text(100)
    remark = text(1000)
    delivery_email = fields.Email(load_default="", validate=validate.Length(max=72))
    expected_on = fields.Date(load_default=None, allow_none=True)


class RequestSchema(RequestEntries):
    customer_id = row_id()
    header_id = row_id()
    tax_inclusive = fields.Boolean(load_default=True)
    choices = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.List(fields.Integer(validate=validate.Range(1, MAX_ID)), validate=validate.Length(max=100)),
        load_default=dict,
        validate=validate.Length(max=MOST_STEPS),
    )
    lines = fields.List(fields.Nested(LineSchema), load_default=list)

    @post_load
    def _draft(self, data: dict[str, Any], **_: Any) -> RequestDraft:
        return RequestDraft(**data)


class LineEditsSchema(LineEntries):
    """What is to be otherwise in one line; `line` counts from 1. What is left out stays, what is empty is emptied."""

    line = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_LINES))

    @post_load(pass_original=True)
    def _emptied(self, data: dict[str, Any], original: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "line" not in data:
            raise ValidationError(str(_NO_LINE), "line")
        return _with_emptied(self, data, original)


class EditsSchema(RequestEntries):
    """What an approver wants to be otherwise, loaded partially: what is left out stays, what is empty is emptied."""

    lines = fields.List(fields.Nested(LineEditsSchema), validate=validate.Length(max=MAX_LINES))

    @post_load(pass_original=True)
    def _edits(self, data: dict[str, Any], original: dict[str, Any], **_: Any) -> RequestEdits:
        lines = {line.pop("line") - 1: line for line in data.pop("lines", [])}
        return RequestEdits(_with_emptied(self, data, original), lines)


def _with_emptied(schema: FormSchema, data: dict[str, Any], original: Mapping[str, Any]) -> dict[str, Any]:
    empty = {name for name, value in original.items() if value in ("", None) and name in schema.fields}
    chosen = {"invoice_type", "rate", "lines", "line"}
    return {name: schema.fields[name].load_default for name in empty - chosen - set(data)} | data


class ListSchema(FormSchema):
    """The address of the list: the filter, and where the page begins."""

    q = text(100)
    stage = fields.String(load_default="", validate=validate.OneOf(["", *STAGES]))
    mine = fields.Boolean(load_default=False)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    customer_id = row_id()
    before = row_id()

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> tuple[RequestFilter, int | None]:
        before = data.pop("before")
        return RequestFilter(text=data.pop("q"), **data), before
