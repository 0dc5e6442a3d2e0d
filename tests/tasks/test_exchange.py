"""Spreadsheets in and out, friendly and hostile."""

import csv
import io
import random
import struct
import time
import zipfile
import zlib
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from models.errors import Invalid
from tasks.exchange import (
    Choice,
    Column,
    Limits,
    build_template,
    csv_safe,
    read_workbook,
    reading,
    write_error_workbook,
    write_rows,
    writing,
)
from tasks.exchange.child import Refused
from tasks.exchange.child import read as child_read

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


@pytest.mark.parametrize("language", ["en", "zh", "zh_Hans_CN"])
def test_filled_template_is_read_back(language):
    book = opened(build_template(COLUMNS, language, title="Customers"))
    sheet = book["Customers"]
    sheet.append(["阿里巴巴", "91330100799655058B", "1,000.50", "2026/1/5", COLUMNS[4].choice_titles(language)[1]])
    result = read_workbook(saved(book), COLUMNS)
    (row,) = result.rows
    assert row.number == 2
    assert row.values == {
        "name": "阿里巴巴",
        "tax_id": "91330100799655058B",
        "limit": "1000.50",
        "since": "2026-01-05",
        "grade": "b",
    }
    assert (row.problems, result.unknown_headers, result.missing_headers) == ((), [], [])


def test_template_helps_the_person_who_fills_it():
    book = opened(build_template(COLUMNS, "zh", title="客户/导入"))
    sheet = book.worksheets[0]
    assert (sheet.title, sheet.freeze_panes, sheet["A1"].value) == ("客户 导入", "A2", "客户名称 *")
    all_columns = sheet.column_dimensions["A"]
    assert (all_columns.min, all_columns.max, all_columns.number_format) == (1, len(COLUMNS), "@")
    (rule,) = sheet.data_validations.dataValidation
    assert (rule.type, str(rule.sqref)) == ("list", "E2:E20001")
    assert [cell.value for cell in book["lists"]["A"]] == ["A级", "B级"]
    assert book["lists"].sheet_state == "hidden"
    assert book["填写说明"]["C4"].value == "营业执照上的全称"


def test_template_without_choices_has_no_list():
    assert opened(build_template(COLUMNS[:2], "en", title="Customers")).sheetnames == ["Customers", "Instructions"]


def test_headers_are_found_by_title_alias_and_below_a_heading():
    data = workbook(["Our customers"], [], ["备注", " 客户名称* ", "纳税人识别号"], ["x", "Acme", "1"])
    result = read_workbook(data, COLUMNS)
    assert (result.rows[0].number, result.rows[0].values["name"], result.rows[0].values["tax_id"]) == (4, "Acme", "1")
    assert result.unknown_headers == ["备注"]


def test_missing_required_column_is_named():
    assert read_workbook(workbook(["Tax number"], ["1"]), COLUMNS).missing_headers == ["name"]


def test_column_that_appears_twice_is_refused():
    assert refusal_of(workbook(["Customer", "客户名称"], ["a", "b"])) == "exchange.duplicate_header"


def problems(data):
    return [
        (row.number, problem.field, problem.code)
        for row in read_workbook(data, COLUMNS).rows
        for problem in row.problems
    ]


def test_formula_cell_is_reported_with_its_address():
    data = workbook(["Customer", "Tax number"], ["Acme", '=HYPERLINK("http://example.com")'], ["Beta", "2"])
    result = read_workbook(data, COLUMNS)
    assert [str(problem) for problem in result.rows[0].problems] == [
        "Cell B2 holds a formula; paste its value instead."
    ]
    assert result.rows[1].problems == ()


def test_row_of_nothing_but_formulas_does_not_vanish():
    assert (3, "name", "exchange.formula") in problems(workbook(["Customer"], ["Acme"], ["=A2"]))


@pytest.mark.parametrize("value", [91330100799655058123, 241120000000485.0, "2.4112E+19"])
def test_number_that_lost_its_end_is_reported(value):
    assert problems(workbook(["Customer", "Tax number"], ["Acme", value])) == [
        (2, "tax_id", "exchange.shortened_number")
    ]


def test_wrong_kinds_and_empty_required_cells_are_reported_together():
    data = workbook(
        ["Customer", "Credit limit", "Customer since", "Grade"],
        ["", "many", "2026-02-30", "Z"],
        ["Acme", "1e999999999", "yesterday", ""],
    )
    assert problems(data) == [
        (2, "name", "exchange.required"),
        (2, "limit", "exchange.decimal"),
        (2, "since", "exchange.date"),
        (2, "grade", "exchange.choice"),
        (3, "limit", "exchange.decimal"),
        (3, "since", "exchange.date"),
    ]


def test_numbers_and_dates_of_excel_become_plain_text():
    data = workbook(
        ["Customer", "Tax number", "Credit limit", "Customer since"], ["Acme", 12345, 0.0000001, date(2026, 1, 5)]
    )
    values = read_workbook(data, COLUMNS).rows[0].values
    assert (values["tax_id"], values["limit"], values["since"]) == ("12345", "0.0000001", "2026-01-05")


def test_first_visible_sheet_is_read():
    book = openpyxl.Workbook()
    book.active.append(["Customer"])
    book.active.append(["Hidden"])
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("Shown")
    shown.append(["Customer"])
    shown.append(["Acme"])
    book.active = 1
    assert [row.values["name"] for row in read_workbook(saved(book), COLUMNS).rows] == ["Acme"]


def test_sheet_that_starts_away_from_the_corner_keeps_its_addresses():
    book = openpyxl.Workbook()
    book.active["C4"] = "Customer"
    book.active["C5"] = "=1+1"
    book.active["C6"] = 10**15
    found = [row.problems[0] for row in read_workbook(saved(book), COLUMNS).rows]
    assert [(problem.code, problem.fields["cell"]) for problem in found] == [
        ("exchange.formula", "C5"),
        ("exchange.shortened_number", "C6"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_the_encodings_of_the_field(encoding, delimiter):
    text = delimiter.join(["客户名称", "税号"]) + "\r\n" + delimiter.join(["阿里巴巴", '"=""0123"""']) + "\r\n"
    (row,) = read_workbook(text.encode(encoding), COLUMNS).rows
    assert (row.values["name"], row.values["tax_id"]) == ("阿里巴巴", "0123")


def test_csv_formula_is_reported():
    assert problems(b"Customer,Tax number\nAcme,=1+1\n") == [(2, "tax_id", "exchange.formula")]


def test_shielded_csv_cell_comes_back_as_it_was():
    text = f"Customer\n{csv_safe('@home')}\n{csv_safe('-5')}\n"
    assert [row.values["name"] for row in read_workbook(text.encode(), COLUMNS).rows] == ["@home", "-5"]


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


def test_unusual_compression_is_refused():
    assert refusal_of(rebuilt(PLAIN, method=zipfile.ZIP_LZMA)) == "exchange.broken"


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


BLANKS = b" " * (1 << 20)
BOMBS = {
    "blanks": bomb(BLANKS, 1500),
    "rows": bomb(b'<row r="1"><c r="A1"><v>1</v></c></row>' * 10_000, 800, start=OPENING),
    "ten megabytes": bomb(BLANKS, 3000, start=random.Random(1).randbytes(6 << 20).replace(b"\0", b"x")),
}


@pytest.mark.faults
@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_within_two_seconds(name):
    started = time.perf_counter()
    assert refusal_of(BOMBS[name]) == "exchange.bomb"
    assert time.perf_counter() - started < 2


def test_bomb_that_lies_about_its_size_is_refused():
    assert refusal_of(bomb(BLANKS, 1500, declared_size=100)) == "exchange.broken"


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


def test_error_workbook_gives_reasons_and_can_be_uploaded_again():
    values = {"name": "=cmd|' /C calc'!A0", "tax_id": "000123", "grade": "a"}
    data = write_error_workbook(COLUMNS, [(values, "Cell B7 holds a formula."), ({"name": "Beta"}, "x")], "zh")
    sheet = opened(data).worksheets[0]
    assert [cell.value for cell in sheet[1]][:3] == ["原因", "客户名称 *", "税号"]
    assert (sheet["A2"].value, sheet["B2"].value, sheet["B2"].data_type) == (
        "Cell B7 holds a formula.",
        values["name"],
        "s",
    )
    result = read_workbook(data, COLUMNS)
    assert [row.values["name"] for row in result.rows] == [values["name"], "Beta"]
    assert result.rows[0].values["grade"] == "a"
    assert result.unknown_headers == ["原因"]


def test_export_keeps_text_as_text_and_numbers_as_numbers():
    created_at = datetime(2024, 5, 28, 9, 30, tzinfo=UTC)
    data = write_rows(
        ["Number", "Buyer", "Gross", "Issued on", "Created", "Lines"],
        [
            ["24112000000048542163", "=cmd|' /C calc'!A0", Decimal("4449.00"), date(2024, 5, 28), created_at, 2],
            ["00000001", "+86 \x07\ud800", None, None, None, None],
        ],
        sheet_name="Register [2024]",
        kinds=["text", "text", "decimal", "date", "datetime", "integer"],
        totals=["Total", None, Decimal("4449.00"), None, None, 2],
    )  # fmt: skip
    sheet = opened(data)["Register  2024"]
    number, buyer, gross, issued, created, lines = sheet[2]
    assert (number.value, number.data_type) == ("24112000000048542163", "s")
    assert (buyer.value, buyer.data_type) == ("=cmd|' /C calc'!A0", "s")
    assert (gross.value, gross.data_type, gross.number_format) == (4449, "n", "#,##0.00")
    assert (issued.value.date(), created.value, lines.value) == (date(2024, 5, 28), created_at.replace(tzinfo=None), 2)
    assert sheet["A3"].value == "00000001"
    assert (sheet["A4"].value, sheet["C4"].value, sheet["C4"].font.bold) == ("Total", 4449, True)


def test_number_beyond_fifteen_digits_is_exported_as_text():
    data = write_rows(["n"], [[Decimal("12345678901234567.89")]], sheet_name="x", kinds=["decimal"])
    assert opened(data)["x"]["A2"].value == "12345678901234567.89"


def test_export_ends_where_the_format_ends(monkeypatch):
    monkeypatch.setattr(writing, "_ROW_LIMIT", 4)
    write_rows(["n"], [[1]] * 2, sheet_name="x", kinds=["integer"])
    with pytest.raises(Invalid, match="More than 2 rows"):
        write_rows(["n"], [[1]] * 3, sheet_name="x", kinds=["integer"])


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        *((text, f"'{text}") for text in ("=1+1", "+86", "-5", "@x", "\tx", "\rx")),
        ("plain", "plain"),
        (Decimal("-5.00"), "-5.00"),
        (None, ""),
        (7, "7"),
    ],
)
def test_csv_cells_never_start_like_a_formula(value, cell):
    assert csv_safe(value) == cell


def test_a_thousand_rows_are_read_quickly():
    rows = [[f"客户{n}", f"9133010079965{n:05}", Decimal(n), date(2026, 1, 5), "A级"] for n in range(1000)]
    data = write_rows(
        [column.title_zh for column in COLUMNS], rows, sheet_name="x", kinds=["text", "text", "decimal", "date", "text"]
    )
    started = time.perf_counter()
    result = read_workbook(data, COLUMNS)
    print(f"1,000 rows in {time.perf_counter() - started:.2f} s")
    assert len(result.rows) == 1000
    assert not any(row.problems for row in result.rows)


def test_csv_reader_copes_with_quotes_and_line_breaks():
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["Customer", "Tax number"], ['Say "hi",\nthere', "1"]])
    assert read_workbook(buffer.getvalue().encode(), COLUMNS).rows[0].values["name"] == 'Say "hi",\nthere'
