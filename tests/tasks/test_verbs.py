"""What signers can do with a task besides deciding it, in a step of one person and in a countersign."""

from collections.abc import Callable

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db, utc_now
from models.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from models.notices import NoticeEvent
from models.processes import TaskAction
from models.tenancy import serve_company
from tasks import inbox, requests
from tests.support.approvals import act, approval_of, ask_all, signer_id, signers_of, step_of, submit, waiting

People = dict[str, Actor]
Submitted = tuple[int, int]


@pytest.fixture
def alone(app: Flask, people: People) -> Submitted:
    """A request whose step asks Bob; the ids of request and task."""
    ask_all(app, people["dora"], step_of("all", [people["bob"].user_id]))
    request_id = submit(app, people["alice"])
    return request_id, waiting(app, people, request_id)["bob"]


@pytest.fixture
def together(app: Flask, people: People) -> Submitted:
    """A request whose step asks Bob and Bea, both of whom must agree."""
    ask_all(app, people["dora"], step_of("all", [people["bob"].user_id, people["bea"].user_id]))
    request_id = submit(app, people["alice"])
    return request_id, waiting(app, people, request_id)["bob"]


@pytest.fixture
def refused(app: Flask, people: People) -> Callable[..., str]:
    """`refused(kind, who, verb, …)`: the code with which an operation is refused."""

    def attempt(kind: type[AppError], who: str, verb: str, **arguments: object) -> str:
        with pytest.raises(kind) as error:
            act(app, people[who], verb, **arguments)
        return error.value.code

    return attempt


def names(app: Flask, people: People, request_id: int) -> list[str]:
    return sorted(waiting(app, people, request_id))


def told(app: Flask, people: People, topic: str) -> list[list[int]]:
    with app.app_context():
        serve_company(people["ada"].company_id)
        wanted = select(NoticeEvent.people).where(NoticeEvent.topic == topic).order_by(NoticeEvent.id)
        return list(db.session.scalars(wanted))


def said(app: Flask, people: People, request_id: int) -> list[str]:
    with app.app_context():
        serve_company(people["ada"].company_id)
        wanted = select(TaskAction.action).where(TaskAction.subject_id == request_id).order_by(TaskAction.id)
        return list(db.session.scalars(wanted))


class TestCountersign:
    def test_both_must_agree_before_the_flow_goes_on(self, app: Flask, people: People, together: Submitted) -> None:
        request_id, task_id = together
        assert names(app, people, request_id) == ["bea", "bob"]
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        assert names(app, people, request_id) == ["bea"]
        act(app, people["bea"], "decide", task_id=task_id, decision="approve")
        assert task_id not in waiting(app, people, request_id).values()

    def test_one_rejection_ends_it_for_both(self, app: Flask, people: People, together: Submitted) -> None:
        request_id, task_id = together
        act(app, people["bea"], "decide", task_id=task_id, decision="reject", comment="No contract")
        assert (names(app, people, request_id), approval_of(app, people["alice"], request_id)) == ([], "rejected")

    def test_a_return_of_one_ends_the_step_for_the_other(self, app: Flask, people: People, together: Submitted) -> None:
        request_id, task_id = together
        act(app, people["bob"], "decide", task_id=task_id, decision="return", comment="Mend it")
        assert names(app, people, request_id) == ["alice"]
        assert signers_of(app, people["bob"], task_id)[1][1] == "dropped"

    def test_an_answer_given_is_told_to_who_gives_it_again(
        self, app: Flask, people: People, together: Submitted, refused: Callable[..., str]
    ) -> None:
        _, task_id = together
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        assert refused(Conflict, "bob", "decide", task_id=task_id, decision="approve") == "task.answered"

    def test_who_approved_finds_it_among_what_they_handled(
        self, app: Flask, people: People, together: Submitted
    ) -> None:
        _, task_id = together
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        with app.app_context():
            rows = inbox.list_tasks(people["bob"], view="done").rows
            assert [row.task.id for row in rows] == [task_id]
            assert inbox.count_views(people["bob"])["done"] == 1


class TestTransfer:
    def test_the_other_answers_in_ones_place(self, app: Flask, people: People, alone: Submitted) -> None:
        request_id, task_id = alone
        act(app, people["bob"], "transfer", task_id=task_id, user_id=people["bea"].user_id, comment="On leave")
        assert names(app, people, request_id) == ["bea"]
        assert told(app, people, "task.transferred") == [[people["bea"].user_id]]
        act(app, people["bea"], "decide", task_id=task_id, decision="approve")
        assert "transfer" in said(app, people, request_id)

    def test_in_a_countersign_the_others_stay(self, app: Flask, people: People, together: Submitted) -> None:
        request_id, task_id = together
        act(app, people["bob"], "transfer", task_id=task_id, user_id=people["fiona"].user_id)
        assert names(app, people, request_id) == ["bea", "fiona"]

    @pytest.mark.parametrize(
        ("person", "code"),
        [("alice", "task.applicant"), ("dora", "task.no_role"), ("carl", "task.person"), ("bob", "task.already_asked")],
    )
    def test_not_to_just_anybody(
        self, people: People, alone: Submitted, refused: Callable[..., str], person: str, code: str
    ) -> None:
        user_id = people[person].user_id
        assert refused(Invalid, "bob", "transfer", task_id=alone[1], user_id=user_id) == code

    def test_what_one_handed_on_is_not_ones_own_any_more(
        self, app: Flask, people: People, alone: Submitted, refused: Callable[..., str]
    ) -> None:
        act(app, people["bob"], "transfer", task_id=alone[1], user_id=people["bea"].user_id)
        assert refused(Conflict, "bob", "decide", task_id=alone[1], decision="approve") == "task.answered"


class TestDelegate:
    def test_the_opinion_comes_back_and_decides_nothing(self, app: Flask, people: People, alone: Submitted) -> None:
        request_id, task_id = alone
        act(app, people["bob"], "delegate", task_id=task_id, user_id=people["bea"].user_id)
        assert names(app, people, request_id) == ["bea"]
        act(app, people["bea"], "decide", task_id=task_id, decision="reject", comment="Too dear")
        assert names(app, people, request_id) == ["bob"]
        assert approval_of(app, people["alice"], request_id) == "in_approval"
        assert said(app, people, request_id)[-1] == "advise_against"

    def test_in_a_countersign_the_step_waits_for_who_asked(
        self, app: Flask, people: People, together: Submitted
    ) -> None:
        request_id, task_id = together
        act(app, people["bob"], "delegate", task_id=task_id, user_id=people["fiona"].user_id)
        act(app, people["bea"], "decide", task_id=task_id, decision="approve")
        act(app, people["fiona"], "decide", task_id=task_id, decision="approve")
        assert names(app, people, request_id) == ["bob"]

    def test_an_adviser_asks_nobody_more(
        self, app: Flask, people: People, alone: Submitted, refused: Callable[..., str]
    ) -> None:
        act(app, people["bob"], "delegate", task_id=alone[1], user_id=people["bea"].user_id)
        fiona = people["fiona"].user_id
        assert refused(NotAllowed, "bea", "add_signer", task_id=alone[1], user_id=fiona) == "task.adviser"


class TestAddSigner:
    @pytest.mark.parametrize(("place", "then"), [("before", ["bea"]), ("parallel", ["bea", "bob"]), ("after", ["bea"])])
    def test_who_is_asked_then(self, app: Flask, people: People, alone: Submitted, place: str, then: list[str]) -> None:
        request_id, task_id = alone
        act(app, people["bob"], "add_signer", task_id=task_id, user_id=people["bea"].user_id, place=place)
        assert names(app, people, request_id) == then
        act(app, people["bea"], "decide", task_id=task_id, decision="approve")
        if place != "after":
            act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        assert approval_of(app, people["alice"], request_id) == "in_approval"
        assert task_id not in waiting(app, people, request_id).values()

    @pytest.mark.parametrize("place", ["before", "parallel", "after"])
    def test_in_a_countersign_everybody_must_agree(
        self, app: Flask, people: People, together: Submitted, place: str
    ) -> None:
        request_id, task_id = together
        act(app, people["bob"], "add_signer", task_id=task_id, user_id=people["fiona"].user_id, place=place)
        act(app, people["bea"], "decide", task_id=task_id, decision="approve")
        assert "fiona" in names(app, people, request_id)
        act(app, people["fiona"], "decide", task_id=task_id, decision="reject", comment="No")
        assert approval_of(app, people["alice"], request_id) == "rejected"

    def test_a_step_that_forbids_it_says_so(self, app: Flask, people: People, refused: Callable[..., str]) -> None:
        ask_all(app, people["dora"], step_of("all", [people["bob"].user_id], verbs='["approve", "reject"]'))
        request_id = submit(app, people["alice"])
        task_id = waiting(app, people, request_id)["bob"]
        bea = people["bea"].user_id
        assert refused(NotAllowed, "bob", "add_signer", task_id=task_id, user_id=bea) == "task.verb"
        assert refused(NotAllowed, "bob", "decide", task_id=task_id, decision="return", comment="x") == "task.verb"


class TestRemoveSigner:
    def test_who_put_in_takes_out(self, app: Flask, people: People, alone: Submitted) -> None:
        request_id, task_id = alone
        act(app, people["bob"], "add_signer", task_id=task_id, user_id=people["bea"].user_id, place="before")
        row = signer_id(app, people["bob"], task_id, people["bea"])
        act(app, people["bob"], "remove_signer", task_id=task_id, signer_id=row)
        assert names(app, people, request_id) == ["bob"]

    def test_others_may_not_but_an_administrator(
        self, app: Flask, people: People, together: Submitted, refused: Callable[..., str]
    ) -> None:
        request_id, task_id = together
        row = signer_id(app, people["bob"], task_id, people["bea"])
        assert refused(NotAllowed, "bob", "remove_signer", task_id=task_id, signer_id=row) == "task.not_added"
        act(app, people["ada"], "remove_signer", task_id=task_id, signer_id=row)
        assert names(app, people, request_id) == ["bob"]

    def test_what_is_left_may_settle_the_step(self, app: Flask, people: People, together: Submitted) -> None:
        request_id, task_id = together
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        row = signer_id(app, people["bob"], task_id, people["bea"])
        act(app, people["ada"], "remove_signer", task_id=task_id, signer_id=row)
        assert task_id not in waiting(app, people, request_id).values()

    def test_a_signer_of_another_task_is_not_found(self, alone: Submitted, refused: Callable[..., str]) -> None:
        assert refused(NotFound, "bob", "remove_signer", task_id=alone[1], signer_id=10_000) == "task.signer"


class TestTakeBack:
    def test_in_a_step_that_goes_on_it_is_ones_turn_again(
        self, app: Flask, people: People, together: Submitted
    ) -> None:
        request_id, task_id = together
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        act(app, people["bob"], "take_back", task_id=task_id)
        assert names(app, people, request_id) == ["bea", "bob"]

    def test_who_has_nothing_to_take_back_hears_so(self, together: Submitted, refused: Callable[..., str]) -> None:
        assert refused(Conflict, "bob", "take_back", task_id=together[1]) == "task.nothing_to_take_back"

    def test_who_is_too_late_hears_who_ended_the_step(self, app: Flask, people: People, together: Submitted) -> None:
        _, task_id = together
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        act(app, people["bea"], "decide", task_id=task_id, decision="reject", comment="No contract")
        with pytest.raises(Conflict, match=r"^Bea already handled this task .Rejected. at 20"):
            act(app, people["bob"], "take_back", task_id=task_id)


class TestTelling:
    def test_a_copy_lets_somebody_see_the_request_and_tells_them_once(
        self, app: Flask, people: People, alone: Submitted
    ) -> None:
        request_id, _ = alone
        bea = people["bea"]
        with app.app_context(), pytest.raises(NotFound):
            requests.get_request(bea, request_id)
        assert act(app, people["bob"], "copy_to", request_id=request_id, user_ids=[bea.user_id]) == 1
        assert act(app, people["bob"], "copy_to", request_id=request_id, user_ids=[bea.user_id]) == 0
        with app.app_context():
            assert requests.get_request(bea, request_id).id == request_id
        assert told(app, people, "task.copied") == [[bea.user_id]]

    def test_whom_a_step_names_gets_a_copy_as_it_opens(self, app: Flask, people: People) -> None:
        bea = people["bea"]
        step = step_of("all", [people["bob"].user_id], copies=f"[{bea.user_id}, {people['alice'].user_id}]")
        ask_all(app, people["dora"], step)
        request_id = submit(app, people["alice"])
        with app.app_context():
            assert requests.get_request(bea, request_id).id == request_id
        assert told(app, people, "task.copied") == [[bea.user_id]]

    def test_a_copy_is_marked_as_read(self, app: Flask, people: People, alone: Submitted) -> None:
        request_id, _ = alone
        act(app, people["bob"], "copy_to", request_id=request_id, user_ids=[people["bea"].user_id])
        act(app, people["bea"], "read_copy", request_id=request_id)
        with app.app_context():
            assert inbox.list_copies(people["alice"], request_id)[0].read_at is not None

    def test_whoever_is_mentioned_is_told(self, app: Flask, people: People, alone: Submitted) -> None:
        request_id, _ = alone
        bea = people["bea"].user_id
        act(app, people["bob"], "comment_on", request_id=request_id, text="Is this right?", mentions=[bea])
        assert (told(app, people, "task.mentioned"), said(app, people, request_id)[-1]) == ([[bea]], "comment")

    def test_an_empty_comment_is_refused(self, alone: Submitted, refused: Callable[..., str]) -> None:
        assert refused(Invalid, "bob", "comment_on", request_id=alone[0], text="  ") == "comment.empty"

    def test_urging_reaches_who_keeps_it_and_not_too_often(
        self, app: Flask, people: People, together: Submitted, refused: Callable[..., str]
    ) -> None:
        request_id, task_id = together
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
        now = utc_now()
        with time_machine.travel(now, tick=False):
            assert act(app, people["alice"], "urge", request_id=request_id) == 1
            assert refused(Conflict, "alice", "urge", request_id=request_id) == "urge.soon"
        with time_machine.travel(now + inbox.URGE_AGAIN_AFTER, tick=False):
            act(app, people["alice"], "urge", request_id=request_id)
        assert told(app, people, "task.urged") == [[people["bea"].user_id]] * 2

    def test_only_who_asked_may_urge(self, alone: Submitted, refused: Callable[..., str]) -> None:
        assert refused(NotAllowed, "bob", "urge", request_id=alone[0]) == "request.not_yours"


def test_no_other_company_reaches_a_task(people: People, alone: Submitted, refused: Callable[..., str]) -> None:
    bob = people["bob"].user_id
    assert refused(NotFound, "carl", "transfer", task_id=alone[1], user_id=bob) == "task.not_found"


def test_a_step_that_makes_no_sense_is_an_incident_and_not_a_fault(app: Flask, people: People) -> None:
    ask_all(app, people["dora"], '{mode: "perhaps", signers: [{user: 1}]}')
    with pytest.raises(Conflict) as error:
        submit(app, people["alice"])
    assert error.value.code == "task.step"
