"""The register as a workbook: what the list shows, all of it, with its sums."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from models.access import Actor, Permission
from models.errors import Invalid
from models.invoice_types import get_invoice_type
from models.invoices import Channel, Invoice, InvoiceStatus
from models.language import N_
from tasks.boundary import query
from tasks.exchange import write_rows
from tasks.exchange.writing import CellKind
from tasks.invoices.search import InvoiceFilter, iterate_invoices, sum_invoices
from tasks.language import translate

MOST_EXPORTED = 100_000
# Writing cells holds the interpreter; after so many rows the other threads of the server get their turn.
_ROWS_BETWEEN_PAUSES = 100
_PAUSE_SECONDS = 0.005

_COLUMNS: tuple[tuple[str, CellKind], ...] = (
    (N_("Issued on"), "date"),
    (N_("Invoice code"), "text"),
    (N_("Invoice number"), "text"),
    (N_("Invoice type"), "text"),
    (N_("Status"), "text"),
    (N_("Channel"), "text"),
    (N_("Sample"), "text"),
    (N_("Buyer"), "text"),
    (N_("Buyer's tax number"), "text"),
    (N_("Net"), "decimal"),
    (N_("Tax"), "decimal"),
    (N_("Total with tax"), "decimal"),
    (N_("Request"), "text"),
    (N_("Drawer"), "text"),
    (N_("Remark"), "text"),
    (N_("Seller"), "text"),
    (N_("Seller's tax number"), "text"),
    (N_("Serial"), "text"),
)
_STATUS = {
    InvoiceStatus.ISSUED: N_("Issued"),
    InvoiceStatus.VOIDED: N_("Voided"),
    InvoiceStatus.PARTLY_REVERSED: N_("Partly reversed"),
    InvoiceStatus.REVERSED: N_("Reversed"),
}
_CHANNEL = {Channel.MANUAL: N_("Registered by hand"), Channel.SIMULATOR: N_("Simulator")}


@query(Permission.REGISTER_READ)
def export_invoices(
    actor: Actor, wanted: InvoiceFilter, *, language: str, title: str, notes: Sequence[str] = ()
) -> bytes:
    """An xlsx file of everything that the filter finds; `notes` stand above the headings and say what was filtered.

    Raises `Invalid` for more than `MOST_EXPORTED` invoices.
    """
    sums = sum_invoices(actor, wanted)
    if sums.count > MOST_EXPORTED:
        raise Invalid(
            "The filter finds {count} invoices; an export holds at most {limit}. Narrow it, for example by date.",
            code="register.too_many",
            count=sums.count,
            limit=MOST_EXPORTED,
        )
    headings = [translate(heading, language) for heading, _kind in _COLUMNS]
    totals: list[object] = [None] * len(_COLUMNS)
    totals[0] = translate(N_("{count} invoices"), language, count=sums.count)
    totals[9:12] = sums.net, sums.tax, sums.gross
    return write_rows(
        headings,
        _paced(_cells(invoice, language) for invoice in iterate_invoices(actor, wanted)),
        sheet_name=title,
        kinds=[kind for _heading, kind in _COLUMNS],
        totals=totals,
        notes=notes,
    )


def _paced(rows: Iterator[Sequence[object]]) -> Iterator[Sequence[object]]:
    for position, row in enumerate(rows, start=1):
        yield row
        if position % _ROWS_BETWEEN_PAUSES == 0:
            time.sleep(_PAUSE_SECONDS)


def _cells(invoice: Invoice, language: str) -> tuple[object, ...]:
    kind = get_invoice_type(invoice.invoice_type)
    return (
        invoice.issued_on,
        invoice.code,
        invoice.number,
        kind.name_zh if language == "zh" else kind.name_en,
        translate(_STATUS[invoice.status], language),
        translate(_CHANNEL[invoice.channel], language),
        translate(N_("Sample"), language) if invoice.is_sample else "",
        invoice.buyer_name,
        invoice.buyer_tax_id,
        invoice.net,
        invoice.tax,
        invoice.gross,
        invoice.request.number or "",
        invoice.drawer,
        invoice.remark,
        invoice.seller_name,
        invoice.seller_tax_id,
        invoice.serial,
    )
