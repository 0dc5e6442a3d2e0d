"""An invoice: the snapshot of what was issued, its entries in the register, and the face that is printed."""

from __future__ import annotations

from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from models.access import Permission, can
from tasks import invoices, printing, register
from web.i18n import language
from web.security import current_actor

bp = Blueprint("invoices", __name__, url_prefix="/invoices")


@bp.get("/<int:invoice_id>")
def show(invoice_id: int) -> ResponseReturnValue:
    actor = current_actor()
    invoice = invoices.get_invoice(actor, invoice_id)
    may_read_register = can(actor, Permission.REGISTER_READ)
    return render_template(
        "invoices/show.html",
        invoice=invoice,
        warnings=invoices.list_warnings(actor, invoice),
        entries=register.list_entries(actor, invoice_id=invoice.id) if may_read_register else [],
        may_read_register=may_read_register,
    )


@bp.get("/<int:invoice_id>/preview.pdf")
def preview(invoice_id: int) -> ResponseReturnValue:
    face = invoices.build_preview(current_actor(), invoice_id=invoice_id, language=language())
    name = f"{'sample' if face.is_sample else 'invoice'}-{face.number}.pdf"
    pdf = printing.invoice_preview_pdf(face)
    return send_file(BytesIO(pdf), "application/pdf", as_attachment="download" in request.args, download_name=name)
