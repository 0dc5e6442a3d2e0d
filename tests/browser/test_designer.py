"""A designer edits the flow in a browser: nothing typed is lost, and what is published is what was drawn."""

import re

import pytest
from playwright.sync_api import Page, expect

from models.access import Role
from tests.support import axe, screens
from tests.support.visitors import Language, Visitors, speak

DRAWN = "[data-element-id=approve] .djs-label"
SAID = {
    "en": {"edit": "Edit", "review": "Review and publish", "publish": "Publish", "saved": "Saved at"},
    "zh": {"edit": "编辑", "review": "核对并发布", "publish": "发布", "saved": "已于"},
}


def open_draft(page: Page, language: Language = "en") -> str:
    """Begin a draft of the shipped flow, or go to the one that there is; its address."""
    page.goto("/flows")
    page.get_by_role("button", name=SAID[language]["edit"], exact=True).click()
    expect(page.locator("[data-draft][data-ready]")).to_be_attached()
    return page.url


def rename(page: Page, text: str, language: Language = "en") -> None:
    """Type a new name into the step “approve”, on the canvas, and wait until the server has it."""
    page.locator("[data-status]").evaluate("status => { status.dataset.state = ''; }")
    page.locator("[data-element-id=approve] .djs-hit").first.dblclick(force=True)
    box = page.locator(".djs-direct-editing-content")
    expect(box).to_be_visible()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator(DRAWN)).to_have_text(text)
    expect(page.locator("[data-status]")).to_have_attribute("data-state", "saved")


def forgive_lost_requests(visitors: Visitors) -> None:
    """The console writes a line for each request that a test has cut off; nothing else may stand there."""
    assert [line for line in visitors.complaints if "ERR_FAILED" not in line] == []
    visitors.complaints.clear()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_step_that_is_renamed_on_the_canvas_is_published_under_its_new_name(
    language: Language, visit_own: Visitors
) -> None:
    page = visit_own.person(Role.DESIGNER, language=language)
    open_draft(page, language)
    rename(page, "Sign off" if language == "en" else "签字", language)
    page.get_by_role("link", name=SAID[language]["review"]).click()
    expect(page.get_by_role("table")).to_contain_text("Sign off" if language == "en" else "签字")
    page.get_by_role("button", name=SAID[language]["publish"], exact=True).click()
    expect(page.locator("h1")).to_contain_text("invoice_request")
    expect(page.locator(DRAWN)).to_have_text("Sign off" if language == "en" else "签字")
    published = page.url
    speak(page, "zh" if language == "en" else "en")
    page.goto(published)
    expect(page.locator(DRAWN)).to_contain_text("审批申请" if language == "en" else "Approve")


def test_what_was_drawn_is_there_again_after_a_reload_and_can_still_be_undone(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    open_draft(page)
    rename(page, "Sign off")
    page.reload()
    expect(page.locator("[data-draft][data-ready]")).to_be_attached()
    expect(page.locator(DRAWN)).to_have_text("Sign off")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(DRAWN)).to_have_text(re.compile("Approve"))
    page.get_by_role("button", name="Redo").click()
    expect(page.locator(DRAWN)).to_have_text("Sign off")


def test_what_never_reached_the_server_comes_back_in_the_same_browser(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    address = open_draft(page)
    page.route("**/files/*", lambda route: route.abort() if route.request.method == "PUT" else route.continue_())
    page.locator("[data-element-id=approve] .djs-hit").first.dblclick(force=True)
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Sign off")
    page.keyboard.press("Enter")
    expect(page.locator("[data-status]")).to_have_attribute("data-state", "offline")
    page.unroute_all()
    killed = page.context.new_page()
    page.close(run_before_unload=False)
    killed.goto(address)
    expect(killed.locator(DRAWN)).to_have_text("Sign off")
    expect(killed.locator("[data-status]")).to_have_attribute("data-state", "saved")
    forgive_lost_requests(visit_own)


def test_the_second_designer_looks_on_sees_each_change_and_may_take_over(visit_own: Visitors) -> None:
    first, second = visit_own.person(Role.DESIGNER), visit_own.person(Role.ADMIN)
    open_draft(first)
    open_draft(second)
    expect(second.locator(".djs-palette")).to_have_count(0)
    expect(second.locator("[data-status]")).to_contain_text("is editing")
    rename(first, "Sign off")
    expect(second.locator(DRAWN)).to_have_text("Sign off")
    second.get_by_role("button", name="Edit here instead").click()
    expect(second.locator(".djs-palette")).to_be_visible()
    expect(first.locator(".djs-palette")).to_have_count(0)
    rename(second, "Countersign")
    expect(first.locator(DRAWN)).to_have_text("Countersign")


def test_two_who_edit_at_once_lose_nothing_and_the_later_one_chooses(visit_own: Visitors) -> None:
    first, second = visit_own.person(Role.DESIGNER), visit_own.person(Role.ADMIN)
    open_draft(first)
    first.route("**/visit", lambda route: route.abort())  # it does not learn that the other takes over
    open_draft(second)
    second.get_by_role("button", name="Edit here instead").click()
    expect(second.locator(".djs-palette")).to_be_visible()
    rename(second, "Theirs")
    first.locator("[data-element-id=escalate] .djs-hit").first.dblclick(force=True)
    first.keyboard.press("ControlOrMeta+a")
    first.keyboard.type("Mine")
    first.keyboard.press("Enter")
    dialog = first.get_by_role("dialog")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[data-mine] bpmn-view")).to_contain_text("Mine")
    expect(dialog.locator("[data-theirs] bpmn-view")).to_contain_text("Theirs")
    dialog.get_by_role("button", name="Go on with mine").click()
    expect(first.locator("[data-element-id=escalate] .djs-label").first).to_have_text("Mine")
    expect(second.locator(DRAWN)).to_have_text(re.compile("Approve"))  # theirs is in the history
    forgive_lost_requests(visit_own)


def test_faults_are_listed_as_they_arise_and_lead_to_their_element(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    open_draft(page)
    expect(page.locator("[data-problem-count]")).to_have_text("No fault found")
    page.locator("[data-element-id=to_escalated]").first.click(force=True)
    page.keyboard.press("Delete")
    count = page.locator("[data-problem-count]")
    expect(count).to_contain_text("errors")
    count.click()
    fault = page.locator("[data-problems] button").first
    expect(fault).to_be_visible()
    fault.click()
    expect(page.locator(".djs-element.selected")).to_have_count(1)


def test_the_outline_edits_the_flow_by_keyboard_alone(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER)
    open_draft(page)
    page.get_by_role("button", name="Outline", exact=True).focus()
    page.keyboard.press("Enter")
    chosen = page.locator("[role=treeitem][aria-selected=true]")
    expect(chosen).to_be_focused()
    expect(chosen).to_contain_text("Request submitted")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("Find approvers")
    page.keyboard.press("+")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("Check twice")
    page.keyboard.press("Enter")
    expect(chosen).to_be_focused()
    expect(chosen).to_contain_text("Check twice")
    expect(chosen).to_contain_text("then Any step left?")
    expect(page.locator("[data-id=resolve_chain]")).to_contain_text("then Check twice")
    expect(page.locator(".djs-element").filter(has_text="Check twice").first).to_be_visible()
    page.keyboard.press("F2")
    page.keyboard.type("Check again")
    page.keyboard.press("Escape")
    expect(chosen).to_contain_text("Check twice")
    page.keyboard.press("Delete")
    expect(page.locator("[role=treeitem] strong", has_text="Check twice")).to_have_count(0)
    expect(page.locator("[data-id=resolve_chain]")).to_contain_text("then Any step left?")
    page.keyboard.press("ControlOrMeta+z")
    expect(page.locator("[role=treeitem] strong", has_text="Check twice")).to_have_count(1)
    assert axe.faults(page, outside=[".djs-parent", ".bio-properties-panel"]) == []


def test_on_a_phone_the_outline_stands_in_for_the_picture(visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER, viewport=screens.PHONE)
    open_draft(page)
    expect(page.locator("[data-canvas]").first).to_be_hidden()
    page.locator("[data-id=approve]").click()
    page.get_by_role("button", name="Rename").click()
    page.keyboard.type("Sign off")
    page.keyboard.press("Enter")
    expect(page.locator("[data-status]")).to_have_attribute("data-state", "saved")
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    expect(page.get_by_role("link", name="Review and publish")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Outline", exact=True).click()
    expect(page.locator(DRAWN)).to_have_text("Sign off")


@pytest.mark.parametrize(("theme", "language"), [("light", "en"), ("dark", "zh")])
def test_the_desk_is_sound_around_the_canvas_of_bpmn_io(theme: str, language: Language, visit_own: Visitors) -> None:
    page = visit_own.person(Role.DESIGNER, language=language, theme=theme)
    address = open_draft(page, language)
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    assert axe.faults(page, outside=[".djs-parent", ".bio-properties-panel"]) == []
    for name in ("publish", "files", "cases", "replay"):
        page.goto(f"{address}/{name}")
        assert axe.faults(page) == []
    assert visit_own.complaints == []
