"""The figures beside bell and inbox follow what happens, without a reload."""

import pytest
from playwright.sync_api import Page, Route, expect

from models.access import Role
from tests.support.visitors import Visitors

pytestmark = pytest.mark.browser


class Counts:
    """What the server answers in place of the product, so that a test needs no clock of its own."""

    def __init__(self, page: Page) -> None:
        self.status, self.bell, self.asked = 200, 0, 0
        page.route("**/notices/counts", self._answer)

    def _answer(self, route: Route) -> None:
        self.asked += 1
        body = {"counts": {"bell": self.bell, "inbox.index": 7}, "label": f"{self.bell} unread notices"}
        route.fulfill(status=self.status, json=body, headers={"ETag": f'"{self.bell}"'})


@pytest.fixture
def page(visit: Visitors) -> Page:
    page = visit.person(Role.APPROVER)
    page.clock.install()
    return page


def test_bell_and_inbox_follow_and_are_spoken(page: Page) -> None:
    counts = Counts(page)
    page.goto("/inbox")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    counts.bell = 3
    page.clock.run_for(30_000)
    expect(page.locator("[data-count=bell]")).to_have_text("3")
    expect(page.locator(".rail [data-count='inbox.index']").first).to_have_text("7")
    expect(page.get_by_role("link", name="3 unread notices")).to_be_visible()
    expect(page.locator("[data-live-label]")).to_have_text("3 unread notices")
    counts.bell = 0
    page.clock.run_for(30_000)
    expect(page.locator("[data-count=bell]")).to_be_hidden()


def test_it_asks_less_often_while_the_server_fails_and_stops_when_logged_out(page: Page) -> None:
    counts = Counts(page)
    page.goto("/inbox")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    counts.status = 404
    for _ in range(20):
        page.clock.run_for(30_000)
        page.wait_for_function("() => true")
    failed = counts.asked
    assert 1 <= failed <= 8, "ten minutes at 25 seconds would be more than twenty"
    counts.status = 401
    page.clock.run_for(400_000)
    page.wait_for_function("() => true")
    stopped = counts.asked
    page.clock.run_for(900_000)
    assert counts.asked == stopped
