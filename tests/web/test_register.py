"""The register and its invoices in the browser: the filter in the address, roles, workbook, proof, paper."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import event, text

from models.access import Actor
from models.db import db
from tests.conftest import Browser
from tests.support.invoices import ALIBABA, SET, add_invoice, add_set

LogIn = Callable[[str], Browser]
NUMBERS = {sold.name: sold.number for sold in SET}
MOST_QUERIES = 12


@pytest.fixture
def ids(app: Flask, people: dict[str, Actor]) -> dict[str, int]:
    with app.app_context():
        return add_set(people["fiona"])


def shown(page: str, ids: dict[str, int]) -> str:
    return "".join(name for name in sorted(ids) if f'href="/invoices/{ids[name]}"' in page)


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement != "BEGIN":  # which asks nothing
            statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


class TestTheList:
    def test_the_filter_stands_in_the_address_and_in_the_form(self, as_user: LogIn, ids: dict[str, int]) -> None:
        address = (
            "/register?q=alibaba&since=2026-10-01&until=2026-10-31&status=issued&least=1,000&most=&channel=simulator"
        )
        page = as_user("fiona").get(address).text
        assert shown(page, ids) == ""
        page = as_user("fiona").get(address.replace("1,000", "¥ 250.56")).text
        assert shown(page, ids) == "C"
        assert 'value="alibaba"' in page
        assert 'value="2026-10-31"' in page
        assert 'name="status" value="issued"' in page

    def test_the_foot_sums_all_pages_and_the_tabs_keep_the_filter(self, as_user: LogIn, ids: dict[str, int]) -> None:
        page = as_user("fiona").get("/register?q=alibaba").text
        assert "100,250.55" in page
        assert "2 invoices" in page
        assert 'href="/register?q=alibaba&amp;status=voided"' in page
        assert 'href="/issuing"' in page

    def test_whoever_does_not_issue_finds_what_is_not_issued_among_the_requests(
        self, as_user: LogIn, ids: dict[str, int]
    ) -> None:
        assert 'href="/requests?stage=to_issue"' in as_user("otto").get("/register").text

    def test_a_page_goes_on_where_the_one_before_ended(
        self, app: Flask, people: dict[str, Actor], as_user: LogIn, ids: dict[str, int]
    ) -> None:
        page = as_user("fiona").get(f"/register?before=2026-10-31.{ids['D']}&q=KP-").text
        assert shown(page, ids) == "ABC"
        assert 'href="/register?q=KP-"' in page

    @pytest.mark.parametrize(
        ("query", "sentence"),
        [
            ("since=yesterday", "Enter a date"),
            ("least=lots", "Enter a number"),
            ("most=1.999", "Enter an amount"),
            ("most=1e40", "Enter an amount"),
            ("least=NaN", "Enter a"),
            ("status=lost", "Choose one of the list"),
            ("before=x", "This page does not exist"),
            ("before=2026-01-01.99999999999999999999999", "This page does not exist"),
            ("customer_id=99999999999999999999", "Choose one of the list"),
        ],
    )
    def test_a_filter_that_cannot_be_read_shows_no_half_of_a_list(
        self, as_user: LogIn, ids: dict[str, int], query: str, sentence: str
    ) -> None:
        browser = as_user("fiona")
        answer = browser.get(f"/register?{query}")
        assert answer.status_code == 422
        assert sentence in answer.text
        assert shown(answer.text, ids) == ""
        assert browser.get(f"/register/export.xlsx?{query}").status_code == 422

    def test_an_unknown_customer_finds_nothing(self, as_user: LogIn, ids: dict[str, int]) -> None:
        answer = as_user("fiona").get("/register?customer_id=999")
        assert (answer.status_code, shown(answer.text, ids)) == (200, "")
        assert "Nothing found." in answer.text

    def test_an_empty_register_says_how_it_is_filled(self, as_user: LogIn) -> None:
        assert "The register is empty" in as_user("fiona").get("/register").text

    def test_names_are_shown_and_never_run(self, as_user: LogIn, ids: dict[str, int]) -> None:
        assert "=cmd|&#39; /C calc&#39;!A0" in as_user("fiona").get("/register").text

    @pytest.mark.parametrize("address", ["/register", "/register?q=alibaba&customer_id=1", "/issuing", "/invoices/1"])
    def test_a_page_asks_few_questions_however_long_it_is(
        self, app: Flask, as_user: LogIn, ids: dict[str, int], address: str
    ) -> None:
        browser = as_user("fiona")
        with counting(app) as statements:
            assert browser.get(address).status_code == 200
        assert len(statements) <= MOST_QUERIES, statements


class TestRoles:
    @pytest.mark.parametrize("name", ["alice", "bob", "dora", "carol"])
    @pytest.mark.parametrize("address", ["/register", "/register/export.xlsx", "/register/verification"])
    def test_others_do_not_read_the_register(
        self, as_user: LogIn, ids: dict[str, int], name: str, address: str
    ) -> None:
        assert as_user(name).get(address).status_code == 403

    @pytest.mark.parametrize("name", ["otto", "ada", "fiona"])
    def test_auditor_administrator_and_finance_read_and_verify(
        self, as_user: LogIn, ids: dict[str, int], name: str
    ) -> None:
        browser = as_user(name)
        for address in ("/register", "/register/verification", f"/invoices/{ids['A']}"):
            assert browser.get(address).status_code == 200

    @pytest.mark.parametrize("name", ["bob", "dora", "carol", "carl"])
    def test_an_invoice_that_is_not_theirs_is_not_there(self, as_user: LogIn, ids: dict[str, int], name: str) -> None:
        browser = as_user(name)
        assert browser.get(f"/invoices/{ids['A']}").status_code == 404
        assert browser.get(f"/invoices/{ids['A']}/preview.pdf").status_code == 404

    def test_the_applicant_sees_the_invoice_of_a_request_but_not_the_register(
        self, app: Flask, people: dict[str, Actor], as_user: LogIn
    ) -> None:
        with app.app_context():
            invoice_id = add_invoice(people["alice"], SET[0])
        page = as_user("alice").get(f"/invoices/{invoice_id}")
        assert page.status_code == 200
        assert SET[0].number in page.text
        assert "Entries in the register" not in page.text


class TestTheInvoice:
    def test_it_shows_what_was_issued_and_its_entry(self, as_user: LogIn, ids: dict[str, int]) -> None:
        page = as_user("fiona").get(f"/invoices/{ids['D']}").text
        for part in (NUMBERS["D"], ALIBABA, "99,999.99", "玖万玖仟玖佰玖拾玖圆玖角玖分", "KP-D", "Voided", "R4N1"):
            assert part in page
        assert "Sample, not a real invoice" not in page

    def test_a_sample_says_so(self, as_user: LogIn, ids: dict[str, int]) -> None:
        assert "Sample, not a real invoice" in as_user("fiona").get(f"/invoices/{ids['C']}").text

    def test_the_paper_bears_the_number_in_its_name(self, as_user: LogIn, ids: dict[str, int]) -> None:
        browser = as_user("fiona")
        paper = browser.get(f"/invoices/{ids['A']}/preview.pdf?download=1")
        assert paper.data.startswith(b"%PDF")
        assert paper.headers["Content-Disposition"] == f"attachment; filename=invoice-{NUMBERS['A']}.pdf"
        sample = browser.get(f"/invoices/{ids['C']}/preview.pdf")
        assert sample.headers["Content-Disposition"] == f"inline; filename=sample-{NUMBERS['C']}.pdf"


class TestTheWorkbook:
    def test_it_holds_the_list_and_says_what_was_filtered(self, as_user: LogIn, ids: dict[str, int]) -> None:
        answer = as_user("otto").get("/register/export.xlsx?q=alibaba&status=issued&since=2026-10-01")
        rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.iter_rows(values_only=True))
        assert rows[1][0] == "Issued from: 2026-10-01 · Text: alibaba · Status: Issued"
        numbers = [row[rows[2].index("Invoice number")] for row in rows[3:-1]]
        assert numbers == [NUMBERS["C"]]


class TestTheProof:
    def test_a_whole_register_is_verified_with_its_last_hash(self, as_user: LogIn, ids: dict[str, int]) -> None:
        browser = as_user("otto")
        page = browser.get("/register/verification").text
        assert "Register verified:" in page
        assert "6 entries, unchanged" in page
        fragment = browser.get("/register/verification", headers={"HX-Request": "true"}).text
        assert "Register verified:" in fragment
        assert "<html" not in fragment

    def test_the_first_broken_entry_is_named(self, app: Flask, as_user: LogIn, ids: dict[str, int]) -> None:
        with app.app_context(), db.engine.begin() as raw:
            raw.execute(text("UPDATE ledger_head SET sequence = 9 WHERE name = 'register'"))
        page = as_user("fiona").get("/register/verification").text
        assert "The register is not as it was written." in page
        assert "Entries from 7 on are missing" in page
