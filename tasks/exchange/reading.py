"""Uploaded workbooks: handed to a child process under limits, then matched against the columns that are asked for."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.errors import Invalid
from models.language import N_
from tasks.exchange.columns import Column, Row, SheetRows, clean, match_headers, shortened_number

_CHILD = Path(__file__).with_name("child.py")
_HEADER_SEARCH_ROWS = 10  # a title or instructions may stand above the headers
_log = logging.getLogger(__name__)

_REFUSALS: dict[str, str] = {
    "not_a_workbook": N_("The file is neither an Excel workbook (.xlsx) nor a CSV file."),
    "old_format": N_("The file is an old or password-protected Excel file; save it as .xlsx without a password."),
    "broken": N_("The file is damaged and cannot be read; open it in the spreadsheet program and save it again."),
    "bomb": N_("The file unpacks to far more than a workbook of data needs; save only the data sheet."),
    "unsafe_names": N_("The file holds parts with unsafe names; save it again as .xlsx."),
    "active_content": N_("The file holds macros, embedded objects or links to other files; save it as a plain .xlsx."),
    "doctype": N_("The file holds a document type declaration, which a workbook never needs; save it again as .xlsx."),
    "too_many_rows": N_("The sheet has more than {limit} rows; split it."),
    "too_many_columns": N_("The sheet has more than {limit} columns; remove those that are not needed."),
    "too_complex": N_("The file cannot be read within the limits of memory and time; split it."),
}


@dataclass(frozen=True)
class Limits:
    """What an upload may cost. `ratio` is how many times larger than packed a part may be; `seconds` processor time."""

    file_bytes: int = 10 << 20
    inflated_bytes: int = 200 << 20
    members: int = 500
    ratio: int = 200
    rows: int = 20_000
    columns: int = 200
    memory_bytes: int = 1 << 30
    seconds: int = 10


def read_workbook(data: bytes, columns: Sequence[Column], *, limits: Limits | None = None) -> SheetRows:
    """Read the first visible sheet of an xlsx file, or a CSV file (UTF-8, UTF-16, GBK), by its headers.

    Faults of single cells (formulas, numbers cut short, wrong kinds, empty required cells) go with their row. Raise
    Invalid with a code `exchange.…` when the file as a whole is refused.
    """
    limits = limits or Limits()
    if len(data) > limits.file_bytes:
        megabytes = limits.file_bytes >> 20
        raise Invalid("The file is larger than {limit} MB; split it.", code="exchange.too_large", limit=megabytes)
    if not data.strip():
        raise Invalid("The file is empty.", code="exchange.empty")
    answer = _ask_child(data, limits)
    faults = {(row, column): fault for row, column, fault in answer["faults"]}
    return _match(answer["rows"], faults, columns)


def _ask_child(data: bytes, limits: Limits) -> dict[str, Any]:
    """Run the child and return its answer; its death by a limit is a refusal like any other."""
    command = [sys.executable, "-I", str(_CHILD), json.dumps(asdict(limits))]
    try:
        child = subprocess.run(  # noqa: S603 - our own script; the upload goes to its standard input
            command, input=data, capture_output=True, timeout=2 * limits.seconds, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise _refusal("too_complex") from None
    if child.returncode:
        last_line = child.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        _log.warning("The spreadsheet reader ended with %s: %s", child.returncode, last_line[:200])
        raise _refusal("too_complex")
    answer: dict[str, Any] = json.loads(child.stdout)
    if "refused" in answer:
        raise _refusal(answer["refused"], **answer["fields"])
    return answer


def _refusal(code: str, **fields: Any) -> Invalid:
    return Invalid(_REFUSALS[code], code=f"exchange.{code}", **fields)


def _match(
    lines: list[tuple[int, list[str]]], faults: dict[tuple[int, int], str], columns: Sequence[Column]
) -> SheetRows:
    if not lines:
        raise Invalid("The file is empty.", code="exchange.empty")
    candidates = [
        (len(match_headers(cells, columns)), -index) for index, (_, cells) in enumerate(lines[:_HEADER_SEARCH_ROWS])
    ]
    header_index = -max(candidates)[1]
    headers = lines[header_index][1]
    matched = match_headers(headers, columns)
    rows = [_row(number, cells, faults, matched, columns) for number, cells in lines[header_index + 1 :]]
    return SheetRows(
        rows=[row for row in rows if _is_filled(row)],
        unknown_headers=[
            header for position, header in enumerate(headers) if header.strip() and position not in matched
        ],
        missing_headers=[column.key for column in columns if column.required and column not in matched.values()],
    )


def _row(
    number: int,
    cells: list[str],
    faults: dict[tuple[int, int], str],
    matched: dict[int, Column],
    columns: Sequence[Column],
) -> Row:
    values = {column.key: "" for column in columns}
    problems: list[Invalid] = []
    for position, column in matched.items():
        text = cells[position] if position < len(cells) else ""
        try:
            _refuse_fault(faults.get((number, position + 1)), column, f"{_letters(position)}{number}")
            values[column.key] = clean(column, text, f"{_letters(position)}{number}")
        except Invalid as problem:
            values[column.key] = text.strip()
            problems.append(problem)
    return Row(number, values, tuple(problems))


def _is_filled(row: Row) -> bool:
    """A row of nothing but uncalculated formulas shows no value, yet somebody filled it."""
    return any(row.values.values()) or any(problem.code == "exchange.formula" for problem in row.problems)


def _refuse_fault(fault: str | None, column: Column, cell: str) -> None:
    if fault == "formula":
        raise Invalid(
            "Cell {cell} holds a formula; paste its value instead.",
            code="exchange.formula",
            field=column.key,
            cell=cell,
        )
    if fault == "shortened":
        raise shortened_number(column, cell)


def _letters(position: int) -> str:
    """Column letters of a position counted from 0: 27 → AB."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
