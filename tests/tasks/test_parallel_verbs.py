"""Verbs inside steps that are asked at the same time: each touches its own step, and the others wait on untouched."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db
from models.errors import Conflict, NotAllowed, NotFound
from models.notices import NoticeEvent
from models.tenancy import serve_company
from tasks import inbox, requests
from tests.support.approvals import act, approval_of, asks, put_steps, signer_id, signers_of, submit, waiting

People = dict[str, Actor]
STANDARD = "50000.00"


@pytest.fixture
def request_id(app: Flask, people: People) -> int:
    """Bob is asked, and Bea at the same time; behind both Ada."""
    bob, bea, ada = (people[name] for name in ("bob", "bea", "ada"))
    put_steps(app, ada, asks("law", bob), asks("money", bea, alongside="yes"), asks("last", ada))
    return submit(app, people["alice"], STANDARD)


@pytest.fixture
def asked(app: Flask, people: People, request_id: int) -> Callable[[], list[str]]:
    return lambda: sorted(waiting(app, people, request_id))


@pytest.fixture
def do(app: Flask, people: People, request_id: int) -> Callable[..., int]:
    """`do("bob", "approve")` or `do("bob", "transfer", user_id=…)` in the task that waits for Bob; its id."""

    def run(who: str, verb: str, **more: object) -> int:
        task_id = waiting(app, people, request_id)[who]
        if verb in ("approve", "reject", "return"):
            more |= {"decision": verb, "comment": "" if verb == "approve" else "Because"}
            verb = "decide"
        act(app, people[who], verb, task_id=task_id, **more)
        return task_id

    return run


Do = Callable[..., int]
Asked = Callable[[], list[str]]


def told(app: Flask, people: People, topic: str) -> list[list[int]]:
    """Whom each notice of a topic is for, oldest first."""
    with app.app_context():
        serve_company(people["ada"].company_id)
        wanted = select(NoticeEvent.people).where(NoticeEvent.topic == topic).order_by(NoticeEvent.id)
        return list(db.session.scalars(wanted))


class TestAddSigner:
    @pytest.mark.parametrize(
        ("place", "at_once"),
        [("before", ["bea", "fiona"]), ("parallel", ["bea", "bob", "fiona"]), ("after", ["bea", "fiona"])],
    )
    def test_the_join_waits_for_whoever_was_put_into_one_of_the_steps(
        self, people: People, do: Do, asked: Asked, place: str, at_once: list[str]
    ) -> None:
        do("bob", "add_signer", user_id=people["fiona"].user_id, place=place)
        assert asked() == at_once
        do("bea", "approve")
        if place == "parallel":
            do("bob", "approve")
        assert asked() == ["fiona"]
        do("fiona", "approve")
        if place == "before":
            do("bob", "approve")
        assert asked() == ["ada"]

    def test_who_was_put_in_and_rejects_ends_both_steps(
        self, app: Flask, people: People, request_id: int, do: Do, asked: Asked
    ) -> None:
        do("bob", "add_signer", user_id=people["fiona"].user_id, place="parallel")
        do("bea", "approve")
        do("fiona", "reject")
        assert (asked(), approval_of(app, people["alice"], request_id)) == ([], "rejected")

    def test_somebody_of_one_step_may_be_put_into_the_other(self, people: People, do: Do, asked: Asked) -> None:
        do("bob", "add_signer", user_id=people["bea"].user_id, place="parallel")
        do("bob", "approve")
        do("bea", "approve")
        assert asked() == ["bea"]
        do("bea", "approve")
        assert asked() == ["ada"]

    def test_a_return_closes_both_steps_and_drops_whoever_was_put_in(
        self, app: Flask, people: People, request_id: int, do: Do, asked: Asked
    ) -> None:
        task_id = do("bob", "add_signer", user_id=people["fiona"].user_id, place="parallel")
        do("bea", "return")
        assert asked() == ["alice"]
        assert [status for _, status in signers_of(app, people["bob"], task_id)] == ["dropped", "dropped"]
        with app.app_context():
            requests.submit_request(people["alice"], request_id=request_id)
        assert asked() == ["bea", "bob"]


class TestRemoveSigner:
    def test_who_put_in_takes_out_and_the_other_step_waits_on(
        self, app: Flask, people: People, do: Do, asked: Asked
    ) -> None:
        task_id = do("bob", "add_signer", user_id=people["fiona"].user_id, place="before")
        row = signer_id(app, people["bob"], task_id, people["fiona"])
        act(app, people["bob"], "remove_signer", task_id=task_id, signer_id=row)
        assert asked() == ["bea", "bob"]
        do("bob", "approve")
        assert asked() == ["bea"]

    def test_what_is_left_settles_its_step_alone(self, app: Flask, people: People, do: Do, asked: Asked) -> None:
        task_id = do("bob", "add_signer", user_id=people["fiona"].user_id, place="parallel")
        do("bob", "approve")
        row = signer_id(app, people["bob"], task_id, people["fiona"])
        act(app, people["bob"], "remove_signer", task_id=task_id, signer_id=row)
        assert asked() == ["bea"]
        do("bea", "approve")
        assert asked() == ["ada"]

    def test_where_the_other_step_is_over_it_ends_the_stage_and_tells_who_comes_next(
        self, app: Flask, people: People, do: Do, asked: Asked
    ) -> None:
        task_id = do("bob", "add_signer", user_id=people["fiona"].user_id, place="parallel")
        do("bea", "approve")
        do("bob", "approve")
        row = signer_id(app, people["bob"], task_id, people["fiona"])
        act(app, people["ada"], "remove_signer", task_id=task_id, signer_id=row)
        assert asked() == ["ada"]
        assert told(app, people, "task.open")[-1] == [people["ada"].user_id]

    def test_nobody_takes_out_the_signer_of_the_other_step(
        self, app: Flask, people: People, request_id: int, asked: Asked
    ) -> None:
        tasks = waiting(app, people, request_id)
        row = signer_id(app, people["bea"], tasks["bea"], people["bea"])
        with pytest.raises(NotFound):
            act(app, people["bob"], "remove_signer", task_id=tasks["bob"], signer_id=row)
        with pytest.raises(NotAllowed):
            act(app, people["bea"], "remove_signer", task_id=tasks["bea"], signer_id=row)
        with pytest.raises(Conflict, match="must be left"):
            act(app, people["ada"], "remove_signer", task_id=tasks["bea"], signer_id=row)
        assert asked() == ["bea", "bob"]


class TestUrge:
    def test_everybody_who_is_asked_in_any_of_them_is_told(self, app: Flask, people: People, request_id: int) -> None:
        assert act(app, people["alice"], "urge", request_id=request_id) == 2
        told_now = told(app, people, "task.urged")
        assert sorted(told_now) == sorted([[people["bob"].user_id], [people["bea"].user_id]])

    def test_only_who_has_not_approved_is_told(self, app: Flask, people: People, request_id: int, do: Do) -> None:
        do("bob", "approve")
        assert act(app, people["alice"], "urge", request_id=request_id) == 1
        assert told(app, people, "task.urged") == [[people["bea"].user_id]]

    def test_one_step_being_over_does_not_let_it_be_urged_again(
        self, app: Flask, people: People, request_id: int, do: Do
    ) -> None:
        act(app, people["alice"], "urge", request_id=request_id)
        do("bob", "approve")
        with pytest.raises(Conflict, match="short while ago"):
            act(app, people["alice"], "urge", request_id=request_id)

    def test_who_is_asked_in_both_is_counted_once(self, app: Flask, people: People) -> None:
        bob = people["bob"]
        put_steps(app, people["ada"], asks("law", bob), asks("money", bob, alongside="yes"))
        request_id = submit(app, people["alice"], STANDARD)
        assert act(app, people["alice"], "urge", request_id=request_id) == 1


class TestCopies:
    def test_whom_both_steps_name_gets_one_copy_and_is_told_once(self, app: Flask, people: People) -> None:
        dora = people["dora"]
        steps = asks("law", people["bob"]), asks("money", people["bea"], alongside="yes")
        put_steps(app, people["ada"], *(step | {"copies": [dora.user_id]} for step in steps))
        request_id = submit(app, people["alice"], STANDARD)
        with app.app_context():
            assert [copy.user_id for copy in inbox.list_copies(people["alice"], request_id)] == [dora.user_id]
        assert told(app, people, "task.copied") == [[dora.user_id]]

    def test_a_copy_out_of_one_step_shows_the_request_and_is_marked_as_read(
        self, app: Flask, people: People, request_id: int, asked: Asked
    ) -> None:
        dora = people["dora"]
        act(app, people["bob"], "copy_to", request_id=request_id, user_ids=[dora.user_id])
        with app.app_context():
            assert [row.request.id for row in inbox.list_tasks(dora, view="copies").rows] == [request_id]
        act(app, dora, "read_copy", request_id=request_id)
        with app.app_context():
            (copy,) = inbox.list_copies(people["alice"], request_id)
            assert copy.read_at is not None
        assert asked() == ["bea", "bob"]
