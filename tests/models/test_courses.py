"""Where a decision leads in a chain: onward, back, straight back, and through steps of the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from models.chains import PlannedStep, plan, read_steps
from models.chains.course import begin, foresee, move, rewound
from models.errors import Invalid
from tests.support.chains import (
    ADA,
    BEA,
    BEN,
    BOB,
    LEA,
    planned,
    situation,
    step,
)


class Walk:
    """A request on its way through a chain. `answers` are those of the conditions, which may change under way."""

    def __init__(self, *steps: Mapping[str, Any], **answers: bool) -> None:
        self.rules, self.answers = read_steps(steps), answers
        self.course = begin("key", 1, plan(self.rules, situation(answers=answers)))

    def decide(self, decision: str, approved: Any = (), **how: Any) -> dict[str, Any]:
        def planner(start: int, approved: Mapping[str, frozenset[int]]) -> Sequence[PlannedStep]:
            return plan(self.rules, situation(answers=self.answers), start=start, approved=approved)

        asked = self.course.get("together", [self.course["position"]])
        if not isinstance(approved, dict):
            approved = dict.fromkeys(asked, approved)
        self.course = move(self.course, self.rules, planner, decision=decision, approved=approved, **how)
        return self.course

    @property
    def now(self) -> tuple[str, int, object]:
        return self.course["outcome"], self.course["position"], self.course["back_to"]


def _three() -> Walk:
    return Walk(step("a"), step("b", people=[BEA]), step("c", people=[BEN]))


def test_approvals_lead_to_the_end() -> None:
    walk = _three()
    assert [walk.decide("approve")["outcome"] for _ in range(3)] == ["next", "next", "approved"]


def test_a_refusal_and_a_return_to_the_applicant_end_the_course() -> None:
    assert _three().decide("reject")["outcome"] == "rejected"
    assert _three().decide("return")["outcome"] == "returned"


def test_a_return_to_an_earlier_step_goes_on_from_there() -> None:
    walk = _three()
    walk.decide("approve")
    walk.decide("approve")
    walk.decide("return", return_to=0, resume="onward")
    assert walk.now == ("next", 0, None)
    walk.decide("approve")
    assert walk.now == ("next", 1, None)


def test_a_return_may_come_straight_back() -> None:
    walk = _three()
    walk.decide("approve", approved=[BOB])
    walk.decide("approve", approved=[BEA])
    walk.decide("return", return_to=0, resume="back")
    assert walk.now == ("next", 0, 2)
    walk.decide("approve", approved=[BOB])
    assert walk.now == ("next", 2, None)
    assert [found.get("approved") for found in walk.course["steps"]] == [[BOB], [BEA], None]


@pytest.mark.parametrize("return_to", [-1, 1, 2, 9])
def test_only_an_earlier_step_can_be_returned_to(return_to: int) -> None:
    walk = _three()
    walk.decide("approve")
    with pytest.raises(Invalid, match="before this one"):
        walk.decide("return", return_to=return_to)


def test_whoever_really_approved_is_not_asked_again() -> None:
    walk = Walk(step("a", people=[BOB, BEA]), step("b", people=[BOB], repeat="first"))
    assert walk.decide("approve", approved=[BEA])["outcome"] == "next"
    walk = Walk(step("a", people=[BOB, BEA]), step("b", people=[BOB], repeat="first"))
    assert walk.decide("approve", approved=[BOB])["outcome"] == "approved"


def _stage() -> Walk:
    return Walk(step("a"), step("b", people=[BEA]), step("c", people=[BEN], alongside=True), step("d", people=[ADA]))


def test_the_steps_of_a_stage_are_asked_together_and_left_together() -> None:
    walk = _stage()
    assert "together" not in walk.course
    walk.decide("approve")
    assert (walk.now, walk.course["together"]) == (("next", 1, None), [1, 2])
    walk.decide("approve")
    assert walk.now == ("next", 3, None)
    assert "together" not in walk.course


def test_a_flow_that_knows_no_stages_asks_their_steps_one_after_the_other() -> None:
    walk = _stage()
    places = []
    while walk.course["outcome"] == "next":
        places.append(walk.course["position"])
        walk.decide("approve", {walk.course["position"]: ()})
    assert places == [0, 1, 2, 3]


@pytest.mark.parametrize(("resume", "back_to"), [("onward", None), ("back", 3)])
def test_a_return_to_one_step_of_a_stage_asks_that_one_alone(resume: str, back_to: int | None) -> None:
    for place in (1, 2):
        walk = _stage()
        walk.decide("approve")
        walk.decide("approve", {1: [BEA], 2: [BEN]})
        walk.decide("return", return_to=place, resume=resume)
        assert (walk.now, walk.course["together"]) == (("next", place, back_to), [place])
        walk.decide("approve", {place: [BOB]})
        assert walk.now == ("next", 3, None)
        assert walk.course["steps"][3 - place]["approved"] == [{1: BEN, 2: BEA}[place]]


def test_a_return_out_of_a_stage_comes_back_to_all_of_it() -> None:
    walk = _stage()
    walk.decide("approve")
    with pytest.raises(Invalid, match="before this one"):
        walk.decide("return", return_to=1)
    walk.decide("return", return_to=0, resume="back")
    assert walk.now == ("next", 0, 1)
    walk.decide("approve")
    assert walk.course["together"] == [1, 2]


def _later_stage(**answers: bool) -> Walk:
    """Two steps of the same time between two others; `new` and `gone` say which of them are asked."""
    return Walk(
        step("a"),
        step("b", people=[BEA], condition="new"),
        step("c", people=[BEN], alongside=True, condition="gone"),
        step("d", people=[ADA]),
        **answers,
    )


def test_a_step_that_came_in_beside_the_one_returned_to_is_asked_with_it() -> None:
    walk = _later_stage(new=False)
    walk.decide("approve")
    walk.decide("approve")
    walk.answers["new"] = True
    walk.decide("return", return_to=0, resume="back")
    walk.decide("approve")
    assert [found["key"] for found in walk.course["steps"]] == ["a", "b", "c", "d"]
    assert walk.now == ("next", 3, None)
    walk.decide("return", return_to=2)
    assert walk.course["together"] == [1, 2]
    walk.decide("approve")
    assert walk.now == ("next", 3, None)


def test_a_return_comes_straight_back_to_a_stage_with_what_came_into_it() -> None:
    walk = _later_stage(new=False)
    walk.decide("approve")
    walk.answers["new"] = True
    walk.decide("return", return_to=0, resume="back")
    walk.decide("approve")
    assert (walk.now, walk.course["together"]) == (("next", 1, None), [1, 2])
    walk.decide("approve")
    assert walk.now == ("next", 3, None)


def test_what_comes_straight_back_is_asked_once_though_all_between_has_fallen_away() -> None:
    walk = Walk(step("a", condition="new"), step("b", people=[BEA], condition="gone"), step("c", people=[BEN]))
    walk.decide("approve")
    walk.decide("approve")
    walk.answers |= {"new": False, "gone": False}
    walk.decide("return", return_to=0, resume="back")
    assert [found["key"] for found in walk.course["steps"]] == ["c"]
    assert walk.now == ("next", 0, None)
    assert walk.decide("approve")["outcome"] == "approved"


@pytest.mark.parametrize("resume", ["onward", "back"])
def test_a_return_to_where_nobody_is_left_goes_to_the_applicant(resume: str) -> None:
    walk = Walk(step("a"), step("b", people=[BEA], condition="new"), step("c", people=[BEN], condition="gone"))
    walk.decide("approve")
    walk.decide("approve")
    walk.answers |= {"new": False, "gone": False}
    assert walk.decide("return", return_to=1, resume=resume)["outcome"] == "returned"


def test_a_step_of_a_stage_that_falls_away_leaves_the_other_alone() -> None:
    walk = Walk(step("a", people=[LEA], when_empty="pass"), step("b", alongside=True), step("c"))
    assert [found["key"] for found in walk.course["steps"]] == ["b", "c"]
    assert "together" not in walk.course


def test_the_first_step_has_none_before_it() -> None:
    assert [rule.alongside for rule in read_steps([step("a", alongside=True), step("b", alongside=True)])] == [
        False,
        True,
    ]


@pytest.mark.parametrize(("repeat", "asked"), [("every", "abc"), ("first", "a"), ("consecutive", "ab")])
def test_whose_approval_beside_counts(repeat: str, asked: str) -> None:
    steps = step("a", people=[BOB]), step("b", people=[BOB], alongside=True, repeat=repeat), step("c", repeat=repeat)
    assert "".join(found.rule.key for found in planned(*steps)) == asked


def test_an_empty_chain_is_approved_at_once() -> None:
    assert begin("key", 1, ())["outcome"] == "approved"


def test_what_is_foreseen_of_a_decision_is_what_comes_of_it_while_the_plan_stands() -> None:
    walk = _three()
    for decision in ({"decision": "approve"}, {"decision": "approve"}, {"decision": "return", "return_to": 0}):
        foreseen = foresee(walk.course, [walk.course["position"]], **decision)
        walk.decide(**decision)
        assert foreseen == walk.course
    assert foresee(walk.course, [0], "return")["outcome"] == "returned"
    assert foresee(walk.course, [0], "reject")["outcome"] == "rejected"
    with pytest.raises(Invalid):
        foresee(walk.course, [0], "shrug")


def test_a_course_that_is_rewound_stands_where_it_began() -> None:
    walk = _three()
    first = walk.course
    for _ in range(3):
        walk.decide("approve", [BOB])
    assert rewound(walk.course) == first


def test_what_is_foreseen_of_a_return_into_a_stage_leaves_the_step_beside_alone() -> None:
    walk = Walk(step("a"), step("b", people=[BEA], alongside=True), step("c", people=[BEN]))
    walk.decide("approve", {0: (), 1: ()})
    foreseen = foresee(walk.course, [2], "return", return_to=0)
    walk.decide("return", return_to=0)
    assert foreseen == walk.course
