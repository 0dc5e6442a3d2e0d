"""The one planner: from the rules of a chain and what is known of a request to the people who will be asked, and why.

The preview and the run both ask it, so that what is shown is what happens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from models.access import Actor, Permission, Role, can
from models.chains.rules import (
    ApproverKind,
    Repeat,
    StepRule,
    WhenEmpty,
    WhenSelf,
    stage_numbers,
    stages_of,
)
from models.errors import Invalid
from models.organization import Organization
from models.signing import VERBS

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


@dataclass(frozen=True)
class PlannedSigner:
    """Somebody who is asked; `acts_for` is the person whose stand-in they are. `reason` says why it is that person."""

    user_id: int
    acts_for: int | None
    weight: int
    has_veto: bool
    reason: str

    def as_data(self) -> dict[str, Any]:
        return {"user": self.user_id, "for": self.acts_for, "weight": self.weight, "veto": self.has_veto}


@dataclass(frozen=True)
class PlannedStep:
    """One approval as it will be asked for. `mode` and `threshold` differ from the rule's where people dropped out.

    `reason` is how its people were found: a value of `ApproverKind`, or what took their place. Steps that follow each
    other with the same `stage` are asked at the same time; None is a step alone.
    """

    rule: StepRule
    signers: tuple[PlannedSigner, ...]
    mode: str
    threshold: int | None
    reason: str
    reason_fields: Mapping[str, Any] = field(default_factory=dict)
    stage: int | None = None

    @property
    def title(self) -> str:
        return self.rule.title

    @property
    def title_zh(self) -> str:
        return self.rule.title_zh

    @property
    def due_hours(self) -> int:
        return self.rule.due_hours

    @property
    def candidates(self) -> tuple[int, ...]:
        """Everybody who is asked, by user id."""
        return tuple(signer.user_id for signer in self.signers)

    @property
    def role(self) -> str:
        """The role that is asked, where the step asks one."""
        return str(self.reason_fields.get("role", ""))

    @property
    def sure_of(self) -> frozenset[int]:
        """Those who must have approved once the step is approved."""
        asks_everybody = self.mode in ("all", "order") or len(self.signers) == 1
        return frozenset(self.candidates if asks_everybody else ())

    def as_data(self) -> dict[str, Any]:
        """What the process keeps of it."""
        rule = self.rule
        beside = {} if self.stage is None else {"stage": self.stage}
        return {
            "key": rule.key,
            "title": rule.title,
            "title_zh": rule.title_zh,
            "signers": [signer.as_data() for signer in self.signers],
            "mode": self.mode,
            "threshold": self.threshold,
            "verbs": [verb for verb in VERBS if verb in rule.verbs],
            "due_hours": rule.due_hours,
            "remind_hours": rule.remind_hours,
            "escalate_hours": rule.escalate_hours,
            "escalate_to": rule.escalate_to,
            "auto": rule.auto,
            "auto_hours": rule.auto_hours,
            "copies": list(rule.copies),
            "editable": list(rule.editable),
            "reason": self.reason,
            "reason_fields": dict(self.reason_fields),
            **beside,
        }


def plan(
    rules: Sequence[StepRule],
    situation: Situation,
    *,
    start: int = 0,
    approved: Mapping[str, frozenset[int]] = MappingProxyType({}),
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
        step = _plan_step(rule, place + 1, situation, _counted(rule, numbers[place], given))
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


def _plan_step(rule: StepRule, position: int, situation: Situation, counted: frozenset[int]) -> PlannedStep | None:
    """None where the step falls away; `counted` are those whose approval of other steps counts here too."""
    if situation.waits_for_choice(rule):
        return PlannedStep(rule, (), rule.mode, rule.threshold, rule.approvers.kind.value)
    found = _found(rule, situation)
    seats = [_Seat(person, person, rule.approvers.kind) for person in found]
    signers = _signers(rule, _without_requester(rule, seats, situation), situation)
    if not signers:
        return _if_nobody(rule, position, situation, was_self=situation.requester_id in found)
    step = PlannedStep(
        rule, signers, rule.mode, _within_reach(rule, signers), rule.approvers.kind.value, _reason_fields(rule)
    )
    return _without_repeats(step, counted)


def _found(rule: StepRule, situation: Situation) -> tuple[int, ...]:
    """Whom the rule names, each once, whoever they are."""
    approvers, organization, requester = rule.approvers, situation.organization, situation.requester_id
    match approvers.kind:
        case ApproverKind.PEOPLE:
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
    if len(others) == len(seats) or not others or rule.mode == "any" or rule.when_self is WhenSelf.SKIP:
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


def _counted(rule: StepRule, number: int, given: Sequence[tuple[int, frozenset[int]]]) -> frozenset[int]:
    """Whose approval counts for `rule`, in stage `number`, of those `given` by stage.

    The steps of one stage do not come before each other: only `Repeat.FIRST` lets one of them spare another.
    """
    if rule.repeat is Repeat.EVERY:
        return frozenset()
    last = max((stage for stage, _people in given if stage < number), default=None)
    wanted = [people for stage, people in given if rule.repeat is Repeat.FIRST or stage == last]
    return frozenset[int]().union(*wanted)


def _without_repeats(step: PlannedStep, counted: frozenset[int]) -> PlannedStep | None:
    """Without those whose approval counts already; None where that is enough."""
    asked = tuple(signer for signer in step.signers if signer.user_id not in counted)
    if len(asked) == len(step.signers):
        return step
    if not asked or step.mode == "any":
        return None
    if step.threshold is None:
        return replace(step, signers=asked)
    needed = _still_needed(step, asked)
    mode = "weight" if step.mode == "weight" else "count"
    return replace(step, signers=asked, mode=mode, threshold=needed) if needed > 0 else None


def _still_needed(step: PlannedStep, asked: Sequence[PlannedSigner]) -> int:
    threshold = step.threshold or 0
    if step.mode == "weight":
        return threshold - sum(signer.weight for signer in step.signers) + sum(signer.weight for signer in asked)
    wanted = math.ceil(threshold * len(step.signers) / 100) if step.mode == "percent" else threshold
    return wanted - len(step.signers) + len(asked)


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
