"""What is typed into a decision and not sent: kept in the tab, put back, and left out where it fits no more."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.plays import Play, Windows
from tests.support.backstage import Backstage

pytestmark = pytest.mark.browser
AMOUNT = 140_000


@pytest.fixture(scope="module", autouse=True)
def chain(stage: Backstage) -> None:
    """A chain whose first step asks two people, who may change the request, and must both agree."""
    rights = {"editable": ["remark", "items", "amounts"]}
    steps = [stage.asks("First look", ["approver", "legal"], **rights), stage.asks("Second look", ["finance"])]
    stage.claim("drafts", steps, AMOUNT)


@pytest.fixture
def play(stage: Backstage, windows: Windows) -> Iterator[Play]:
    yield Play(stage, windows, f"{AMOUNT}.00")
    windows.are_content()


def opens(play: Play, name: str) -> Page:
    """Somebody opens their task, anew if they have it open, whatever the browser asks about what they typed."""
    page = play.page(name)
    page.on("dialog", Dialog.accept)
    play.opens(name)
    page.remove_listener("dialog", Dialog.accept)
    return page


def types(page: Page, remark: str) -> None:
    page.locator("#field-comment").fill("Half a thought")
    page.locator("#field-remark").fill(remark)
    page.locator("#field-lines-0-rate").select_option("0.13")


def approves(play: Play, page: Page) -> None:
    page.locator("button[name=decision][value=approve]").click()
    play.is_told(page)
    expect(page.locator("html[data-app=ready]")).to_be_attached()


def kept(page: Page, task_id: int | None) -> str | None:
    """What the tab keeps for a task."""
    found: str | None = page.evaluate("(key) => sessionStorage.getItem(key)", f"draft:task-{task_id}")
    return found


def test_what_is_typed_outlasts_a_reload_and_a_refusal_until_it_is_taken(play: Play) -> None:
    task_id = play.stage.task_of("approver", play.request_id)
    page = opens(play, "approver")
    types(page, "y" * 231)
    page.locator("#decide .comment-files summary").click()
    page.locator("#field-files").set_input_files({"name": "a.pdf", "mimeType": "", "buffer": b"%PDF-1.7"})
    expect(page.locator("#decide [data-attached] li")).to_have_count(1)
    for refused in (True, False):
        page = opens(play, "approver")
        expect(page.locator("#field-comment")).to_have_value("Half a thought")
        expect(page.locator("#field-remark")).to_have_value("y" * 231)
        expect(page.locator("#field-lines-0-rate")).to_have_value("0.13")
        expect(page.locator("#decide [data-attached] [data-file-name]")).to_have_text("a.pdf")
        expect(page.locator("[data-draft-note]")).to_be_hidden()
        if refused:
            page.locator("button[name=decision][value=approve]").click()
            expect(page.locator("#error-summary")).to_contain_text("231 characters")
    page.locator("#field-remark").fill("PO 4711")
    assert kept(page, task_id)
    approves(play, page)
    assert kept(page, task_id) is None
    play.says("Half a thought", "nothing → PO 4711", "a.pdf")


def test_what_was_put_back_as_it_had_been_is_not_kept(play: Play) -> None:
    page = opens(play, "approver")
    types(page, "PO 4711")
    page.locator("#field-remark").fill("")
    page.locator("#field-comment").fill("")
    page.locator("#field-lines-0-rate").select_option("0.06")
    assert kept(page, play.stage.task_of("approver", play.request_id)) is None


def test_what_is_typed_about_a_request_that_has_changed_is_left_out_and_named(play: Play) -> None:
    page = opens(play, "approver")
    types(page, "PO 4711")
    other = opens(play, "legal")
    other.locator("#field-remark").fill("PO 1")
    approves(play, other)
    page = opens(play, "approver")
    expect(page.locator("[data-draft-note]")).to_contain_text("has changed since you typed")
    expect(page.locator("[data-draft-left]")).to_contain_text("Remark on the invoice: PO 4711")
    expect(page.locator("[data-draft-left]")).to_contain_text("Line 1 · 软件开发服务 · Tax rate: 13%")
    expect(page.locator("#field-remark")).to_have_value("PO 1")
    expect(page.locator("#field-comment")).to_have_value("Half a thought")
    expect(opens(play, "approver").locator("[data-draft-note]")).to_be_hidden()
