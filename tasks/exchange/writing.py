"""Workbooks that leave the house: import templates, error workbooks, exports. Text stays text."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import xlsxwriter

from models.errors import Invalid
from tasks.exchange.columns import Column, is_chinese

CellKind = Literal["text", "integer", "decimal", "date", "datetime"]

_ROW_LIMIT = 1_048_576
_CELL_CHARACTERS = 32_767
_DROP_DOWN_ROWS = 20_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}

_WORDS = {
    "reason": ("Reason", "原因"),
    "instructions": ("Instructions", "填写说明"),
    "column": ("Column", "列"),
    "required": ("Required", "必填"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "what": ("What to enter", "填写内容"),
    "allowed": ("Allowed values", "可选值"),
    "note": (
        "Fill in the first sheet, one row each, starting below the headers. Columns marked * are required. "
        "Every cell is text: long numbers keep all their digits. Do not enter formulas.",
        "请在第一个工作表表头下方逐行填写。带 * 的列必填。所有单元格均为文本格式，长号码不会丢失位数。请勿填写公式。",
    ),
    "stop_title": ("Not in the list", "不在可选值中"),
    "stop": ("Choose a value from the list.", "请从列表中选择。"),
}


def build_template(columns: Sequence[Column], language: str, *, title: str) -> bytes:
    """An xlsx file to fill in: a data sheet named `title`, instructions, and a hidden sheet of drop-down values."""
    return _build_sheet(columns, language, title=title, rows=(), reasons=None)


def write_error_workbook(
    columns: Sequence[Column], rows_with_reasons: Iterable[tuple[Mapping[str, str], str]], language: str
) -> bytes:
    """The template with the refused rows in it and why in a first column; it can be corrected and uploaded again.

    Each row is its values by column key, and its reason as one sentence or more in the reader's language.
    """
    rows = list(rows_with_reasons)
    reasons = [reason for _, reason in rows]
    return _build_sheet(
        columns, language, title=_word("reason", language), rows=[values for values, _ in rows], reasons=reasons
    )


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
        sheet = book.add_worksheet(_sheet_name(sheet_name))
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


def csv_safe(value: object) -> str:
    """A CSV cell that no spreadsheet runs: text that starts like a formula gets a quote in front; numbers stay."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA_STARTS) else text


def _build_sheet(
    columns: Sequence[Column],
    language: str,
    *,
    title: str,
    rows: Sequence[Mapping[str, str]],
    reasons: Sequence[str] | None,
) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _OPTIONS) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        text_format = book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        first = 0 if reasons is None else 1
        _add_instructions(book, columns, language)
        _add_headers(book, sheet, columns, language, first)
        _add_drop_downs(book, sheet, columns, language, first)
        if reasons is not None:
            _add_reasons(book, sheet, reasons, language)
        for number, values in enumerate(rows, start=1):
            for position, column in enumerate(columns, start=first):
                if text := values.get(column.key, ""):
                    sheet.write_string(number, position, _text(_shown(column, text, language)), text_format)
    return buffer.getvalue()


def _add_headers(book: Any, sheet: Any, columns: Sequence[Column], language: str, first: int) -> None:
    required_format, optional_format = _header_format(book, "#B42318"), _header_format(book)
    text_format = book.add_format({"num_format": "@"})
    for position, column in enumerate(columns, start=first):
        sheet.set_column(position, position, column.width, text_format)
        title = f"{column.title(language)} *" if column.required else column.title(language)
        sheet.write_string(0, position, title, required_format if column.required else optional_format)
        if hint := column.hint(language):
            sheet.write_comment(0, position, hint, {"author": "Piaoflow", "x_scale": 2})


def _add_drop_downs(book: Any, sheet: Any, columns: Sequence[Column], language: str, first: int) -> None:
    """Lists live on a hidden sheet: a list inside the rule itself ends at 255 characters and at the first comma."""
    with_choices = [(position, column) for position, column in enumerate(columns, start=first) if column.choices]
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
            "error_title": _word("stop_title", language),
            "error_message": _word("stop", language),
        }
        sheet.data_validation(1, position, _DROP_DOWN_ROWS, position, rule)


def _add_reasons(book: Any, sheet: Any, reasons: Sequence[str], language: str) -> None:
    wrapped = book.add_format({"num_format": "@", "text_wrap": True, "font_color": "#B42318", "valign": "top"})
    sheet.set_column(0, 0, 48)
    sheet.write_string(0, 0, _word("reason", language), _header_format(book))
    for number, reason in enumerate(reasons, start=1):
        sheet.write_string(number, 0, _text(reason), wrapped)


def _add_instructions(book: Any, columns: Sequence[Column], language: str) -> None:
    sheet = book.add_worksheet(_word("instructions", language))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 1, 20, wrapped)
    sheet.set_column(2, 3, 60, wrapped)
    sheet.merge_range(0, 0, 0, 3, _word("note", language), wrapped)
    sheet.set_row(0, 48)
    for position, word in enumerate(("column", "required", "what", "allowed")):
        sheet.write_string(2, position, _word(word, language), _header_format(book))
    for number, column in enumerate(columns, start=3):
        required = _word("yes" if column.required else "no", language)
        allowed = " / ".join(column.choice_titles(language))
        for position, text in enumerate((column.title(language), required, column.hint(language), allowed)):
            sheet.write_string(number, position, text, wrapped)


def _shown(column: Column, value: str, language: str) -> str:
    """A choice goes out under the title it came in with, not under its key."""
    keys = [choice.key for choice in column.choices]
    return column.choice_titles(language)[keys.index(value)] if value in keys else value


def _formats(book: Any, kinds: Sequence[CellKind], *, bold: bool = False) -> list[Any]:
    patterns = {
        "text": "@",
        "integer": "0",
        "decimal": "#,##0.00",
        "date": "yyyy-mm-dd",
        "datetime": "yyyy-mm-dd hh:mm",
    }
    made = {kind: book.add_format({"num_format": pattern, "bold": bold}) for kind, pattern in patterns.items()}
    return [made[kind] for kind in kinds]


def _header_format(book: Any, colour: str = "#182433") -> Any:
    return book.add_format({"bold": True, "font_color": colour, "bg_color": "#EEF2F6", "bottom": 1, "num_format": "@"})


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


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "Sheet1"


def _word(key: str, language: str) -> str:
    return _WORDS[key][1 if is_chinese(language) else 0]
