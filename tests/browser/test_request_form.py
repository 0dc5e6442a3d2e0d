"""The request form in a real Chromium: by keyboard alone, with rows from a spreadsheet, and what survives a reload."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect

from models.access import Actor
from tests.browser.components_app import serving
from tests.support import axe
from tests.support.approver_rules import save_step
from tests.support.requests import make_customer, make_request

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("available", ["sqlite"], indirect=True)]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SAVED = "[data-autosave-status][data-state=saved]"
PASTE = """text => {
  const data = new DataTransfer();
  data.setData('text/plain', text);
  const event = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
  document.activeElement.dispatchEvent(event);
}"""


@pytest.fixture
def request_id(app: Flask, people: dict[str, Actor]) -> int:
    """A request that is under way; its customer is the one that the tests choose."""
    with app.app_context():
        return make_request(people["alice"], make_customer(people["alice"]))


@pytest.fixture
def page(app: Flask, request_id: int, as_user: Callable[[str], Any], chromium: Chromium) -> Iterator[Page]:
    """Alice's browser."""
    name = app.config["LOGIN_COOKIE_NAME"]
    cookie = as_user("alice").get_cookie(name)
    with serving(app) as url:
        context = chromium.new_context(base_url=url, viewport=DESK, locale="en-US")  # type: ignore[arg-type]
        context.add_cookies([{"name": name, "value": cookie.value, "url": url}])
        yield context.new_page()
        context.close()


def _open_form(page: Page) -> None:
    page.goto("/requests/new")
    expect(page.locator(".ts-wrapper")).to_be_attached()


def _row(page: Page, row: int, column: str) -> Any:
    return page.locator(f"#field-lines-{row}-{column}")


def test_a_request_is_written_and_submitted_by_keyboard_alone(page: Page) -> None:
    _open_form(page)
    page.keyboard.press("Enter")  # too early: no list is open yet, and the form must not be sent
    expect(page).to_have_url(re.compile("/requests/new$"))
    page.keyboard.type("txkj")
    expect(page.locator(".pick-option")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("[name=header_id]")).to_contain_text("9144030071526726XG")
    _row(page, 0, "name").focus()
    page.keyboard.type("软件开发服务")
    page.keyboard.press("Tab")
    expect(_row(page, 0, "tax-code")).to_have_value("3040201010000000000")
    for text in ("V2", "", "项", "2", "1,234.50"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    expect(page.locator("#lines-totals")).to_contain_text("2,469.00")
    for approver in ("Bob", "Bea"):
        expect(page.locator("#request-approvers")).to_contain_text(approver)
    page.locator("#field-reason").focus()
    page.keyboard.type("Contract 7")
    page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_contain_text("KP-")
    expect(page.locator("main")).to_contain_text("2,469.00")


def test_rows_copied_in_a_spreadsheet_fill_the_lines(page: Page) -> None:
    _open_form(page)
    _row(page, 0, "name").focus()
    page.evaluate(PASTE, "Name\tSpec\tUnit\tQuantity\nPump\tP1\tpc\t2\t50\t\t6%\nHose\t\tm\t3\tten\t\t13%\n")
    expect(page.locator("[data-line]")).to_have_count(2)
    expect(_row(page, 0, "unit-price")).to_have_value("50")
    expect(_row(page, 0, "rate")).to_have_value("0.06")
    expect(_row(page, 1, "rate")).to_have_value("0.13")
    expect(_row(page, 1, "unit-price")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#line-1-notes")).to_contain_text("Enter a number")
    _row(page, 1, "unit-price").fill("10")
    expect(page.locator("#lines-totals")).to_contain_text("130.00")


def test_what_is_typed_survives_a_reload(page: Page) -> None:
    _open_form(page)
    _row(page, 0, "quantity").fill("a few")
    page.locator("#field-remark").fill("Deliver on Monday")
    expect(page.locator(SAVED)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/requests/\d+/edit$"))
    page.reload()
    expect(_row(page, 0, "quantity")).to_have_value("a few")
    expect(page.locator("#field-remark")).to_have_value("Deliver on Monday")


def test_a_submit_in_the_middle_of_a_save_makes_one_request(page: Page) -> None:
    _open_form(page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/autosave*", hold)
    with page.expect_request("**/autosave*"):
        page.locator("#field-reason").fill("Contract 7")
    page.locator("[data-submit-request]").click()
    held.pop().continue_()
    expect(page.locator("#error-summary")).to_be_visible()
    page.unroute_all()
    page.goto("/requests?stage=draft")
    expect(page.locator("tr[data-row]")).to_have_count(1)


def test_an_approver_is_chosen_by_keyboard_and_kept_while_other_entries_change(
    page: Page, app: Flask, people: dict[str, Actor]
) -> None:
    """Enter, pressed at once, takes whom the typed letters mean; the cursor stays, also when the preview arrives."""
    with app.app_context():
        save_step(people["ada"], {"kind": "initiator_choice", "several": True}, mode="all")
    page.goto("/requests/new?customer_id=1")
    expect(page.locator(".ts-wrapper").first).to_be_attached()
    _row(page, 0, "name").fill("软件开发服务")
    _row(page, 0, "amount").fill("50")
    choices, chosen = page.locator("#request-choices"), page.locator("#request-choices .item")
    choices.locator(".ts-control").click()
    page.keyboard.type("Be")
    page.keyboard.press("Enter")
    expect(page.locator("#request-approvers")).to_contain_text("Bea")
    page.keyboard.type("Fi")
    page.keyboard.press("Enter")
    expect(page.locator("#request-approvers")).to_contain_text("Fiona")
    assert choices.evaluate("choices => choices.contains(document.activeElement)")
    page.keyboard.press("Escape")
    for amount in ("x", "60"):
        _row(page, 0, "amount").fill(amount)
        expect(page.locator(SAVED)).to_be_visible()
        expect(chosen).to_have_count(2)
    assert axe.faults(page) == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_pages_of_the_room_have_no_accessibility_fault(page: Page, request_id: int, size: Any) -> None:
    page.set_viewport_size(size)
    for address in ("/requests", "/requests/new", f"/requests/{request_id}"):
        page.goto(address)
        expect(page.locator("html[data-app=ready]")).to_be_attached()
        assert axe.faults(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address
