"""Who is asked by a chain and why, which requests it claims, and what makes no sense in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from models.chains import Binding, StepRule, read_steps
from models.errors import Invalid
from models.organization import StandIn
from tests.support.chains import (
    ADA,
    ALICE,
    BEA,
    BEN,
    BOB,
    DIVISION,
    FACTS,
    LEA,
    TEAM,
    one,
    organization,
    planned,
    step,
)


@pytest.mark.parametrize(
    ("rule", "people"),
    [
        (step(people=[BEA, BOB]), (BEA, BOB)),
        (step(kind="role", role="approver"), (BOB, BEA)),
        (step(kind="department_head"), (BOB,)),
        (step(kind="head_up", levels=2), (BEN,)),
        (step(kind="heads", levels=3, mode="order"), (BOB, BEN)),
        (step(kind="heads", levels=1), (BOB,)),
        (step(kind="customer_owner"), (BEA,)),
        (step(kind="form_field", field="remark"), (BEA,)),
        (step(kind="initiator_choice"), (BEN, BEA)),
        (step(kind="feel", expression="them"), (BEN, BOB)),
    ],
)
def test_each_rule_finds_its_people(rule: Mapping[str, Any], people: tuple[int, ...]) -> None:
    found = one(rule, answers={"them": [BEN, "Bob", 99, None]}, choices={"s1": [BEN, BEA]})
    assert (found.candidates, found.reason) == (people, rule["approvers"]["kind"])


@pytest.mark.parametrize(
    ("policy", "people", "reason"),
    [
        ({"when_empty": "admins"}, (ADA,), "administrators"),
        ({"when_empty": "escalate"}, (BOB,), "escalated"),
        ({"when_empty": "person", "empty_person": BEA}, (BEA,), "stand_by"),
        ({"when_empty": "person", "empty_person": LEA}, (ADA,), "administrators"),
        ({"when_empty": "pass"}, (ADA,), "administrators"),  # nobody else approves the request at all
    ],
)
def test_a_step_without_people_goes_where_it_says(policy: Any, people: tuple[int, ...], reason: str) -> None:
    found = one(step(people=[LEA], **policy))
    assert (found.candidates, found.reason, found.mode) == (people, reason, "any")


def test_a_step_without_people_may_be_passed_where_another_approves() -> None:
    assert [found.rule.key for found in planned(step("a", people=[LEA], when_empty="pass"), step("b"))] == ["b"]


@pytest.mark.parametrize(
    ("policy", "people"),
    [("head", (BOB,)), ("admins", (ADA,)), ("skip", (ADA,))],  # the last: nobody else approves it at all
)
def test_the_requester_is_never_asked(policy: str, people: tuple[int, ...]) -> None:
    assert one(step(people=[ALICE], when_self=policy)).candidates == people


def test_a_requester_who_is_an_administrator_is_not_asked_either() -> None:
    with pytest.raises(Invalid, match="Nobody can approve step 1 “Check”"):
        planned(step(kind="role", role="admin"), requester=ADA)


def test_one_of_several_signs_without_the_requester() -> None:
    assert one(step(people=[ALICE, BEA], mode="any", when_self="head")).candidates == (BEA,)


def test_where_everybody_signs_the_head_takes_the_seat_of_the_requester_with_its_weight() -> None:
    found = one(
        step(people=[ALICE, BEA], mode="weight", threshold=3, weights={ALICE: 3}, vetoes=[ALICE], when_self="head")
    )
    head, bea = found.signers
    assert (head.user_id, head.weight, head.has_veto, head.reason) == (BOB, 3, True, "head_instead")
    assert (bea.user_id, bea.weight, bea.has_veto, bea.reason) == (BEA, 1, False, "people")


def test_a_stand_in_acts_and_it_is_told_for_whom() -> None:
    away = organization(stand_ins=(StandIn(BOB, BEA, datetime(2026, 1, 1, tzinfo=UTC)),))
    (signer,) = one(step(people=[BOB]), organization=away).signers
    assert (signer.user_id, signer.acts_for) == (BEA, BOB)


def test_whoever_has_left_is_acted_for_too_but_never_by_the_requester() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert one(step(people=[LEA]), organization=organization(stand_ins=(StandIn(LEA, BEA, since),))).candidates == (
        BEA,
    )
    handed = organization(stand_ins=(StandIn(BOB, ALICE, since),))
    assert one(step(people=[BOB]), organization=handed).candidates == (BOB,)


def test_who_sits_there_twice_signs_once_with_both_weights() -> None:
    away = organization(stand_ins=(StandIn(BOB, BEA, datetime(2026, 1, 1, tzinfo=UTC)),))
    found = one(step(people=[BOB, BEA], mode="count", threshold=2), organization=away)
    assert [(signer.user_id, signer.acts_for, signer.weight) for signer in found.signers] == [(BEA, None, 2)]
    assert found.threshold == 1


@pytest.mark.parametrize(
    ("repeat", "asked"), [("every", ["a", "b", "c"]), ("first", ["a", "b"]), ("consecutive", ["a", "b", "c"])]
)
def test_who_approved_before_is_asked_again_or_not(repeat: str, asked: list[str]) -> None:
    steps = step("a", people=[BOB]), step("b", people=[BEA]), step("c", people=[BOB], repeat=repeat)
    assert [found.rule.key for found in planned(*steps)] == asked


def test_who_approved_the_step_before_need_not_again() -> None:
    assert len(planned(step("a", people=[BOB]), step("b", people=[BOB], repeat="consecutive"))) == 1


def test_whoever_might_have_approved_before_is_asked() -> None:
    assert len(planned(step("a", people=[BOB, BEA]), step("b", people=[BOB], repeat="first"))) == 2


@pytest.mark.parametrize(
    ("mode", "threshold", "left"),
    [
        ("all", None, ("all", None, (BEA, BEN))),
        ("order", None, ("order", None, (BEA, BEN))),
        ("count", 2, ("count", 1, (BEA, BEN))),
        ("percent", 60, ("count", 1, (BEA, BEN))),
        ("weight", 3, ("weight", 1, (BEA, BEN))),
    ],
)
def test_an_approval_that_counts_already_is_taken_off(mode: str, threshold: int | None, left: object) -> None:
    countersign = step("b", people=[BOB, BEA, BEN], mode=mode, threshold=threshold, weights={BOB: 2}, repeat="first")
    found = planned(step("a", people=[BOB]), countersign)[1]
    assert (found.mode, found.threshold, found.candidates) == left


def test_a_count_that_is_reached_already_asks_nobody() -> None:
    assert len(planned(step("a"), step("b", people=[BOB, BEA], mode="count", threshold=1, repeat="first"))) == 1


def test_only_a_condition_that_is_false_leaves_a_step_out() -> None:
    steps = [step(key, condition=key) for key in ("yes", "no", "unsaid")]
    assert [found.rule.key for found in planned(*steps, answers={"yes": True, "no": False})] == ["yes", "unsaid"]


def test_a_chain_without_steps_asks_nobody() -> None:
    assert planned() == ()


@pytest.mark.parametrize(
    ("binding", "claims"),
    [
        ({}, False),
        ({"kinds": ["request"]}, True),
        ({"invoice_types": ["digital_special"]}, True),
        ({"invoice_types": ["paper_special"]}, False),
        ({"min_amount": "5000"}, True),
        ({"min_amount": "5000.01"}, False),
        ({"max_amount": "5000"}, True),
        ({"max_amount": "4999.99"}, False),
        ({"department_ids": [TEAM]}, True),
        ({"department_ids": [DIVISION]}, False),
        ({"customer_ids": [7, 8]}, True),
        ({"customer_ids": [8]}, False),
        ({"grades": ["B"]}, True),
        ({"grades": ["C"], "min_amount": "1"}, False),
    ],
)
def test_a_binding_claims_what_fits_in_every_respect(binding: Mapping[str, Any], claims: bool) -> None:
    read = Binding.from_data(binding)
    assert Binding.from_data(read.as_data()) == read
    assert read.claims(FACTS) is claims


@pytest.mark.parametrize(
    ("binding", "field"),
    [
        ({"min_amount": "2", "max_amount": "1"}, "min_amount"),
        ({"min_amount": "much"}, "min_amount"),
        ({"max_amount": "-1"}, "max_amount"),
        ({"invoice_types": ["papyrus"]}, "invoice_types"),
        ({"grades": ["Z"]}, "grades"),
        ({"department_ids": ["x"]}, "department_ids"),
    ],
)
def test_a_binding_without_sense_names_its_field(binding: Mapping[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Binding.from_data(binding)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"people": []}, "approvers.people"),
        ({"people": ["x"]}, "approvers.people"),
        ({"kind": "role", "role": "emperor"}, "approvers.role"),
        ({"kind": "oracle"}, "approvers.kind"),
        ({"kind": "head_up", "levels": 0}, "approvers.levels"),
        ({"kind": "form_field", "field": "shoe_size"}, "approvers.field"),
        ({"kind": "feel"}, "approvers.expression"),
        ({"mode": "lot"}, "mode"),
        ({"mode": "count"}, "threshold"),
        ({"mode": "count", "threshold": 2}, "threshold"),
        ({"mode": "percent", "threshold": 101}, "threshold"),
        ({"mode": "weight", "threshold": 5, "weights": {BOB: 4}}, "threshold"),
        ({"weights": {BOB: 0}}, "weights"),
        ({"when_empty": "panic"}, "when_empty"),
        ({"when_empty": "person"}, "empty_person"),
        ({"when_self": "sure"}, "when_self"),
        ({"repeat": "never"}, "repeat"),
        ({"verbs": ["dance"]}, "verbs"),
        ({"due_hours": 0}, "due_hours"),
        ({"remind_hours": "soon"}, "remind_hours"),
        ({"escalate_hours": 4}, "escalate_to"),
        ({"auto": "approve"}, "auto_hours"),
        ({"auto": "perhaps"}, "auto"),
    ],
)
def test_a_step_without_sense_is_refused_by_name_and_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid, match="Step 2") as refusal:
        read_steps([step("a"), step("b", **changes)])
    assert refusal.value.field == f"steps.1.{field}"


def test_two_steps_of_one_key_are_refused() -> None:
    with pytest.raises(Invalid, match="“a”"):
        read_steps([step("a"), step("a")])


def test_a_step_is_kept_whole() -> None:
    full = step(
        people=[BOB, BEA],
        title_zh="复核",
        condition="amount > 1",
        mode="weight",
        threshold=3,
        weights={BOB: 2},
        vetoes=[BEA],
        when_empty="person",
        empty_person=BEN,
        when_self="head",
        repeat="first",
        verbs=["approve", "return", "transfer"],
        due_hours=8,
        remind_hours=0,
        escalate_hours=4,
        escalate_to=BEN,
        auto="return",
        auto_hours=40,
        copies=[ADA],
    )
    (rule,) = read_steps([full])
    assert StepRule.from_data(rule.as_data(), 1) == rule
    assert read_steps([step()])[0].as_data() == {
        "key": "s1",
        "title": "Check",
        "approvers": {"kind": "people", "people": [BOB]},
    }
