"""Requests in the browser: the list, the document, what can be done about one, and who may not."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from models.access import Actor
from tests.conftest import Browser
from tests.support.pages import id_in, rows_in, send, submitted, text_of
from tests.support.requests import decide, form_of, ids_of, make_customer

People = dict[str, Actor]
AsUser = Callable[[str], Browser]


@pytest.fixture
def buyer(app: Flask, people: People) -> dict[str, int]:
    """A customer of Alice's company, by the names that the form uses."""
    with app.app_context():
        return ids_of(make_customer(people["alice"]))


@pytest.fixture
def alice(as_user: AsUser) -> Browser:
    return as_user("alice")


def test_a_request_is_written_submitted_and_seen(alice: Browser, buyer: dict[str, int]) -> None:
    assert alice.get("/requests/new").status_code == 200
    sent = send(alice, form_of(buyer), "submit")
    assert sent.status_code == 303
    page = text_of(alice.get(sent.location))
    for seen in (
        "KP-",
        "腾讯科技（深圳）有限公司",
        "106.00",
        "壹佰零陆圆整",
        "In approval",
        "Bob, Bea",
        "comes next: Fiona",
    ):
        assert seen in page
    listed = text_of(alice.get("/requests?stage=in_approval"))
    assert "软件开发服务" in listed
    assert "All 1" in listed


def test_an_empty_list_says_what_to_do(alice: Browser, as_user: AsUser) -> None:
    assert "No requests yet" in text_of(alice.get("/requests"))
    assert 'href="/requests/new"' in alice.get("/requests").text
    assert 'href="/requests/new"' not in as_user("bob").get("/requests").text


def test_a_list_that_finds_nothing_offers_everything(alice: Browser, buyer: dict[str, int]) -> None:
    submitted(alice, buyer)
    assert "Nothing found." in text_of(alice.get("/requests?q=nowhere"))


@pytest.mark.parametrize("query", ["stage=issued", "q=%25", "since=2999-01-01", "mine=true&stage=draft"])
def test_the_address_of_the_list_is_its_filter(alice: Browser, buyer: dict[str, int], query: str) -> None:
    submitted(alice, buyer)
    assert rows_in(alice.get(f"/requests?{query}")) == 0
    assert rows_in(alice.get("/requests?mine=true&since=2020-01-01&until=2999-01-01")) == 1


@pytest.mark.parametrize("query", ["stage=nowhere", "since=yesterday", "before=0", "before=x", "customer_id=-1"])
def test_an_address_that_makes_no_sense_is_refused_in_words(alice: Browser, query: str) -> None:
    response = alice.get(f"/requests?{query}")
    assert response.status_code == 422
    assert "cannot be accepted" in response.text


def test_a_saved_draft_shows_what_was_entered(alice: Browser, buyer: dict[str, int]) -> None:
    line = {"name": "云主机", "spec": "8C", "unit": "台", "quantity": "2", "unit_price": "1,234.50", "rate": "0.13"}
    saved = send(alice, form_of(buyer, line))
    page = alice.get(saved.location).text
    for value in ("云主机", "8C", "台", "2", "1234.5"):
        assert f'value="{value}"' in page
    assert "Draft" in text_of(alice.get("/requests"))


def test_a_request_under_way_is_not_edited(alice: Browser, buyer: dict[str, int]) -> None:
    request_id = submitted(alice, buyer)
    for response in (
        alice.get(f"/requests/{request_id}/edit"),
        send(alice, form_of(buyer), "save", f"/requests/{request_id}/edit"),
        alice.post(f"/requests/{request_id}/autosave", data={}),
    ):
        assert response.status_code == 409
        assert "is in approval and cannot be changed. Withdraw it first." in text_of(response)


def test_submitting_twice_gives_one_number(alice: Browser, buyer: dict[str, int]) -> None:
    draft = send(alice, form_of(buyer)).location
    assert send(alice, form_of(buyer), "submit", draft).status_code == 303
    assert send(alice, form_of(buyer), "submit", draft).status_code == 409
    assert rows_in(alice.get("/requests")) == 1
    assert "KP-" in alice.get("/requests").text


def test_a_request_is_withdrawn_changed_and_submitted_again(alice: Browser, buyer: dict[str, int]) -> None:
    request_id = submitted(alice, buyer)
    number = re.search(r"KP-[\d-]+", alice.get(f"/requests/{request_id}").text)
    assert number
    assert alice.post(f"/requests/{request_id}/withdraw").status_code == 303
    assert "Withdrawn" in text_of(alice.get(f"/requests/{request_id}"))
    again = send(alice, form_of(buyer, reason="Contract 8"), "submit", f"/requests/{request_id}/edit")
    page = text_of(alice.get(again.location))
    assert number[0] in page
    assert "Contract 8" in page


def test_the_applicant_reads_why_a_request_was_returned(
    app: Flask, alice: Browser, people: People, buyer: dict[str, int]
) -> None:
    request_id = submitted(alice, buyer)
    with app.app_context():
        decide(people["bob"], request_id, "return", "Which contract?")
    assert "Which contract?" in text_of(alice.get(f"/requests/{request_id}"))
    assert "Returned to you." in text_of(alice.get(f"/requests/{request_id}/edit"))


def test_a_request_is_copied_and_a_draft_discarded(alice: Browser, buyer: dict[str, int]) -> None:
    copy = alice.post(f"/requests/{submitted(alice, buyer)}/copy")
    copy_id = id_in(copy)
    assert 'value="软件开发服务"' in alice.get(copy.location).text
    assert alice.post(f"/requests/{copy_id}/discard").status_code == 303
    assert alice.get(f"/requests/{copy_id}").status_code == 404


def test_the_diagram_is_labelled_in_the_readers_language(alice: Browser, buyer: dict[str, int]) -> None:
    url = f"/requests/{submitted(alice, buyer)}/flow.bpmn"
    assert 'name="Choose approval chain"' in alice.get(url).text
    alice.post("/account/profile", data={"name": "Alice", "language": "zh"})
    assert 'name="选择审批链"' in alice.get(url).text


def test_the_approval_sheet_is_a_pdf(alice: Browser, buyer: dict[str, int]) -> None:
    sheet = alice.get(f"/requests/{submitted(alice, buyer)}/sheet.pdf")
    assert sheet.content_type == "application/pdf"
    assert sheet.data.startswith(b"%PDF")


_PAGES = ("", "/edit", "/flow.bpmn", "/sheet.pdf", "/attachments/1", "/timeline/1/files/1")
_ACTIONS = ("/edit", "/autosave", "/preview", "/submit", "/withdraw", "/copy", "/discard")


@pytest.fixture
def others_request(alice: Browser, buyer: dict[str, int]) -> int:
    return submitted(alice, buyer)


def _tries(browser: Browser, request_id: int) -> Iterator[TestResponse]:
    for page in _PAGES:
        yield browser.get(f"/requests/{request_id}{page}")
    for action in _ACTIONS:
        yield browser.post(f"/requests/{request_id}{action}", data={"action": "submit"})


def test_another_company_finds_nothing_at_any_address(as_user: AsUser, others_request: int) -> None:
    carol = as_user("carol")
    assert {response.status_code for response in _tries(carol, others_request)} == {404}
    assert rows_in(carol.get("/requests")) == 0


def test_an_id_that_no_database_can_hold_is_not_found(alice: Browser) -> None:
    # Where only the other method is known at such an address, the answer is 405.
    assert {response.status_code for response in _tries(alice, 10**30)} <= {404, 405}


def test_an_approver_reads_what_is_asked_of_them_and_changes_nothing(as_user: AsUser, others_request: int) -> None:
    bob = as_user("bob")
    page = bob.get(f"/requests/{others_request}")
    assert page.status_code == 200
    assert "Withdraw" not in text_of(page)
    for action in _ACTIONS:
        assert bob.post(f"/requests/{others_request}{action}", data={}).status_code == 403
    assert bob.get("/requests/new").status_code == 403


def test_the_form_is_refused_without_its_token(alice: Browser, buyer: dict[str, int]) -> None:
    assert alice.post("/requests/new", data=form_of(buyer), csrf=False).status_code == 400
