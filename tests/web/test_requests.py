"""Requests in the browser: from a blank form to a document, with bad entries, other people, and no script at all."""

import re
from collections.abc import Callable, Iterator
from html import escape, unescape
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from models.access import Actor
from tests.conftest import Browser
from tests.support.requests import TAX_ID, decide, form_of, make_customer

People = dict[str, Actor]
AsUser = Callable[[str], Browser]


@pytest.fixture
def buyer(app: Flask, people: People) -> dict[str, int]:
    """A customer of Alice's company, by the names that the form uses."""
    with app.app_context():
        customer = make_customer(people["alice"])
        return {"customer_id": customer.id, "header_id": customer.headers[0].id}


@pytest.fixture
def alice(as_user: AsUser) -> Browser:
    return as_user("alice")


def _text(response: TestResponse) -> str:
    """The page as it is read: no tags, single blanks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.text)))


def _rows(response: TestResponse) -> int:
    """How many requests a list shows."""
    assert response.status_code == 200
    return response.text.count("<tr data-row")


def _id_in(response: TestResponse) -> int:
    found = re.search(r"/requests/(\d+)", response.location or "")
    assert found, response.location
    return int(found[1])


def _send(browser: Browser, form: dict[str, Any], action: str = "save", url: str = "/requests/new") -> TestResponse:
    return browser.post(url, data=form | {"action": action})


def _submitted(browser: Browser, buyer: dict[str, int]) -> int:
    return _id_in(_send(browser, form_of(**buyer), "submit"))


def test_a_request_is_written_submitted_and_seen(alice: Browser, buyer: dict[str, int]) -> None:
    assert alice.get("/requests/new").status_code == 200
    sent = _send(alice, form_of(**buyer), "submit")
    assert sent.status_code == 303
    page = _text(alice.get(sent.location))
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
    listed = _text(alice.get("/requests?stage=in_approval"))
    assert "软件开发服务" in listed
    assert "All 1" in listed


def test_an_empty_list_says_what_to_do(alice: Browser, as_user: AsUser) -> None:
    assert "No requests yet" in _text(alice.get("/requests"))
    assert 'href="/requests/new"' in alice.get("/requests").text
    assert 'href="/requests/new"' not in as_user("bob").get("/requests").text


def test_a_list_that_finds_nothing_offers_everything(alice: Browser, buyer: dict[str, int]) -> None:
    _submitted(alice, buyer)
    assert "Nothing found." in _text(alice.get("/requests?q=nowhere"))


@pytest.mark.parametrize("query", ["stage=issued", "q=%25", "since=2999-01-01", "mine=true&stage=draft"])
def test_the_address_of_the_list_is_its_filter(alice: Browser, buyer: dict[str, int], query: str) -> None:
    _submitted(alice, buyer)
    assert _rows(alice.get(f"/requests?{query}")) == 0
    assert _rows(alice.get("/requests?mine=true&since=2020-01-01&until=2999-01-01")) == 1


@pytest.mark.parametrize("query", ["stage=nowhere", "since=yesterday", "before=0", "before=x", "customer_id=-1"])
def test_an_address_that_makes_no_sense_is_refused_in_words(alice: Browser, query: str) -> None:
    response = alice.get(f"/requests?{query}")
    assert response.status_code == 422
    assert "cannot be accepted" in response.text


def test_a_saved_draft_shows_what_was_entered(alice: Browser, buyer: dict[str, int]) -> None:
    line = {"name": "云主机", "spec": "8C", "unit": "台", "quantity": "2", "unit_price": "1,234.50", "rate": "0.13"}
    saved = _send(alice, form_of(buyer["customer_id"], buyer["header_id"], line))
    page = alice.get(saved.location).text
    for value in ("云主机", "8C", "台", "2", "1234.5"):
        assert f'value="{value}"' in page
    assert "Draft" in _text(alice.get("/requests"))


def test_a_refused_submit_shows_the_form_with_each_fault_beside_its_field(
    alice: Browser, buyer: dict[str, int]
) -> None:
    form = form_of(buyer["customer_id"], buyer["header_id"], {"name": "云主机", "quantity": "-2", "unit_price": "1"})
    response = _send(alice, form | {"delivery_email": "nobody", "expected_on": "soon"}, "submit")
    assert response.status_code == 422
    for seen in ('value="云主机"', 'value="-2"', 'value="nobody"', 'id="field-delivery-email-error"', "Enter a date"):
        assert seen in response.text
    assert _rows(alice.get("/requests?stage=draft")) == 0


def test_what_is_missing_is_named_at_its_field(alice: Browser) -> None:
    response = _send(alice, {"invoice_type": "digital_ordinary"}, "submit")
    assert response.status_code == 422
    page = _text(response)
    for seen in ("Customer : Choose the customer.", "Lines : Enter at least one line.", "Reason : Name the contract"):
        assert seen in page


_NO_FIGURES = ("1e9", "NaN", "Infinity", "1,5", "12 34", "=1+1", "0x10", "１e９", "1" * 61, "<script>", "--1", ".")


def test_what_is_no_figure_is_refused_and_shown_again(alice: Browser, buyer: dict[str, int]) -> None:
    lines = [{"name": "Item", "quantity": entered, "unit_price": "1"} for entered in _NO_FIGURES]
    response = _send(alice, form_of(buyer["customer_id"], buyer["header_id"], *lines), "submit")
    assert response.status_code == 422
    for number, entered in enumerate(_NO_FIGURES, start=1):
        assert f"Line {number}, Quantity : Enter a number, such as 1234.50." in _text(response), entered
        assert f'value="{escape(entered)}"' in response.text


_FIGURES = {
    "1234.5": "1,234.50",
    "1,234.56": "1,234.56",
    "１２３４．５７": "1,234.57",
    "￥1,234.58 ": "1,234.58",
    "+7": "7.00",
    "99999999999.99": "99,999,999,999.99",
}


def test_figures_are_read_as_people_write_them(alice: Browser, buyer: dict[str, int]) -> None:
    lines = [{"name": "Item", "amount": entered, "rate": "0"} for entered in _FIGURES]
    saved = _send(alice, form_of(buyer["customer_id"], buyer["header_id"], *lines))
    assert saved.status_code == 303
    page = _text(alice.get(f"/requests/{_id_in(saved)}"))
    for entered, amount in _FIGURES.items():
        assert f"¥ {amount}" in page, entered


_FAULTS: tuple[tuple[dict[str, str], str], ...] = (
    ({"amount": "-1"}, "Amount : The amount -1 must be at least 0.01"),
    ({"amount": "1000000000000"}, "Amount : The amount 1000000000000 must be at least"),
    ({"amount": "1.001"}, "Amount : The amount 1.001 has more than two decimals."),
    ({"quantity": "1", "unit_price": "0.00000000000001"}, "Unit price : The unit price 1E-14 is too long"),
    ({"amount": "1", "discount": "2"}, "Discount : The discount 2 is larger"),
    ({"quantity": "2", "unit_price": "3", "amount": "7"}, "Amount : The amount 7.00 is not quantity times"),
    ({"quantity": "-2", "unit_price": "3"}, "Quantity : The quantity -2 must be a number above zero."),
)


def test_each_line_that_makes_no_sense_is_refused_in_words(alice: Browser, buyer: dict[str, int]) -> None:
    lines = [{"name": "Item"} | line for line, _sentence in _FAULTS]
    response = _send(alice, form_of(buyer["customer_id"], buyer["header_id"], *lines), "submit")
    assert response.status_code == 422
    for number, (_line, sentence) in enumerate(_FAULTS, start=1):
        assert f"Line {number}, {sentence}" in _text(response)


def test_rates_and_lengths_are_checked_at_the_door(alice: Browser, buyer: dict[str, int]) -> None:
    line = {"name": "Item", "amount": "1", "rate": "0.17", "unit": "x" * 23}
    response = _send(alice, form_of(buyer["customer_id"], buyer["header_id"], line), "submit")
    assert response.status_code == 422
    assert "Line 1, Tax rate : Choose one of the legal tax rates." in _text(response)
    assert "Line 1, Unit : At most 22 characters." in _text(response)


def test_a_hundred_lines_of_nonsense_are_named_one_by_one(alice: Browser, buyer: dict[str, int]) -> None:
    lines = [{"name": f"¿{place}", "quantity": "many", "unit_price": "NaN", "rate": "☃"} for place in range(100)]
    response = _send(alice, form_of(buyer["customer_id"], buyer["header_id"], *lines), "submit")
    assert response.status_code == 422
    page = _text(response)
    for number in range(1, 101):
        assert f"Line {number}, Quantity" in page
        assert f"Line {number}, Tax rate" in page
    assert _rows(alice.get("/requests")) == 0


def test_more_lines_than_an_invoice_takes_are_refused_in_words(alice: Browser, buyer: dict[str, int]) -> None:
    lines = [{"name": "Item", "amount": "1", "rate": "0.06"}] * 2001
    response = _send(alice, form_of(buyer["customer_id"], buyer["header_id"], *lines), "submit")
    assert response.status_code == 422
    assert "at most 2000 lines; this one has 2001" in _text(response)


def test_the_header_of_another_customer_is_refused_beside_its_field(
    app: Flask, alice: Browser, people: People, buyer: dict[str, int]
) -> None:
    with app.app_context():
        other = make_customer(people["alice"], "华为技术有限公司", "914403001922038216").headers[0].id
    response = _send(alice, form_of(buyer["customer_id"], other), "submit")
    assert response.status_code == 422
    assert "The header does not belong to this customer" in response.text


def test_a_customer_of_another_company_is_not_found(
    app: Flask, alice: Browser, people: People, buyer: dict[str, int]
) -> None:
    with app.app_context():
        foreign = make_customer(people["carol"], "Foreign", "")
        form = form_of(foreign.id, foreign.headers[0].id)
    assert _send(alice, form, "submit").status_code == 404
    assert "Foreign" not in alice.get("/requests/customers?q=Foreign").text
    assert "Foreign" not in alice.get(f"/requests/headers?customer_id={form['customer_id']}").text


@pytest.mark.parametrize("query", ["txkj", "腾讯", "9144 0300", TAX_ID.lower()])
def test_a_customer_is_offered_with_title_and_tax_number(alice: Browser, buyer: dict[str, int], query: str) -> None:
    (found,) = alice.get("/requests/customers", query_string={"q": query}).get_json()
    assert found["value"] == buyer["customer_id"]
    assert TAX_ID in found["sub"]


def test_the_usual_header_is_chosen_with_the_customer(alice: Browser, buyer: dict[str, int]) -> None:
    field = alice.get(f"/requests/headers?customer_id={buyer['customer_id']}").text
    assert re.search(rf'value="{buyer["header_id"]}" selected', field)
    form = form_of(buyer["customer_id"], buyer["header_id"]) | {"header_id": ""}
    assert _send(alice, form, "submit").status_code == 303


@pytest.mark.parametrize("customer_id", ["x", "-1", "99999999999999999999", "４"])
def test_a_customer_that_cannot_be_read_is_no_fault_of_ours(alice: Browser, customer_id: str) -> None:
    assert alice.get(f"/requests/headers?customer_id={customer_id}").status_code == 200
    assert alice.get(f"/requests/new?customer_id={customer_id}").status_code == 200
    assert alice.post("/requests/preview", data={"customer_id": customer_id}).status_code == 200
    assert _send(alice, {"customer_id": customer_id}, "submit").status_code == 422


def test_what_is_typed_is_saved_valid_or_not_and_comes_back(alice: Browser, buyer: dict[str, int]) -> None:
    typed = {"customer_id": buyer["customer_id"], "lines.5.name": "Half", "lines.5.quantity": "a few", "reason": "why"}
    saved = alice.post("/requests/autosave", data=typed).get_json()["url"]
    assert alice.post(saved, data=typed | {"remark": "more"}).status_code == 200
    page = alice.get(saved.replace("autosave", "edit").partition("?")[0]).text
    for value in ('value="Half"', 'value="a few"', ">why<", ">more<"):
        assert value in page
    assert "腾讯科技（深圳）有限公司" in _text(alice.get("/requests?stage=draft"))


def test_a_second_window_is_told_instead_of_overwriting(alice: Browser, buyer: dict[str, int]) -> None:
    first = alice.post("/requests/autosave", data={"reason": "one"}).get_json()["url"]
    assert alice.post(first, data={"reason": "two"}).status_code == 200
    assert alice.post(first, data={"reason": "three"}).status_code == 409
    edit = first.replace("autosave", "edit")
    refused = _send(alice, form_of(**buyer, reason="four"), "submit", edit)
    assert refused.status_code == 409
    assert "changed in another window" in _text(refused)
    assert ">four<" in refused.text
    assert ">two<" in alice.get(edit.partition("?")[0]).text


def test_the_preview_follows_the_entries_and_saves_nothing(alice: Browser, buyer: dict[str, int]) -> None:
    form = form_of(buyer["customer_id"], buyer["header_id"]) | {"lines.7.name": "Second", "lines.7.amount": "53"}
    page = _text(alice.post("/requests/preview", data=form))
    for seen in ("159.00", "壹佰伍拾玖圆整", "Manager approval Bob, Bea", "role Approver", "No tax code yet in line 2"):
        assert seen in page
    assert 'id="line-7-money"' in alice.post("/requests/preview", data=form).text
    assert "No requests yet" in _text(alice.get("/requests"))


def test_the_preview_speaks_of_what_is_wrong_not_of_what_is_not_typed_yet(
    alice: Browser, buyer: dict[str, int]
) -> None:
    form = form_of(buyer["customer_id"], buyer["header_id"], {"name": "Half"}, {"name": "Wrong", "quantity": "x"})
    page = _text(alice.post("/requests/preview", data=form))
    assert "Quantity: Enter a number" in page
    assert "Enter the amount" not in page


def test_rows_are_added_copied_and_removed_without_a_script(alice: Browser, buyer: dict[str, int]) -> None:
    form = form_of(buyer["customer_id"], buyer["header_id"], {"name": "One"}, {"name": "Two"})
    for action, names in (
        ("add-line", ["One", "Two", ""]),
        ("duplicate-line.0", ["One", "One", "Two"]),
        ("remove-line.0", ["Two"]),
        ("remove-line.9", ["One", "Two"]),
    ):
        response = _send(alice, form, action)
        assert response.status_code == 200
        assert re.findall(r'name="lines\.\d+\.name" value="([^"]*)"', response.text) == names
    assert "No requests yet" in _text(alice.get("/requests"))


def test_a_request_under_way_is_not_edited(alice: Browser, buyer: dict[str, int]) -> None:
    request_id = _submitted(alice, buyer)
    for response in (
        alice.get(f"/requests/{request_id}/edit"),
        _send(alice, form_of(**buyer), "save", f"/requests/{request_id}/edit"),
        alice.post(f"/requests/{request_id}/autosave", data={}),
    ):
        assert response.status_code == 409
        assert "is in approval and cannot be changed. Withdraw it first." in _text(response)


def test_submitting_twice_gives_one_number(alice: Browser, buyer: dict[str, int]) -> None:
    draft = _send(alice, form_of(**buyer)).location
    assert _send(alice, form_of(**buyer), "submit", draft).status_code == 303
    assert _send(alice, form_of(**buyer), "submit", draft).status_code == 409
    assert _rows(alice.get("/requests")) == 1
    assert "KP-" in alice.get("/requests").text


def test_a_request_is_withdrawn_changed_and_submitted_again(alice: Browser, buyer: dict[str, int]) -> None:
    request_id = _submitted(alice, buyer)
    number = re.search(r"KP-[\d-]+", alice.get(f"/requests/{request_id}").text)
    assert number
    assert alice.post(f"/requests/{request_id}/withdraw").status_code == 303
    assert "Withdrawn" in _text(alice.get(f"/requests/{request_id}"))
    again = _send(alice, form_of(**buyer, reason="Contract 8"), "submit", f"/requests/{request_id}/edit")
    page = _text(alice.get(again.location))
    assert number[0] in page
    assert "Contract 8" in page


def test_the_applicant_reads_why_a_request_was_returned(
    app: Flask, alice: Browser, people: People, buyer: dict[str, int]
) -> None:
    request_id = _submitted(alice, buyer)
    with app.app_context():
        decide(people["bob"], request_id, "return", "Which contract?")
    assert "Which contract?" in _text(alice.get(f"/requests/{request_id}"))
    assert "Returned to you." in _text(alice.get(f"/requests/{request_id}/edit"))


def test_a_request_is_copied_and_a_draft_discarded(alice: Browser, buyer: dict[str, int]) -> None:
    copy = alice.post(f"/requests/{_submitted(alice, buyer)}/copy")
    copy_id = _id_in(copy)
    assert 'value="软件开发服务"' in alice.get(copy.location).text
    assert alice.post(f"/requests/{copy_id}/discard").status_code == 303
    assert alice.get(f"/requests/{copy_id}").status_code == 404


def test_a_file_is_attached_read_and_removed(alice: Browser, buyer: dict[str, int]) -> None:
    form = form_of(**buyer) | {"files": (BytesIO(b"%PDF-1.7 contract"), "合同.pdf")}
    attached = _send(alice, form, "attach")
    assert attached.status_code == 303
    request_id = _id_in(attached)
    page = alice.get(f"/requests/{request_id}/edit").text
    assert 'value="软件开发服务"' in page
    link = re.search(rf"/requests/{request_id}/attachments/(\d+)", page)
    assert link
    file = alice.get(link[0])
    assert file.data == b"%PDF-1.7 contract"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert _send(alice, form_of(**buyer), f"detach.{link[1]}", f"/requests/{request_id}/edit").status_code == 303
    assert alice.get(link[0]).status_code == 404


def test_a_file_of_another_kind_is_refused_and_the_entries_stay(alice: Browser, buyer: dict[str, int]) -> None:
    form = form_of(**buyer) | {"files": (BytesIO(b"MZ"), "virus.pdf")}
    refused = _send(alice, form, "attach")
    assert refused.status_code == 422
    assert "“virus.pdf” is not a PDF" in _text(refused)
    again = re.search(r'action="(/requests/\d+/edit\?revision=\d+)"', refused.text)
    assert again
    assert _send(alice, form_of(**buyer), "submit", again[1]).status_code == 303


def test_the_diagram_is_labelled_in_the_readers_language(alice: Browser, buyer: dict[str, int]) -> None:
    url = f"/requests/{_submitted(alice, buyer)}/flow.bpmn"
    assert 'name="Choose approval chain"' in alice.get(url).text
    alice.post("/account/profile", data={"name": "Alice", "language": "zh"})
    assert 'name="选择审批链"' in alice.get(url).text


def test_the_approval_sheet_is_a_pdf(alice: Browser, buyer: dict[str, int]) -> None:
    sheet = alice.get(f"/requests/{_submitted(alice, buyer)}/sheet.pdf")
    assert sheet.content_type == "application/pdf"
    assert sheet.data.startswith(b"%PDF")


_PAGES = ("", "/edit", "/flow.bpmn", "/sheet.pdf", "/attachments/1")
_ACTIONS = ("/edit", "/autosave", "/preview", "/submit", "/withdraw", "/copy", "/discard")


@pytest.fixture
def others_request(alice: Browser, buyer: dict[str, int]) -> int:
    return _submitted(alice, buyer)


def _tries(browser: Browser, request_id: int) -> Iterator[TestResponse]:
    for page in _PAGES:
        yield browser.get(f"/requests/{request_id}{page}")
    for action in _ACTIONS:
        yield browser.post(f"/requests/{request_id}{action}", data={"action": "submit"})


def test_another_company_finds_nothing_at_any_address(as_user: AsUser, others_request: int) -> None:
    carol = as_user("carol")
    assert {response.status_code for response in _tries(carol, others_request)} == {404}
    assert _rows(carol.get("/requests")) == 0


def test_an_id_that_no_database_can_hold_is_not_found(alice: Browser) -> None:
    # Where only the other method is known at such an address, the answer is 405.
    assert {response.status_code for response in _tries(alice, 10**30)} <= {404, 405}


def test_an_approver_reads_what_is_asked_of_them_and_changes_nothing(as_user: AsUser, others_request: int) -> None:
    bob = as_user("bob")
    page = bob.get(f"/requests/{others_request}")
    assert page.status_code == 200
    assert "Withdraw" not in _text(page)
    for action in _ACTIONS:
        assert bob.post(f"/requests/{others_request}{action}", data={}).status_code == 403
    assert bob.get("/requests/new").status_code == 403


def test_the_form_is_refused_without_its_token(alice: Browser, buyer: dict[str, int]) -> None:
    assert alice.post("/requests/new", data=form_of(**buyer), csrf=False).status_code == 400
