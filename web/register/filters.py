"""The filter of the register as people see it: tabs, presets, and the lines that describe it in an export."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from models.access import Actor, Permission, can
from models.errors import NotFound
from models.invoices import InvoiceStatus
from tasks import customers, issuing
from tasks.invoices import InvoiceFilter
from web.i18n import money
from web.labels import label
from web.register.schema import RegisterSchema

Chip = dict[str, object]
_FIELDS = frozenset(RegisterSchema().fields)
# The two words that always have a tab, and those that have one only while they hold something.
_USUAL = (InvoiceStatus.ISSUED, InvoiceStatus.VOIDED)


def address(endpoint: str = "register.index", **changes: Any) -> str:
    """The address of the list as it is, with `changes`; it begins at the first page."""
    kept = {name: value for name, value in request.args.items() if name in _FIELDS and name != "before"}
    arguments = {name: value for name, value in (kept | changes).items() if value not in ("", None)}
    return url_for(endpoint, **arguments)


def status_chips(actor: Actor, wanted: InvoiceFilter, counts: Mapping[str, int]) -> list[Chip]:
    """Not issued, issued, void: the words that people know. What is not issued stands on the desk or in requests."""
    shown = [status for status in InvoiceStatus if status in _USUAL or counts[status] or status == wanted.status]
    return [
        _chip(_("All"), address(status=None), is_current=not wanted.status, count=sum(counts.values())),
        _not_issued(actor),
        *(
            _chip(
                label("invoice", status),
                address(status=status.value),
                is_current=wanted.status == status,
                count=counts[status],
            )
            for status in shown
        ),
    ]


def period_chips(wanted: InvoiceFilter, today: date) -> list[Chip]:
    first = today.replace(day=1)
    last_month = (first - timedelta(days=1)).replace(day=1)
    periods = [
        (_("This month"), first, _month_end(first)),
        (_("Last month"), last_month, _month_end(last_month)),
        (_("This year"), today.replace(month=1, day=1), today.replace(month=12, day=31)),
    ]
    return [
        _chip(
            name,
            address(since=since.isoformat(), until=until.isoformat()),
            is_current=(wanted.since, wanted.until) == (since, until),
        )
        for name, since, until in periods
    ]


def customer_name(actor: Actor, wanted: InvoiceFilter) -> str:
    """The name of the chosen customer; "" where none is chosen, or none is there."""
    if wanted.customer_id is None:
        return ""
    try:
        return customers.get_customer(actor, wanted.customer_id).name
    except NotFound:
        return ""


def describe(actor: Actor, wanted: InvoiceFilter) -> list[str]:
    """Each condition in words, for the head of an export."""
    parts = [
        (_("Issued from"), wanted.since.isoformat() if wanted.since else ""),
        (_("Issued until"), wanted.until.isoformat() if wanted.until else ""),
        (_("Customer"), customer_name(actor, wanted)),
        (_("Text"), wanted.text),
        (_("Invoice number"), wanted.number),
        (_("Total from"), money(wanted.least) if wanted.least is not None else ""),
        (_("Total to"), money(wanted.most) if wanted.most is not None else ""),
        (_("Invoice type"), label("invoice_type", wanted.invoice_type) if wanted.invoice_type else ""),
        (_("Status"), label("invoice", wanted.status) if wanted.status else ""),
        (_("Channel"), label("channel", wanted.channel) if wanted.channel else ""),
    ]
    return [_("%(name)s: %(value)s", name=name, value=value) for name, value in parts if value] or [_("All invoices")]


def _not_issued(actor: Actor) -> Chip:
    if can(actor, Permission.INVOICE_ISSUE):
        return _chip(_("Not issued"), url_for("issuing.index"), count=issuing.count_waiting(actor))
    return _chip(_("Not issued"), url_for("requests.index", stage="to_issue"))


def _chip(name: str, url: str, *, is_current: bool = False, count: int | None = None) -> Chip:
    return {"label": name, "url": url, "is_current": is_current, "count": count}


def _month_end(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
