"""The picture of a running request shows where it will probably go, and says it in words."""

import pytest
from playwright.sync_api import Page, expect

from models.access import Role
from tests.browser.steps import make_request
from tests.support.visitors import Visitors

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visit: Visitors) -> Page:
    """The page of a request that was just submitted, and waits for its first approval."""
    opened = visit.person(Role.APPLICANT)
    make_request(opened, price="100")
    expect(opened.locator("bpmn-view[data-ready]")).to_be_attached()
    return opened


def test_the_way_to_the_invoice_is_dashed_and_no_other(page: Page) -> None:
    def is_dashed(element: str) -> bool:
        shape = page.locator(f"[data-element-id={element}] .djs-visual > :is(path, rect, circle, polygon)").first
        return bool(shape.evaluate("shape => getComputedStyle(shape).strokeDasharray !== 'none'"))

    ahead = ["advance", "to_advance", "mark_approved", "issue", "to_issue_invoice", "end_issued"]
    assert {element: is_dashed(element) for element in ahead} == dict.fromkeys(ahead, True)
    others = ["approve", "start", "mark_rejected", "returned", "revise", "approve_together", "escalate", "reopen"]
    assert {element: is_dashed(element) for element in others} == dict.fromkeys(others, False)


def test_the_legend_and_the_text_say_what_the_dashes_mean(page: Page) -> None:
    expect(page.locator(".legend").first).to_contain_text("Probably next")
    page.get_by_text("The steps as text").click()
    way = page.locator("[data-way-ahead]")
    expect(way).to_contain_text("Mark as approved → Issue invoice")
    expect(way).not_to_contain_text("Reject")
