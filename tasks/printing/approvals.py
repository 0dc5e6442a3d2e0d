"""The approval sheet (审批单): a request, its lines and every decision on A4, wholly in the reader's language."""

from __future__ import annotations

from pathlib import Path

from tasks.printing.documents import ApprovalSheet, PrintLine, SheetStep
from tasks.printing.labels import SHEET_LABELS
from tasks.printing.text import breakable, clean, money, number, qr_svg, require_printable_lines
from tasks.printing.typesetting import typeset


def approval_sheet_pdf(sheet: ApprovalSheet, *, fonts_dir: Path | None = None) -> bytes:
    """The sheet as PDF. Raises Invalid and FontsMissing as `invoice_preview_pdf` does."""
    require_printable_lines([*sheet.lines, *sheet.steps, *sheet.attachments])
    return typeset("approval.typ", _sheet_data(sheet), fonts_dir=fonts_dir)


def _sheet_data(sheet: ApprovalSheet) -> dict[str, object]:
    labels = SHEET_LABELS[sheet.language]
    return {
        "language": sheet.language,
        "labels": labels,
        "company": breakable(sheet.company, run=60),
        "request_number": clean(sheet.request_number),
        "qr": qr_svg(sheet.verify_url),
        "verify_url": breakable(sheet.verify_url, run=90),
        "printed_at": clean(sheet.printed_at),
        "facts": _facts(sheet),
        "lines": [_line(line) for line in sheet.lines],
        "net": money(sheet.net, grouped=True),
        "tax": money(sheet.tax, grouped=True),
        "gross": f"¥{money(sheet.gross, grouped=True)}",
        "gross_in_words": clean(sheet.gross_in_words),
        "notes": _notes(sheet),
        "steps": [_step(step, labels["acted_for"]) for step in sheet.steps],
    }


def _facts(sheet: ApprovalSheet) -> list[list[str]]:
    """Key and value pairs of the head, in reading order; unknown ones are left out."""
    facts = {
        "title": sheet.title,
        "status": sheet.status,
        "applicant": sheet.applicant,
        "department": sheet.department or "",
        "customer": sheet.customer,
        "submitted_at": sheet.submitted_at,
        "buyer_tax_id": sheet.buyer_tax_id,
        "invoice_type": sheet.invoice_type,
    }
    return [[key, breakable(value, run=30)] for key, value in facts.items() if value]


def _notes(sheet: ApprovalSheet) -> list[list[str]]:
    notes = {"reason": sheet.reason, "remark": sheet.remark, "attachments": "\n".join(sheet.attachments)}
    return [[key, breakable(value, run=60)] for key, value in notes.items() if value]


def _step(step: SheetStep, acted_for: str) -> dict[str, str]:
    return {
        "title": breakable(step.title, run=10),
        "person": breakable(step.person, run=10),
        "acted_for": acted_for.format(name=breakable(step.acted_for, run=10)) if step.acted_for else "",
        "decision": breakable(step.decision, run=10),
        "comment": breakable(step.comment, run=25),
        "at": clean(step.at),
    }


def _line(line: PrintLine) -> list[str]:
    return [
        breakable(line.name),
        breakable(line.spec, run=8),
        breakable(line.unit, run=4),
        number(line.quantity, grouped=True),
        number(line.unit_price, grouped=True),
        money(line.net, grouped=True),
        clean(line.rate_label),
        "—" if line.tax is None else money(line.tax, grouped=True),
    ]
