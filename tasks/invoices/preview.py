"""An invoice as it is printed: the snapshot, its amount in words and its QR code."""

from __future__ import annotations

from typing import cast

from models.access import Actor, Permission
from models.accounts import Company
from models.db import db
from models.invoice_types import get_invoice_type, get_tax_rate
from models.invoices import Invoice, InvoiceLine
from models.words import amount_in_words
from tasks.boundary import query
from tasks.invoices.reading import get_invoice
from tasks.issuing import qr_text
from tasks.printing import InvoicePreview, PrintLine
from tasks.printing.documents import Language

_NO_TAX = frozenset({"1", "2"})  # exempt and untaxed lines: the law prints *** instead of a tax


@query(Permission.REQUEST_READ)
def build_preview(actor: Actor, *, invoice_id: int, language: str) -> InvoicePreview:
    """The face of an invoice, with an English gloss if `language` is "en". Raises `NotFound`."""
    invoice = get_invoice(actor, invoice_id)
    company = db.session.get_one(Company, invoice.company_id)
    return InvoicePreview(
        type_name=get_invoice_type(invoice.invoice_type).name_zh,
        number=invoice.number,
        issued_on=invoice.issued_on,
        seller_name=invoice.seller_name,
        seller_tax_id=invoice.seller_tax_id,
        buyer_name=invoice.buyer_name,
        buyer_tax_id=invoice.buyer_tax_id,
        lines=tuple(_line(line) for line in invoice.lines),
        net=invoice.net,
        tax=invoice.tax,
        gross=invoice.gross,
        gross_in_words=amount_in_words(invoice.gross),
        remark=invoice.remark,
        drawer=invoice.drawer,
        payee=company.payee,
        reviewer=company.reviewer,
        qr_text=_qr_text(invoice),
        is_sample=invoice.is_sample,
        language=cast(Language, language),
    )


def _line(line: InvoiceLine) -> PrintLine:
    rate = get_tax_rate(line.rate)
    return PrintLine(
        name=line.name,
        spec=line.spec,
        unit=line.unit,
        quantity=line.quantity,
        unit_price=line.unit_price,
        net=line.net,
        rate_label=rate.name_zh,
        tax=None if rate.zero_rate_flag in _NO_TAX else line.tax,
    )


def _qr_text(invoice: Invoice) -> str:
    return qr_text(
        invoice_type=invoice.invoice_type,
        code=invoice.code,
        number=invoice.number,
        net=invoice.net,
        gross=invoice.gross,
        issued_on=invoice.issued_on,
    )
