"""The issuing desk: every approved request with what has to be retyped, and a row to register the result in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Actor
from models.errors import AppError, Invalid
from models.invoice_types import INVOICE_TYPES
from models.invoices import Invoice
from tasks import inbox, invoices, issuing
from tasks.inbox import InboxPage, InboxRow
from tasks.issuing import ScannedInvoice
from web import labels
from web.errors import form_status
from web.forms import form_errors, sentence, submitted
from web.htmx import see_other, wants_fragment
from web.i18n import time_zone
from web.issuing.schema import RegistrationSchema
from web.security import current_actor

bp = Blueprint("issuing", __name__, url_prefix="/issuing")

_registration = RegistrationSchema()
_ID_DIGITS = 10
_WITH_CODE = frozenset(kind.key for kind in INVOICE_TYPES if kind.code_lengths)


@dataclass(frozen=True)
class Scan:
    """What a scanned text led to. `rows` are the requests it may be for; one row alone is filled in from it."""

    text: str = ""
    error: str = ""
    invoice: ScannedInvoice | None = None
    registered: Invoice | None = None
    rows: list[InboxRow] = field(default_factory=list)

    @property
    def entries(self) -> dict[str, str]:
        if self.invoice is None or self.registered is not None or len(self.rows) != 1:
            return {}
        found = self.invoice
        return {"number": found.number, "code": found.code, "issued_on": found.issued_on.isoformat()}


@bp.get("")
def index() -> ResponseReturnValue:
    return _desk(current_actor(), {}, {})


@bp.post("/<int:task_id>")
def register(task_id: int) -> ResponseReturnValue:
    actor = current_actor()
    row = inbox.get_task(actor, task_id)
    number = row.request.number or ""
    try:
        entries = _registration.load(submitted(_registration))
        seen = entries.pop("revision")
        inbox.decide(actor, task_id=task_id, decision="issue", seen_revision=seen, **entries)
    except (ValidationError, AppError) as error:
        return _refused(actor, task_id, form_errors(error)), form_status(error)
    invoice = invoices.find_of_request(actor, row.request)
    warnings = [_sentence(problem) for problem in invoices.list_warnings(actor, invoice)] if invoice else []
    if wants_fragment():
        return render_template("issuing/_done.html", invoice=invoice, number=number, warnings=warnings)
    flash(_("%(number)s is issued and registered.", number=number), "success")
    for warning in warnings:
        flash(warning, "warning")
    return see_other(url_for("issuing.index"))


def _sentence(problem: Any) -> str:
    return sentence(Invalid.of(problem.message, problem.fields, code=problem.code))


def _refused(actor: Actor, task_id: int, errors: Mapping[str, str]) -> str:
    """The row again with what was entered, alone for htmx, else in the desk."""
    row = inbox.get_task(actor, task_id)
    if wants_fragment():
        return render_template("issuing/_row.html", row=row, errors=errors, values=request.form, **_choices())
    if row.task.status != "open":  # it has left the desk, and with it the place beside its row
        flash(" ".join(errors.values()), "error")
    return _desk(actor, {task_id: errors}, {task_id: request.form})


def _desk(actor: Actor, errors: Mapping[int, Mapping[str, str]], values: Mapping[int, Mapping[str, str]]) -> str:
    text = request.args.get("q", "").strip()[:100]
    scan = _read_scan(actor, request.args.get("scan", "").strip())
    page = InboxPage(scan.rows, None) if scan.rows else issuing.list_waiting(actor, text=text, after=_after())
    filled = {row.task.id: scan.entries for row in scan.rows}
    return render_template(
        "issuing/index.html",
        page=page,
        total=issuing.count_waiting(actor),
        text=text,
        scan=scan,
        errors=errors,
        values=filled | dict(values),
        **_choices(),
    )


def _after() -> int | None:
    """Behind which task the page begins. What is no id of a task is no place to begin."""
    text = request.args.get("after", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _ID_DIGITS else None


def _read_scan(actor: Actor, text: str) -> Scan:
    if not text:
        return Scan()
    try:
        found = issuing.read_qr(text)
    except Invalid as error:
        return Scan(text, error=sentence(error))
    return Scan(
        text,
        invoice=found,
        registered=invoices.find_by_number(actor, number=found.number, code=found.code),
        rows=list(issuing.find_scanned(actor, found)),
    )


def _choices() -> dict[str, Any]:
    return {
        "channels": labels.options("channel"),
        "with_code": _WITH_CODE,
        "today": datetime.now(ZoneInfo(time_zone())).date().isoformat(),
    }
