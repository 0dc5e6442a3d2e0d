"""Spreadsheets in and out: templates, uploads, error workbooks, exports. The only importer of spreadsheet libraries."""

from tasks.exchange.columns import Choice, Column, Row, SheetRows
from tasks.exchange.reading import Limits, read_workbook
from tasks.exchange.templates import build_template
from tasks.exchange.writing import csv_safe, write_csv, write_error_workbook, write_rows

__all__ = [
    "Choice",
    "Column",
    "Limits",
    "Row",
    "SheetRows",
    "build_template",
    "csv_safe",
    "read_workbook",
    "write_csv",
    "write_error_workbook",
    "write_rows",
]
