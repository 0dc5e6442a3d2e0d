"""Issued invoices: issue one for an approved request, read, search, sum, print and export them."""

from tasks.invoices.export import MOST_EXPORTED, export_invoices
from tasks.invoices.issue import issue_invoice
from tasks.invoices.preview import build_preview
from tasks.invoices.reading import find_by_number, find_of_request, get_invoice, list_warnings
from tasks.invoices.search import (
    InvoiceFilter,
    InvoicePage,
    InvoiceSums,
    count_statuses,
    iterate_invoices,
    list_invoices,
    sum_invoices,
)

__all__ = [
    "MOST_EXPORTED",
    "InvoiceFilter",
    "InvoicePage",
    "InvoiceSums",
    "build_preview",
    "count_statuses",
    "export_invoices",
    "find_by_number",
    "find_of_request",
    "get_invoice",
    "issue_invoice",
    "iterate_invoices",
    "list_invoices",
    "list_warnings",
    "sum_invoices",
]
