"""Spreadsheets that mean harm, or are simply broken: each gets a refusal, none hurts the server."""

import io
import random
import resource
import zipfile
from contextlib import suppress
from dataclasses import asdict

import pytest
import xlsxwriter

from tasks.exchange import Limits, read_workbook, reading
from tasks.exchange.child import Refused, check_archive
from tasks.exchange.child import read as child_read
from tests.support.sheets import CLOSING, COLUMNS, OPENING, PLAIN, SHEET, bomb, rebuilt, refusal_of, workbook


def test_macro_workbook_is_refused():
    assert refusal_of(rebuilt(PLAIN, extra={"xl/vbaProject.bin": b"x"})) == "exchange.active_content"


@pytest.mark.parametrize(
    "name", ["xl/embeddings/oleObject1.bin", "xl/externalLinks/externalLink1.xml", "xl/activeX/a.xml"]
)
def test_embedded_objects_and_links_are_refused(name):
    assert refusal_of(rebuilt(PLAIN, extra={name: b"x"})) == "exchange.active_content"


def test_macro_workbook_without_macros_inside_is_refused_by_its_type():
    types = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    assert refusal_of(rebuilt(PLAIN, replace={"[Content_Types].xml": types})) == "exchange.active_content"


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "xl\\..\\evil"])
def test_unsafe_names_are_refused(name):
    assert refusal_of(rebuilt(PLAIN, extra={name: b"x"})) == "exchange.unsafe_names"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("member", [SHEET, "xl/workbook.xml", "xl/styles.xml"])
def test_external_entity_is_refused(member, encoding):
    attack = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY e SYSTEM "file:///etc/passwd">]><l>&e;</l>'.encode(encoding)
    code = refusal_of(rebuilt(PLAIN, replace={member: attack}))
    assert code == ("exchange.doctype" if encoding == "utf-8" else "exchange.broken")


@pytest.mark.parametrize(
    "data",
    [
        b"<html><script>alert(1)</script>",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"PK\x03\x04" + b"x" * 100,
        PLAIN[:-200],
    ],
)
def test_what_is_no_workbook_is_refused(data):
    assert refusal_of(data) in ("exchange.not_a_workbook", "exchange.broken")


def test_zip_without_a_workbook_is_refused():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refusal_of(buffer.getvalue()) == "exchange.not_a_workbook"


def test_damaged_member_is_refused():
    data = bytearray(PLAIN)
    offset = data.find(SHEET.encode()) + len(SHEET) + 40
    data[offset : offset + 20] = bytes(20)
    assert refusal_of(bytes(data)) == "exchange.broken"


def test_unusual_compression_is_refused_before_it_is_unpacked():
    archive = zipfile.ZipFile(io.BytesIO(rebuilt(PLAIN, method=zipfile.ZIP_LZMA)))
    with archive, pytest.raises(Refused, match="broken"):
        check_archive(archive, asdict(Limits()))


def test_unknown_xml_encoding_is_refused():
    sheet = b'<?xml version="1.0" encoding="UTF-9"?><worksheet/>'
    assert refusal_of(rebuilt(PLAIN, replace={SHEET: sheet})) == "exchange.broken"


@pytest.mark.faults
def test_randomly_damaged_files_are_read_or_refused_but_never_crash():
    limits = asdict(Limits())
    chance = random.Random(2026)
    for _ in range(300):
        data = bytearray(chance.choice([PLAIN, "客户名称,税号\n阿里,1\n".encode("gbk")]))
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with suppress(Refused):
            child_read(bytes(data), limits)


def test_old_or_encrypted_excel_is_refused_with_advice():
    assert refusal_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)) == "exchange.old_format"


@pytest.mark.parametrize("data", [b"", b"\n \n", workbook()])
def test_empty_file_is_refused(data):
    assert refusal_of(data) == "exchange.empty"


def test_too_large_a_file_is_refused_before_it_is_opened():
    assert refusal_of(b"x" * 11, limits=Limits(file_bytes=10)) == "exchange.too_large"


BLANKS = b" " * (1 << 20)
BOMBS = {
    "blanks": bomb(BLANKS, 1500),
    "rows": bomb(b'<row r="1"><c r="A1"><v>1</v></c></row>' * 10_000, 800, start=OPENING),
    "ten megabytes": bomb(BLANKS, 3000, start=random.Random(1).randbytes(6 << 20).replace(b"\0", b"x")),
}


@pytest.mark.faults
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_within_two_seconds_of_processor_time(name):
    before = children_seconds()
    assert refusal_of(BOMBS[name]) == "exchange.bomb"
    assert children_seconds() - before < 2


def test_size_and_ratio_are_limits_of_their_own():
    assert refusal_of(PLAIN, limits=Limits(inflated_bytes=1000)) == "exchange.bomb"
    assert refusal_of(bomb(BLANKS, 3)) == "exchange.bomb"


def children_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def test_bomb_that_lies_about_its_size_is_refused():
    for size in (100, 1 << 20):
        before = children_seconds()
        assert refusal_of(bomb(BLANKS, 1500, declared_size=size)) == "exchange.broken"
        assert children_seconds() - before < 2


def test_too_many_parts_are_refused():
    assert refusal_of(rebuilt(PLAIN, extra={f"xl/media/{n}.png": b"x" for n in range(500)})) == "exchange.bomb"


def test_far_cell_is_refused_but_far_styling_is_not():
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refusal_of(rebuilt(PLAIN, replace={SHEET: OPENING + far + CLOSING})) == "exchange.too_many_rows"
    wide = b'<row r="1"><c r="XFD1"><v>1</v></c></row>'
    assert refusal_of(rebuilt(PLAIN, replace={SHEET: OPENING + wide + CLOSING})) == "exchange.too_many_columns"
    styled = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>Customer</t></is></c></row>'
        b'<row r="2"><c r="A2" t="inlineStr"><is><t>Acme</t></is></c></row>'
        b'<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    )
    assert len(read_workbook(rebuilt(PLAIN, replace={SHEET: OPENING + styled + CLOSING}), COLUMNS).rows) == 1


def test_broken_references_are_refused():
    for row in (b'<row r="x"><c r="A1"><v>1</v></c></row>', b'<row r="1"><c r="1"><v>1</v></c></row>'):
        assert refusal_of(rebuilt(PLAIN, replace={SHEET: OPENING + row + CLOSING})) == "exchange.broken"


def test_too_many_rows_are_refused_in_both_formats():
    limits = Limits(rows=20)
    assert (
        refusal_of(workbook(["Customer"], *[[f"c{n}"] for n in range(40)]), limits=limits) == "exchange.too_many_rows"
    )
    assert refusal_of(b"Customer\n" + b"c\n" * 40, limits=limits) == "exchange.too_many_rows"


def test_one_long_text_in_every_cell_is_refused():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:  # one shared string, which openpyxl would write out each time
        book.add_worksheet().write_column(0, 0, ["x" * 30_000] * 700)
    assert refusal_of(buffer.getvalue()) == "exchange.too_complex"


@pytest.mark.faults
def test_reader_that_runs_out_of_memory_or_time_is_a_refusal():
    long_sheet = b"Customer\n" + b"Acme\n" * 1_000_000
    assert refusal_of(long_sheet, limits=Limits(memory_bytes=1 << 20)) == "exchange.too_complex"
    assert refusal_of(PLAIN, limits=Limits(seconds=0)) == "exchange.too_complex"


def test_reader_that_dies_is_a_refusal(tmp_path, monkeypatch):
    child = tmp_path / "child.py"
    child.write_text("import os; os.abort()")
    monkeypatch.setattr(reading, "_CHILD", child)
    assert refusal_of(PLAIN) == "exchange.too_complex"
