"""Approving with edits on the page: the entries that the step lets one change, as the form shows and sends them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.invoice_types import tax_rates
from models.requests import LINE_EDITS
from tasks.inbox import TaskView
from tasks.requests import RequestEdits
from web.i18n import rate_label
from web.labels import options
from web.requests.entries import entries_of
from web.requests.form_view import COLUMN_LABELS, LABELS
from web.requests.schema import EditsSchema

# A form with more rows is no help; whoever wants them otherwise returns the request.
MOST_LINES = 50
_schema = EditsSchema(partial=True)


def read_edits(seen: TaskView, form: Mapping[str, str]) -> RequestEdits | None:
    """What was typed into the entries that may be changed. Raises `ValidationError` by the paths of the entries."""
    names = _entries(seen)
    sent: dict[str, Any] = {name: form[name] for name in names if name in form}
    lines = [
        {"line": place + 1}
        | {column: form[name] for column in _columns(seen) if (name := f"lines.{place}.{column}") in form}
        for place in range(len(seen.row.request.lines))
    ]
    if any(len(line) > 1 for line in lines):
        sent["lines"] = lines
    return _schema.load(sent) if sent else None


def show_edits(seen: TaskView, values: Mapping[str, str]) -> dict[str, Any]:
    """What the form needs: the entries as they are, or as they were typed."""
    names, columns = _entries(seen), _columns(seen)
    if not names and not columns:
        return {}
    entries = entries_of(seen.row.request)
    lines = [
        {column: values.get(f"lines.{place}.{column}", line[column]) for column in columns}
        for place, line in enumerate(entries["lines"])
    ]
    return {
        "entries": {name: values.get(name, entries[name]) for name in names},
        "lines": lines if columns and len(lines) <= MOST_LINES else [],
        "has_too_many_lines": bool(columns) and len(lines) > MOST_LINES,
        "labels": LABELS,
        "columns": COLUMN_LABELS,
        "types": options("invoice_type"),
        "rates": [(rate.key, rate_label(rate.key)) for rate in tax_rates()],
    }


def _entries(seen: TaskView) -> list[str]:
    return [name for name in seen.editable if name not in LINE_EDITS]


def _columns(seen: TaskView) -> list[str]:
    return [column for right in seen.editable for column in LINE_EDITS.get(right, ())]
