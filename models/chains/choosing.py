"""Steps whose people the requester chooses: which they are, who may be chosen, and whether a choice will do."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from models.chains.approvers import ApproverKind
from models.chains.planning import Situation, decides
from models.chains.rules import StepRule
from models.errors import Invalid
from models.language import N_
from models.organization import Organization


@dataclass(frozen=True)
class OpenChoice:
    """A step of the chain, the `position`th (from 1), for which the requester chooses."""

    rule: StepRule
    position: int

    @property
    def least(self) -> int:
        """How many people must be chosen."""
        return self.rule.threshold or 1 if self.rule.mode == "count" else 1

    @property
    def is_several(self) -> bool:
        """Whether more than one person may be chosen."""
        return self.rule.approvers.several or self.least > 1


def open_choices(rules: Sequence[StepRule], situation: Situation) -> tuple[OpenChoice, ...]:
    """The steps for which the requester chooses, without those whose condition is not met."""
    return tuple(
        OpenChoice(rule, position)
        for position, rule in enumerate(rules, start=1)
        if rule.approvers.kind is ApproverKind.INITIATOR_CHOICE and situation.asks_for(rule)
    )


def may_be_chosen(organization: Organization, requester_id: int) -> dict[int, str]:
    """Who may be chosen, with their names: active members with a role that decides, but never the requester."""
    return {
        member.user_id: member.name
        for member in organization.members.values()
        if member.user_id != requester_id and decides(organization, member.user_id)
    }


def fault_in_choice(choice: OpenChoice, chosen: Sequence[int], eligible: Collection[int]) -> Invalid | None:
    """What is wrong with the people chosen for a step, at its field ``choices.<key>``; None where they will do."""
    people = set(chosen)
    if not people:
        message, code = N_("Step {position} “{title}”: choose who approves."), "request.choice_missing"
    elif people - set(eligible):
        message, code = (
            N_("Step {position} “{title}”: somebody you chose cannot approve this. Choose somebody else."),
            "request.choice_person",
        )
    elif len(people) > 1 and not choice.is_several:
        message, code = N_("Step {position} “{title}”: choose one person only."), "request.choice_single"
    elif len(people) < choice.least:
        message, code = N_("Step {position} “{title}”: choose at least {least} people."), "request.choice_few"
    else:
        return None
    return Invalid(
        message,
        code=code,
        field=f"choices.{choice.rule.key}",
        position=choice.position,
        title=choice.rule.title,
        least=choice.least,
    )
