"""Nobody is asked who could not answer: a task would wait for them for ever."""

from dataclasses import replace

from models.organization import Organization
from tests.support.chains import ADA, BEA, BOB, one, organization, planned, step


def without_say(user_id: int) -> Organization:
    """The company, once a person has only a role that decides nothing."""
    known = organization()
    return replace(
        known, members={**known.members, user_id: replace(known.members[user_id], roles=frozenset({"auditor"}))}
    )


def test_who_has_lost_the_role_that_decides_is_not_asked_beside_others() -> None:
    assert one(step(people=[BOB, BEA], mode="all"), organization=without_say(BOB)).candidates == (BEA,)


def test_a_step_of_nobody_else_goes_to_whom_its_rule_names() -> None:
    assert one(step(people=[BOB]), organization=without_say(BOB)).candidates == (ADA,)
    stand_by = step(people=[BOB], when_empty="person", empty_person=BEA)
    assert one(stand_by, organization=without_say(BOB)).candidates == (BEA,)


def test_a_role_that_decides_nothing_makes_an_empty_step() -> None:
    first = step(kind="role", role="auditor", when_empty="pass")
    found = planned(first, step("s2", people=[BEA]), organization=without_say(BOB))
    assert [planned_step.candidates for planned_step in found] == [(BEA,)]
