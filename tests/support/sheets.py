"""Workbooks for tests: ordinary ones, and the same taken apart and put together differently."""

import io
import struct
import zipfile
import zlib

import openpyxl
import pytest

from models.errors import Invalid
from tasks.exchange import Choice, Column, read_workbook

COLUMNS = [
    Column("name", "Customer", "客户名称", required=True, hint_en="Full legal name", hint_zh="营业执照上的全称"),
    Column("tax_id", "Tax number", "税号", aliases=("纳税人识别号",)),
    Column("limit", "Credit limit", "信用额度", kind="decimal"),
    Column("since", "Customer since", "建档日期", kind="date"),
    Column(
        "grade", "Grade", "等级", kind="choice", choices=(Choice("a", "Grade A", "A级"), Choice("b", "Grade B", "B级"))
    ),
]
SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OPENING = f'<?xml version="1.0"?><worksheet xmlns="{NAMESPACE}"><sheetData>'.encode()
CLOSING = b"</sheetData></worksheet>"


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def rebuilt(data, *, replace=None, extra=None, method=zipfile.ZIP_DEFLATED):
    """The same archive with members replaced and added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", method) as target:
        for name in source.namelist():
            target.writestr(name, (replace or {}).get(name, source.read(name)))
        for name, content in (extra or {}).items():
            target.writestr(name, content)
    return buffer.getvalue()


def refusal_of(data, **options):
    with pytest.raises(Invalid) as refusal:
        read_workbook(data, COLUMNS, **options)
    return refusal.value.code


PLAIN = workbook(["Customer", "Tax number"], ["Acme", "91330100799655058B"])


def bomb(piece, times, *, start=b"", declared_size=None):
    """A workbook whose sheet inflates to `start` and `times` pieces: one compressed piece is repeated as it is."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += (packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)) * times + b"\x03\x00"
    data = bytearray(rebuilt(PLAIN, replace={SHEET: packed}, method=zipfile.ZIP_STORED))
    size = len(start) + len(piece) * times if declared_size is None else declared_size
    local = data.find(SHEET.encode()) - 30
    central = data.rfind(SHEET.encode()) - 46
    for header, method_at, size_at in ((local, 8, 22), (central, 10, 24)):
        struct.pack_into("<H", data, header + method_at, zipfile.ZIP_DEFLATED)
        struct.pack_into("<I", data, header + size_at, size)
    return bytes(data)
