"""Workbooks that leave the house filled: error workbooks and exports. Text stays text."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import xlsxwriter

from models.errors import Invalid
from tasks.exchange.columns import Column
from tasks.exchange.words import (
    DROP_DOWN_ROWS,
    HEADER_FILL,
    HEADER_INK,
    REQUIRED_INK,
    TEXT_FORMAT,
    header_title,
    safe_sheet_name,
    word,
)

CellKind = Literal["text", "integer", "decimal", "date", "datetime"]

_ROW_LIMIT = 1_048_576
_CELL_CHARACTERS = 32_767
_REASON_WIDTH = 48
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_error_workbook(
    columns: Sequence[Column], rows_with_reasons: Iterable[tuple[Mapping[str, str], str]], language: str
) -> bytes:
    """The template with the refused rows in it and why in a first column; it can be corrected and uploaded again.

    Each row is its values by column key, and its reason as one sentence or more in the reader's language.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        sheet = book.add_worksheet(safe_sheet_name(word("reason", language)))
        sheet.freeze_panes(1, 0)
        _add_headers(book, sheet, columns, language)
        _add_drop_downs(book, sheet, columns, language)
        text_format = book.add_format({"num_format": TEXT_FORMAT})
        reason_format = _reason_format(book)
        for number, (values, reason) in enumerate(rows_with_reasons, start=1):
            sheet.write_string(number, 0, _text(reason), reason_format)
            for position, column in enumerate(columns, start=1):
                if text := values.get(column.key, ""):
                    sheet.write_string(number, position, _text(_shown(column, text, language)), text_format)
    return buffer.getvalue()


def write_rows(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    sheet_name: str,
    kinds: Sequence[CellKind],
    totals: Sequence[object] | None = None,
    notes: Sequence[str] = (),
) -> bytes:
    """An xlsx export: one header row, then `rows` in order, then `totals` in bold (None leaves a cell empty).

    `notes` are lines above the header row: what the sheet shows. `kinds` says how each column is written. A datetime is
    written with the clock time it carries: convert it to the reader's zone first. Raise Invalid past the row limit of
    xlsx.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {**_OPTIONS, "in_memory": False, "constant_memory": True}) as book:
        sheet = book.add_worksheet(safe_sheet_name(sheet_name))
        plain, bold = _formats(book, kinds), _formats(book, kinds, bold=True)
        for position, kind in enumerate(kinds):
            sheet.set_column(position, position, 24 if kind == "text" else 16, plain[position])
        top = len(notes)
        sheet.freeze_panes(top + 1, 0)
        for number, note in enumerate(notes):
            sheet.write_string(number, 0, _text(note))
        header_format = _header_format(book)
        for position, header in enumerate(headers):
            sheet.write_string(top, position, _text(header), header_format)
        last = top
        for last, row in enumerate(rows, start=top + 1):
            if last >= _ROW_LIMIT - 1:
                raise Invalid(
                    "More than {limit} rows; narrow the filter.", code="exchange.too_many_rows", limit=last - 1 - top
                )
            _write_row(sheet, last, row, kinds, plain)
        if totals is not None:
            _write_row(sheet, last + 1, totals, kinds, bold)
    return buffer.getvalue()


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file in UTF-8 with the mark by which spreadsheets know it; no cell is run (see `csv_safe`)."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(csv_safe(header) for header in headers)
    writer.writerows([csv_safe(value) for value in row] for row in rows)
    return buffer.getvalue().encode("utf-8-sig")


def csv_safe(value: object) -> str:
    """A CSV cell that no spreadsheet runs: text that starts like a formula gets a quote in front; numbers stay."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text


def _add_headers(book: Any, sheet: Any, columns: Sequence[Column], language: str) -> None:
    required_format, optional_format = _header_format(book, REQUIRED_INK), _header_format(book)
    text_format = book.add_format({"num_format": TEXT_FORMAT})
    sheet.set_column(0, 0, _REASON_WIDTH)
    sheet.write_string(0, 0, word("reason", language), optional_format)
    for position, column in enumerate(columns, start=1):
        sheet.set_column(position, position, column.width, text_format)
        style = required_format if column.required else optional_format
        sheet.write_string(0, position, header_title(column, language), style)


def _add_drop_downs(book: Any, sheet: Any, columns: Sequence[Column], language: str) -> None:
    """Lists live on a hidden sheet: a list inside the rule itself ends at 255 characters and at the first comma."""
    with_choices = [(position, column) for position, column in enumerate(columns, start=1) if column.choices]
    if not with_choices:
        return
    lists = book.add_worksheet("lists")
    lists.hide()
    for place, (position, column) in enumerate(with_choices):
        titles = column.choice_titles(language)
        for number, choice_title in enumerate(titles):
            lists.write_string(number, place, choice_title)
        letter = xlsxwriter.utility.xl_col_to_name(place, True)
        rule = {
            "validate": "list",
            "source": f"=lists!{letter}$1:{letter}${len(titles)}",
            "error_title": word("stop_title", language),
            "error_message": word("stop", language),
        }
        sheet.data_validation(1, position, DROP_DOWN_ROWS, position, rule)


def _reason_format(book: Any) -> Any:
    return book.add_format(
        {"num_format": TEXT_FORMAT, "text_wrap": True, "font_color": f"#{REQUIRED_INK}", "valign": "top"}
    )


def _shown(column: Column, value: str, language: str) -> str:
    """A choice goes out under the title it came in with, not under its key."""
    keys = [choice.key for choice in column.choices]
    return column.choice_titles(language)[keys.index(value)] if value in keys else value


def _formats(book: Any, kinds: Sequence[CellKind], *, bold: bool = False) -> list[Any]:
    patterns = {
        "text": TEXT_FORMAT,
        "integer": "0",
        "decimal": "#,##0.00",
        "date": "yyyy-mm-dd",
        "datetime": "yyyy-mm-dd hh:mm",
    }
    made = {kind: book.add_format({"num_format": pattern, "bold": bold}) for kind, pattern in patterns.items()}
    return [made[kind] for kind in kinds]


def _header_format(book: Any, ink: str = HEADER_INK) -> Any:
    look = {"bold": True, "font_color": f"#{ink}", "bg_color": f"#{HEADER_FILL}", "bottom": 1}
    return book.add_format(look | {"num_format": TEXT_FORMAT})


def _write_row(
    sheet: Any, number: int, row: Sequence[object], kinds: Sequence[CellKind], formats: Sequence[Any]
) -> None:
    for position, (value, kind, cell_format) in enumerate(zip(row, kinds, formats, strict=True)):
        if value is None or value == "":
            continue
        if kind in ("integer", "decimal") and isinstance(value, (int, Decimal)) and _is_exact(value):
            sheet.write_number(number, position, float(value), cell_format)
        elif kind in ("date", "datetime") and isinstance(value, datetime.date):
            moment = value.replace(tzinfo=None) if isinstance(value, datetime.datetime) else value
            sheet.write_datetime(number, position, moment, cell_format)
        else:
            sheet.write_string(number, position, _text(str(value)), cell_format)


def _is_exact(value: int | Decimal) -> bool:
    """A spreadsheet keeps 15 digits; a longer number is written as text rather than shortened."""
    return Decimal(repr(float(value))) == value


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()[:_CELL_CHARACTERS]
