"""REST resources of the register: search with sums, the workbook, and the proof that it is whole."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from typing import Any

from flask import send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.language import N_
from tasks import invoices, register
from tasks.invoices import InvoiceFilter
from tasks.register import RegisterCheck
from web.i18n import language
from web.register.api_schema import (
    InvoiceFilterSchema,
    InvoicePageSchema,
    InvoiceQuerySchema,
    RegisterCheckSchema,
)
from web.rest.blueprint import BINARY, ApiBlueprint
from web.security import current_actor

bp = ApiBlueprint(N_("Register"), __name__, description=N_("All invoices: search, sums, workbook, proof."))

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cursor = tuple[date, int] | None


@bp.get("/invoices")
@bp.arguments(InvoiceQuerySchema, location="query")
@bp.response(200, InvoicePageSchema)
@bp.refuses(422)
@bp.says(N_("Search invoices"), N_("Newest day first, with the sums of everything that the filter finds."))
def list_invoices(query: tuple[InvoiceFilter, Cursor, int]) -> dict[str, Any]:
    actor = current_actor()
    wanted, before, limit = query
    page = invoices.list_invoices(actor, wanted, before=before, limit=limit)
    return {"items": page.invoices, "next": page.next_before, "sums": invoices.sum_invoices(actor, wanted)}


@bp.get("/invoices/export.xlsx")
@bp.arguments(InvoiceFilterSchema, location="query")
@bp.response(200, BINARY, content_type=_XLSX)
@bp.refuses(422)
@bp.says(N_("Download the register as a workbook"), N_("Everything that the filter finds, with its sums."))
def export_invoices(wanted: InvoiceFilter) -> ResponseReturnValue:
    book = invoices.export_invoices(current_actor(), wanted, language=language(), title=_("Register"))
    return send_file(BytesIO(book), _XLSX, as_attachment=True, download_name="register.xlsx")


@bp.get("/register/verification")
@bp.response(200, RegisterCheckSchema)
@bp.refuses()
@bp.says(
    N_("Verify the register"),
    N_("Recomputes the chain of hashes, and holds every invoice against what was entered."),
)
def verify_register() -> RegisterCheck:
    return register.check_register(current_actor())
