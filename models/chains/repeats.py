"""Who has approved before, and what a step still asks once those are left out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from models.chains.approvers import Repeat
from models.chains.planned import Person, PlannedSigner, PlannedStep
from models.chains.rules import StepRule


def counted_for(rule: StepRule, number: int, given: Sequence[tuple[int, frozenset[Person]]]) -> frozenset[Person]:
    """Whose approval counts for `rule`, in stage `number`, of those `given` by stage.

    The steps of one stage do not come before each other: only `Repeat.FIRST` lets one of them spare another.
    """
    if rule.repeat is Repeat.EVERY:
        return frozenset()
    last = max((stage for stage, _people in given if stage < number), default=None)
    wanted = [people for stage, people in given if rule.repeat is Repeat.FIRST or stage == last]
    return frozenset[Person]().union(*wanted)


def without_repeats(step: PlannedStep, counted: frozenset[Person]) -> PlannedStep | None:
    """Without those whose approval counts already; None where that is enough."""
    asked = tuple(signer for signer in step.signers if signer.person not in counted)
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
