"""The process that opens an uploaded spreadsheet, under limits of memory and time.

It runs as a script by itself: it imports nothing of this system, so it starts in a blink and holds no secret. The file
comes in on standard input, the limits as JSON in the first argument; one JSON object goes out.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import os
import posixpath
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

CHUNK_BYTES = 1 << 18
RATIO_FROM_BYTES = 1 << 20  # small members may compress as well as they like
HEADER_ROWS = 10  # a title and instructions above the data are not counted as data
TEXT_CHARACTERS = 20_000_000  # of all cells together: one long string can be used by every cell of a sheet
EXACT_DIGITS = 10**14  # from 15 digits on, a number cell may be a number that lost its end

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_ACTIVE_CONTENT = re.compile(r"vbaproject\.bin$|/macrosheets/|/activex/|/embeddings/|/externallinks/|\.(exe|dll|js)$")
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1f]")
_QUOTED_FORMULA = re.compile(r'="(.*)"', re.DOTALL)  # how shops keep a long number whole in a CSV file
_SHIELDED = re.compile(r"['\t][=+\-@].*", re.DOTALL)  # how exports, ours too, keep text from being a formula

# LookupError: a missing member or relation, an encoding of no such name.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError, expat.ExpatError, CalamineError)

Limits = dict[str, int]
Answer = dict[str, Any]


class Refused(Exception):
    """The file is not read. `code` names a sentence of `tasks.exchange.reading`."""

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields


class Table:
    """The filled rows of a sheet (counted from 1), within the limits, and the cells (row, column, fault) at fault."""

    def __init__(self, limits: Limits) -> None:
        self.rows: list[tuple[int, list[str]]] = []
        self.faults: list[tuple[int, int, str]] = []
        self._limits = limits
        self._characters = 0

    def add(self, number: int, cells: list[str]) -> None:
        if not any(cells):
            return
        self._characters += sum(map(len, cells))
        if len(self.rows) >= self._limits["rows"] + HEADER_ROWS:
            raise Refused("too_many_rows", limit=self._limits["rows"])
        if len(cells) > self._limits["columns"]:
            raise Refused("too_many_columns", limit=self._limits["columns"])
        if self._characters > TEXT_CHARACTERS:
            raise Refused("too_complex")
        self.rows.append((number, cells))


def main() -> None:
    """Read standard input under limits and answer on standard output."""
    limits: Limits = json.loads(sys.argv[1])
    restrict(limits)
    try:
        table = read(sys.stdin.buffer.read(), limits)
        answer: Answer = {"rows": table.rows, "faults": table.faults}
    except Refused as refusal:
        answer = {"refused": refusal.code, "fields": refusal.fields}
    except MemoryError:
        answer = {"refused": "too_complex", "fields": {}}
    json.dump(answer, sys.stdout)


def restrict(limits: Limits) -> None:
    """Give up what is not needed before the first byte is read: memory, processor time, writing files, priority."""
    for what, limit in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))
    os.nice(5)


def read(data: bytes, limits: Limits) -> Table:
    """Decide by content, never by name, what the file is, and read it. Raise Refused."""
    if data.startswith(_OLE):
        raise Refused("old_format")
    if data.startswith(_ZIP):
        return read_xlsx(data, limits)
    return read_csv(data, limits)


def read_xlsx(data: bytes, limits: Limits) -> Table:
    """Check the archive, find the first visible sheet, look through its XML, and only then let the library read it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_archive(archive, limits)
            name, member = first_visible_sheet(archive)
            table = Table(limits)
            table.faults.extend((row, column, "formula") for row, column in find_formulas(archive, member, limits))
        read_sheet(data, name, table)
        add_rows_at_fault(table)
    except _DAMAGE as error:
        raise Refused("broken") from error
    return table


def check_archive(archive: zipfile.ZipFile, limits: Limits) -> None:
    """Names, counts, sizes and kinds of the members; every member is really inflated once, because headers lie."""
    members = archive.infolist()
    names = {member.filename for member in members}
    if len(members) > limits["members"]:
        raise Refused("bomb")
    if len(names) != len(members) or any(is_unsafe_name(name) for name in names):
        raise Refused("unsafe_names")
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise Refused("not_a_workbook")
    if any(_ACTIVE_CONTENT.search(name.lower()) for name in names):
        raise Refused("active_content")
    if any(member.flag_bits & 1 for member in members):
        raise Refused("old_format")
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise Refused("broken")
    if sum(member.file_size for member in members) > limits["inflated_bytes"]:
        raise Refused("bomb")
    if any(member.file_size > max(RATIO_FROM_BYTES, limits["ratio"] * member.compress_size) for member in members):
        raise Refused("bomb")
    for member in members:
        look_through(archive, member)


def is_unsafe_name(name: str) -> bool:
    """Absolute, or climbing out of the archive."""
    return name.startswith("/") or "\\" in name or ".." in name.split("/")


def look_through(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Inflate a member piece by piece and throw the pieces away; raise Refused for what no workbook needs.

    It never yields more than its declared size, and one that lied about it fails its checksum at the end.
    """
    with archive.open(member) as content:
        while chunk := content.read(CHUNK_BYTES):
            if b"<!DOCTYPE" in chunk:
                raise Refused("doctype")
            if b"\0" in chunk[:4] and member.filename.endswith((".xml", ".rels")):
                raise Refused("broken")  # UTF-16, which no spreadsheet writes and where a DOCTYPE would pass unseen
            if member.filename == "[Content_Types].xml" and b"macroEnabled" in chunk:
                raise Refused("active_content")


def first_visible_sheet(archive: zipfile.ZipFile) -> tuple[str, str]:
    """Title of the first visible sheet, and the member that holds it."""
    targets = {
        a["Id"]: a["Target"] for name, a in elements(archive, "xl/_rels/workbook.xml.rels") if name == "Relationship"
    }
    for name, attributes in elements(archive, "xl/workbook.xml"):
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            relation = next(value for key, value in attributes.items() if key.rpartition(":")[2] == "id")
            return attributes["name"], posixpath.normpath(posixpath.join("/xl", targets[relation]))[1:]
    raise Refused("not_a_workbook")


def elements(archive: zipfile.ZipFile, member: str) -> list[tuple[str, dict[str, str]]]:
    """Every element of a small member with its attributes, in order, without prefixes."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = safe_parser()
    parser.StartElementHandler = lambda name, attributes: found.append((name.rpartition(":")[2], attributes))
    parser.Parse(archive.read(member), True)
    return found


def safe_parser() -> expat.XMLParserType:
    """A parser that stops at a document type, and with it at every entity."""

    def refuse(*_: object) -> None:
        raise Refused("doctype")

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    return parser


class SheetScan:
    """Walks through a sheet's XML: collects formula cells, and refuses a filled cell outside the limits.

    A styled cell without content may stand anywhere: spreadsheets write them down to the last row.
    """

    def __init__(self, limits: Limits) -> None:
        self.formulas: list[tuple[int, int]] = []
        self._limits = limits
        self._row = self._column = 0

    def start_element(self, name: str, attributes: dict[str, str]) -> None:
        match name.rpartition(":")[2]:
            case "row":
                self._row = int(attributes.get("r", self._row + 1))
                self._column = 0
            case "c":
                self._column = column_number(attributes["r"]) if "r" in attributes else self._column + 1
            case "v" | "is":
                self._check_position()
            case "f":
                self._check_position()
                self.formulas.append((self._row, self._column))

    def _check_position(self) -> None:
        if self._row > self._limits["rows"] + HEADER_ROWS:
            raise Refused("too_many_rows", limit=self._limits["rows"])
        if self._column > self._limits["columns"]:
            raise Refused("too_many_columns", limit=self._limits["columns"])


def find_formulas(archive: zipfile.ZipFile, member: str, limits: Limits) -> list[tuple[int, int]]:
    """Row and column of every formula cell, counted from 1."""
    scan = SheetScan(limits)
    parser = safe_parser()
    parser.StartElementHandler = scan.start_element
    try:
        with archive.open(member) as content:
            while chunk := content.read(CHUNK_BYTES):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
    except ValueError as error:  # a row or cell reference that is none
        raise Refused("broken") from error
    return scan.formulas


def column_number(reference: str) -> int:
    """B7 → 2."""
    letters = re.match(r"[A-Za-z]{1,3}", reference)
    if letters is None:
        raise ValueError(reference)
    number = 0
    for letter in letters[0].upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def read_sheet(data: bytes, name: str, table: Table) -> None:
    """Add the sheet's rows to the table, and its over-long number cells to the faults."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(name)
    left = sheet.start[1] if sheet.start else 0
    for number, values in enumerate(sheet.iter_rows(), start=1):
        for column, value in enumerate(values, start=left + 1):
            if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= EXACT_DIGITS:
                table.faults.append((number, column, "shortened"))
        table.add(number, [""] * left + [as_text(value) for value in values])


def add_rows_at_fault(table: Table) -> None:
    """Keep rows whose only content is a formula that was never calculated: they would vanish without a word."""
    seen = {number for number, _ in table.rows}
    table.rows.extend((number, []) for number in {row for row, _, _ in table.faults} - seen)
    table.rows.sort()


def as_text(value: object) -> str:
    """A cell as a person reads it; dates in ISO form; numbers plain, with the 15 digits a spreadsheet keeps."""
    match value:
        case str():
            return value
        case bool():
            return str(value).upper()
        case float() | int():
            return plain_number(value)
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return str(value)


def plain_number(value: float) -> str:
    """12.0 → 12, 1e-07 → 0.0000001. Without Decimal: it costs as much to import as the rest together."""
    text = f"{value:.15g}"
    if "e" not in text:
        return text
    return f"{value:.20f}".rstrip("0").rstrip(".") if abs(value) < 1 else f"{value:.0f}"


def read_csv(data: bytes, limits: Limits) -> Table:
    """Comma, semicolon or tab; UTF-8, UTF-16 with a mark, or GBK. Rows are counted as a spreadsheet would show them."""
    text = decode(data)
    first_line = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first_line.count)
    table = Table(limits)
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            for column, cell in enumerate(cells, start=1):
                if cell.startswith("=") and not _QUOTED_FORMULA.fullmatch(cell):
                    table.faults.append((number, column, "formula"))
            table.add(number, [unshield(cell) for cell in cells])
    except csv.Error as error:
        raise Refused("broken") from error
    return table


def decode(data: bytes) -> str:
    """The text of a file of unknown encoding. Raise Refused when it is no text."""
    for encoding in candidate_encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _BINARY.search(text) and not text.lstrip().startswith("<"):
            return text
    raise Refused("not_a_workbook")


def candidate_encodings(data: bytes) -> Iterator[str]:
    """Encodings to try, the strictest first."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "utf-16"
    yield from ("utf-8-sig", "gb18030")


def unshield(cell: str) -> str:
    """A cell without the dress that keeps spreadsheets from changing it: ="0123" → 0123, '-5 → -5."""
    quoted = _QUOTED_FORMULA.fullmatch(cell)
    if quoted:
        return quoted[1]
    return cell[1:] if _SHIELDED.fullmatch(cell) else cell


if __name__ == "__main__":
    main()
