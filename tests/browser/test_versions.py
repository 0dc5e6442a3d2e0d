"""A changed flow in the browser: what has changed, and moving the requests under way to it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from models.access import Role
from tests.support import axe, screens
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
    expect(page.locator(".empty-state")).to_be_visible()
    page.goto("/flows/1/move")
    expect(page.locator("main form button[type=submit]")).to_be_visible()


def test_no_button_of_a_phone_hides_behind_the_bars_when_it_gets_the_focus(visit: Visitors) -> None:
    page = visit.person(Role.DESIGNER, viewport=screens.PHONE, reduced_motion="reduce")
    page.goto("/flows")
    expect(page.locator("html[data-app=ready]")).to_be_attached()  # until then the page still moves
    for button in page.locator("main button").all():
        button.focus()
        assert button.evaluate(_IS_ON_TOP), button.inner_text()
