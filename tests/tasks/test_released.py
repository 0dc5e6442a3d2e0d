"""Whoever was asked and is not any more is told so, once; and whoever acts for somebody from now on, or no longer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db, utc_now
from models.notices import Notification
from models.tenancy import serve_company
from tasks import delegations, notices, requests
from tasks.delegations import DelegationDraft
from tasks.notices import PreferenceDraft
from tests.support.approvals import act, asks, put_steps, submit, waiting
from tests.support.notices import tell_everybody

People = dict[str, Actor]
Heard = Callable[[], dict[str, list[str]]]


@pytest.fixture
def heard(app: Flask, people: People) -> Heard:
    """The topics of all notes about an end, by name."""

    def read() -> dict[str, list[str]]:
        tell_everybody(app)
        names = {actor.user_id: name for name, actor in people.items()}
        found: dict[str, list[str]] = {}
        with app.app_context():
            serve_company(people["alice"].company_id)
            for note in db.session.scalars(select(Notification).order_by(Notification.id)):
                if note.topic.startswith(("task.settled", "delegation.")):
                    found.setdefault(names[note.user_id], []).append(note.topic)
        return found

    return read


def _decide(app: Flask, people: People, request_id: int, name: str, decision: str, **more: object) -> None:
    comment = "" if decision == "approve" else "Because"
    task_id = waiting(app, people, request_id)[name]
    act(app, people[name], "decide", task_id=task_id, decision=decision, comment=comment, **more)


def test_whoever_is_asked_beside_the_one_who_approves_is_told_that_they_need_not(
    app: Flask, people: People, heard: Heard
) -> None:
    put_steps(
        app, people["ada"], asks("any", people["bob"], people["bea"], people["fiona"]), asks("last", people["ada"])
    )
    request_id = submit(app, people["alice"], "50000.00")
    _decide(app, people, request_id, "bob", "approve")
    assert heard() == {"bea": ["task.settled_approved"], "fiona": ["task.settled_approved"]}


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_whoever_is_asked_at_the_same_time_is_told_that_another_step_has_ended_it(
    app: Flask, people: People, heard: Heard, decision: str
) -> None:
    bob, bea, fiona, ada = (people[name] for name in ("bob", "bea", "fiona", "ada"))
    steps = asks("legal", bob, bea, mode="all"), asks("money", fiona, bea, alongside="yes", mode="all")
    put_steps(app, ada, *steps, asks("boss", ada, alongside="yes"))
    request_id = submit(app, people["alice"], "50000.00")
    _decide(app, people, request_id, "ada", "approve")
    _decide(app, people, request_id, "bob", decision)
    topic = "task.settled_returned" if decision == "return" else "task.settled_rejected"
    assert heard() == {"bea": [topic], "fiona": [topic]}


def test_nobody_is_told_who_had_not_been_asked_yet(app: Flask, people: People, heard: Heard) -> None:
    put_steps(app, people["ada"], asks("turns", people["bob"], people["bea"], people["fiona"], mode="order"))
    request_id = submit(app, people["alice"], "50000.00")
    _decide(app, people, request_id, "bob", "approve")
    _decide(app, people, request_id, "bea", "return")
    assert heard() == {}


def test_whoever_is_asked_again_at_once_is_only_asked(app: Flask, people: People, heard: Heard) -> None:
    put_steps(app, people["ada"], asks("any", people["bob"], people["bea"]), asks("last", people["bea"]))
    request_id = submit(app, people["alice"], "50000.00")
    _decide(app, people, request_id, "bob", "approve")
    assert heard() == {}
    assert waiting(app, people, request_id).keys() == {"bea"}


def test_the_note_says_who_and_leads_to_the_request(app: Flask, people: People, heard: Heard) -> None:
    put_steps(app, people["ada"], asks("any", people["bob"], people["bea"]))
    request_id = submit(app, people["alice"], "50000.00")
    _decide(app, people, request_id, "bob", "return")
    assert heard() == {"bea": ["task.settled_returned"]}
    with app.app_context():
        serve_company(people["bea"].company_id)
        note = db.session.scalars(select(Notification).where(Notification.topic == "task.settled_returned")).one()
        number = requests.get_request(people["bea"], request_id).number
        assert note.subject == f"request:{request_id}"
        assert (
            notices.sentence(note.topic, note.fields, "en") == f"Bob returned {number}, so it no longer waits for you"
        )
        assert notices.sentence(note.topic, note.fields, "zh").startswith("Bob")


def test_whoever_does_not_want_such_notes_gets_none(app: Flask, people: People, heard: Heard) -> None:
    put_steps(app, people["ada"], asks("any", people["bob"], people["bea"]))
    with app.app_context():
        wanted = notices.read_preferences(people["bea"]).wanted
        notices.save_preferences(people["bea"], PreferenceDraft(wanted=wanted - {"waiting:bell"}))
    request_id = submit(app, people["alice"], "50000.00")
    _decide(app, people, request_id, "bob", "approve")
    assert heard() == {}


def test_whoever_shall_act_for_somebody_is_told_and_told_when_it_ends(app: Flask, people: People, heard: Heard) -> None:
    with app.app_context():
        day = (utc_now() + timedelta(days=3)).date()
        for last in (None, day):
            draft = DelegationDraft(to_user_id=people["bea"].user_id or 0, last_day=last)
            given = delegations.create_delegation(people["bob"], draft).id
    assert heard() == {"bea": ["delegation.made", "delegation.made_until"]}
    with app.app_context():
        delegations.revoke_delegation(people["ada"], delegation_id=given)
    assert heard()["bea"][2:] == ["delegation.revoked"]


def test_who_gives_themselves_a_turn_is_told_nothing(app: Flask, people: People, heard: Heard) -> None:
    with app.app_context():
        ada = people["ada"]
        draft = DelegationDraft(from_user_id=people["bob"].user_id, to_user_id=ada.user_id or 0)
        given = delegations.create_delegation(ada, draft).id
        delegations.revoke_delegation(ada, delegation_id=given)
    assert heard() == {}
