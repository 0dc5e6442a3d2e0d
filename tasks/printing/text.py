"""How values become printable text: amounts, dates, and user text made safe to typeset."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Sized
from datetime import date
from decimal import Decimal
from typing import Final

import segno

from models.errors import Invalid

MOST_LINES: Final = 2_000
LONGEST_TEXT: Final = 2_000
LONGEST_NAME: Final = 300
LONGEST_QR: Final = 1_000
_ZERO_WIDTH_SPACE: Final = "\u200b"
# Marks that reverse the reading order could make a printed name or amount read differently from what is stored.
_BIDI_CONTROLS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def require_printable_lines(lines: Sized) -> None:
    """Raise Invalid when a document has more than MOST_LINES lines."""
    if len(lines) > MOST_LINES:
        raise Invalid(
            "A document of {count} lines cannot be printed; the limit is {limit}.",
            code="printing.too_many_lines",
            count=len(lines),
            limit=MOST_LINES,
        )


def clean(text: str, *, limit: int = LONGEST_TEXT) -> str:
    """User text without control and reading-order characters; line breaks stay. Raises Invalid over the limit."""
    if len(text) > limit:
        raise Invalid(
            "A text of {length} characters is too long to print; shorten it to {limit}.",
            code="printing.text_too_long",
            length=len(text),
            limit=limit,
        )
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(char for char in lines if char == "\n" or _is_printable(char))


def _is_printable(char: str) -> bool:
    return char not in _BIDI_CONTROLS and unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}


def breakable(text: str, *, run: int = 20, limit: int = LONGEST_TEXT) -> str:
    """Clean text whose Latin runs of more than `run` characters may break anywhere, to stay in their column."""
    return re.sub(rf"[!-~]{{{run + 1},}}", lambda found: _ZERO_WIDTH_SPACE.join(found[0]), clean(text, limit=limit))


def money(amount: Decimal, *, grouped: bool = False) -> str:
    """An amount in yuan with two decimals; an invoice prints no thousands separators, a sheet does."""
    return f"{amount:,.2f}" if grouped else f"{amount:.2f}"


def number(value: Decimal | None, *, grouped: bool = False) -> str:
    """A quantity or unit price with all its digits and no trailing zeros; nothing for None."""
    if value is None:
        return ""
    plain = value.normalize() if value else Decimal(0)
    return f"{plain:,f}" if grouped else f"{plain:f}"


def invoice_date(day: date | None) -> str:
    """The date as an invoice prints it: 2025年11月24日."""
    return f"{day.year}年{day.month:02d}月{day.day:02d}日" if day else ""


def qr_svg(content: str) -> str:
    """The QR code of `content` as SVG, or nothing for no content. Raises Invalid over LONGEST_QR."""
    if not content:
        return ""
    size = len(content.encode())
    if size > LONGEST_QR:
        raise Invalid(
            "The QR code of this document would be too long ({size} bytes).",
            code="printing.qr_too_long",
            size=size,
        )
    svg = io.BytesIO()
    segno.make_qr(content, error="m").save(svg, kind="svg", border=1, xmldecl=False)
    return svg.getvalue().decode()
