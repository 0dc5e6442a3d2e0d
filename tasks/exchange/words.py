"""What the workbooks themselves say, in both languages, and how templates and error workbooks look alike."""

from __future__ import annotations

import re

from tasks.exchange.columns import Column, is_chinese

DROP_DOWN_ROWS = 20_000
TEXT_FORMAT = "@"
REQUIRED_INK, HEADER_INK, HEADER_FILL = "B42318", "182433", "EEF2F6"

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


def word(key: str, language: str) -> str:
    """A word of the workbook in `language`."""
    return _WORDS[key][1 if is_chinese(language) else 0]


def header_title(column: Column, language: str) -> str:
    """A column's title, with a star where it is required."""
    return f"{column.title(language)} *" if column.required else column.title(language)


def safe_sheet_name(title: str) -> str:
    """A title without what a sheet's name may not hold."""
    return re.sub(r"[\[\]:*?/\\']", " ", title).strip()[:31] or "Sheet1"
