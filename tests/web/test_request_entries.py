"""The request form: what it takes, what it refuses beside which field, what it keeps, and its preview; no script."""

import re
from collections.abc import Callable
from html import escape
from io import BytesIO

import pytest
from flask import Flask

from models.access import Actor
from tests.conftest import Browser
from tests.support.pages import id_in, rows_in, send, text_of
from tests.support.requests import TAX_ID, form_of, ids_of, make_customer

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


def test_a_refused_submit_shows_the_form_with_each_fault_beside_its_field(
    alice: Browser, buyer: dict[str, int]
) -> None:
    form = form_of(buyer, {"name": "云主机", "quantity": "-2", "unit_price": "1"})
    response = send(alice, form | {"delivery_email": "nobody", "expected_on": "soon"}, "submit")
    assert response.status_code == 422
    for seen in ('value="云主机"', 'value="-2"', 'value="nobody"', 'id="field-delivery-email-error"', "Enter a date"):
        assert seen in response.text
    assert rows_in(alice.get("/requests?stage=draft")) == 0


def test_what_is_missing_is_named_at_its_field(alice: Browser) -> None:
    response = send(alice, {"invoice_type": "digital_ordinary"}, "submit")
    assert response.status_code == 422
    page = text_of(response)
    for seen in ("Customer : Choose the customer.", "Lines : Enter at least one line.", "Reason : Name the contract"):
        assert seen in page


_NO_FIGURES = ("1e9", "NaN", "Infinity", "1,5", "12 34", "=1+1", "0x10", "１e９", "1" * 61, "<script>", "--1", ".")


def test_what_is_no_figure_is_refused_and_shown_again(alice: Browser, buyer: dict[str, int]) -> None:
    lines = [{"name": "Item", "quantity": entered, "unit_price": "1"} for entered in _NO_FIGURES]
    response = send(alice, form_of(buyer, *lines), "submit")
    assert response.status_code == 422
    for number, entered in enumerate(_NO_FIGURES, start=1):
        assert f"Line {number}, Quantity : Enter a number, such as 1234.50." in text_of(response), entered
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
    saved = send(alice, form_of(buyer, *lines))
    assert saved.status_code == 303
    page = text_of(alice.get(f"/requests/{id_in(saved)}"))
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
    response = send(alice, form_of(buyer, *lines), "submit")
    assert response.status_code == 422
    for number, (_line, sentence) in enumerate(_FAULTS, start=1):
        assert f"Line {number}, {sentence}" in text_of(response)


def test_rates_and_lengths_are_checked_at_the_door(alice: Browser, buyer: dict[str, int]) -> None:
    line = {"name": "Item", "amount": "1", "rate": "0.17", "unit": "x" * 23}
    response = send(alice, form_of(buyer, line), "submit")
    assert response.status_code == 422
    assert "Line 1, Tax rate : Choose one of the legal tax rates." in text_of(response)
    assert "Line 1, Unit : At most 22 characters." in text_of(response)


def test_a_hundred_lines_of_nonsense_are_named_one_by_one(alice: Browser, buyer: dict[str, int]) -> None:
    lines = [{"name": f"¿{place}", "quantity": "many", "unit_price": "NaN", "rate": "☃"} for place in range(100)]
    response = send(alice, form_of(buyer, *lines), "submit")
    assert response.status_code == 422
    page = text_of(response)
    for number in range(1, 101):
        assert f"Line {number}, Quantity" in page
        assert f"Line {number}, Tax rate" in page
    assert rows_in(alice.get("/requests")) == 0


def test_more_lines_than_an_invoice_takes_are_refused_in_words(alice: Browser, buyer: dict[str, int]) -> None:
    lines = [{"name": "Item", "amount": "1", "rate": "0.06"}] * 2001
    response = send(alice, form_of(buyer, *lines), "submit")
    assert response.status_code == 422
    assert "at most 2000 lines; this one has 2001" in text_of(response)


def test_the_header_of_another_customer_is_refused_beside_its_field(
    app: Flask, alice: Browser, people: People, buyer: dict[str, int]
) -> None:
    with app.app_context():
        other = make_customer(people["alice"], "华为技术有限公司", "914403001922038216").headers[0].id
    response = send(alice, form_of(buyer | {"header_id": other}), "submit")
    assert response.status_code == 422
    assert "The header does not belong to this customer" in response.text


def test_a_customer_of_another_company_is_not_found(
    app: Flask, alice: Browser, people: People, buyer: dict[str, int]
) -> None:
    with app.app_context():
        foreign = make_customer(people["carol"], "Foreign", "")
        form = form_of(ids_of(foreign))
    assert send(alice, form, "submit").status_code == 404
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
    form = form_of(buyer) | {"header_id": ""}
    assert send(alice, form, "submit").status_code == 303


@pytest.mark.parametrize("customer_id", ["x", "-1", "99999999999999999999", "４"])
def test_a_customer_that_cannot_be_read_is_no_fault_of_ours(alice: Browser, customer_id: str) -> None:
    assert alice.get(f"/requests/headers?customer_id={customer_id}").status_code == 200
    assert alice.get(f"/requests/new?customer_id={customer_id}").status_code == 200
    assert alice.post("/requests/preview", data={"customer_id": customer_id}).status_code == 200
    assert send(alice, {"customer_id": customer_id}, "submit").status_code == 422


def test_what_is_typed_is_saved_valid_or_not_and_comes_back(alice: Browser, buyer: dict[str, int]) -> None:
    typed = {"customer_id": buyer["customer_id"], "lines.5.name": "Half", "lines.5.quantity": "a few", "reason": "why"}
    saved = alice.post("/requests/autosave", data=typed).get_json()["url"]
    assert alice.post(saved, data=typed | {"remark": "more"}).status_code == 200
    page = alice.get(saved.replace("autosave", "edit").partition("?")[0]).text
    for value in ('value="Half"', 'value="a few"', ">why<", ">more<"):
        assert value in page
    assert "腾讯科技（深圳）有限公司" in text_of(alice.get("/requests?stage=draft"))


def test_a_second_window_is_told_instead_of_overwriting(alice: Browser, buyer: dict[str, int]) -> None:
    first = alice.post("/requests/autosave", data={"reason": "one"}).get_json()["url"]
    assert alice.post(first, data={"reason": "two"}).status_code == 200
    assert alice.post(first, data={"reason": "three"}).status_code == 409
    edit = first.replace("autosave", "edit")
    refused = send(alice, form_of(buyer, reason="four"), "submit", edit)
    assert refused.status_code == 409
    assert "changed in another window" in text_of(refused)
    assert ">four<" in refused.text
    assert ">two<" in alice.get(edit.partition("?")[0]).text


def test_the_preview_follows_the_entries_and_saves_nothing(alice: Browser, buyer: dict[str, int]) -> None:
    form = form_of(buyer) | {"lines.7.name": "Second", "lines.7.amount": "53"}
    page = text_of(alice.post("/requests/preview", data=form))
    for seen in (
        "159.00",
        "壹佰伍拾玖圆整",
        "Manager approval Bob one of those with the role Bea",
        "No tax code yet in line 2",
    ):
        assert seen in page
    assert 'id="line-7-money"' in alice.post("/requests/preview", data=form).text
    assert "No requests yet" in text_of(alice.get("/requests"))


def test_the_preview_speaks_of_what_is_wrong_not_of_what_is_not_typed_yet(
    alice: Browser, buyer: dict[str, int]
) -> None:
    form = form_of(buyer, {"name": "Half"}, {"name": "Wrong", "quantity": "x"})
    page = text_of(alice.post("/requests/preview", data=form))
    assert "Quantity: Enter a number" in page
    assert "Enter the amount" not in page


def test_rows_are_added_copied_and_removed_without_a_script(alice: Browser, buyer: dict[str, int]) -> None:
    form = form_of(buyer, {"name": "One"}, {"name": "Two"})
    for action, names in (
        ("add-line", ["One", "Two", ""]),
        ("duplicate-line.0", ["One", "One", "Two"]),
        ("remove-line.0", ["Two"]),
        ("remove-line.9", ["One", "Two"]),
    ):
        response = send(alice, form, action)
        assert response.status_code == 200
        assert re.findall(r'name="lines\.\d+\.name" value="([^"]*)"', response.text) == names
    assert "No requests yet" in text_of(alice.get("/requests"))


def test_a_file_is_attached_read_and_removed(alice: Browser, buyer: dict[str, int]) -> None:
    form = form_of(buyer) | {"files": (BytesIO(b"%PDF-1.7 contract"), "合同.pdf")}
    attached = send(alice, form, "attach")
    assert attached.status_code == 303
    request_id = id_in(attached)
    page = alice.get(f"/requests/{request_id}/edit").text
    assert 'value="软件开发服务"' in page
    link = re.search(rf"/requests/{request_id}/attachments/(\d+)", page)
    assert link
    file = alice.get(link[0])
    assert file.data == b"%PDF-1.7 contract"
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert send(alice, form_of(buyer), f"detach.{link[1]}", f"/requests/{request_id}/edit").status_code == 303
    assert alice.get(link[0]).status_code == 404


def test_a_file_of_another_kind_is_refused_and_the_entries_stay(alice: Browser, buyer: dict[str, int]) -> None:
    address = "/requests/new"
    for _time in range(2):
        refused = send(alice, form_of(buyer) | {"files": (BytesIO(b"MZ"), "virus.pdf")}, "attach", address)
        assert refused.status_code == 422
        assert "“virus.pdf” is not a PDF" in text_of(refused)
        (address,) = re.findall(r'action="(/requests/\d+/edit\?revision=\d+)"', refused.text)
    assert send(alice, form_of(buyer), "submit", address).status_code == 303
