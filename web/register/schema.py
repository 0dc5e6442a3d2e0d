"""The address of the register: the filter, and where a page begins. The export and the API share it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields, post_load, validate

from models.invoice_types import INVOICE_TYPES
from models.invoices import Channel, InvoiceStatus
from tasks.invoices import InvoiceFilter
from web.forms import FormSchema, text

MAX_ID = 2**31 - 1
_MOST_YUAN = Decimal(10) ** 13
_UNKNOWN_CHOICE = lazy_gettext("Choose one of the list.")
_NO_SUCH_PAGE = lazy_gettext("This page does not exist. Begin at the first.")
_NOT_AN_AMOUNT = lazy_gettext("Enter an amount, such as 1234.50.")


class Yuan(fields.Decimal):
    """An amount with at most two decimals, as people write it: 1,234.50 or ¥ 1234.5."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        plain = str(value).replace(",", "").replace("，", "").strip("¥￥ ")
        amount = super()._deserialize(plain, attr, data, **kwargs)
        if not amount.is_finite() or abs(amount) >= _MOST_YUAN or amount != amount.quantize(Decimal("0.01")):
            raise ValidationError(str(_NOT_AN_AMOUNT))
        return amount


class Cursor(fields.Field[tuple[date, int]]):
    """Where a page begins: the day and the id of the last invoice seen, ``2026-03-31.1207``."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[date, int]:
        day, _point, number = str(value)[:40].partition(".")
        try:
            before = date.fromisoformat(day), int(number)
        except ValueError as error:
            raise ValidationError(str(_NO_SUCH_PAGE)) from error
        if not 0 < before[1] <= MAX_ID:
            raise ValidationError(str(_NO_SUCH_PAGE))
        return before


def write_cursor(before: tuple[date, int]) -> str:
    return f"{before[0].isoformat()}.{before[1]}"


def _one_of(choices: list[str]) -> fields.String:
    return fields.String(load_default="", validate=validate.OneOf(["", *choices], error=_UNKNOWN_CHOICE))


class RegisterSchema(FormSchema):
    q = text(100)
    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    customer_id = fields.Integer(load_default=None, validate=validate.Range(1, MAX_ID, error=_UNKNOWN_CHOICE))
    number = text(40)
    least = Yuan(load_default=None)
    most = Yuan(load_default=None)
    invoice_type = _one_of([kind.key for kind in INVOICE_TYPES])
    status = _one_of(list(InvoiceStatus))
    channel = _one_of(list(Channel))
    before = Cursor(load_default=None)

    @post_load
    def _filter(self, data: dict[str, Any], **_: Any) -> tuple[InvoiceFilter, tuple[date, int] | None]:
        before = data.pop("before")
        return InvoiceFilter(text=data.pop("q"), **data), before
