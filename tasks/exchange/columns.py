"""What a sheet's columns are, and how a cell's text becomes the value of its column."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from models.errors import Invalid

Kind = Literal["text", "decimal", "date", "choice"]

# Excel's own way of showing a number it can no longer hold; also found as text in CSV files.
_SHORTENED_NUMBER = re.compile(r"[+-]?\d(\.\d+)?E\+\d{2,3}", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))(?:[T ].*)?", re.ASCII)


@dataclass(frozen=True)
class Choice:
    """An allowed value: `key` is what a row holds, the titles are what the sheet shows."""

    key: str
    title_en: str
    title_zh: str


@dataclass(frozen=True)
class Column:
    """A column of an import sheet. Its header may be either title or one of `aliases`; `width` is in characters."""

    key: str
    title_en: str
    title_zh: str
    required: bool = False
    hint_en: str = ""
    hint_zh: str = ""
    kind: Kind = "text"
    choices: tuple[Choice, ...] = ()
    width: int = 18
    aliases: tuple[str, ...] = ()

    def title(self, language: str) -> str:
        return self.title_zh if is_chinese(language) else self.title_en

    def hint(self, language: str) -> str:
        return self.hint_zh if is_chinese(language) else self.hint_en

    def choice_titles(self, language: str) -> list[str]:
        return [choice.title_zh if is_chinese(language) else choice.title_en for choice in self.choices]


@dataclass(frozen=True)
class Row:
    """A filled row. `number` is the one the spreadsheet shows; `values` has every column's key, "" where empty.

    `problems` are the refusals of single cells, each with its column's key as `field`.
    """

    number: int
    values: dict[str, str]
    problems: tuple[Invalid, ...] = ()


@dataclass(frozen=True)
class SheetRows:
    """A sheet as read: `missing_headers` are keys of required columns, `unknown_headers` titles of ignored ones."""

    rows: list[Row]
    unknown_headers: list[str]
    missing_headers: list[str]


def is_chinese(language: str) -> bool:
    """Whether a locale such as zh or zh_Hans_CN reads Chinese; every other reads English."""
    return language.lower().startswith("zh")


def header_key(text: str) -> str:
    """A header without what people change in it: case, width, blanks, and the star of a required column."""
    return re.sub(r"[\s*]+", "", unicodedata.normalize("NFKC", text)).casefold()


def match_headers(headers: Sequence[str], columns: Sequence[Column]) -> dict[int, Column]:
    """Position in the sheet → column. Raise Invalid when two headers mean the same column."""
    known = {
        header_key(title): column for column in columns for title in (column.title_en, column.title_zh, *column.aliases)
    }
    found: dict[int, Column] = {}
    for position, header in enumerate(headers):
        column = known.get(header_key(header))
        if column is None:
            continue
        if column in found.values():
            raise Invalid(
                "The column “{header}” appears twice; keep one of them.",
                code="exchange.duplicate_header",
                header=header[:40],
            )
        found[position] = column
    return found


def clean(column: Column, text: str, cell: str) -> str:
    """The value of a cell: decimals and dates in plain form, a choice as its key. Raise Invalid, naming the cell."""
    value = text.strip()
    if not value:
        if column.required:
            raise Invalid("Cell {cell} is empty; fill it in.", code="exchange.required", field=column.key, cell=cell)
        return ""
    if _SHORTENED_NUMBER.fullmatch(value):
        raise shortened_number(column, cell)
    match column.kind:
        case "decimal":
            return _decimal(column, value, cell)
        case "date":
            return _date(column, value, cell)
        case "choice":
            return _choice(column, value, cell)
        case _:
            return value


def shortened_number(column: Column, cell: str) -> Invalid:
    """The refusal of a cell whose last digits the spreadsheet has already lost."""
    return Invalid(
        "Cell {cell} holds a long number that the spreadsheet may have shortened; enter it as text.",
        code="exchange.shortened_number",
        field=column.key,
        cell=cell,
    )


def _decimal(column: Column, value: str, cell: str) -> str:
    plain = re.sub(r"[\s,¥]", "", unicodedata.normalize("NFKC", value))
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise Invalid(
            "Cell {cell} holds “{value}”, which is not a number.",
            code="exchange.decimal",
            field=column.key,
            cell=cell,
            value=value[:40],
        )
    return format(number, "f")


def _date(column: Column, value: str, cell: str) -> str:
    match = _DATE.fullmatch(unicodedata.normalize("NFKC", value))
    try:
        year, month, day = (int(part) for part in match.groups() if part) if match else (0, 0, 0)
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        raise Invalid(
            "Cell {cell} holds “{value}”, which is not a date; write it like 2026-01-31.",
            code="exchange.date",
            field=column.key,
            cell=cell,
            value=value[:40],
        ) from None


def _choice(column: Column, value: str, cell: str) -> str:
    wanted = header_key(value)
    for choice in column.choices:
        if wanted in (header_key(choice.key), header_key(choice.title_en), header_key(choice.title_zh)):
            return choice.key
    raise Invalid(
        "Cell {cell} holds “{value}”; choose one of the values of the list.",
        code="exchange.choice",
        field=column.key,
        cell=cell,
        value=value[:40],
    )
