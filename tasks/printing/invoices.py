"""The invoice preview: the face of a fully digital invoice (数电发票), never with the seal of the tax office."""

from __future__ import annotations

from pathlib import Path

from tasks.printing.documents import InvoicePreview, PrintLine
from tasks.printing.labels import INVOICE_GLOSS, INVOICE_LABELS
from tasks.printing.text import (
    LONGEST_NAME,
    breakable,
    clean,
    invoice_date,
    money,
    number,
    qr_svg,
    require_printable_lines,
)
from tasks.printing.typesetting import typeset


def invoice_preview_pdf(preview: InvoicePreview, *, fonts_dir: Path | None = None) -> bytes:
    """The preview as PDF: 210 × 140 mm while it fits on one page, else A4 pages that repeat the head.

    Raises Invalid for more lines than MOST_LINES, an overlong text, or a document that takes too long; FontsMissing
    when the installation has no fonts.
    """
    require_printable_lines(preview.lines)
    return typeset("invoice.typ", _invoice_data(preview), fonts_dir=fonts_dir)


def _invoice_data(preview: InvoicePreview) -> dict[str, object]:
    return {
        "labels": INVOICE_LABELS,
        "gloss": INVOICE_GLOSS if preview.language == "en" else {},
        "watermark": _watermark(preview),
        "type_name": clean(preview.type_name, limit=40),
        "number": breakable(preview.number or "", run=24, limit=40),
        "issued_on": invoice_date(preview.issued_on),
        "qr": qr_svg(preview.qr_text),
        "seller": _party(preview.seller_name, preview.seller_tax_id),
        "buyer": _party(preview.buyer_name, preview.buyer_tax_id),
        "lines": [_line(line) for line in preview.lines],
        "net": f"¥{money(preview.net)}",
        "tax": f"¥{money(preview.tax)}",
        "gross": f"¥{money(preview.gross)}",
        "gross_in_words": clean(preview.gross_in_words),
        "remark": breakable(preview.remark, run=80),
        "people": {role: clean(getattr(preview, role)) for role in ("drawer", "payee", "reviewer")},
    }


def _party(name: str, tax_id: str) -> dict[str, str]:
    # The head returns on every page, so unlike the body it cannot grow without end.
    return {"name": breakable(name, run=30, limit=LONGEST_NAME), "tax_id": breakable(tax_id, run=24, limit=100)}


def _watermark(preview: InvoicePreview) -> str:
    if preview.is_sample:
        return INVOICE_LABELS["sample"]
    return INVOICE_LABELS["preview"] if preview.number is None else ""


def _line(line: PrintLine) -> list[str]:
    return [
        breakable(line.name),
        breakable(line.spec, run=8),
        breakable(line.unit, run=4),
        number(line.quantity),
        number(line.unit_price),
        money(line.net),
        clean(line.rate_label),
        "***" if line.tax is None else money(line.tax),
    ]
