"""Deciding in the inbox: by keyboard, with reasons, against another person, and the way back to the applicant."""

import re
from dataclasses import dataclass
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from models.access import Role
from tests.browser.steps import (
    document,
    fill_in_request,
    find_in_inbox,
    make_request,
    open_task,
    press_decision,
    submit,
)
from tests.support.backstage import backstage
from tests.support.server import ProductServer
from tests.support.visitors import NAMES, Visitors

pytestmark = pytest.mark.browser
_AMOUNTS = count(15_740)


@dataclass(frozen=True)
class Mine:
    """Requests that wait for the approver, and the view with them alone."""

    numbers: tuple[str, ...]
    address: str


def _open_inbox(visit: Visitors) -> Page:
    page = visit.person(Role.APPROVER)
    page.goto("/inbox")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    return page


@pytest.fixture
def mine(shared_product: ProductServer) -> Mine:
    """Three that a test may do with what it likes."""
    amount = next(_AMOUNTS)
    with backstage(shared_product.data) as stage:
        numbers = tuple(stage.submit(f"{amount}.{cents}")[1] for cents in (11, 12, 13))
    return Mine(numbers, f"/inbox?min_amount={amount}&max_amount={amount}.99")


def test_every_key_in_one_walk_through_the_inbox(visit: Visitors, mine: Mine) -> None:
    page = visit.person(Role.APPROVER)
    page.goto(mine.address)
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    _move_and_select(page)
    page.keyboard.press("Enter")
    expect(document(page)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/inbox/\d+"))
    _keys_that_decide_nothing(page)
    page.keyboard.press("b")
    comment = page.locator("#field-comment")
    expect(comment).to_have_attribute("aria-invalid", "true")
    for key, told in (("b", "returned"), ("r", "rejected"), ("a", "approved")):
        expect(page.locator("html[data-app=ready]")).to_be_attached()  # each decision brings a page of its own
        page.keyboard.press("c")
        expect(comment).to_be_focused()
        page.keyboard.type("a bribe? xj/")  # letters in a field are letters
        comment.blur()
        page.keyboard.press(key)
        expect(page.locator("#document .notice.tone-green").first).to_contain_text(told)
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page).to_have_url(re.compile(r"/requests$"))
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page).to_have_url(re.compile(r"/inbox$"))
    for number in mine.numbers:
        expect(find_in_inbox(page, number)).to_have_count(0)


def _move_and_select(page: Page) -> None:
    links = page.locator("[data-row-open]")
    for key, row in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(links.nth(row)).to_be_focused()
    for key in ("x", "j", "j", "Shift+X"):
        page.keyboard.press(key)
    expect(page.locator("[data-bulk-count]")).to_have_text("3")


def _keys_that_decide_nothing(page: Page) -> None:
    for key, verb in (("t", "transfer"), ("s", "snooze")):
        page.keyboard.press(key)
        expect(page.locator(f"#verb-dialog form[action*='/{verb}']")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#verb-dialog")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#shortcut-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#shortcut-help")).to_be_hidden()
    page.keyboard.press("/")
    expect(page.locator("#inbox-search")).to_be_focused()
    page.locator("#inbox-search").blur()


@pytest.mark.parametrize("how", ["isComposing: true", "keyCode: 229"])
def test_no_key_acts_while_an_input_method_composes(visit: Visitors, mine: Mine, how: str) -> None:
    page = visit.person(Role.APPROVER)
    page.goto(mine.address)
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#decide")).to_be_attached()
    address = page.url
    for key in (*"arbtscxjk/?gi", "X", "Enter"):
        pressed = f"new KeyboardEvent('keydown', {{key: '{key}', {how}, bubbles: true, cancelable: true}})"
        assert page.evaluate(f"document.body.dispatchEvent({pressed})"), key  # nobody took the key for himself
    expect(page.locator("#verb-dialog, #shortcut-help").and_(page.locator("[open]"))).to_have_count(0)
    expect(page.locator("#inbox-search")).not_to_be_focused()
    assert page.url == address
    assert page.locator("[data-row-select]:checked").count() == 0
    expect(page.locator("#decide")).to_be_attached()


def test_what_an_input_method_composes_stands_in_the_comment_and_decides_nothing(visit: Visitors, mine: Mine) -> None:
    page = visit.person(Role.APPROVER)
    open_task(page, mine.numbers[0])
    page.keyboard.press("c")
    expect(page.locator("#field-comment")).to_be_focused()
    method = page.context.new_cdp_session(page)
    for letters in ("t", "to", "ton", "tong"):
        key = {"key": "Process", "code": "KeyT", "windowsVirtualKeyCode": 229}
        method.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **key})
        ends = {"selectionStart": len(letters), "selectionEnd": len(letters)}
        method.send("Input.imeSetComposition", {"text": letters, **ends})
    expect(page.locator("#field-comment")).to_have_value("tong")
    method.send("Input.insertText", {"text": "同意"})
    expect(page.locator("#field-comment")).to_have_value("同意")
    expect(page.locator("#verb-dialog")).to_be_hidden()
    expect(document(page)).to_contain_text(mine.numbers[0])


def test_two_keys_belong_together_by_when_they_were_pressed_on_a_busy_page(visit: Visitors) -> None:
    page = _open_inbox(visit)
    page.evaluate("""() => {
        const press = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        const late = new KeyboardEvent('keydown', { key: 'r', bubbles: true });
        press('g');
        const until = performance.now() + 1500;
        while (performance.now() < until);  // the page is busy for longer than a sequence may take
        Object.defineProperty(late, 'timeStamp', { value: until - 1400 });
        document.body.dispatchEvent(late);
    }""")
    expect(page).to_have_url(re.compile(r"/requests$"))


def test_a_return_without_a_reason_is_refused_beside_the_field_and_leads_nowhere(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15708.11")
    page = visit.person(Role.APPROVER)
    open_task(page, number)
    page.keyboard.press("b")
    comment = page.locator("#field-comment")
    expect(comment).to_have_attribute("aria-invalid", "true")
    comment.fill("   ")
    press_decision(page, "reject")
    expect(page.locator("#field-comment")).to_have_attribute("aria-invalid", "true")
    expect(document(page)).to_contain_text(number)


def test_what_was_typed_stays_when_the_answer_is_refused(visit: Visitors) -> None:
    applicant, approver = visit.person(Role.APPLICANT), visit.person(Role.APPROVER)
    number = make_request(applicant, price="15709.21")
    open_task(approver, number)
    press_decision(approver, "approve")
    finance = visit.person(Role.FINANCE)
    open_task(finance, number)
    press_decision(finance, "approve")
    open_task(finance, number)
    finance.locator("#field-number").fill("12AB")
    finance.locator("#field-comment").fill("typed with care")
    press_decision(finance, "issue")
    expect(finance.locator("#field-number")).to_have_attribute("aria-invalid", "true")
    expect(finance.locator("#field-number")).to_have_value("12AB")
    expect(finance.locator("#field-comment")).to_have_value("typed with care")


def test_of_two_who_decide_at_once_one_wins_and_the_other_reads_who_and_when(visit: Visitors) -> None:
    number = make_request(visit.person(Role.APPLICANT), price="15710.31")
    first, second = visit.person(Role.APPROVER), visit.person(Role.APPROVER)
    open_task(first, number)
    open_task(second, number)
    press_decision(first, "approve")
    expect(first.locator("#document .notice.tone-green").first).to_contain_text(number)
    press_decision(second, "approve")
    told = second.locator("#document")
    expect(told).to_contain_text(NAMES[Role.APPROVER])
    expect(told.locator(".notice time").first).to_be_visible()
    expect(second.locator("#decide")).to_have_count(0)


def test_a_returned_request_is_mended_and_submitted_again(visit: Visitors) -> None:
    applicant, approver = visit.person(Role.APPLICANT), visit.person(Role.APPROVER)
    number = make_request(applicant, price="15711.41")
    open_task(approver, number)
    approver.locator("#field-comment").fill("Wrong contract")
    press_decision(approver, "return")
    expect(approver.locator("#document .notice.tone-green").first).to_contain_text(number)

    applicant.reload()
    expect(applicant.locator("main")).to_contain_text("Wrong contract")
    applicant.locator("a[href$='/edit'][data-key=e]").click()
    applicant.locator("#field-contract-number").fill("HT-2026-0008")
    assert submit(applicant) == number
    open_task(approver, number)
    expect(approver.locator("#document")).to_contain_text("HT-2026-0008")


def test_a_withdrawn_request_leaves_the_inbox(visit: Visitors) -> None:
    applicant, approver = visit.person(Role.APPLICANT), visit.person(Role.APPROVER)
    number = make_request(applicant, price="15712.51")
    expect(find_in_inbox(approver, number)).to_have_count(1)
    applicant.locator("form[action$='/withdraw'] button").click()
    applicant.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(applicant.locator("form[action$='/withdraw']")).to_have_count(0)
    expect(find_in_inbox(approver, number)).to_have_count(0)


def test_a_draft_survives_a_reload_and_a_tab_that_was_killed(visit: Visitors) -> None:
    page = visit.person(Role.APPLICANT)
    fill_in_request(page, price="15713.61", reason="Kept, though nobody saved")
    expect(page.locator("[data-autosave-status][data-state=saved]")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/requests/\d+/edit$"))
    address = page.url
    page.reload()
    expect(page.locator("#field-reason")).to_have_value("Kept, though nobody saved")
    page.close(run_before_unload=False)
    again = visit.person(Role.APPLICANT)
    again.goto(address)
    expect(again.locator("#field-lines-0-unit-price")).to_have_value("15713.61")
    expect(again.locator("#field-reason")).to_have_value("Kept, though nobody saved")


def test_the_back_button_keeps_the_filter(visit: Visitors) -> None:
    page = visit.person(Role.APPROVER)
    page.goto("/inbox?view=done&q=KP")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    page.locator("[data-row-open]").first.click()
    expect(page).to_have_url(re.compile(r"/inbox/\d+"))
    expect(document(page)).to_be_visible()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/inbox\?view=done&q=KP"))
    expect(page.locator("#inbox-search")).to_have_value("KP")
