"""Spreadsheets in and out: templates, uploads by people, error workbooks, exports."""

import csv
import io
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest

from models.errors import Invalid
from tasks.exchange import build_template, csv_safe, read_workbook, write_error_workbook, write_rows, writing
from tests.support.sheets import COLUMNS, opened, refusal_of, saved, workbook


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
    assert [sheet.column_dimensions[letter].number_format for letter in "ABCDE"] == ["@"] * len(COLUMNS)
    assert sheet["A1"].comment.text == "营业执照上的全称"
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
