"""Steps whose people the applicant chooses: asked for before the request is sent, and asked once it is."""

from __future__ import annotations

from typing import Any

import pytest

from models.access import Actor
from models.db import db
from models.errors import Invalid
from models.requests import InvoiceRequest
from tasks import accounts, chains, requests
from tasks.chains import ChainDraft
from tests.support.requests import decide, make_customer, make_draft

People = dict[str, Actor]


def chosen_step(key: str = "pick", **changes: Any) -> dict[str, Any]:
    approvers = {"kind": "initiator_choice", "several": changes.pop("several", False)}
    return {"key": key, "title": "Their choice", "approvers": approvers, **changes}


def save(people: People, *steps: dict[str, Any]) -> None:
    revision = chains.get_chain(people["ada"], "standard").revision
    draft = ChainDraft(name="Standard", steps=steps)
    chains.save_chain(people["ada"], draft, key="standard", revision=revision)


def ids(people: People, *names: str) -> list[int]:
    return [people[name].user_id or 0 for name in names]


def submit(people: People, choices: dict[str, list[int]], **changes: Any) -> InvoiceRequest:
    alice = people["alice"]
    return requests.submit_draft(alice, make_draft(make_customer(alice), choices=choices, **changes))


def asked(people: People, request_id: int) -> list[tuple[str, ...]]:
    return [step.people for step in requests.read_document(people["alice"], request_id).next_steps]


def faults(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str | None, str]]:
    return [(problem.field, problem.code) for problem in refused.value.problems]


def test_whom_the_applicant_chose_is_shown_before_and_asked_after(session: None, people: People) -> None:
    save(people, chosen_step(), chosen_step("last", several=True, mode="all", title="Last"))
    choices = {"pick": ids(people, "bea"), "last": ids(people, "fiona", "bob")}
    alice = people["alice"]
    draft = make_draft(make_customer(alice), choices=choices)
    found = requests.preview_request(alice, draft).approvers
    assert found is not None
    assert [step.candidates for step in found.steps] == [tuple(choices["pick"]), tuple(choices["last"])]
    request_id = requests.submit_draft(alice, draft).id
    assert asked(people, request_id) == [("Bea",), ("Fiona", "Bob")]
    decide(people["bea"], request_id, "approve")
    assert asked(people, request_id) == [("Fiona", "Bob")]


@pytest.mark.parametrize(
    ("chosen", "step", "code"),
    [
        ([], {}, "request.choice_missing"),
        (["alice"], {}, "request.choice_person"),
        (["otto"], {}, "request.choice_person"),
        (["carol"], {}, "request.choice_person"),
        (["bob", "bea"], {}, "request.choice_single"),
        (["bob"], {"mode": "count", "threshold": 2}, "request.choice_few"),
    ],
)
def test_a_choice_that_will_not_do_is_refused_with_its_step(
    session: None, people: People, chosen: list[str], step: dict[str, Any], code: str
) -> None:
    """Not the applicant, not who may not decide, not a stranger, neither more nor fewer than the step asks for."""
    save(people, chosen_step(**step))
    with pytest.raises(Invalid) as refused:
        submit(people, {"pick": ids(people, *chosen)})
    assert faults(refused) == [("choices.pick", code)]
    db.session.rollback()
    assert requests.list_requests(people["alice"], requests.RequestFilter()).requests == []


def test_who_has_not_chosen_yet_sees_that_and_not_somebody_else(session: None, people: People) -> None:
    save(people, chosen_step())
    alice = people["alice"]
    preview = requests.preview_request(alice, make_draft(make_customer(alice)))
    assert preview.approvers is not None
    assert [(step.candidates, step.reason) for step in preview.approvers.steps] == [((), "initiator_choice")]
    assert [check.field for check in preview.checks if check.level == "block"] == ["choices.pick"]
    assert sorted(preview.approvers.eligible.values()) == ["Ada", "Bea", "Bob", "Fiona"]


def test_a_step_that_does_not_apply_asks_for_no_choice(session: None, people: People) -> None:
    save(
        people, chosen_step(condition="amount > 5000"), {"title": "All", "approvers": {"kind": "role", "role": "admin"}}
    )
    assert asked(people, submit(people, {}).id) == [("Ada",)]


def test_a_returned_request_can_be_given_to_somebody_else(session: None, people: People) -> None:
    save(people, chosen_step())
    request = submit(people, {"pick": ids(people, "bob")})
    decide(people["bob"], request.id, "return", "Ask Bea")
    draft = requests.as_draft(request)
    assert draft.choices == {"pick": ids(people, "bob")}
    changed = make_draft(request.customer, choices={"pick": ids(people, "bea")})  # type: ignore[arg-type]
    requests.submit_draft(people["alice"], changed, request_id=request.id)
    assert asked(people, request.id) == [("Bea",)]


def test_a_copy_of_a_request_keeps_whom_was_chosen(session: None, people: People) -> None:
    save(people, chosen_step())
    request = submit(people, {"pick": ids(people, "bea")})
    copy = requests.copy_request(people["alice"], request_id=request.id)
    assert copy.choices == {"pick": ids(people, "bea")}


def test_a_chosen_person_who_left_meanwhile_is_named_at_submit(session: None, people: People) -> None:
    save(people, chosen_step())
    alice = people["alice"]
    draft = requests.create_draft(alice, make_draft(make_customer(alice), choices={"pick": ids(people, "bob")}))
    (bob,) = [row for row in accounts.list_people(people["ada"]) if row.user_id == people["bob"].user_id]
    accounts.deactivate_person(people["ada"], membership_id=bob.id)
    with pytest.raises(Invalid) as refused:
        requests.submit_request(alice, request_id=draft.id)
    assert faults(refused) == [("choices.pick", "request.choice_person")]
