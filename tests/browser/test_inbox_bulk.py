"""A bulk decision in the browser: its progress, stopping it, undoing one of it, and rows with a red flag."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, Route, expect

from models.access import Role
from tests.browser.conftest import ENVIRONMENT
from tests.browser.steps import press_decision
from tests.support import axe, screens
from tests.support.inboxes import fill_inbox
from tests.support.server import ProductServer
from tests.support.visitors import Visitors, visitors

pytestmark = pytest.mark.browser

_PLAIN = 60
_AMOUNT = "4321.00"  # of two requests of the same customer: each is a possible duplicate of the other
_FLAGGED = 2


@pytest.fixture
def approver(chromium: Chromium, demo_data: Path, tmp_path: Path) -> Iterator[Page]:
    """The approver's window on an inbox with sixty tasks more, and two with a red flag."""
    folder = shutil.copytree(demo_data, tmp_path / "data")
    fill_inbox(folder, [_AMOUNT] * _FLAGGED + [f"{1000 + number}.00" for number in range(_PLAIN)])
    with ProductServer(folder, ENVIRONMENT) as server, visitors(chromium, server.url) as opened:
        yield _inbox(opened)


def _inbox(visit: Visitors) -> Page:
    page = visit.person(Role.APPROVER)
    page.goto("/inbox?min_amount=1000&max_amount=4321")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    return page


def _select_all(page: Page) -> int:
    rows = page.locator("[data-row]")
    shown = rows.count()
    page.locator(".list-more a").click()
    expect(rows).not_to_have_count(shown)
    page.locator("[data-select-all]").check()
    return page.locator("[data-row-select]:checked").count()


def _approve(page: Page) -> None:
    page.locator("#bulk button[type=submit]").click()
    page.get_by_role("dialog").locator("[data-confirm-agree]").click()


def test_many_are_approved_with_progress_and_those_with_a_red_flag_stay(approver: Page) -> None:
    chosen = _select_all(approver)
    assert chosen >= _PLAIN
    expect(approver.locator("[data-bulk-note]")).to_contain_text(re.compile(r"\b[2-9] with a red flag left out"))
    sizes: list[int] = []

    def look(route: Route) -> None:
        sizes.append((route.request.post_data or "").count("ids="))
        status = approver.locator("[data-bulk-status]")
        assert status.inner_text() == f"{sum(sizes[:-1])} of {chosen}"
        route.continue_()

    approver.route("**/inbox/approve*", look)
    _approve(approver)
    expect(approver.locator("[data-bulk-status]")).to_have_text(f"Done: {chosen} approved.")
    assert sum(sizes) == chosen
    assert max(sizes) <= 20
    expect(approver.locator("[data-result]")).to_have_count(chosen)
    expect(approver.locator("[data-row-select]:not([data-flagged])")).to_have_count(0)
    assert approver.locator("[data-row] .list-row-flags").count() >= _FLAGGED
    assert axe.faults(approver) == []
    screens.take(approver, "inbox-bulk-done")


def test_a_bulk_decision_stops_between_two_parts_and_the_rest_stays_selected(approver: Page) -> None:
    chosen = _select_all(approver)
    approver.route("**/inbox/approve*", lambda route: (_stop(approver), route.continue_()))
    _approve(approver)
    expect(approver.locator("[data-bulk-status]")).to_contain_text("Stopped after 10 of")
    expect(approver.locator("[data-row-select]:checked")).to_have_count(chosen - 10)
    expect(approver.locator("[data-bulk-count]")).to_have_text(str(chosen - 10))


def _stop(page: Page) -> None:
    page.evaluate("document.querySelector('[data-bulk-stop]').click()")


def test_what_cannot_be_decided_says_why_and_stays_selected(approver: Page) -> None:
    boxes = approver.locator("[data-row-select]:not([data-flagged])")
    gone, kept = boxes.nth(0).get_attribute("value"), boxes.nth(1).get_attribute("value")
    boxes.nth(0).check()
    boxes.nth(1).check()
    token = approver.locator("meta[name=csrf-token]").get_attribute("content") or ""
    answer = approver.request.post(
        f"/inbox/{gone}", form={"decision": "return", "comment": "Which contract?", "csrf_token": token}
    )
    assert answer.ok
    _approve(approver)
    expect(approver.locator("[data-bulk-status]")).to_have_text(
        "Done: 1 approved, 1 not. Those stay selected and say why."
    )
    row = approver.locator(f"[data-row]:has([value='{gone}'])")
    expect(row.locator("[data-row-refusal]")).to_contain_text("already handled")
    expect(row.locator("[data-row-select]")).to_be_checked()
    expect(approver.locator(f"[data-row-select][value='{kept}']")).to_have_count(0)


def test_one_of_a_bulk_decision_is_undone_in_the_list_of_results(approver: Page) -> None:
    box = approver.locator("[data-row-select]:not([data-flagged])").first
    task_id = box.get_attribute("value")
    rows = approver.locator("[data-row]").count()
    box.check()
    _approve(approver)
    approver.locator(f"[data-result='{task_id}'] form button").click()
    expect(approver.locator("[data-bulk-results]")).to_contain_text("Taken back. It waits for you again.")
    approver.reload()
    expect(approver.locator("[data-row]")).to_have_count(rows)


def test_a_server_that_does_not_answer_stops_it_and_says_how_far_it_came(approver: Page) -> None:
    chosen = _select_all(approver)
    approver.route("**/inbox/approve*", lambda route: route.fulfill(status=401))
    _approve(approver)
    expect(approver.locator("[data-bulk-status]")).to_contain_text(f"did not answer after 0 of {chosen}")
    expect(approver.locator("[data-row-select]:checked")).to_have_count(chosen)


def test_a_row_with_a_red_flag_cannot_be_selected_by_key(approver: Page) -> None:
    flagged = approver.locator("[data-row]:has([data-flagged])").first
    flagged.locator("[data-row-open]").focus()
    approver.keyboard.press("x")
    expect(flagged.locator("[data-row-select]")).not_to_be_checked()
    expect(approver.locator("[data-bulk-note]")).to_contain_text("1 with a red flag left out")
    expect(approver.locator("#bulk button[type=submit]")).to_be_hidden()


@pytest.mark.parametrize("deed", ["wheel", "seconds"])
def test_the_next_task_is_seen_when_its_reader_does_something_or_after_some_seconds(approver: Page, deed: str) -> None:
    told: list[str] = []
    approver.route("**/seen", lambda route: (told.append(route.request.url), route.fulfill(status=204)))
    approver.locator("[data-row-open]").first.click()
    expect(approver.locator("#decide")).to_be_attached()
    expect(approver.locator("[data-unseen]")).to_have_count(0)  # opened on purpose
    approver.clock.install()
    approver.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    press_decision(approver, "approve")
    expect(approver.locator("html[data-app=ready]")).to_be_attached()
    expect(approver.locator("[data-unseen]")).to_be_attached()
    if deed == "seconds":
        approver.clock.run_for(4000)
        assert told == []
    with approver.expect_response("**/seen"):
        if deed == "wheel":
            approver.locator(".document-head").hover()
            approver.mouse.wheel(0, 50)
        else:
            approver.clock.run_for(2000)
    expect(approver.locator("[data-unseen]")).to_have_count(0)
    assert len(told) == 1


def test_customer_and_applicant_are_picked_and_kept_in_the_address(approver: Page) -> None:
    approver.goto("/inbox")
    approver.locator(".inbox-filters summary").click()
    approver.locator("#field-applicant-id-ts-control").fill("王强")
    expect(approver.locator(".pick-option")).to_have_count(1)
    approver.keyboard.press("Enter")
    approver.locator(".inbox-filters button[type=submit]").click()
    approver.wait_for_url(re.compile(r"applicant_id=\d+"))
    expect(approver.locator("#field-applicant-id")).to_contain_text("王强")
    expect(approver.locator(".inbox-found")).to_be_visible()
    screens.take(approver, "inbox-filtered")
