"""What the request form shows beside the entries: money, faults, checks, approvers. The same for page and preview."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import ValidationError

from models.access import Actor
from models.arithmetic import LineAmounts, Totals
from models.errors import AppError, Invalid
from models.words import amount_in_words
from tasks import requests
from tasks.requests import Approvers
from web.forms import form_errors, sentence
from web.requests.entries import ROW, Entries, is_filled
from web.requests.schema import RequestSchema

LABELS = {
    "customer_id": lazy_gettext("Customer"),
    "header_id": lazy_gettext("Invoice header"),
    "invoice_type": lazy_gettext("Invoice type"),
    "tax_inclusive": lazy_gettext("Prices and amounts"),
    "reason": lazy_gettext("Reason"),
    "contract_number": lazy_gettext("Contract or order number"),
    "remark": lazy_gettext("Remark on the invoice"),
    "delivery_email": lazy_gettext("Deliver to (e-mail)"),
    "expected_on": lazy_gettext("Needed by"),
    "lines": lazy_gettext("Lines"),
    "choices": lazy_gettext("Approvers"),
    "attachments": lazy_gettext("Attachments"),
}
COLUMN_LABELS = {
    "name": lazy_gettext("Item"),
    "tax_code": lazy_gettext("Tax code"),
    "spec": lazy_gettext("Specification"),
    "unit": lazy_gettext("Unit"),
    "quantity": lazy_gettext("Quantity"),
    "unit_price": lazy_gettext("Unit price"),
    "amount": lazy_gettext("Amount"),
    "discount": lazy_gettext("Discount"),
    "rate": lazy_gettext("Tax rate"),
}
# Not worth a word while somebody is still typing; submitting says them.
_UNTIMELY = frozenset({"arithmetic.amount_missing", "arithmetic.quantity_missing", "request.line_name"})
_schema = RequestSchema()


@dataclass(frozen=True)
class CheckView:
    """A finding in words, with the id of the field that mends it."""

    level: str
    text: str
    target: str


@dataclass(frozen=True)
class FormView:
    """`errors` are by field path, lines counted by their place. `money` has one entry for each line of the entries."""

    errors: dict[str, str] = field(default_factory=dict)
    money: tuple[LineAmounts | None, ...] = ()
    totals: Totals | None = None
    words: str = ""
    checks: tuple[CheckView, ...] = ()
    approvers: Approvers | None = None
    obstacle: str = ""


def look(actor: Actor, entries: Entries, request_id: int | None, *, errors: dict[str, str] | None = None) -> FormView:
    """How the entries stand. `errors` are those of a refusal; without them only what is plainly wrong is said."""
    rows = [line | {ROW: line.get(ROW, str(place))} for place, line in enumerate(entries["lines"])]
    filled = [place for place, row in enumerate(rows) if is_filled(row)]
    entries = entries | {"lines": [rows[place] for place in filled]}
    unreadable = _unreadable(entries)
    preview = requests.preview_request(actor, _schema.load(_without(entries, unreadable)), request_id=request_id)
    faulty = {path.split(".")[1] for path in unreadable if path.startswith("lines.")}
    totals = None if faulty else preview.totals
    money: list[LineAmounts | None] = [None] * len(rows)
    for position, (place, line) in enumerate(zip(filled, preview.lines, strict=True)):
        money[place] = None if isinstance(line, Invalid) or str(position) in faulty else line
    if errors is None:
        errors = {_at_place(path, filled): text for path, text in (unreadable | _faults(preview.lines)).items()}
    return FormView(
        errors=errors,
        money=tuple(money),
        totals=totals,
        words=amount_in_words(totals.gross) if totals and totals.gross else "",
        checks=tuple(_in_words(check, entries) for check in preview.checks),
        approvers=None if faulty else preview.approvers,
        obstacle=sentence(preview.obstacle) if preview.obstacle else "",
    )


def _at_place(path: str, filled: list[int]) -> str:
    """The path of a field, with its line counted among all rows instead of the filled ones."""
    first, *rest = path.split(".")
    if first != "lines" or not rest:
        return path
    return ".".join([first, str(filled[int(rest[0])]), *rest[1:]])


def field_label(path: str) -> str:
    """A field's name for the list of errors: ``Line 3, quantity``."""
    first, _dot, rest = path.partition(".")
    place, _dot, column = rest.partition(".")
    if first == "lines" and place.isdigit():
        return _("Line %(number)s, %(column)s", number=int(place) + 1, column=COLUMN_LABELS.get(column, column))
    return str(LABELS.get(first, _("Request")))


def by_place(error: AppError | ValidationError) -> dict[str, str]:
    """The errors of a refused form, those of lines in the order of the lines."""
    found = form_errors(error)
    return dict(sorted(found.items(), key=lambda item: _order(item[0])))


def _order(path: str) -> tuple[int, int]:
    first, _dot, rest = path.partition(".")
    place = rest.partition(".")[0]
    known = list(LABELS)
    return (known.index(first) if first in known else -1, int(place) if place.isdigit() else 0)


def _unreadable(entries: Entries) -> dict[str, str]:
    return by_place(ValidationError(faults)) if (faults := _schema.validate(entries)) else {}


def _without(entries: Entries, unreadable: dict[str, str]) -> dict[str, Any]:
    """The entries, with what cannot be read left out."""
    lines = [dict(line) for line in entries["lines"]]
    kept = entries | {"lines": lines}
    for path in unreadable:
        first, *rest = path.split(".")
        if first == "lines" and len(rest) == 2:
            lines[int(rest[0])].pop(rest[1], None)
        elif first != "lines":
            kept.pop(first, None)
    return kept


def _faults(lines: tuple[LineAmounts | Invalid, ...]) -> dict[str, str]:
    return {
        line.field or "": sentence(line) for line in lines if isinstance(line, Invalid) and line.code not in _UNTIMELY
    }


def _in_words(check: requests.Check, entries: Entries) -> CheckView:
    text = sentence(Invalid.of(check.message, check.fields, code=check.code, field=check.field))
    return CheckView(check.level, text, _field_id(check.field, entries))


def _field_id(path: str, entries: Entries) -> str:
    """The id of a field in the page; rows keep their numbers when others go."""
    first, *rest = path.split(".")
    if first == "lines":
        row = entries["lines"][int(rest[0])][ROW] if rest else "0"
        rest = [row, *(rest[1:] or ["name"])]
    return "-".join(["field", first, *rest]).replace("_", "-")
