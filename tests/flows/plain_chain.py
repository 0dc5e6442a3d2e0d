"""The plain model, first part: whom the steps of a chain ask. Written from the manual, not from the product's planner.

A chain is read as its version keeps it: a list of plain steps, with what is not said left at its default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from math import ceil
from typing import Any

DECIDERS = {"admin", "approver", "finance", "applicant"}
INSTEAD = ("stand_by", "head_instead", "escalated", "administrators")
HANDING_ON = ("transfer", "delegate", "add_before", "add_after", "add_parallel")
ALL_VERBS = ("approve", "reject", "return", *HANDING_ON, "remove", "take_back")


@dataclass(frozen=True)
class Person:
    name: str
    roles: frozenset[str]
    is_active: bool
    department: int | None

    @property
    def may_decide(self) -> bool:
        return self.is_active and bool(self.roles & DECIDERS)


@dataclass(frozen=True)
class Delegation:
    """`giver` lets `taker` act; the amounts are None where any amount is meant. `rank` grows with each new one."""

    giver: int
    taker: int
    starts: datetime
    least: Decimal | None
    most: Decimal | None
    rank: int


@dataclass(frozen=True)
class World:
    """The company at one moment: `people` in the order in which they came, `heads` and `parents` by department."""

    people: Mapping[int, Person]
    heads: Mapping[int, int | None]
    parents: Mapping[int, int | None]
    delegations: Sequence[Delegation]


@dataclass(frozen=True)
class Case:
    """What is known of a request; `feel` answers each expression that a chain of the test may hold."""

    requester: int
    facts: Mapping[str, Any]
    world: World
    feel: Mapping[str, Callable[[Mapping[str, Any]], Any]]


@dataclass(frozen=True)
class Seat:
    user: int
    acts_for: int | None
    weight: int
    has_veto: bool


@dataclass(frozen=True)
class Plan:
    """One step as it will be asked. `rule` is its place in the chain."""

    key: str
    rule: int
    seats: tuple[Seat, ...]
    mode: str
    threshold: int | None
    reason: str
    verbs: tuple[str, ...]
    repeat: str
    stage: int | None = None

    @property
    def people(self) -> tuple[int, ...]:
        return tuple(seat.user for seat in self.seats)


def plan_chain(
    steps: Sequence[Mapping[str, Any]], case: Case, start: int, approved: Mapping[str, frozenset[int]]
) -> list[Plan]:
    """The steps from `start` on; `approved` has by key who approved each step that is done, and not asked again."""
    numbers = list(accumulate(0 if step.get("alongside") else 1 for step in steps))
    given = [(numbers[place], approved[step["key"]]) for place, step in enumerate(steps) if step["key"] in approved]
    plans: list[Plan] = []
    left_out = None
    for place in range(start, len(steps)):
        step, number = steps[place], numbers[place]
        condition = step.get("condition")
        if step["key"] in approved or (condition and case.feel[condition](case.facts) is False):
            continue
        plan = _not_again(_ask(step, place, case), number, given)
        if plan is None:
            left_out = place
            continue
        plans.append(replace(plan, stage=number if numbers.count(number) > 1 else None))
        everybody_must = plan.mode in ("all", "order") or len(plan.seats) == 1
        given.append((number, frozenset(plan.people) if everybody_must else frozenset()))
    if not given and left_out is not None:
        plans.append(_administrators(steps[left_out], left_out, case))
    return plans


def _ask(step: Mapping[str, Any], place: int, case: Case) -> Plan | None:
    found = _find(step["approvers"], case)
    kind, mode = step["approvers"]["kind"], step.get("mode", "any")
    chairs = [(person, person) for person in found if person != case.requester]
    own_turn = len(chairs) < len(found)
    if own_turn and chairs and mode != "any":
        chairs = [
            (taker, person)
            for person in found
            for taker in ([person] if person != case.requester else _instead(step, case))
        ]
    seats = _sit_down(step, chairs, case)
    if not seats:
        return _nobody(step, place, case, own_turn=own_turn)
    threshold = step.get("threshold")
    if threshold is not None and mode != "percent":
        threshold = min(threshold, sum(seat.weight for seat in seats) if mode == "weight" else len(seats))
    return _plan(step, place, seats, mode, threshold, kind)


def _find(rule: Mapping[str, Any], case: Case) -> list[int]:
    world, me = case.world, case.requester
    match rule["kind"]:
        case "people":
            return list(rule["people"])
        case "role":
            return [who for who, person in world.people.items() if person.is_active and rule["role"] in person.roles]
        case "department_head":
            return _my_head(case)
        case "head_up":
            above = _departments(world, me)[rule.get("levels", 1) - 1 :][:1]
            return [head for unit in above for head in _head(world, unit)]
        case "heads":
            above = _departments(world, me)[: rule.get("levels", 1)]
            return _once(head for unit in above for head in _head(world, unit))
        case "customer_owner":
            owner = case.facts["customer_owner_id"]
            return [] if owner is None else [owner]
        case "form_field":
            return _members(case.facts[rule["field"]], world)
        case "feel":
            return _members(case.feel[rule["expression"]](case.facts), world)
    raise AssertionError(rule)


def _members(value: Any, world: World) -> list[int]:
    """People of the company, by id or by name."""
    found: list[int] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            found += [who for who, person in world.people.items() if person.name == item]
        elif item in world.people:
            found.append(int(item))
    return _once(found)


def _once(people: Any) -> list[int]:
    return list(dict.fromkeys(people))


def _departments(world: World, who: int) -> list[int]:
    """The person's department and those above it, lowest first."""
    line: list[int] = []
    unit = world.people[who].department if who in world.people else None
    while unit is not None and unit in world.parents and unit not in line:
        line.append(unit)
        unit = world.parents[unit]
    return line


def _head(world: World, unit: int) -> list[int]:
    head = world.heads[unit]
    return [head] if head is not None and head in world.people and world.people[head].is_active else []


def _my_head(case: Case) -> list[int]:
    line = _departments(case.world, case.requester)
    heads = [head for unit in line for head in _head(case.world, unit) if head != case.requester]
    return heads[:1]


def _instead(step: Mapping[str, Any], case: Case) -> list[int]:
    """Who sits on the requester's chair beside others."""
    match step.get("when_self", "admins"):
        case "skip":
            return []
        case "head":
            return _my_head(case)
    return _admins(case)[:1]


def _admins(case: Case) -> list[int]:
    people = case.world.people
    return [who for who in people if people[who].is_active and "admin" in people[who].roles and who != case.requester]


def _sit_down(step: Mapping[str, Any], chairs: Sequence[tuple[int, int]], case: Case) -> list[Seat]:
    """Each chair has who would sit there and whose weight it carries; stand-ins take it; two chairs make one seat."""
    seats: dict[int, Seat] = {}
    for person, origin in chairs:
        acting = stand_in(case, person)
        if acting == case.requester or acting not in case.world.people or not case.world.people[acting].may_decide:
            continue
        weight = int(step.get("weights", {}).get(str(origin), 1))
        seat = Seat(acting, person if acting != person else None, weight, origin in step.get("vetoes", []))
        other = seats.get(acting)
        if other is not None:
            own = other.acts_for is None or seat.acts_for is None
            acts_for = None if own else seat.acts_for
            seat = Seat(acting, acts_for, other.weight + weight, other.has_veto or seat.has_veto)
        seats[acting] = seat
    return list(seats.values())


def stand_in(case: Case, person: int) -> int:
    """Follow the delegations from person to person; in a circle, the last before it was closed acts."""
    line = [person]
    while True:
        taker = _taker(case, line[-1])
        if taker is None:
            return line[-1]
        if taker in line:
            return line[max(line.index(taker) - 1, 0)]
        line.append(taker)


def _taker(case: Case, giver: int) -> int | None:
    amount = case.facts["amount"]
    held = [
        one
        for one in case.world.delegations
        if one.giver == giver
        and (one.least is None or one.least <= amount)
        and (one.most is None or amount <= one.most)
        and one.taker != case.requester
        and case.world.people[one.taker].is_active
    ]
    held.sort(key=lambda one: (one.least is not None or one.most is not None, one.starts, one.rank))
    return held[-1].taker if held else None


def _nobody(step: Mapping[str, Any], place: int, case: Case, *, own_turn: bool) -> Plan | None:
    policy = step.get("when_self", "admins") if own_turn else step.get("when_empty", "admins")
    people: list[int]
    if policy in ("skip", "pass"):
        return None
    if policy == "person":
        people, reason = [step["empty_person"]], "stand_by"
    elif policy in ("head", "escalate"):
        people, reason = _my_head(case), "head_instead" if own_turn else "escalated"
    else:
        return _administrators(step, place, case)
    seats = _sit_down(step, [(person, person) for person in people], case)
    return _plan(step, place, seats, "any", None, reason) if seats else _administrators(step, place, case)


def _administrators(step: Mapping[str, Any], place: int, case: Case) -> Plan:
    seats = _sit_down(step, [(person, person) for person in _admins(case)], case)
    return _plan(step, place, seats, "any", None, "administrators")


def _not_again(plan: Plan | None, number: int, given: Sequence[tuple[int, frozenset[int]]]) -> Plan | None:
    """Without those who have approved before, where the step says so; what they said counts.

    "consecutive" means the stage before, "first" any step, be it of the same stage.
    """
    if plan is None or plan.repeat == "every" or plan.reason in INSTEAD:
        return plan
    last = max((stage for stage, _people in given if stage < number), default=None)
    before = frozenset[int]().union(*(people for stage, people in given if plan.repeat == "first" or stage == last))
    left = [seat for seat in plan.seats if seat.user not in before]
    gone = [seat for seat in plan.seats if seat.user in before]
    if not gone:
        return plan
    if not left or plan.mode == "any":
        return None
    mode, threshold = plan.mode, plan.threshold
    if threshold is not None and mode == "weight":
        threshold -= sum(seat.weight for seat in gone)
    elif threshold is not None:
        wanted = ceil(threshold * len(plan.seats) / 100) if mode == "percent" else threshold
        mode, threshold = "count", wanted - len(gone)
    if threshold is not None and threshold <= 0:
        return None
    return replace(plan, seats=tuple(left), mode=mode, threshold=threshold)


def _plan(
    step: Mapping[str, Any], place: int, seats: Sequence[Seat], mode: str, threshold: int | None, reason: str
) -> Plan:
    verbs = tuple(verb for verb in ALL_VERBS if verb in step.get("verbs", ALL_VERBS))
    return Plan(step["key"], place, tuple(seats), mode, threshold, reason, verbs, step.get("repeat", "every"))
