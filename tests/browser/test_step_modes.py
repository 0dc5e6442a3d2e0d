"""Each way of agreeing, set in the chain editor: who is still asked, what the page counts, and when the step closes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.plays import Play, Windows
from tests.support.backstage import Backstage

pytestmark = pytest.mark.browser
CHAIN, AMOUNT = "modes", 150_000
VOTERS = ("approver", "legal", "finance")


@pytest.fixture(scope="module", autouse=True)
def chain(stage: Backstage) -> None:
    """Three vote; behind them the administrator is asked, so that the end of the vote shows."""
    stage.claim(CHAIN, [stage.asks("Vote", VOTERS), stage.asks("Behind", ["admin"])], AMOUNT)


class Vote:
    """The step in one mode, and requests in it."""

    def __init__(self, stage: Backstage, windows: Windows) -> None:
        self._stage, self._windows = stage, windows

    def is_by(self, mode: str, *, threshold: str = "", weights: str = "", vetoes: tuple[str, ...] = ()) -> None:
        """The administrator sets the mode in the editor; what other modes read is not shown."""
        page = self._windows.of("admin")
        page.goto(f"/chains/{CHAIN}")
        expect(page.locator("html[data-app=ready]")).to_be_attached()
        page.locator("#field-lines-0-mode").select_option(mode)
        for field, entry in {"threshold": threshold, "weights": weights}.items():
            expect(page.locator(f"#field-lines-0-{field}")).to_be_visible(visible=bool(entry))
            if entry:
                page.locator(f"#field-lines-0-{field}").fill(entry)
        picker = page.locator("#field-lines-0-vetoes")
        expect(page.locator(".chain-step").first.locator(".for-vetoes")).to_be_visible(visible=bool(vetoes))
        people = [str(self._stage.people[name].user_id) for name in vetoes]
        picker.evaluate("(select, people) => select.tomselect.setValue(people)", people)
        page.locator("button.btn-primary[name=action][value=save]").click()
        page.wait_for_url("**/chains")

    def begins(self) -> Play:
        return Play(self._stage, self._windows, f"{AMOUNT}.00")


@pytest.fixture
def vote(stage: Backstage, windows: Windows) -> Iterator[Vote]:
    yield Vote(stage, windows)
    windows.are_content()


def counts(play: Play, reader: str, *words: str) -> Page:
    """What the signers of the open task read about it."""
    page = play.opens(reader)
    for text in words:
        expect(page.locator("section[aria-labelledby=signers-heading]")).to_contain_text(text)
    return page


def is_over(play: Play, approval: str) -> None:
    """The request has left its approvers, and its page says how."""
    play.waits_for()
    expect(play.says().locator("main")).to_contain_text(approval)


def test_one_of_them_is_enough_whichever_way(vote: Vote) -> None:
    vote.is_by("any")
    play = vote.begins()
    play.waits_for(*VOTERS)
    counts(play, "legal", "One of them decides")
    play.presses("legal", "approve")
    play.waits_for("admin")
    play = vote.begins()
    play.presses("finance", "reject", "No contract")
    is_over(play, "Rejected")


def test_all_of_them_must_agree(vote: Vote) -> None:
    vote.is_by("all")
    play = vote.begins()
    counts(play, "approver", "All must agree", "0 of 3 approvals")
    play.presses("approver", "approve")
    play.waits_for("legal", "finance")
    play.presses("finance", "approve")
    counts(play, "legal", "2 of 3 approvals")
    play.waits_for("legal")
    play.stage.decide("legal", play.request_id)
    play.waits_for("admin")
    play = vote.begins()
    play.stage.decide("approver", play.request_id)
    play.presses("legal", "reject", "No contract")
    is_over(play, "Rejected")


def test_one_after_the_other_asks_nobody_before_their_turn(vote: Vote) -> None:
    vote.is_by("order")
    play = vote.begins()
    for place, name in enumerate(VOTERS):
        play.waits_for(name)
        counts(play, name, "One after the other", f"{place} of 3 approvals")
        play.presses(name, "approve")
    play.waits_for("admin")
    play = vote.begins()
    play.stage.decide("approver", play.request_id)
    play.presses("legal", "reject", "No contract")
    is_over(play, "Rejected")


def test_a_number_of_them_closes_the_step_and_one_rejection_does_not(vote: Vote) -> None:
    vote.is_by("count", threshold="2")
    play = vote.begins()
    play.presses("approver", "reject", "Not for me")
    play.waits_for("legal", "finance")
    play.presses("legal", "approve")
    counts(play, "finance", "A number of them must agree", "1 of 2 approvals")
    play.waits_for("finance")
    play.presses("finance", "approve")
    play.waits_for("admin")
    play = vote.begins()
    play.stage.decide("approver", play.request_id, "reject", "No")
    play.presses("finance", "reject", "Nor I")
    is_over(play, "Rejected")


def test_a_share_of_them_is_rounded_up(vote: Vote) -> None:
    vote.is_by("percent", threshold="60")
    play = vote.begins()
    play.presses("finance", "approve")
    counts(play, "legal", "60 % of them must agree", "1 of 2 approvals")
    play.waits_for("approver", "legal")
    play.presses("legal", "approve")
    play.waits_for("admin")
    play = vote.begins()
    play.stage.decide("finance", play.request_id, "reject", "No")
    play.waits_for("approver", "legal")
    play.presses("approver", "return", "Which contract?")
    play.waits_for("applicant")


def test_weights_count_instead_of_heads(vote: Vote, stage: Backstage) -> None:
    vote.is_by("weight", threshold="4", weights=f"{stage.names['approver']} = 3\n{stage.names['legal']} = 2")
    play = vote.begins()
    play.presses("approver", "approve")
    counts(play, "finance", "Votes are weighted", "weight 3 of 4", "weight 2")
    play.waits_for("legal", "finance")
    play.presses("finance", "approve")
    play.waits_for("admin")
    play = vote.begins()
    play.stage.decide("legal", play.request_id, "reject", "No")
    play.waits_for("approver", "finance")
    play.presses("approver", "reject", "Nor I")
    is_over(play, "Rejected")


def test_who_may_veto_is_waited_for_and_ends_it_alone(vote: Vote) -> None:
    vote.is_by("veto", vetoes=("finance",))
    play = vote.begins()
    play.presses("approver", "approve")
    play.presses("legal", "approve")
    counts(play, "finance", "With a veto", "2 of 2 approvals", "may veto")
    play.waits_for("finance")
    play.presses("finance", "approve")
    play.waits_for("admin")
    play = vote.begins()
    play.stage.decide("legal", play.request_id, "reject", "No")
    play.waits_for("approver", "finance")
    play.presses("finance", "reject", "Never")
    is_over(play, "Rejected")
