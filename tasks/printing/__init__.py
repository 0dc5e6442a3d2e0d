"""Printing: the approval sheet of a request and the preview of an invoice, as PDF. Values in, bytes out; no tables."""

from __future__ import annotations

from tasks.printing.approvals import approval_sheet_pdf
from tasks.printing.documents import ApprovalSheet, InvoicePreview, PrintLine, SheetStep
from tasks.printing.invoices import invoice_preview_pdf
from tasks.printing.text import MOST_LINES
from tasks.printing.typesetting import FontsMissing, TypesettingFailed

__all__ = [
    "MOST_LINES",
    "ApprovalSheet",
    "FontsMissing",
    "InvoicePreview",
    "PrintLine",
    "SheetStep",
    "TypesettingFailed",
    "approval_sheet_pdf",
    "invoice_preview_pdf",
]
