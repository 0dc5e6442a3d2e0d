"""Two steps that are asked at the same time, built in the editor: the way through, back and in again, and each verb."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.plays import Play, Windows, choose
from tests.support.backstage import Backstage

pytestmark = pytest.mark.browser
AMOUNT = 160_000
STEPS = (("Law", "legal"), ("Sales", "approver"), ("Money", "finance"))


@pytest.fixture(scope="module", autouse=True)
def chain(stage: Backstage, windows: Windows) -> None:
    """Law and sales at the same time, behind them money: as an administrator builds it."""
    page = windows.of("admin")
    page.goto("/chains/-/new")
    expect(page.locator("html[data-app=ready]")).to_be_attached()
    page.locator("#field-key").fill("parallel")
    page.locator("#field-name").fill("Two at once")
    page.locator("#field-min-amount").fill(str(AMOUNT))
    page.locator("#field-max-amount").fill(f"{AMOUNT}.99")
    for row, (title, person) in enumerate(STEPS):
        if row:
            page.locator("[data-line-action=add]").click()
        page.locator(f"#field-lines-{row}-title").fill(title)
        page.locator(f"#field-lines-{row}-kind").select_option("people")
        choose(page, f"#field-lines-{row}-people", stage, person)
    expect(page.locator("#field-lines-0-alongside")).to_be_hidden()
    page.locator("#field-lines-1-alongside").check()
    page.locator("button.btn-primary[name=action][value=save]").click()
    page.wait_for_url("**/chains")
    expect(page.locator("main")).to_contain_text("at the same time as the step before")


@pytest.fixture
def play(stage: Backstage, windows: Windows) -> Iterator[Play]:
    yield Play(stage, windows, f"{AMOUNT}.00")
    windows.are_content()


def test_the_join_waits_for_the_second_of_two(play: Play) -> None:
    play.waits_for("legal", "approver")
    play.says("at the same time", "comes next: 李娜")
    play.presses("legal", "approve")
    play.waits_for("approver")
    play.says("comes next: 李娜")
    play.presses("approver", "approve")
    play.waits_for("finance")
    play.says("approved it · Law", "approved it · Sales", "is asked: 李娜")


def test_a_return_closes_both_and_the_mended_request_asks_both_anew(play: Play) -> None:
    late = play.opens("legal")
    play.presses("approver", "return", "Wrong contract")
    play.waits_for("applicant")
    late.locator("button[name=decision][value=approve]").click()
    expect(late.locator("#document .notice").first).to_be_visible()
    expect(late.locator("#decide")).to_have_count(0)
    page = play.page("applicant")
    page.goto(f"/requests/{play.request_id}/edit")
    page.locator("#field-contract-number").fill("HT-2026-0008")
    page.locator("[data-submit-request]").click()
    expect(page.locator("h1.num")).to_have_text(play.number)
    play.waits_for("legal", "approver")
    for name in ("approver", "legal"):
        expect(play.opens(name).locator(".card-changes")).to_contain_text("HT-2026-0008")
        play.presses(name, "approve")
    play.waits_for("finance")


def test_a_rejection_of_one_ends_it_for_the_other(play: Play) -> None:
    play.stage.decide("approver", play.request_id)
    play.presses("legal", "reject", "No contract")
    play.waits_for()
    expect(play.says("rejected it · Law").locator("main")).to_contain_text("Rejected")


def test_an_approval_is_taken_back_while_the_step_beside_it_waits(play: Play) -> None:
    task_id = play.stage.task_of("legal", play.request_id)
    play.presses("legal", "approve")
    page = play.opens("legal", task_id)
    page.locator("details.menu-up summary").click()
    page.locator("form[action$='/take-back'] button").click()
    expect(page.locator("body")).to_contain_text("You have taken your approval back")
    play.waits_for("legal", "approver")
    play.stage.decide("approver", play.request_id)
    play.waits_for("legal")


@pytest.mark.parametrize(
    ("verb", "place", "asked", "then"),
    [
        ("transfer", "", {"admin"}, set()),
        ("delegate", "", {"admin"}, {"approver"}),
        ("add", "before", {"admin"}, {"approver"}),
        ("add", "parallel", {"admin", "approver"}, {"approver"}),
        ("add", "after", {"admin"}, set()),
    ],
)
def test_a_verb_changes_its_own_step_and_the_join_waits_for_both(
    play: Play, verb: str, place: str, asked: set[str], then: set[str]
) -> None:
    page = play.asks("approver", verb)
    choose(page, "#verb-person", play.stage, "admin")
    if place:
        page.locator(f"[name=place][value={place}]").check()
    play.sends(page)
    play.waits_for("legal", *asked)
    play.presses("admin", "approve", "Agreed")
    play.waits_for("legal", *then)
    for name in ("legal", *then):
        play.stage.decide(name, play.request_id)
    play.waits_for("finance")
    play.says("Agreed")


def test_a_signer_is_taken_out_of_one_step(play: Play) -> None:
    page = play.asks("approver", "add")
    choose(page, "#verb-person", play.stage, "admin")
    play.sends(page)
    page = play.asks("approver", "remove")
    page.locator("[name=signer_id]").first.check()
    play.sends(page)
    play.waits_for("legal", "approver")


def test_an_urge_reaches_both(play: Play) -> None:
    page = play.opens("applicant", play.stage.task_of("approver", play.request_id))
    page.locator("details.menu-up summary").click()
    page.locator("form[action$='/urge'] button").click()
    expect(page.locator("body")).to_contain_text("They are told that you are waiting.")
    for name in ("legal", "approver"):
        expect(play.opens(name).locator("#document")).to_contain_text("The applicant has urged it.")


def test_a_copy_out_of_one_step_is_marked_as_read(play: Play) -> None:
    page = play.asks("legal", "copy")
    choose(page, "#verb-people", play.stage, "designer")
    play.sends(page)
    row = _copy(play)
    expect(row).to_contain_text("New")
    row.locator("[data-row-open]").click()
    expect(play.page("designer").locator("#document .document-head")).to_contain_text(play.number)
    expect(_copy(play)).not_to_contain_text("New")
    play.waits_for("legal", "approver")


def _copy(play: Play) -> Locator:
    reader = play.page("designer")
    reader.goto(f"/inbox?view=copies&q={play.number}")
    return reader.locator("[data-row]").first
