"""Chains of a company: versions that never touch a running request, the choice of the chain, and one planner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from models.access import Actor
from models.accounts import Membership
from models.chains import PlannedStep
from models.customers import Customer
from models.db import db, utc_now
from models.delegations import Delegation
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from tasks import chains, inbox, requests
from tasks.chains import ChainDraft
from tests.support.requests import decide, make_customer, make_draft, make_request

People = dict[str, Actor]


def by_role(role: str = "approver", **changes: Any) -> dict[str, Any]:
    return {"title": "Check", "approvers": {"kind": "role", "role": role}, **changes}


def by_people(*people: Actor, **changes: Any) -> dict[str, Any]:
    ids = [person.user_id for person in people]
    return {"title": "Check", "approvers": {"kind": "people", "people": ids}, **changes}


def save(people: People, *steps: dict[str, Any], key: str = "standard", **changes: Any) -> None:
    revision = chains.get_chain(people["ada"], key).revision
    draft = ChainDraft(**{"name": "Standard", "steps": steps, **changes})
    chains.save_chain(people["ada"], draft, key=key, revision=revision)


def preview(actor: Actor, customer: Customer, amount: str = "106.00") -> tuple[PlannedStep, ...]:
    found = requests.preview_request(actor, make_draft(customer, amount=amount)).approvers
    assert found is not None
    return found.steps


def asked(actor: Actor, request_id: int) -> list[tuple[str, ...]]:
    return [step.people for step in requests.read_document(actor, request_id).next_steps]


def leave(actor: Actor) -> None:
    db.session.execute(
        update(Membership)
        .where(Membership.user_id == actor.user_id, Membership.company_id == actor.company_id)
        .values(is_active=False)
    )
    db.session.commit()


def test_a_new_company_has_the_chains_that_the_decision_table_names(session: None, people: People) -> None:
    assert [(chain.key, len(chain.newest.rules)) for chain in chains.list_chains(people["ada"])] == [
        ("simple", 1),
        ("standard", 2),
        ("extended", 3),
    ]


def test_a_save_makes_a_version_that_says_who_and_when(session: None, people: People) -> None:
    save(people, by_role(), note="One is enough")
    first, second = chains.get_chain(people["ada"], "standard").versions
    assert (first.number, len(first.rules)) == (1, 2)
    assert (second.number, second.made_by_id, second.note) == (2, people["ada"].user_id, "One is enough")


def test_an_edit_never_touches_a_running_request(session: None, people: People) -> None:
    alice, bob = people["alice"], people["bob"]
    customer = make_customer(alice)
    request_id = make_request(alice, customer)
    save(people, by_role("admin"))
    decide(bob, request_id, "approve")
    assert asked(alice, request_id) == [("Fiona",)]
    assert asked(alice, make_request(alice, customer)) == [("Ada",)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chain_version SET steps = '[]'",
        "UPDATE chain_version SET binding = '{}'",
        "UPDATE chain_version SET effective_from = '2020-01-01'",
        "UPDATE chain_version SET number = number + 1",
        "UPDATE chain_version SET note = 'x', made_by_id = NULL",
        "DELETE FROM chain_version",
    ],
)
def test_the_database_itself_keeps_every_version_as_it_was_made(app: Flask, people: People, statement: str) -> None:
    with app.app_context():
        before = chains.get_chain(people["ada"], "standard").newest.steps
    with app.app_context(), pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as raw:
        raw.execute(text(statement))
    with app.app_context():
        assert chains.get_chain(people["ada"], "standard").newest.steps == before


def test_a_version_counts_from_its_day_on(session: None, people: People) -> None:
    alice = people["alice"]
    save(people, by_role("admin"), effective_from=utc_now().date() + timedelta(days=30))
    assert len(preview(alice, make_customer(alice))) == 2
    with pytest.raises(Invalid, match="is over"):
        save(people, by_role(), effective_from=utc_now().date() - timedelta(days=30))


def test_the_first_chain_that_claims_a_request_is_taken_before_the_table(session: None, people: People) -> None:
    ada, alice = people["ada"], people["alice"]
    customer = make_customer(alice)
    for key, least in (("large", "50000"), ("any", "1")):
        chains.add_chain(ada, ChainDraft(name=key, steps=[by_role("admin")], binding={"min_amount": least}), key=key)

    def chosen(amount: str) -> str:
        found = requests.preview_request(alice, make_draft(customer, amount=amount)).approvers
        assert found is not None
        return found.chain_key

    assert (chosen("0.50"), chosen("106.00"), chosen("60000.00")) == ("standard", "any", "large")
    chains.move_chain(ada, key="any", up=True)
    assert chosen("60000.00") == "any"
    revision = chains.get_chain(ada, "any").revision
    chains.set_active(ada, key="any", is_active=False, revision=revision)
    assert (chosen("106.00"), chosen("60000.00")) == ("standard", "large")


@pytest.mark.parametrize("amount", ["106.00", "60000.00", "2000000.00"])
def test_the_preview_is_what_opens_step_by_step(session: None, people: People, amount: str) -> None:
    alice = people["alice"]
    save(
        people,
        by_role(key="a"),
        by_people(people["ada"], key="b", condition="amount > 50000", mode="all"),
        by_role("finance", key="c", repeat="first"),
    )
    customer = make_customer(alice)
    names = {people[name].user_id: name.title() for name in ("ada", "bob", "bea", "fiona")}
    promised = [tuple(names[person] for person in step.candidates) for step in preview(alice, customer, amount)]
    request_id = make_request(alice, customer, amount=amount)
    while promised:
        assert asked(alice, request_id) == promised
        decide(people[promised[0][0].lower()], request_id, "approve")
        promised.pop(0)
    assert requests.get_request(alice, request_id).approval == "approved"


def test_whoever_left_is_not_asked_at_the_next_step(session: None, people: People) -> None:
    alice = people["alice"]
    save(people, by_role("finance", key="a"), by_role("approver", key="b"))
    request_id = make_request(alice, make_customer(alice))
    leave(people["bob"])
    db.session.rollback()
    decide(people["fiona"], request_id, "approve")
    assert asked(alice, request_id) == [("Bea",)]


def test_who_really_approved_is_not_asked_again(session: None, people: People) -> None:
    alice, bob, bea = people["alice"], people["bob"], people["bea"]
    save(people, by_role(key="a"), by_people(bob, key="b", repeat="first"))
    customer = make_customer(alice)
    by_bea, by_bob = (make_request(alice, customer) for _ in range(2))
    decide(bea, by_bea, "approve")
    decide(bob, by_bob, "approve")
    assert asked(alice, by_bea) == [("Bob",)]
    assert requests.get_request(alice, by_bob).approval == "approved"


def test_a_stand_in_is_asked(session: None, people: People) -> None:
    alice, bea = people["alice"], people["bea"]
    save(people, by_people(people["bob"]))
    customer = make_customer(alice)
    assert bea.user_id is not None
    db.session.add(
        Delegation(from_user_id=people["bob"].user_id, to_user_id=bea.user_id, starts_at=utc_now() - timedelta(days=1))
    )
    db.session.commit()
    assert preview(alice, customer)[0].signers[0].acts_for == people["bob"].user_id
    assert asked(alice, make_request(alice, customer)) == [("Bea",)]


def test_the_owner_of_the_customer_is_asked(session: None, people: People) -> None:
    alice = people["alice"]
    save(people, {"title": "Owner", "approvers": {"kind": "customer_owner"}})
    customer = make_customer(alice)
    customer.owner_id = people["bea"].user_id
    db.session.commit()
    assert asked(alice, make_request(alice, customer)) == [("Bea",)]


def test_people_may_be_named_by_an_expression(session: None, people: People) -> None:
    text = 'if amount > 1000 then "Ada" else ["Bob", "Bea"]'
    save(people, {"title": "Someone", "approvers": {"kind": "feel", "expression": text}})
    customer = make_customer(people["alice"])
    assert [len(preview(people["alice"], customer, amount)[0].signers) for amount in ("1", "5000")] == [2, 1]


def test_a_step_returns_to_an_earlier_one(session: None, people: People) -> None:
    alice, fiona = people["alice"], people["fiona"]
    request_id = make_request(alice, make_customer(alice))
    decide(people["bob"], request_id, "approve")
    (row,) = [row for row in inbox.list_tasks(fiona).rows if row.request.id == request_id]
    inbox.decide(fiona, task_id=row.task.id, decision="return", comment="Look again", return_to=0, resume="back")
    assert asked(alice, request_id) == [("Bob", "Bea"), ("Fiona",)]
    assert requests.get_request(alice, request_id).approval == "in_approval"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (by_role("emperor"), "Step 1 “Check”: choose a role"),
        (by_role(condition="amount >"), "Step 1 “Check”: “amount >” cannot be read"),
        (by_role(condition="weather = 1"), "a request has no “weather”"),
        (by_role(condition="amount + 1"), "neither true nor false"),
        (by_role(condition='amount > "x"'), "neither true nor false"),
        ({"title": "Who", "approvers": {"kind": "feel", "expression": "boss("}}, "Step 1 “Who”"),
        (by_role(copies=[99999]), "a person who is active"),
    ],
)
def test_what_makes_no_sense_is_refused_by_step_and_reason(
    session: None, people: People, step: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        save(people, step)
    assert len(chains.get_chain(people["ada"], "standard").versions) == 1


def test_people_who_left_and_people_of_another_company_cannot_be_named(session: None, people: People) -> None:
    for actor in (people["bob"], people["carl"]):
        if actor is people["bob"]:
            chains.get_chain(people["ada"], "standard")
            leave(actor)
        with pytest.raises(Invalid, match="Step 1 “Check”: choose a person who is active"):
            save(people, by_people(actor))


def test_a_binding_names_only_what_the_company_has(session: None, people: People) -> None:
    for binding in ({"department_ids": [99]}, {"customer_ids": [99]}):
        with pytest.raises(Invalid, match="Choose from the list"):
            save(people, by_role(), binding=binding)


def test_a_step_that_nobody_can_answer_is_named(session: None, people: People) -> None:
    save(people, by_role("admin", title="Boss"))
    with pytest.raises(Invalid, match="step 1 “Boss”"):
        chains.preview(
            people["ada"],
            amount=make_draft(make_customer(people["alice"])).lines[0].amount,  # type: ignore[arg-type]
            invoice_type="digital_ordinary",
            customer_id=None,
            key="standard",
        )


def test_a_chain_saved_meanwhile_by_somebody_else_is_not_overwritten(session: None, people: People) -> None:
    seen = chains.get_chain(people["ada"], "standard").revision
    save(people, by_role())
    with pytest.raises(Conflict, match="meanwhile"):
        chains.save_chain(people["ada"], ChainDraft(name="S"), key="standard", revision=seen)


def test_a_key_is_used_once_and_is_a_name(session: None, people: People) -> None:
    with pytest.raises(Conflict, match="already"):
        chains.add_chain(people["ada"], ChainDraft(name="S"), key="standard")
    with pytest.raises(Invalid, match="cannot be a key"):
        chains.add_chain(people["ada"], ChainDraft(name="S"), key="not a key")


def test_a_chain_that_is_not_there_is_not_found(session: None, people: People) -> None:
    with pytest.raises(NotFound, match="“unheard”"):
        chains.get_chain(people["ada"], "unheard")


def test_an_approver_does_not_change_the_chain(session: None, people: People) -> None:
    with pytest.raises(NotAllowed):
        chains.save_chain(people["bob"], ChainDraft(name=""), key="standard", revision=1)
