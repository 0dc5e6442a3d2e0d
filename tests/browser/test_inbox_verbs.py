"""Verbs, putting off, undoing and bulk results in the inbox, by keyboard and in dialogs."""

import re

import pytest
from playwright.sync_api import Page, expect

from models.access import Role
from tests.browser.steps import document, find_in_inbox, make_request, open_task, press_decision
from tests.support.visitors import Visitors

pytestmark = pytest.mark.browser


def _dialog(page: Page, key: str) -> None:
    page.keyboard.press(key)
    expect(page.locator("#verb-dialog")).to_be_visible()
    expect(page.locator("#verb-form")).to_be_visible()


def test_a_task_is_put_off_by_key_and_brought_back(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15720.11")
    page = visit.person(Role.APPROVER)
    open_task(page, number)
    _dialog(page, "s")
    page.locator("[name=until][value=hours]").check()
    page.locator("#verb-form button[type=submit]").click()
    expect(page.locator("#document .notice.tone-green").first).to_contain_text(number)
    expect(find_in_inbox(page, number)).to_have_count(0)
    page.goto(f"/inbox?view=snoozed&q={number}")
    page.locator("[data-row-open]").first.click()
    expect(document(page)).to_contain_text(number)
    page.locator("details.menu-up summary").click()
    page.locator("form[action$='/wake'] button").click()
    expect(find_in_inbox(page, number)).to_have_count(1)


def test_a_task_is_handed_over_by_key(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15721.11")
    page = visit.person(Role.APPROVER)
    open_task(page, number)
    _dialog(page, "t")
    page.locator("#verb-person").evaluate("select => select.tomselect.setValue(select.options[1].value)")
    page.locator("#verb-comment").fill("On leave")
    page.locator("#verb-form button[type=submit]").click()
    expect(page.locator("#document .notice.tone-green").first).to_contain_text(number)
    expect(find_in_inbox(page, number)).to_have_count(0)


def test_a_verb_that_is_refused_says_why_in_its_dialog(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15722.11")
    page = visit.person(Role.APPROVER)
    open_task(page, number)
    page.locator("details.menu-up summary").click()
    page.locator("a[href*='/comment']").click()
    expect(page.locator("#verb-comment")).to_be_visible()
    page.locator("#verb-comment").fill("   ")
    page.locator("#verb-form button[type=submit]").click()
    expect(page.locator("#verb-comment")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#verb-comment")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#verb-dialog")).to_be_hidden()


def test_an_approval_is_undone_from_the_bar(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15723.11")
    page = visit.person(Role.APPROVER)
    open_task(page, number)
    press_decision(page, "approve")
    page.locator("[data-undo-bar] button").click()
    expect(page.locator("[data-undo-bar]")).to_have_count(0)
    expect(find_in_inbox(page, number)).to_have_count(1)


def test_a_typed_comment_is_kept_while_one_looks_at_another_task(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15724.11")
    page = visit.person(Role.APPROVER)
    open_task(page, number)
    page.locator("#field-comment").fill("Half a thought")
    address = page.url
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto("/inbox")
    page.goto(address)
    expect(page.locator("#field-comment")).to_have_value("Half a thought")


def test_a_bulk_decision_sums_what_is_selected_and_lists_what_became_of_it(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15725.11")
    page = visit.person(Role.APPROVER)
    expect(find_in_inbox(page, number)).to_have_count(1)
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-sum]")).to_have_text("¥31,450.22")
    page.locator("#bulk button[type=submit]").click()
    page.get_by_role("dialog").locator("[data-confirm-agree]").click()
    told = page.locator("[data-results], .notice.tone-green").first
    expect(told).to_be_visible()
    expect(told).to_have_text(re.compile(r"\d"))
