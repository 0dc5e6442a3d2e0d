"""The one planner: from the rules of a chain and what is known of a request to the people who will be asked, and why.

The preview and the run both ask it, so that what is shown is what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from models.access import Actor, Permission, Role, can
from models.chains.approvers import ApproverKind, WhenEmpty, WhenSelf
from models.chains.planned import Person, PlannedSigner, PlannedStep
from models.chains.repeats import counted_for, without_repeats
from models.chains.rules import StepRule, stage_numbers, stages_of
from models.errors import Invalid
from models.organization import Organization

ADMINISTRATORS = "administrators"
INSTEAD_OF_REQUESTER = "head_instead"
ESCALATED = "escalated"
STAND_BY = "stand_by"


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is known when a chain is planned. `facts` has every name of `FACTS`.

    `evaluate` answers a FEEL expression over the facts, None where it has no answer. `choices` are the people whom the
    requester chose, by the key of the step; while they are `still_choosing`, a step without has nobody yet.
    """

    requester_id: int
    facts: Mapping[str, Any]
    organization: Organization
    now: datetime
    evaluate: Callable[[str, Mapping[str, Any]], Any]
    choices: Mapping[str, Sequence[int]] = field(default_factory=dict)
    still_choosing: bool = False

    def asks_for(self, rule: StepRule) -> bool:
        """Whether the condition of a step is met; one that has no answer counts as met."""
        return not rule.condition or self.evaluate(rule.condition, self.facts) is not False

    def waits_for_choice(self, rule: StepRule) -> bool:
        """Whether the requester has yet to choose the people of a step."""
        is_choice = rule.approvers.kind is ApproverKind.INITIATOR_CHOICE
        return is_choice and self.still_choosing and not self.choices.get(rule.key)


def plan(
    rules: Sequence[StepRule],
    situation: Situation,
    *,
    start: int = 0,
    approved: Mapping[str, frozenset[Person]] = MappingProxyType({}),
) -> tuple[PlannedStep, ...]:
    """The steps that will be asked for from `rules[start]` on; `approved` says who approved each step that is done.

    `approved` is by the key of the step; what is done is not asked again, also behind `start`. A condition that has no
    answer counts as met. The requester is never asked. A chain whose steps all fall away because nobody is left for
    them asks the administrators once. Raises `Invalid` where there are none.
    """
    numbers, stages = stage_numbers(rules), stages_of(rules)
    given = [(numbers[place], approved[rule.key]) for place, rule in enumerate(rules) if rule.key in approved]
    planned, fallen = list[PlannedStep](), None
    for place, rule in enumerate(rules[start:], start=start):
        if rule.key in approved or not situation.asks_for(rule):
            continue
        step = _plan_step(rule, place + 1, situation, counted_for(rule, numbers[place], given))
        if step is None:
            fallen = rule, place + 1
        else:
            planned.append(replace(step, stage=stages[place]))
            given.append((numbers[place], step.sure_of))
    if not given and fallen is not None:
        return (_by_administrators(*fallen, situation),)
    return tuple(planned)


@dataclass(frozen=True)
class _Seat:
    """A place at the table: `person` is asked with the weight that the rule gives to `origin`."""

    person: int
    origin: int
    reason: str


def _plan_step(rule: StepRule, position: int, situation: Situation, counted: frozenset[Person]) -> PlannedStep | None:
    """None where the step falls away; `counted` are those whose approval of other steps counts here too."""
    if situation.waits_for_choice(rule):
        return PlannedStep(rule, (), rule.mode, rule.threshold, rule.approvers.kind.value)
    rule = _with_colleagues(rule, situation.organization)
    found = _found(rule, situation)
    is_external = rule.approvers.kind is ApproverKind.EXTERNAL
    seats = [_Seat(person, person, ApproverKind.PEOPLE if is_external else rule.approvers.kind) for person in found]
    signers = (*_signers(rule, _without_requester(rule, seats, situation), situation), *_from_outside(rule))
    if not signers:
        return _if_nobody(rule, position, situation, was_self=situation.requester_id in found)
    step = PlannedStep(
        rule, signers, rule.mode, _within_reach(rule, signers), rule.approvers.kind.value, _reason_fields(rule)
    )
    return without_repeats(step, counted)


def _found(rule: StepRule, situation: Situation) -> tuple[int, ...]:
    """Whom the rule names, each once, whoever they are."""
    approvers, organization, requester = rule.approvers, situation.organization, situation.requester_id
    match approvers.kind:
        case ApproverKind.PEOPLE | ApproverKind.EXTERNAL:
            return approvers.people
        case ApproverKind.ROLE:
            return organization.with_role(approvers.role)
        case ApproverKind.DEPARTMENT_HEAD:
            return _one(organization.head_of(requester))
        case ApproverKind.HEAD_UP:
            return _one(organization.head_up(requester, approvers.levels))
        case ApproverKind.HEADS:
            return organization.heads_up_to(requester, approvers.levels)
        case ApproverKind.CUSTOMER_OWNER:
            return _one(situation.facts["customer_owner_id"])
        case ApproverKind.FORM_FIELD:
            return _people_of(situation.facts[approvers.field], organization)
        case ApproverKind.INITIATOR_CHOICE:
            return tuple(dict.fromkeys(situation.choices.get(rule.key, ())))
        case ApproverKind.FEEL:
            return _people_of(situation.evaluate(approvers.expression, situation.facts), organization)


def _with_colleagues(rule: StepRule, organization: Organization) -> StepRule:
    """The rule with everybody from outside who has become a colleague among its people: they log in like the others."""
    if not rule.approvers.outsiders:
        return rule
    ids = {member.mail: member.user_id for member in organization.members.values() if member.is_active}
    inside = {ids[outsider.mail]: outsider.weight for outsider in rule.approvers.outsiders if outsider.mail in ids}
    return replace(
        rule,
        weights=inside | dict(rule.weights),
        approvers=replace(
            rule.approvers,
            people=tuple(dict.fromkeys((*rule.approvers.people, *inside))),
            outsiders=tuple(outsider for outsider in rule.approvers.outsiders if outsider.mail not in ids),
        ),
    )


def _from_outside(rule: StepRule) -> tuple[PlannedSigner, ...]:
    reason = ApproverKind.EXTERNAL.value
    return tuple(
        PlannedSigner(None, None, outsider.weight, False, reason, outsider) for outsider in rule.approvers.outsiders
    )


def _one(person: int | None) -> tuple[int, ...]:
    return () if person is None else (person,)


def _people_of(value: Any, organization: Organization) -> tuple[int, ...]:
    """Members of the company by id or by exact name, from one of them or a list."""
    values = value if isinstance(value, list | tuple) else [value]
    by_name: dict[str, list[int]] = {}
    for member in organization.members.values():
        by_name.setdefault(member.name, []).append(member.user_id)
    people = [person for item in values for person in (by_name.get(item, ()) if isinstance(item, str) else [item])]
    return tuple(dict.fromkeys(int(person) for person in people if person in organization.members))


def _without_requester(rule: StepRule, seats: list[_Seat], situation: Situation) -> list[_Seat]:
    """The requester's seat goes to whom the rule says; in an or-sign, to nobody as long as somebody else is there."""
    requester = situation.requester_id
    others = [seat for seat in seats if seat.person != requester]
    is_alone = not others and not rule.approvers.outsiders
    if len(others) == len(seats) or is_alone or rule.mode == "any" or rule.when_self is WhenSelf.SKIP:
        return others
    if rule.when_self is WhenSelf.HEAD:
        stand_in, reason = _one(situation.organization.head_of(requester)), INSTEAD_OF_REQUESTER
    else:
        stand_in, reason = _administrators(situation)[:1], ADMINISTRATORS
    return [
        taken
        for seat in seats
        for taken in ([seat] if seat.person != requester else [_Seat(who, requester, reason) for who in stand_in])
    ]


def _signers(rule: StepRule, seats: Iterable[_Seat], situation: Situation) -> tuple[PlannedSigner, ...]:
    """Those who sit there or their stand-ins, if they may decide; whoever has two seats signs once for both."""
    signers: dict[int, PlannedSigner] = {}
    for seat in seats:
        acting = _acting(seat.person, situation)
        if acting is None:
            continue
        signer = PlannedSigner(
            acting,
            seat.person if acting != seat.person else None,
            rule.weights.get(seat.origin, 1),
            seat.origin in rule.vetoes,
            seat.reason,
        )
        twin = signers.get(acting)
        signers[acting] = _joined(twin, signer) if twin else signer
    return tuple(signers.values())


def _acting(person: int, situation: Situation) -> int | None:
    requester = situation.requester_id
    acting = situation.organization.stand_in_for(
        person,
        at=situation.now,
        kind=situation.facts["kind"],
        amount=situation.facts["amount"],
        never=frozenset({requester}),
    )
    return acting if acting != requester and decides(situation.organization, acting) else None


def decides(organization: Organization, user_id: int) -> bool:
    """Whether they are an active member with a role that decides: a task would wait for anybody else for ever."""
    member = organization.members.get(user_id)
    return member is not None and member.is_active and _may_decide(member.roles)


@lru_cache(maxsize=256)
def _may_decide(roles: frozenset[str]) -> bool:
    return can(Actor(None, roles=frozenset(map(Role, roles))), Permission.TASK_DECIDE)


def _joined(one: PlannedSigner, other: PlannedSigner) -> PlannedSigner:
    """In their own name, if either seat is their own."""
    own = one if one.acts_for is None else other
    return replace(own, weight=one.weight + other.weight, has_veto=one.has_veto or other.has_veto)


def _within_reach(rule: StepRule, signers: Sequence[PlannedSigner]) -> int | None:
    """The threshold, lowered where fewer people are left than it takes."""
    if rule.threshold is None or rule.mode == "percent":
        return rule.threshold
    reach = sum(signer.weight for signer in signers) if rule.mode == "weight" else len(signers)
    return min(rule.threshold, reach)


def _if_nobody(rule: StepRule, position: int, situation: Situation, *, was_self: bool) -> PlannedStep | None:
    if was_self:
        if rule.when_self is WhenSelf.SKIP:
            return None
        heads = _one(situation.organization.head_of(situation.requester_id))
        people, reason = (heads, INSTEAD_OF_REQUESTER) if rule.when_self is WhenSelf.HEAD else ((), ADMINISTRATORS)
    elif rule.when_empty is WhenEmpty.PASS:
        return None
    elif rule.when_empty is WhenEmpty.PERSON:
        people, reason = _one(rule.empty_person), STAND_BY
    elif rule.when_empty is WhenEmpty.ESCALATE:
        people, reason = _one(situation.organization.head_of(situation.requester_id)), ESCALATED
    else:
        people, reason = (), ADMINISTRATORS
    signers = _signers(rule, [_Seat(person, person, reason) for person in people], situation)
    return PlannedStep(rule, signers, "any", None, reason) if signers else _by_administrators(rule, position, situation)


def _by_administrators(rule: StepRule, position: int, situation: Situation) -> PlannedStep:
    seats = [_Seat(person, person, ADMINISTRATORS) for person in _administrators(situation)]
    signers = _signers(rule, seats, situation)
    if not signers:
        raise Invalid(
            "Nobody can approve step {position} “{title}”. Ask an administrator to change the approval chain.",
            code="chain.nobody",
            position=position,
            title=rule.title,
        )
    return PlannedStep(rule, signers, "any", None, ADMINISTRATORS)


def _administrators(situation: Situation) -> tuple[int, ...]:
    admins = situation.organization.with_role(Role.ADMIN)
    return tuple(person for person in admins if person != situation.requester_id)


def _reason_fields(rule: StepRule) -> dict[str, Any]:
    match rule.approvers.kind:
        case ApproverKind.ROLE:
            return {"role": rule.approvers.role}
        case ApproverKind.HEAD_UP | ApproverKind.HEADS:
            return {"levels": rule.approvers.levels}
        case ApproverKind.FORM_FIELD:
            return {"field": rule.approvers.field}
        case _:
            return {}
