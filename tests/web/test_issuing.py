"""The issuing desk: what waits, what is copied, registering in a row, and the scanner."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.customers import Customer, Header
from models.db import db
from models.invoices import Invoice
from models.tenancy import serve_company
from tasks import inbox, register, requests
from tasks.issuing.qr import crc16
from tests.conftest import Browser

LogIn = Callable[[str], Browser]
People = dict[str, Actor]
TAX_ID = "91330100799655058B"
NUMBER = "26112000000000000001"


@pytest.fixture
def wait(app: Flask, people: People) -> Callable[..., int]:
    """`wait(total)`: a request of Alice's that its approvers agreed to; returns the id of the issuing task."""

    def make(total: str = "5000.00", kind: str = "digital_special") -> int:
        with app.app_context():
            customer_id, header_id = _customer(people["alice"])
        with app.app_context():
            draft = requests.RequestDraft(
                customer_id=customer_id,
                header_id=header_id,
                invoice_type=kind,
                reason="Contract 7",
                lines=[requests.LineDraft(name="Consulting", spec="S-1", amount=Decimal(total), rate="0.06")],
            )
            request_id = requests.create_draft(people["alice"], draft).id
            requests.submit_request(people["alice"], request_id=request_id)
        for name in ("bob", "fiona"):
            with app.app_context():
                task = _task(people[name], request_id)
                inbox.decide(people[name], task_id=task.id, decision="approve")
        with app.app_context():
            return _task(people["fiona"], request_id).id

    return make


def _customer(actor: Actor) -> tuple[int, int]:
    serve_company(actor.company_id)
    known = db.session.scalars(select(Customer)).first()
    if known is None:
        known = Customer(code="C1", name="Globex")
        known.headers = [
            Header(
                title="Globex Ltd", tax_id=TAX_ID, address="1 Long Street", bank_account="6222 0001", is_default=True
            )
        ]
        db.session.add(known)
        db.session.commit()
    return known.id, known.headers[0].id


def _task(actor: Actor, request_id: int):
    return next(row.task for row in inbox.list_tasks(actor).rows if row.request.id == request_id)


def entered(app: Flask, people: People) -> list[Invoice]:
    with app.app_context():
        serve_company(people["fiona"].company_id)
        return list(db.session.scalars(select(Invoice).order_by(Invoice.id)))


def scanned(amount: str, number: str = NUMBER, kind: str = "31") -> str:
    text = f"01,{kind},,{number},{amount},20261101,,"
    return text + crc16(text)


def waiting(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'id="waiting-(\d+)"', page)]


def test_the_desk_shows_what_waits_oldest_first_with_all_that_is_retyped(
    as_user: LogIn, wait: Callable[..., int]
) -> None:
    first, second = wait("5000.00"), wait("42.00")
    page = as_user("fiona").get("/issuing").text
    assert waiting(page) == [first, second]
    for part in ("Globex Ltd", TAX_ID, "1 Long Street", "6222 0001", "Consulting", "S-1", "4716.98", "5000.00"):
        assert f'data-copy="{part}"' in page
    assert f'href="/inbox/{first}"' in page


def test_an_empty_desk_says_when_something_comes(as_user: LogIn) -> None:
    assert "Nothing waits to be issued" in as_user("fiona").get("/issuing").text


def test_what_finance_has_to_approve_is_not_on_the_desk(app: Flask, people: People, as_user: LogIn) -> None:
    with app.app_context():
        customer_id, header_id = _customer(people["alice"])
    with app.app_context():
        lines = [requests.LineDraft(name="Consulting", amount=Decimal("42.00"), rate="0.06")]
        draft = requests.RequestDraft(customer_id=customer_id, header_id=header_id, reason="Contract 7", lines=lines)
        request_id = requests.create_draft(people["alice"], draft).id
        requests.submit_request(people["alice"], request_id=request_id)
    with app.app_context():
        inbox.decide(people["bob"], task_id=_task(people["bob"], request_id).id, decision="approve")
    with app.app_context():
        task_id = _task(people["fiona"], request_id).id
    browser = as_user("fiona")
    assert "Nothing waits to be issued" in browser.get("/issuing").text
    assert browser.post(f"/issuing/{task_id}", data={"channel": "simulator"}).status_code == 422
    assert entered(app, people) == []


def test_the_desk_goes_on_behind_a_task(as_user: LogIn, wait: Callable[..., int]) -> None:
    first, second = wait("5000.00"), wait("42.00")
    browser = as_user("fiona")
    assert waiting(browser.get(f"/issuing?after={first}").text) == [second]
    for nonsense in ("x", "-1", "9" * 30):
        assert waiting(browser.get(f"/issuing?after={nonsense}").text) == [first, second]


def test_the_desk_is_searched_by_customer_number_and_amount(as_user: LogIn, wait: Callable[..., int]) -> None:
    first, second = wait("5000.00"), wait("42.00")
    browser = as_user("fiona")
    assert waiting(browser.get("/issuing?q=42.00").text) == [second]
    assert waiting(browser.get("/issuing?q=globex").text) == [first, second]
    assert "mentions “nobody”" in browser.get("/issuing?q=nobody").text


@pytest.mark.parametrize("name", ["alice", "bob", "otto", "ada", "carol"])
def test_only_finance_has_a_desk(
    app: Flask, people: People, as_user: LogIn, wait: Callable[..., int], name: str
) -> None:
    task_id = wait()
    browser = as_user(name)
    assert browser.get("/issuing").status_code == 403
    answer = browser.post(f"/issuing/{task_id}", data={"channel": "simulator"})
    assert answer.status_code in (403, 404)
    assert entered(app, people) == []


def test_a_number_is_registered_in_its_row_which_is_then_gone(
    app: Flask, people: People, as_user: LogIn, wait: Callable[..., int]
) -> None:
    task_id, other = wait("5000.00"), wait("42.00")
    browser = as_user("fiona")
    entries = {"channel": "manual", "number": f" {NUMBER} ", "issued_on": "2026-11-01"}
    answer = browser.post(f"/issuing/{task_id}", data=entries)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/issuing")
    page = browser.get("/issuing").text
    assert waiting(page) == [other]
    assert "is issued and registered" in page
    (invoice,) = entered(app, people)
    assert (invoice.number, invoice.issued_on.isoformat(), invoice.gross) == (NUMBER, "2026-11-01", Decimal("5000.00"))
    with app.app_context():
        assert register.check_register(people["fiona"]).is_whole


def test_the_browser_gets_one_row_in_place_of_another(as_user: LogIn, wait: Callable[..., int]) -> None:
    task_id = wait()
    answer = as_user("fiona").post(f"/issuing/{task_id}", data={"channel": "simulator"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<li")
    assert "Sample, not a real invoice" in answer.text
    assert 'href="/invoices/1"' in answer.text


def test_a_date_before_the_approval_is_said_after_registering(as_user: LogIn, wait: Callable[..., int]) -> None:
    entries = {"channel": "manual", "number": NUMBER, "issued_on": "2026-01-05"}
    browser = as_user("fiona")
    browser.post(f"/issuing/{wait()}", data=entries)
    assert "The invoice is dated 2026-01-05, but the request was approved on" in browser.get("/issuing").text


@pytest.mark.parametrize("fragment", [True, False])
@pytest.mark.parametrize(
    ("entries", "sentence", "status"),
    [
        ({"number": "2611"}, "must have 20 digits", 422),
        ({"number": ""}, "Enter the invoice number", 422),
        ({"number": NUMBER, "issued_on": "2099-01-01"}, "lies in the future", 422),
        ({"number": NUMBER, "issued_on": "soon"}, "Enter a date", 422),
        ({"number": NUMBER, "code": "1100153350"}, "no invoice code", 422),
        ({"number": NUMBER, "channel": "pigeon"}, "Choose how the invoice is issued", 422),
        ({"number": NUMBER, "revision": "99"}, "has changed since you opened it", 409),
    ],
)
def test_what_is_wrong_stands_beside_the_row_and_nothing_typed_is_lost(
    app: Flask,
    people: People,
    as_user: LogIn,
    wait: Callable[..., int],
    entries: dict[str, str],
    sentence: str,
    status: int,
    fragment: bool,
) -> None:
    task_id = wait()
    headers = {"HX-Request": "true"} if fragment else {}
    data = {"channel": "manual", "issued_on": "2026-11-02", **entries}
    answer = as_user("fiona").post(f"/issuing/{task_id}", data=data, headers=headers)
    assert answer.status_code == status
    assert sentence in answer.text
    assert waiting(answer.text) == [task_id]
    assert f'value="{data["number"]}"' in answer.text
    assert f'value="{data["issued_on"]}"' in answer.text
    assert entered(app, people) == []


def test_a_number_that_is_taken_is_refused_with_its_owner(as_user: LogIn, wait: Callable[..., int]) -> None:
    first, second = wait("5000.00"), wait("42.00")
    browser = as_user("fiona")
    browser.post(f"/issuing/{first}", data={"channel": "manual", "number": NUMBER})
    answer = browser.post(f"/issuing/{second}", data={"channel": "manual", "number": NUMBER})
    assert answer.status_code == 409
    assert "is already registered, for request KP-" in answer.text
    assert waiting(answer.text) == [second]


def test_whoever_comes_second_reads_who_was_first(as_user: LogIn, wait: Callable[..., int]) -> None:
    task_id = wait()
    browser = as_user("fiona")
    browser.post(f"/issuing/{task_id}", data={"channel": "simulator"})
    answer = browser.post(f"/issuing/{task_id}", data={"channel": "simulator"})
    assert answer.status_code == 409
    assert "Fiona already handled this task" in answer.text


class TestTheScanner:
    def test_number_and_date_are_filled_in_beside_the_request_with_that_total(
        self, as_user: LogIn, wait: Callable[..., int]
    ) -> None:
        wait("5000.00")
        task_id = wait("42.00")
        page = as_user("fiona").get("/issuing", query_string={"scan": scanned("42.00")}).text
        assert waiting(page) == [task_id]
        assert f'value="{NUMBER}"' in page
        assert 'value="2026-11-01"' in page

    def test_of_two_requests_with_one_total_the_type_decides(self, as_user: LogIn, wait: Callable[..., int]) -> None:
        wait("42.00")
        task_id = wait("42.00", "digital_ordinary")
        page = as_user("fiona").get("/issuing", query_string={"scan": scanned("42.00", kind="32")}).text
        assert waiting(page) == [task_id]
        assert f'value="{NUMBER}"' in page

    def test_a_request_of_another_type_is_offered_when_no_other_has_the_total(
        self, as_user: LogIn, wait: Callable[..., int]
    ) -> None:
        task_id = wait("42.00")
        page = as_user("fiona").get("/issuing", query_string={"scan": scanned("42.00", kind="32")}).text
        assert waiting(page) == [task_id]
        assert "Compare the buyer, then register." in page

    def test_nothing_is_filled_in_where_several_fit(self, as_user: LogIn, wait: Callable[..., int]) -> None:
        both = [wait("42.00"), wait("42.00")]
        page = as_user("fiona").get("/issuing", query_string={"scan": scanned("42.00")}).text
        assert waiting(page) == both
        assert "More than one request fits." in page
        assert f'value="{NUMBER}"' not in page

    def test_an_amount_that_nobody_asked_for_is_said(self, as_user: LogIn, wait: Callable[..., int]) -> None:
        task_id = wait("42.00")
        page = as_user("fiona").get("/issuing", query_string={"scan": scanned("43.00")}).text
        assert "No request fits." in page
        assert waiting(page) == [task_id]

    def test_an_invoice_that_is_registered_is_named(self, as_user: LogIn, wait: Callable[..., int]) -> None:
        browser = as_user("fiona")
        browser.post(f"/issuing/{wait('42.00')}", data={"channel": "manual", "number": NUMBER})
        page = browser.get("/issuing", query_string={"scan": scanned("42.00")}).text
        assert "Already registered." in page
        assert 'href="/invoices/1"' in page

    def test_a_wrong_check_sum_only_warns(self, as_user: LogIn, wait: Callable[..., int]) -> None:
        task_id = wait("42.00")
        page = as_user("fiona").get("/issuing", query_string={"scan": scanned("42.00")[:-4] + "0000"}).text
        assert "The check sum of the code does not fit" in page
        assert waiting(page) == [task_id]

    def test_what_is_no_code_is_refused_beside_the_box(self, as_user: LogIn, wait: Callable[..., int]) -> None:
        task_id = wait("42.00")
        page = as_user("fiona").get("/issuing", query_string={"scan": "<script>hello"}).text
        assert "This is not the QR code of an invoice" in page
        assert "<script>hello" not in page
        assert waiting(page) == [task_id]
