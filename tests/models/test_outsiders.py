"""Planning a step that asks people from outside: beside colleagues, in every mode, and once they are colleagues."""

from dataclasses import replace
from typing import Any

import pytest

from models.chains import PlannedStep, StepRule
from models.errors import Invalid
from models.organization import Member, Organization
from tests.support.chains import ADA, ALICE, BEA, BOB, one, organization, planned, step

MING, LI = {"name": "Ming", "mail": "ming@auditors.example"}, {"name": "Li", "mail": "li@customer.example"}


def external(key: str = "s1", *outsiders: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return step(key, "external", outsiders=list(outsiders) or [MING], **changes)


def asked(found: PlannedStep) -> list[int | str]:
    return [signer.person for signer in found.signers]


def with_member(**changes: Any) -> Organization:
    """The company in which Ming works now, too."""
    known = organization()
    ming = Member(9, "Ming", frozenset({"approver"}), None, True, MING["mail"])
    return replace(known, members={**known.members, 9: replace(ming, **changes)})


def test_people_from_outside_are_asked_behind_the_colleagues_beside_them() -> None:
    found = one(external("s1", MING, LI, people=[BOB], mode="all"))
    assert asked(found) == [BOB, "ming@auditors.example", "li@customer.example"]
    assert found.candidates == (BOB,)
    assert [signer.reason for signer in found.signers] == ["people", "external", "external"]
    assert found.as_data()["signers"] == [
        {"user": BOB, "for": None, "weight": 1, "veto": False},
        {"outsider": MING, "weight": 1, "veto": False},
        {"outsider": LI, "weight": 1, "veto": False},
    ]


@pytest.mark.parametrize(
    ("mode", "threshold"), [("any", None), ("all", None), ("order", None), ("count", 2), ("percent", 50), ("weight", 3)]
)
def test_a_step_keeps_its_mode_and_its_threshold(mode: str, threshold: int | None) -> None:
    heavy = MING | {"weight": 2}
    found = one(external("s1", heavy, LI, people=[BOB], mode=mode, threshold=threshold))
    assert (found.mode, found.threshold) == (mode, threshold)
    assert [signer.weight for signer in found.signers] == [1, 2, 1]


def test_a_threshold_counts_those_from_outside_and_their_weights() -> None:
    one(external("s1", MING, LI, people=[BOB], mode="count", threshold=3))
    with pytest.raises(Invalid) as refused:
        one(external("s1", MING, LI, people=[BOB], mode="count", threshold=4))
    assert refused.value.field == "steps.0.threshold"
    one(external("s1", MING | {"weight": 5}, mode="weight", threshold=5))
    with pytest.raises(Invalid):
        one(external("s1", MING | {"weight": 5}, mode="weight", threshold=6))


def test_the_place_of_an_applicant_beside_them_goes_to_whom_the_rule_says() -> None:
    assert asked(one(external(people=[ALICE], mode="all", when_self="head"))) == [BOB, MING["mail"]]
    assert asked(one(external(people=[ALICE], mode="any", when_self="head"))) == [MING["mail"]]
    assert asked(one(external(people=[ALICE], mode="all", when_self="skip"))) == [MING["mail"]]


def test_who_has_become_a_colleague_is_asked_as_one() -> None:
    found = one(external("s1", MING | {"weight": 3}, LI, mode="weight", threshold=3), organization=with_member())
    assert asked(found) == [9, LI["mail"]]
    assert [signer.weight for signer in found.signers] == [3, 1]
    gone = one(external(), organization=with_member(is_active=False))
    assert asked(gone) == [MING["mail"]]


def test_an_applicant_whose_address_stands_there_never_approves_their_own_request() -> None:
    found = one(external(), organization=with_member(), requester=9)
    assert asked(found) == [ADA]


def test_who_approved_before_from_outside_is_not_asked_twice_where_the_step_says_so() -> None:
    first, second = external("s1"), external("s2", MING, LI, mode="all", repeat="first")
    assert [asked(found) for found in planned(first, second)] == [[MING["mail"]], [LI["mail"]]]
    alone = external("s2", repeat="consecutive")
    assert [asked(found) for found in planned(first, alone)] == [[MING["mail"]]]
    every = external("s2")
    assert [asked(found) for found in planned(first, every)] == [[MING["mail"]]] * 2


def test_they_stand_in_a_stage_and_under_a_condition_like_everybody() -> None:
    beside = external("s2", alongside=True)
    found = planned(step("s1", people=[BEA]), beside)
    assert [place.stage for place in found] == [1, 1]
    assert planned(step("s1"), external("s2", condition="no"), answers={"no": False})[-1].rule.key == "s1"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "nobody from outside is named"),
        ([{"name": "Ming", "mail": ""}], "“{person}” has no mail address"),
        ([{"name": "Ming", "mail": "ming@auditors"}], "is not a mail address"),
        ([{"name": "Ming", "mail": "ming@auditors.example\nBcc: all@acme.example"}], "is not a mail address"),
        ([{"name": "", "mail": MING["mail"]}], "has no name"),
        ([MING, MING | {"mail": "MING@Auditors.example"}], "is named twice"),
        ([MING | {"weight": "0"}], "is not a whole number"),
        ([{"name": f"P{n}", "mail": f"p{n}@x.example"} for n in range(21)], "at most {most} people"),
    ],
)
def test_an_entry_that_cannot_be_used_is_refused_naming_step_and_field(rows: list[dict[str, str]], said: str) -> None:
    with pytest.raises(Invalid) as refused:
        StepRule.from_data(step("s1", "external", outsiders=rows), 1)
    assert refused.value.field == "steps.0.approvers.outsiders"
    assert refused.value.fields["position"] == 1
    assert said in refused.value.message


def test_a_rule_is_read_again_as_it_was_kept() -> None:
    rule = StepRule.from_data(external("s1", MING | {"weight": "2"}, LI, people=[BOB]), 1)
    assert StepRule.from_data(rule.as_data(), 1) == rule
    assert rule.as_data()["approvers"]["outsiders"] == [MING | {"weight": 2}, LI | {"weight": 1}]
