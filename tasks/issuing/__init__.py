"""The issuing desk: what waits to be issued, and the channels by which an invoice is issued."""

from tasks.issuing.channels import CHANNELS, Issued, IssueOrder
from tasks.issuing.desk import count_waiting, find_scanned, list_waiting
from tasks.issuing.qr import ScannedInvoice, qr_text, read_qr

__all__ = [
    "CHANNELS",
    "IssueOrder",
    "Issued",
    "ScannedInvoice",
    "count_waiting",
    "find_scanned",
    "list_waiting",
    "qr_text",
    "read_qr",
]
