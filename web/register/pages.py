"""The register: a list that any filter narrows, its sums, its workbook, and the proof that it is whole."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Actor, Permission, can
from tasks import invoices, register
from tasks.invoices import InvoiceFilter
from web import labels
from web.forms import form_errors
from web.htmx import wants_fragment
from web.i18n import exact, language, time_zone
from web.register.filters import address, customer_name, describe, period_chips, status_chips
from web.register.schema import RegisterSchema, write_cursor
from web.security import current_actor

bp = Blueprint("register", __name__, url_prefix="/register")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_filter = RegisterSchema()


@bp.get("")
def index() -> ResponseReturnValue:
    actor = current_actor()
    try:
        wanted, before = _filter.load(request.args.to_dict())
    except ValidationError as error:
        # A list that leaves out half of what was asked would mislead: it stays empty until the filter can be read.
        return render_template("register/index.html", errors=form_errors(error), **_frame(actor, InvoiceFilter())), 422
    page = invoices.list_invoices(actor, wanted, before=before)
    return render_template(
        "register/index.html",
        errors={},
        page=page,
        sums=invoices.sum_invoices(actor, wanted),
        is_filtered=wanted != InvoiceFilter(),
        first_url=address() if before else "",
        next_url=address(before=write_cursor(page.next_before)) if page.next_before else "",
        **_frame(actor, wanted),
    )


@bp.get("/export.xlsx")
def export() -> ResponseReturnValue:
    actor = current_actor()
    wanted, _before = _filter.load(request.args.to_dict())
    today = _today().isoformat()
    book = invoices.export_invoices(
        actor,
        wanted,
        language=language(),
        title=_("Register %(date)s", date=today),
        notes=[
            _("Register of issued invoices, %(time)s", time=exact(datetime.now(UTC))),
            " · ".join(describe(actor, wanted)),
        ],
    )
    return send_file(BytesIO(book), _XLSX, as_attachment=True, download_name=f"register-{today}.xlsx")


@bp.get("/verification")
def verify() -> ResponseReturnValue:
    """The proof, as a page to keep, or as the part of the list that htmx asks for."""
    check = register.check_register(current_actor())
    template = "register/_verification.html" if wants_fragment() else "register/verification.html"
    return render_template(template, check=check)


def _frame(actor: Actor, wanted: InvoiceFilter) -> dict[str, Any]:
    """What stands around the list: tabs, filter, the state of the chain."""
    return {
        "wanted": wanted,
        "values": request.args,
        "status_chips": status_chips(actor, wanted, invoices.count_statuses(actor, wanted)),
        "period_chips": period_chips(wanted, _today()),
        "customer_name": customer_name(actor, wanted),
        "types": labels.options("invoice_type"),
        "channels": labels.options("channel"),
        "head": register.read_head(actor),
        "may_verify": can(actor, Permission.REGISTER_VERIFY),
        "export_url": address("register.export"),
        "search_url": url_for("register.index"),
    }


def _today() -> Any:
    """The day it is where the company is."""
    return datetime.now(ZoneInfo(time_zone())).date()
