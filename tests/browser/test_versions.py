"""A changed flow in the browser: what has changed, and moving the requests under way to it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.access import Role
from tests.support import axe, screens
from tests.support.backstage import backstage
from tests.support.moves import break_off, work
from tests.support.visitors import Visitors

pytestmark = pytest.mark.browser

_IS_ON_TOP = """button => {
  const { x, y, width, height } = button.getBoundingClientRect();
  return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
}"""
FLOW = Path(__file__).parents[2] / "workflows" / "bpmn" / "invoice_request.bpmn"


def _publish(page: Page, source: str) -> None:
    page.goto("/flows")
    page.set_input_files("input[type=file]", {"name": "a.bpmn", "mimeType": "text/xml", "buffer": source.encode()})
    page.locator("button[value=publish]").click()
    expect(page).to_have_url(re.compile(r"/flows/2$"))


def _is_sound(page: Page, path: str, name: str) -> None:
    page.goto(path)
    for size, screen in (("desk", screens.DESK), ("phone", screens.PHONE)):
        page.set_viewport_size(screen)  # type: ignore[arg-type]
        screens.take(page, f"{name}-{size}")
        assert axe.faults(page) == []
        assert screens.wider_than_screen(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_requests_under_way_are_moved_to_a_changed_flow(theme: str, visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER, theme=theme)
    _publish(page, FLOW.read_text(encoding="utf-8").replace("P5D", "P3D", 1).replace('"approval"', '"revision"', 1))
    _is_sound(page, "/flows/2", f"flow-version-{theme}")
    _is_sound(page, "/flows/2/changes", f"flow-changes-{theme}")
    expect(page.locator("tbody tr")).to_have_count(2)
    _is_sound(page, "/flows/2/move", f"flow-move-{theme}")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/flows/moves/1")
    _is_sound(page, "/flows/moves/1", f"flow-moving-{theme}")
    page.goto("/flows/1/move")
    expect(page.locator("main form button[type=submit]")).to_have_count(0)
    expect(page.locator("main .notice a[href='/flows/moves/1']")).to_be_visible()


def test_a_move_is_watched_left_come_back_to_and_rolled_back(visit_own: Visitors, tmp_path: Path) -> None:
    page = visit_own.person(Role.DESIGNER, reduced_motion="reduce")
    _publish(page, FLOW.read_text(encoding="utf-8").replace("P5D", "P3D", 1))
    page.goto("/flows/2/move")
    page.get_by_label("Reason").fill("Tell sooner")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("[data-live=figures]")).to_contain_text("Begins in a moment")
    page.goto("/flows")
    with backstage(tmp_path / "data") as company:
        break_off(company.app, 1, 3, KeyboardInterrupt())
        page.goto("/flows/moves/1")
        expect(page.locator("[data-live=figures]")).to_contain_text(re.compile(r"3 of \d+.*a second", re.DOTALL))
        page.route("**/flows/moves/1", lambda route: route.fulfill(status=429))
        expect(page.locator("[data-move-said]")).to_have_text("The server does not answer. Asking again …")
        page.unroute("**/flows/moves/1")
        work(company.app, 1)
        expect(page.locator("[data-move-state=done]")).to_be_visible(timeout=30_000)
        page.get_by_role("button", name="Roll back").click()
        page.locator("#confirm-dialog [data-confirm-agree]").click()
        page.wait_for_url("**/flows/moves/2")
        work(company.app, 2)
    expect(page.locator("[data-move-state=done]")).to_be_visible()
    expect(page.locator("main tbody tr").first).to_contain_text("2 → 1")
    _is_sound(page, "/flows/moves/1", "flow-moved-back")
    expect(page.locator("main tbody tr").first).to_contain_text("Moved back")
    _is_sound(page, "/flows/2", "flow-version-moves")


def test_no_button_of_a_phone_hides_behind_the_bars_when_it_gets_the_focus(visit: Visitors) -> None:
    page = visit.person(Role.DESIGNER, viewport=screens.PHONE, reduced_motion="reduce")
    page.goto("/flows")
    expect(page.locator("html[data-app=ready]")).to_be_attached()  # until then the page still moves
    for button in page.locator("main button").all():
        button.focus()
        assert button.evaluate(_IS_ON_TOP), button.inner_text()
