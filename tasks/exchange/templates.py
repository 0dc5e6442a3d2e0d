"""Import templates: a workbook to fill in, whose cells are text, with hints, drop-down lists and instructions."""

from __future__ import annotations

import io
from collections.abc import Sequence

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

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

_COMMENT_SIZE = (90, 280)  # height and width in pixels
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def build_template(columns: Sequence[Column], language: str, *, title: str) -> bytes:
    """An xlsx file to fill in: a data sheet named `title`, instructions, and a hidden sheet of drop-down values."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = safe_sheet_name(title)
    sheet.freeze_panes = "A2"
    for position, column in enumerate(columns, start=1):
        _add_column(sheet, position, column, language)
    _add_instructions(book, columns, language)
    _add_drop_downs(book, sheet, columns, language)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _add_column(sheet: Worksheet, position: int, column: Column, language: str) -> None:
    dimension = sheet.column_dimensions[get_column_letter(position)]
    dimension.width = column.width
    dimension.number_format = TEXT_FORMAT
    cell = sheet.cell(1, position, header_title(column, language))
    _dress_header(cell, REQUIRED_INK if column.required else HEADER_INK)
    if hint := column.hint(language):
        height, width = _COMMENT_SIZE
        cell.comment = Comment(hint, "Piaoflow", height=height, width=width)


def _add_instructions(book: Workbook, columns: Sequence[Column], language: str) -> None:
    sheet = book.create_sheet(safe_sheet_name(word("instructions", language)))
    sheet["A1"] = word("note", language)
    sheet["A1"].alignment = _WRAPPED
    sheet.merge_cells("A1:D1")
    sheet.row_dimensions[1].height = 48
    for letter, width in zip("ABCD", (24, 12, 60, 40), strict=True):
        sheet.column_dimensions[letter].width = width
    for position, key in enumerate(("column", "required", "what", "allowed"), start=1):
        _dress_header(sheet.cell(3, position, word(key, language)), HEADER_INK)
    for number, column in enumerate(columns, start=4):
        required = word("yes" if column.required else "no", language)
        allowed = " / ".join(column.choice_titles(language))
        for position, text in enumerate((column.title(language), required, column.hint(language), allowed), start=1):
            sheet.cell(number, position, text).alignment = _WRAPPED


def _add_drop_downs(book: Workbook, sheet: Worksheet, columns: Sequence[Column], language: str) -> None:
    """Lists live on a hidden sheet: a list inside the rule itself ends at 255 characters and at the first comma."""
    with_choices = [(position, column) for position, column in enumerate(columns, start=1) if column.choices]
    if not with_choices:
        return
    lists = book.create_sheet("lists")
    lists.sheet_state = "hidden"
    for place, (position, column) in enumerate(with_choices, start=1):
        titles = column.choice_titles(language)
        for number, choice_title in enumerate(titles, start=1):
            lists.cell(number, place, choice_title)
        source, target = get_column_letter(place), get_column_letter(position)
        rule = DataValidation("list", formula1=f"=lists!${source}$1:${source}${len(titles)}", allow_blank=True)
        rule.errorTitle, rule.error = word("stop_title", language), word("stop", language)
        rule.showErrorMessage = True
        rule.add(f"{target}2:{target}{DROP_DOWN_ROWS + 1}")
        sheet.add_data_validation(rule)


def _dress_header(cell: Cell, ink: str) -> None:
    cell.font = Font(bold=True, color=ink)
    cell.fill = PatternFill("solid", start_color=HEADER_FILL)
    cell.border = Border(bottom=Side("thin"))
    cell.number_format = TEXT_FORMAT
