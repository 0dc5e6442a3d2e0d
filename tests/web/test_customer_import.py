"""The import of customers in the browser, with good files and with those that nobody should open."""

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from tasks.customers.columns import COLUMNS
from tasks.exchange import read_workbook
from tests.conftest import Browser
from tests.support.customers import ALIBABA, TENCENT
from tests.support.sheets import PLAIN, bomb, opened, rebuilt, workbook

LogIn = Callable[[str], Browser]
HEADERS = ["Customer name", "Tax number"]
GOOD = ["腾讯科技（深圳）有限公司", TENCENT]


def page(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def send(browser: Browser, data: bytes, name: str = "customers.xlsx") -> Any:
    return browser.post("/customers/import", data={"file": (BytesIO(data), name)})


def test_file_check_result(as_user: LogIn) -> None:
    alice = as_user("alice")
    assert "Template in Chinese" in page(alice.get("/customers/import"))
    uploaded = send(alice, workbook([*HEADERS, "Remark"], [*GOOD, "x"], ["", "1", ""], ["阿里", ALIBABA[:-1]]))
    assert uploaded.status_code == 303
    checked = page(alice.get(uploaded.location))
    assert "2 faulty rows" in checked
    assert "These columns are not read: Remark" in checked
    assert "has 17 characters" in checked
    assert "No customer yet" in page(alice.get("/customers")), "nothing is saved before somebody says so"
    refused = alice.post(uploaded.location, data={"which": "all"})
    assert refused.status_code == 422
    assert "Nothing was imported" in page(refused)
    errors = alice.get(f"{uploaded.location}/errors.xlsx")
    assert [row.number for row in read_workbook(errors.data, COLUMNS).rows] == [2, 3]
    assert alice.post(uploaded.location, data={"which": "good"}).status_code == 303
    assert "2 rows stayed out" in page(alice.get(uploaded.location))
    assert GOOD[0] in page(alice.get("/customers"))
    assert alice.post(uploaded.location, data={"which": "good"}).status_code == 409


def test_a_file_without_faults_needs_no_choice(as_user: LogIn) -> None:
    alice = as_user("alice")
    uploaded = send(alice, workbook(HEADERS, GOOD))
    assert "The row is good" in page(alice.get(uploaded.location))
    assert alice.post(uploaded.location, data={"which": "all"}).status_code == 303
    again = send(alice, workbook(HEADERS, GOOD))
    assert "Every row is here already" in page(alice.get(again.location))


def test_an_update_shows_what_it_changes(as_user: LogIn) -> None:
    alice = as_user("alice")
    alice.post(send(alice, workbook(HEADERS, GOOD)).location, data={"which": "all"})
    shown = page(alice.get(send(alice, workbook(HEADERS, ["腾讯改名", TENCENT])).location))
    assert f"<del>{GOOD[0]}</del> → 腾讯改名" in shown


@pytest.mark.parametrize(("language", "title"), [("zh", "客户名称"), ("en", "Customer name")])
def test_a_template_is_there_in_either_language(as_user: LogIn, language: str, title: str) -> None:
    answer = as_user("alice").get(f"/customers/import/template.xlsx?language={language}")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert opened(answer.data).worksheets[0]["B1"].value == f"{title} *"


def test_the_list_is_exported_with_its_filter(as_user: LogIn) -> None:
    alice = as_user("alice")
    alice.post(send(alice, workbook(HEADERS, GOOD, ["阿里", ALIBABA])).location, data={"which": "all"})
    exported = as_user("otto").get("/customers/export.xlsx?q=txkj")
    assert [row.values["name"] for row in read_workbook(exported.data, COLUMNS).rows] == [GOOD[0]]


def test_a_gbk_csv_file_is_read(as_user: LogIn) -> None:
    alice = as_user("alice")
    text = f"客户名称,税号\r\n{GOOD[0]},{TENCENT}\r\n"
    uploaded = send(alice, text.encode("gbk"), "customers.csv")
    assert "The row is good" in page(alice.get(uploaded.location))


MACROS = rebuilt(PLAIN, extra={"xl/vbaProject.bin": b"x"})
DOCTYPE = rebuilt(PLAIN, replace={"xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (PLAIN[:-200], "damaged"),
        (bomb(b"\0" * 1_000_000, 300), "unpacks to far more"),
        (MACROS, "macros"),
        (DOCTYPE, "document type declaration"),
        (b"%PDF-1.7\x00", "neither an Excel workbook"),
        (workbook(["Company", "Number"], ["a", "b"]), "The column “Customer name (客户名称)” is missing"),
        (workbook(HEADERS), "headers but no rows"),
        (workbook(["Customer name", "客户名称"], ["a", "b"]), "appears twice"),
        (b"Customer name\n" + b"x\n" * 20_011, "more than 20000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_once_and_nothing_is_kept(
    as_user: LogIn, data: bytes, says: str
) -> None:
    alice = as_user("alice")
    started = time.perf_counter()
    refused = send(alice, data)
    print(f"{says}: {time.perf_counter() - started:.2f} s")
    assert refused.status_code == 422
    assert says in page(refused)
    assert 'id="field-file-error"' in page(refused)
    assert alice.get("/customers/import/1").status_code == 404


def test_no_file_is_said(as_user: LogIn) -> None:
    refused = as_user("alice").post("/customers/import", data={})
    assert refused.status_code == 422
    assert "Choose a file first" in page(refused)


def test_a_number_that_lost_its_end_and_a_formula_are_faults_of_their_rows(as_user: LogIn) -> None:
    alice = as_user("alice")
    data = workbook(HEADERS, ["甲", 913301007996550580.0], ["乙", "=A1"], GOOD)
    shown = page(alice.get(send(alice, data).location))
    assert "Cell B2 holds a long number" in shown
    assert "Cell B3 holds a formula" in shown
    assert "The good row; the faulty ones stay out" in shown


def test_an_import_of_another_is_not_there(as_user: LogIn) -> None:
    address = send(as_user("alice"), workbook(HEADERS, GOOD)).location
    for who in ("fiona", "carol"):
        other = as_user(who)
        assert other.get(address).status_code == 404
        assert other.get(f"{address}/errors.xlsx").status_code == 404
        assert other.post(address, data={"which": "all"}).status_code == 404
