"""Who is asked to approve: never the applicant, somebody always, and the people of the day of the submit."""

import pytest
from sqlalchemy import update

from models.access import Actor
from models.accounts import Membership
from models.chains import ApproverKind
from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from tasks import chains
from tasks.chains import ResolvedStep, StepDraft

People = dict[str, Actor]


def _step(people: People, **step: object) -> ResolvedStep:
    values: dict[str, object] = {"title": "Check", "approver_kind": ApproverKind.ROLE} | step
    _save(people["ada"], StepDraft(**values))  # type: ignore[arg-type]  # whatever the test says
    (resolved,) = chains.resolve(people["alice"], key="simple", requester_id=people["alice"].user_id or 0)
    return resolved


def _save(actor: Actor, *steps: StepDraft) -> None:
    revision = chains.get_chain(actor, "simple").revision
    chains.save_chain(actor, key="simple", name="Simple", name_zh="简易", steps=steps, revision=revision)


def _leave(actor: Actor) -> None:
    db.session.execute(
        update(Membership)
        .where(Membership.user_id == actor.user_id, Membership.company_id == actor.company_id)
        .values(is_active=False)
    )
    db.session.commit()


def test_a_role_means_everybody_who_has_it(session: None, people: People) -> None:
    step = _step(people, role="approver")
    assert (step.candidates, step.reason) == ((people["bob"].user_id, people["bea"].user_id), "role")


def test_a_person_who_is_named_is_asked_alone(session: None, people: People) -> None:
    step = _step(people, approver_kind=ApproverKind.USER, user_id=people["dora"].user_id)
    assert (step.candidates, step.reason) == ((people["dora"].user_id,), "person")


def test_the_applicant_is_never_asked_so_the_administrators_are(session: None, people: People) -> None:
    step = _step(people, role="applicant")
    assert (step.candidates, step.reason) == ((people["ada"].user_id,), "administrators")


def test_a_named_person_who_asks_for_the_invoice_is_replaced_by_the_administrators(
    session: None, people: People
) -> None:
    step = _step(people, approver_kind=ApproverKind.USER, user_id=people["alice"].user_id)
    assert (step.candidates, step.reason) == ((people["ada"].user_id,), "administrators")


def test_whoever_has_left_is_not_asked(session: None, people: People) -> None:
    chains.get_chain(people["ada"], "simple")
    _leave(people["bob"])
    assert _step(people, role="approver").candidates == (people["bea"].user_id,)


def test_a_step_that_nobody_can_answer_is_named(session: None, people: People) -> None:
    _save(people["ada"], StepDraft(title="Boss", approver_kind=ApproverKind.ROLE, role="admin"))
    with pytest.raises(Invalid, match="step 1 “Boss”"):
        chains.resolve(people["alice"], key="simple", requester_id=people["ada"].user_id or 0)


def test_people_of_another_company_are_never_asked(session: None, people: People) -> None:
    foreign = StepDraft(title="Check", approver_kind=ApproverKind.USER, user_id=people["carl"].user_id)
    with pytest.raises(Invalid, match="Step 1 “Check”: choose a person"):
        _save(people["ada"], foreign)


def test_a_chain_saved_meanwhile_by_somebody_else_is_not_overwritten(session: None, people: People) -> None:
    seen = chains.get_chain(people["ada"], "simple").revision
    _save(people["ada"], StepDraft(title="Check", approver_kind=ApproverKind.ROLE, role="approver"))
    with pytest.raises(Conflict, match="meanwhile"):
        chains.save_chain(people["ada"], key="simple", name="", name_zh="", steps=[], revision=seen)


def test_a_chain_that_is_not_there_is_not_found(session: None, people: People) -> None:
    with pytest.raises(NotFound, match="“unheard”"):
        chains.resolve(people["alice"], key="unheard", requester_id=1)


def test_an_approver_does_not_change_the_chain(session: None, people: People) -> None:
    with pytest.raises(NotAllowed):
        chains.save_chain(people["bob"], key="simple", name="", name_zh="", steps=[], revision=1)
