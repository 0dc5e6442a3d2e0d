"""The request form as plain texts: read from the browser, changed row by row, taken from a saved request.

Entries are what the form shows and what an unfinished draft keeps: ``{"customer_id": "7", …, "lines": [{…}]}``;
``choices`` has lists of people by step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from models.arithmetic import plain, round_money
from models.requests import InvoiceRequest
from tasks.requests import LineDraft, RequestDraft, as_draft

Line = dict[str, str]
Entries = dict[str, Any]

TEXTS = (
    "customer_id",
    "header_id",
    "invoice_type",
    "tax_inclusive",
    "reason",
    "contract_number",
    "remark",
    "delivery_email",
    "expected_on",
)
COLUMNS = ("name", "tax_code", "spec", "unit", "quantity", "unit_price", "amount", "discount", "rate")
# The number that a row's fields bear in the page. Numbers may have gaps; the order of fields is the order of lines.
ROW = "row"
# Whom the applicant chooses for a step of the chain: ``choices.<key>``, once for each person.
CHOICE = "choices."
_LINE_FIELD = re.compile(r"lines\.(\d{1,6})\.([a-z_]{1,20})", re.ASCII)


def blank_line(rate: str = LineDraft.rate) -> Line:
    return dict.fromkeys(COLUMNS, "") | {"rate": rate}


def blank_entries() -> Entries:
    """An empty form with its defaults."""
    defaults = {"invoice_type": RequestDraft.invoice_type, "tax_inclusive": "true"}
    return dict.fromkeys(TEXTS, "") | defaults | {"choices": {}, "lines": []}


def read_entries(form: MultiDict[str, str]) -> Entries:
    """What a browser sent. Only known fields; rows in which nothing was entered are left out."""
    choices = {key.removeprefix(CHOICE): people for key, people in form.lists() if key.startswith(CHOICE)}
    rows: dict[str, Line] = {}
    for key, value in form.items():
        found = _LINE_FIELD.fullmatch(key)
        if found and found[2] in COLUMNS:
            rows.setdefault(found[1], {ROW: found[1]})[found[2]] = value
    entries: Entries = {name: form.get(name, "") for name in TEXTS}
    entries["choices"] = {key: [person for person in people if person] for key, people in choices.items()}
    return entries | {"lines": [blank_line() | row for row in rows.values() if is_filled(row)]}


def entries_of(request: InvoiceRequest) -> Entries:
    """The form of a saved request: as it was last typed, valid or not."""
    if request.unfinished is not None:
        return _restored(request.unfinished)
    draft = as_draft(request)
    return {
        "customer_id": str(draft.customer_id or ""),
        "header_id": str(draft.header_id or ""),
        "invoice_type": draft.invoice_type,
        "tax_inclusive": "true" if draft.tax_inclusive else "false",
        "reason": draft.reason,
        "contract_number": draft.contract_number,
        "remark": draft.remark,
        "delivery_email": draft.delivery_email,
        "expected_on": draft.expected_on.isoformat() if draft.expected_on else "",
        "choices": {key: [str(person) for person in people] for key, people in draft.choices.items()},
        "lines": [_line_of(line) for line in draft.lines],
    }


def _restored(kept: Mapping[str, Any]) -> Entries:
    return blank_entries() | dict(kept) | {"lines": [blank_line() | line for line in kept.get("lines", [])]}


def typed(entries: Entries) -> Entries:
    """What an unfinished draft keeps of the entries."""
    return entries | {"lines": [{name: line[name] for name in COLUMNS} for line in entries["lines"]]}


def add_line(lines: Sequence[Line]) -> list[Line]:
    return [*lines, blank_line(lines[-1]["rate"] if lines else LineDraft.rate)]


def duplicate_line(lines: Sequence[Line], row: str) -> list[Line]:
    return [copy for line in lines for copy in ([line, dict(line)] if line.get(ROW) == row else [line])]


def remove_line(lines: Sequence[Line], row: str) -> list[Line]:
    return [line for line in lines if line.get(ROW) != row]


def is_filled(line: Line) -> bool:
    """Whether anything was entered in a row besides the rate, which is always there."""
    return any(value.strip() for name, value in line.items() if name not in (ROW, "rate"))


def _line_of(line: LineDraft) -> Line:
    return {
        "name": line.name,
        "tax_code": line.tax_code,
        "spec": line.spec,
        "unit": line.unit,
        "quantity": plain(line.quantity) if line.quantity is not None else "",
        "unit_price": plain(line.unit_price) if line.unit_price is not None else "",
        "amount": "" if _is_product(line) else f"{line.amount:.2f}",
        "discount": f"{line.discount:.2f}" if line.discount else "",
        "rate": line.rate,
    }


def _is_product(line: LineDraft) -> bool:
    """Whether the amount follows from quantity and price: then it stays empty, so that it follows their changes."""
    if line.quantity is None or line.unit_price is None:
        return line.amount is None
    return line.amount is None or round_money(line.quantity * line.unit_price) == line.amount
