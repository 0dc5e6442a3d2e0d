"""REST resources of one invoice: what was issued, its printed face, its entries in the register."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import send_file
from flask.typing import ResponseReturnValue

from models.language import N_
from models.register import RegisterEntry
from tasks import invoices, printing, register
from web.i18n import language
from web.invoices.api_schema import InvoiceDocumentSchema, RegisterEntryListSchema
from web.rest.blueprint import BINARY, ApiBlueprint
from web.security import current_actor

bp = ApiBlueprint(N_("Invoices"), __name__, description=N_("Issued invoices. What was issued never changes."))


@bp.get("/invoices/<int:invoice_id>")
@bp.response(200, InvoiceDocumentSchema)
@bp.refuses(404)
@bp.says(N_("Read an invoice"), N_("Who may see a request may see what was issued for it."))
def get_invoice(invoice_id: int) -> dict[str, Any]:
    actor = current_actor()
    invoice = invoices.get_invoice(actor, invoice_id)
    return {"invoice": invoice, "warnings": invoices.list_warnings(actor, invoice)}


@bp.get("/invoices/<int:invoice_id>/preview.pdf")
@bp.response(200, BINARY, content_type="application/pdf")
@bp.refuses(404)
@bp.says(N_("Print the face of an invoice"), N_("For reading; it is not a tax document."))
def print_invoice(invoice_id: int) -> ResponseReturnValue:
    face = invoices.build_preview(current_actor(), invoice_id=invoice_id, language=language())
    pdf = printing.invoice_preview_pdf(face)
    return send_file(BytesIO(pdf), "application/pdf", download_name=f"{face.number}.pdf")


@bp.get("/invoices/<int:invoice_id>/register-entries")
@bp.response(200, RegisterEntryListSchema)
@bp.refuses(404)
@bp.says(N_("Read an invoice's entries in the register"), N_("Oldest first, each chained to the one before."))
def list_register_entries(invoice_id: int) -> dict[str, Sequence[RegisterEntry]]:
    actor = current_actor()
    invoice = invoices.get_invoice(actor, invoice_id)
    return {"items": register.list_entries(actor, invoice_id=invoice.id)}
