"""What people do on the pages, in steps. Everything is found by field and role, so that it works in both languages."""

import re
from decimal import Decimal

from playwright.sync_api import Locator, Page, expect

CUSTOMER = "腾讯科技（深圳）有限公司"
CUSTOMER_INITIALS = "txkj"


def fill_in_request(page: Page, *, price: str, reason: str = "HT-2026-7") -> None:
    """Begin a request for two pieces of software at `price` each, and wait for its totals."""
    page.goto("/requests/new")
    expect(page.locator(".ts-wrapper")).to_be_attached()
    page.get_by_role("combobox").first.press_sequentially(CUSTOMER_INITIALS)
    expect(page.locator(".pick-option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("[name=header_id]")).to_contain_text(CUSTOMER)
    page.locator("#field-lines-0-name").fill("软件开发服务")
    page.locator("#field-lines-0-quantity").fill("2")
    page.locator("#field-lines-0-unit-price").fill(price)
    page.locator("#field-reason").fill(reason)
    expect(page.locator("#lines-totals")).to_contain_text(f"{Decimal(price) * 2:,.2f}")


def submit(page: Page) -> str:
    """Submit the request of the form and return the number it got."""
    page.locator("[data-submit-request]").click()
    heading = page.locator("h1.num")
    expect(heading).to_have_text(re.compile(r"^\S+-\d+$"))
    return heading.inner_text()


def make_request(page: Page, *, price: str) -> str:
    """Submit a request and return its number."""
    fill_in_request(page, price=price)
    return submit(page)


def find_in_inbox(page: Page, number: str) -> Locator:
    """Search the inbox for a request, by keyboard, and return the rows that are found."""
    page.goto("/inbox")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(re.escape(f"q={number}")))
    return page.locator("[data-row]")


def open_task(page: Page, number: str) -> None:
    """Open the task about a request from the inbox, by keyboard."""
    expect(find_in_inbox(page, number)).to_have_count(1)
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(document(page)).to_contain_text(number)
    expect(page.locator("#decide")).to_be_attached()


def document(page: Page) -> Locator:
    """The head of the document that is open in the inbox."""
    return page.locator("#document .document-head")


def approve_by_key(page: Page, number: str) -> None:
    """Open the task about a request and approve it, by keyboard alone."""
    open_task(page, number)
    page.keyboard.press("a")
    expect(page.locator("#document .notice.tone-green").first).to_contain_text(number)


def press_decision(page: Page, decision: str) -> None:
    page.locator(f"button[name=decision][value={decision}]").click()
