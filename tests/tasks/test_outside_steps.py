"""Steps that ask people from outside: beside colleagues in every mode, at the same time as others, and once more."""

import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from models.access import Actor
from models.accounts import User
from models.db import db, utc_now
from models.errors import Conflict, Invalid
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import inbox, outsiders, requests
from tasks.accounts import leavers
from tests.conftest import SECRET_KEY
from tests.support.accounts import membership_of
from tests.support.approvals import act, approval_of, asks, put_steps, submit, waiting
from tests.support.notices import CLOCK
from tests.support.outsiders import LI, MING, asks_outside, link_in, link_to, mails_to, token_of

People = dict[str, Actor]
HEAVY = MING | {"weight": 3}
ADDRESSES = (MING["mail"], LI["mail"])


def answer(app: Flask, link: str, decision: str = "approve", comment: str = "") -> None:
    with app.app_context():
        outsiders.decide_turn(token_of(link), decision=decision, comment=comment, secret_key=SECRET_KEY)


def closing_of(app: Flask, link: str) -> str:
    """Why a link leads nowhere any more, as a code; "" while it can be used."""
    with app.app_context():
        found = outsiders.find_turn(token_of(link), secret_key=SECRET_KEY)
        assert found is not None
        assert (found.request is None) == (found.closing is not None), "a link that is over shows nothing"
        return found.closing.code if found.closing else ""


@pytest.mark.parametrize(
    ("mode", "threshold", "order"),
    [
        ("any", None, ["ming"]),
        ("any", None, ["bob"]),
        ("all", None, ["ming", "bob", "li"]),
        ("order", None, ["bob", "ming", "li"]),
        ("count", 2, ["ming", "bob"]),
        ("count", 2, ["li", "ming"]),
        ("percent", 60, ["bob", "li"]),
        ("weight", 4, ["ming", "bob"]),
        ("weight", 3, ["ming"]),
        ("veto", None, ["li", "bob"]),
    ],
)
def test_in_every_mode_an_answer_from_outside_counts_like_one_from_inside(
    app: Flask, people: People, mode: str, threshold: int | None, order: Sequence[str]
) -> None:
    put_steps(
        app,
        people["ada"],
        asks_outside("audit", HEAVY, LI, people=[people["bob"]], mode=mode, threshold=threshold),
    )
    request_id, links = submit(app, people["alice"]), dict[str, str]()
    for name in order:
        assert approval_of(app, people["alice"], request_id) == "in_approval"
        links |= {letter.recipient.partition("@")[0]: link_in(letter) for letter in mails_to(app, *ADDRESSES)}
        if name == "bob":
            act(app, people["bob"], "decide", task_id=waiting(app, people, request_id)["bob"], decision="approve")
        else:
            answer(app, links[name])
    assert approval_of(app, people["alice"], request_id) == "approved"


@pytest.mark.parametrize("decision", ["reject", "return"])
def test_one_refusal_from_outside_ends_a_countersign(app: Flask, people: People, decision: str) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, LI, people=[people["bob"]], mode="all"))
    request_id = submit(app, people["alice"])
    to_ming, to_li = (link_in(letter) for letter in mails_to(app, *ADDRESSES))
    answer(app, to_ming, decision, "Not so")
    assert approval_of(app, people["alice"], request_id) == {"reject": "rejected", "return": "returned"}[decision]
    assert closing_of(app, to_ming) == "outsider.answered"
    assert closing_of(app, to_li) == "outsider.closed"
    with pytest.raises(Conflict):
        answer(app, to_li)


def test_a_request_that_was_mended_asks_anew_by_a_new_link(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING))
    request_id = submit(app, people["alice"])
    first = link_to(app, MING["mail"])
    answer(app, first, "return", "Wrong header")
    with app.app_context():
        requests.submit_request(people["alice"], request_id=request_id)
    second = link_to(app, MING["mail"])
    assert (closing_of(app, first), closing_of(app, second)) == ("outsider.answered", "")
    answer(app, second)
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_a_return_to_the_step_before_ends_the_links_and_its_approval_sends_new_ones(app: Flask, people: People) -> None:
    put_steps(
        app,
        people["ada"],
        asks("first", people["bea"]),
        asks_outside("audit", MING, people=[people["bob"]], mode="all"),
    )
    request_id = submit(app, people["alice"])
    act(app, people["bea"], "decide", task_id=waiting(app, people, request_id)["bea"], decision="approve")
    first, task_id = link_to(app, MING["mail"]), waiting(app, people, request_id)["bob"]
    act(app, people["bob"], "decide", task_id=task_id, decision="return", comment="Look again", return_to=0)
    assert closing_of(app, first) == "outsider.closed"
    act(app, people["bea"], "decide", task_id=waiting(app, people, request_id)["bea"], decision="approve")
    second = link_to(app, MING["mail"])
    with pytest.raises(Conflict):
        answer(app, first)
    answer(app, second)
    act(app, people["bob"], "decide", task_id=waiting(app, people, request_id)["bob"], decision="approve")
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_beside_another_step_they_are_asked_at_the_same_time_and_both_must_agree(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks("inside", people["bob"]), asks_outside("outside", MING, alongside=True))
    request_id = submit(app, people["alice"])
    link = link_to(app, MING["mail"])
    task_id = waiting(app, people, request_id)["bob"]
    answer(app, link)
    assert approval_of(app, people["alice"], request_id) == "in_approval"
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_a_refusal_beside_them_closes_their_turn_too(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks("inside", people["bob"]), asks_outside("outside", MING, alongside=True))
    request_id = submit(app, people["alice"])
    link, task_id = link_to(app, MING["mail"]), waiting(app, people, request_id)["bob"]
    act(app, people["bob"], "decide", task_id=task_id, decision="reject", comment="No")
    assert closing_of(app, link) == "outsider.closed"


def test_a_condition_leaves_them_out(app: Flask, people: People) -> None:
    put_steps(
        app,
        people["ada"],
        asks("inside", people["bob"]),
        asks_outside("outside", MING, condition="amount >= 10000"),
    )
    request_id = submit(app, people["alice"])
    act(app, people["bob"], "decide", task_id=waiting(app, people, request_id)["bob"], decision="approve")
    assert mails_to(app, MING["mail"]) == []
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_who_approved_from_outside_before_is_not_asked_twice_where_the_chain_says_so(
    app: Flask, people: People
) -> None:
    put_steps(
        app,
        people["ada"],
        asks_outside("first", MING),
        asks_outside("second", MING, LI, mode="all", repeat="first"),
    )
    request_id = submit(app, people["alice"])
    answer(app, link_to(app, MING["mail"]))
    (letter,) = mails_to(app, *ADDRESSES)
    assert letter.recipient == LI["mail"]
    answer(app, link_in(letter))
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_the_preview_names_those_who_are_then_asked(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, people=[people["bob"]], mode="all"))
    request_id = submit(app, people["alice"])
    with app.app_context():
        request = requests.get_request(people["alice"], request_id)
        found = requests.preview_approvers(
            people["alice"], amount=request.gross, invoice_type=request.invoice_type, customer_id=request.customer_id
        )
        foreseen = [signer.person for step in found.steps for signer in step.signers]
        task = requests.read_document(people["alice"], request_id).tasks[-1]
        assert [signer.identity for signer in task.signers] == foreseen == [people["bob"].user_id, MING["mail"]]


def test_steps_to_come_name_them_with_their_address(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks("inside", people["bob"]), asks_outside("audit", MING))
    request_id = submit(app, people["alice"])
    with app.app_context():
        now, later = requests.read_document(people["alice"], request_id).next_steps
        assert (now.people, later.people) == (("Bob",), ("Ming <ming@auditors.example>",))


def test_the_address_of_a_colleague_is_refused_naming_them(app: Flask, people: People) -> None:
    with pytest.raises(Invalid) as refused:
        put_steps(app, people["ada"], asks_outside("audit", {"name": "Robert", "mail": "Bob@acme.example"}))
    assert refused.value.field == "steps.0.approvers.outsiders"
    assert (refused.value.fields["mail"], refused.value.fields["person"]) == ("bob@acme.example", "Bob")


def test_who_has_joined_since_is_asked_as_a_colleague(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING))
    with app.app_context():
        serve_company(ALL_COMPANIES)
        db.session.get_one(User, people["bea"].user_id).email = MING["mail"]
        db.session.commit()
    request_id = submit(app, people["alice"])
    assert list(waiting(app, people, request_id)) == ["bea"]
    (letter,) = mails_to(app, MING["mail"])
    assert "decision=approve" in letter.body, "the mail of a colleague"


def test_the_clock_reminds_them_by_a_new_mail(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, due_hours=1, escalate_hours=1, escalate_to="head"))
    submit(app, people["alice"])
    first = link_to(app, MING["mail"])
    with time_machine.travel(utc_now() + timedelta(days=13), tick=False):
        with app.app_context():
            assert dict(+inbox.act_on_late(CLOCK)) == {"remind": 1, "escalate": 1}
        (letter,) = mails_to(app, MING["mail"])
    assert letter.title.startswith("Reminder")
    answer(app, link_in(letter))
    assert closing_of(app, first) == "outsider.answered"


def test_a_step_that_nobody_from_outside_answers_is_decided_by_the_clock_where_it_says_so(
    app: Flask, people: People
) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, auto="approve", auto_hours=1))
    request_id = submit(app, people["alice"])
    link = link_to(app, MING["mail"])
    with time_machine.travel(utc_now() + timedelta(days=13), tick=False), app.app_context():
        inbox.act_on_late(CLOCK)
    assert approval_of(app, people["alice"], request_id) == "approved"
    assert closing_of(app, link) == "outsider.closed"


def test_a_colleague_beside_them_who_leaves_hands_on_only_their_own_turn(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, people=[people["bob"]], mode="all"))
    request_id = submit(app, people["alice"])
    with app.app_context():
        heirs = leavers.Heirs(people["bea"].user_id or 0)
        leavers.hand_over(people["ada"], membership_id=membership_of(people["bob"]), heirs=heirs)
    assert "bea" in waiting(app, people, request_id)
    answer(app, link_to(app, MING["mail"]))
    act(app, people["bea"], "decide", task_id=waiting(app, people, request_id)["bea"], decision="approve")
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_of_two_presses_at_once_one_counts(app: Flask, people: People) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, people=[people["bob"]], mode="all"))
    request_id = submit(app, people["alice"])
    link, together, went = link_to(app, MING["mail"]), threading.Barrier(4), list[str]()

    def press() -> None:
        together.wait()
        try:
            answer(app, link)
            went.append("answered")
        except Conflict as refusal:
            went.append(refusal.code)

    threads = [threading.Thread(target=press) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert went.count("answered") == 1
    assert set(went) <= {"answered", "outsider.answered", "task.not_your_turn"}
    assert len(went) == 4
    assert approval_of(app, people["alice"], request_id) == "in_approval"
