"""Every verb of an approval by real clicks, where a step asks one person and where it asks two: what the next sees."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.plays import Play, Windows, choose
from tests.support.backstage import Backstage

pytestmark = pytest.mark.browser
FORMS = {"plain": 170_000, "countersign": 180_000}


@pytest.fixture(scope="module", autouse=True)
def chains(stage: Backstage) -> None:
    """Two chains of two steps: one asks one person in each, the other two, both of whom must agree."""
    more = {"editable": ["remark", "amounts"]}
    for form, second in (("plain", []), ("countersign", ["legal"])):
        steps = [
            stage.asks("First look", ["approver", *second], **more),
            stage.asks("Second look", ["finance", *(["admin"] if second else [])]),
        ]
        stage.claim(form, steps, FORMS[form])


class Verbs(Play):
    """A request in one of the two chains."""

    def __init__(self, stage: Backstage, windows: Windows, form: str) -> None:
        super().__init__(stage, windows, f"{FORMS[form]}.00")
        self.is_countersign = form == "countersign"


@pytest.fixture(params=FORMS)
def play(request: pytest.FixtureRequest, stage: Backstage, windows: Windows) -> Iterator[Verbs]:
    yield Verbs(stage, windows, request.param)
    windows.are_content()


def test_approve(play: Verbs) -> None:
    play.presses("approver", "approve", "In order")
    if play.is_countersign:
        play.waits_for("legal")
        play.presses("legal", "approve")
    play.waits_for("finance", *(["admin"] if play.is_countersign else []))
    expect(play.opens("finance").locator(".steps-line")).to_contain_text("In order")
    play.says("approved it · First look")


def test_approve_with_edits(play: Verbs) -> None:
    page = play.opens("approver")
    page.locator("#field-remark").fill("PO 4711")
    page.locator("button[name=decision][value=approve]").click()
    play.is_told(page)
    following = "legal" if play.is_countersign else "finance"
    shown = play.opens(following)
    expect(shown.locator(".card-changes")).to_contain_text("PO 4711")
    assert shown.locator("#field-lines-0-amount").count() == 0
    play.says("changed it while approving", "nothing → PO 4711")


def test_reject(play: Verbs) -> None:
    play.presses("approver", "reject", "No contract")
    play.waits_for()
    page = play.says("rejected it", "No contract")
    expect(page.locator("main")).to_contain_text("Rejected")


def test_return_to_the_applicant(play: Verbs) -> None:
    play.presses("approver", "return", "Wrong contract")
    play.waits_for("applicant")
    page = play.says("returned it", "Wrong contract")
    page.goto(f"/requests/{play.request_id}/edit")
    page.locator("#field-contract-number").fill("HT-2026-0008")
    page.locator("[data-submit-request]").click()
    expect(page.locator("h1.num")).to_have_text(play.number)
    expect(play.opens("approver").locator(".card-changes")).to_contain_text("HT-2026-0008")
    play.waits_for("approver", *(["legal"] if play.is_countersign else []))


@pytest.mark.parametrize("resume", ["onward", "back"])
def test_return_to_an_earlier_step(play: Verbs, resume: str) -> None:
    first = ["approver", *(["legal"] if play.is_countersign else [])]
    for name in first:
        play.stage.decide(name, play.request_id)
    if play.is_countersign:
        play.stage.decide("admin", play.request_id)
    page = play.asks("finance", "return")
    page.locator("[name=return_to][value='0']").check()
    page.locator(f"[name=resume][value={resume}]").check()
    page.locator("#verb-comment").fill("Look at the customer again")
    play.sends(page)
    play.waits_for(*first)
    for name in first:
        play.presses(name, "approve")
    play.waits_for("finance", *(["admin"] if play.is_countersign else []))
    play.says("returned it", "Look at the customer again")


def test_withdraw(play: Verbs) -> None:
    open_one = play.opens("approver")
    page = play.says()
    page.locator("form[action$='/withdraw'] button").click()
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(page.locator("form[action$='/withdraw']")).to_have_count(0)
    play.waits_for()
    open_one.locator("button[name=decision][value=approve]").click()
    expect(open_one.locator("#document .notice").first).to_be_visible()
    expect(open_one.locator("#decide")).to_have_count(0)
    play.says("withdrew it")


def test_take_back(play: Verbs) -> None:
    task_id = play.stage.task_of("approver", play.request_id)
    play.stage.decide("approver", play.request_id)
    page = play.opens("approver", task_id)
    page.locator("details.menu-up summary").click()
    page.locator("form[action$='/take-back'] button").click()
    expect(page.locator("body")).to_contain_text("You have taken your approval back")
    play.waits_for("approver", *(["legal"] if play.is_countersign else []))
    play.says("took their approval back")


def test_transfer(play: Verbs) -> None:
    page = play.asks("approver", "transfer")
    choose(page, "#verb-person", play.stage, "admin")
    page.locator("#verb-comment").fill("On leave")
    play.sends(page)
    play.waits_for("admin", *(["legal"] if play.is_countersign else []))
    expect(play.opens("admin").locator("#decide")).to_be_attached()
    play.says("handed it on", "On leave")


def test_ask_for_an_opinion(play: Verbs) -> None:
    page = play.asks("approver", "delegate")
    choose(page, "#verb-person", play.stage, "admin")
    play.sends(page)
    play.waits_for("admin", *(["legal"] if play.is_countersign else []))
    play.presses("admin", "approve", "Fine with me")
    play.waits_for("approver", *(["legal"] if play.is_countersign else []))
    expect(play.opens("approver").locator(".signer-list")).to_contain_text("Fine with me")
    play.says("asked for an opinion", "advised to approve it")


@pytest.mark.parametrize(
    ("place", "asked"), [("before", ["admin"]), ("after", ["admin"]), ("parallel", ["admin", "approver"])]
)
def test_add_a_signer(play: Verbs, place: str, asked: list[str]) -> None:
    page = play.asks("approver", "add")
    choose(page, "#verb-person", play.stage, "admin")
    page.locator(f"[name=place][value={place}]").check()
    play.sends(page)
    play.waits_for(*asked, *(["legal"] if play.is_countersign else []))
    play.presses("admin", "approve", "Agreed")
    said = {"before": "before their own", "after": "asked for one more approval", "parallel": "one more approval"}
    play.says(said[place], "Agreed")


def test_remove_a_signer(play: Verbs) -> None:
    page = play.asks("approver", "add")
    choose(page, "#verb-person", play.stage, "admin")
    play.sends(page)
    page = play.asks("approver", "remove")
    page.locator("[name=signer_id]").first.check()
    play.sends(page)
    play.waits_for("approver", *(["legal"] if play.is_countersign else []))
    play.says("took out a signer")


def test_copy_with_a_read_mark(play: Verbs) -> None:
    page = play.asks("approver", "copy")
    choose(page, "#verb-people", play.stage, "designer")
    play.sends(page)
    reader = play.page("designer")
    reader.goto(f"/inbox?view=copies&q={play.number}")
    row = reader.locator("[data-row]").first
    expect(row).to_contain_text("New")
    row.locator("[data-row-open]").click()
    expect(reader.locator("#document .document-head")).to_contain_text(play.number)
    reader.goto(f"/inbox?view=copies&q={play.number}")
    expect(reader.locator("[data-row]").first).not_to_contain_text("New")
    play.says("sent a copy")


def test_urge(play: Verbs) -> None:
    task_id = play.stage.task_of("approver", play.request_id)
    page = play.opens("applicant", task_id)
    page.locator("details.menu-up summary").click()
    page.locator("form[action$='/urge'] button").click()
    expect(page.locator("body")).to_contain_text("They are told that you are waiting.")
    expect(play.opens("approver").locator("#document")).to_contain_text("The applicant has urged it.")
    play.says("urged the approvers")


def test_comment_with_a_mention(play: Verbs) -> None:
    page = play.asks("approver", "comment")
    choose(page, "#verb-people", play.stage, "designer")
    page.locator("#verb-comment").fill("Is the contract signed?")
    play.sends(page)
    reader = play.says("commented", "Is the contract signed?", reader="designer")
    expect(reader).to_have_url(re.compile(rf"/requests/{play.request_id}$"))
    play.waits_for("approver", *(["legal"] if play.is_countersign else []))
