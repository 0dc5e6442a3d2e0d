"""The plain model, third part: one step with those who sign it, and what their answers amount to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from tests.flows.plain_chain import ALL_VERBS

PENDING = ("waiting", "open", "held")
NO_SAY = ("moved", "removed", "dropped")
FIRST = ("before", "adviser")
PUT_IN = ("before", "after", "parallel")


@dataclass(eq=False)
class Signer:
    """`asked` and `answered` are moments of the model's own clock, which ticks with every verb."""

    user: int
    kind: str = "asked"
    acts_for: int | None = None
    place: int = 0
    weight: int = 1
    has_veto: bool = False
    parent: Signer | None = None
    by: int | None = None
    status: str = "waiting"
    asked: int | None = None
    answered: int | None = None
    is_seen: bool = False

    @property
    def is_pending(self) -> bool:
        return self.status in PENDING


@dataclass(eq=False)
class Task:
    form: str
    key: str = ""
    reason: str = ""
    mode: str = "any"
    threshold: int | None = None
    verbs: Sequence[str] = tuple(ALL_VERBS)
    role: str = ""
    signers: list[Signer] = field(default_factory=list)
    status: str = "open"
    closed_by: int | None = None
    outcome: str = ""
    is_seen: bool = False
    is_urged: bool = False
    stage: int | None = None
    goes_back: bool = False

    def turn_of(self, who: int) -> Signer | None:
        return next((signer for signer in self.signers if signer.user == who and signer.status == "open"), None)

    @property
    def approvers(self) -> frozenset[int]:
        return frozenset(signer.user for signer in self.signers if signer.status == "approved")

    def close(self, status: str, who: int | None, outcome: str, tick: int) -> None:
        self.status, self.closed_by, self.outcome = status, who, outcome
        for signer in self.signers:
            if signer.is_pending:
                signer.status, signer.answered = "dropped", tick


def hand_on(task: Task, signer: Signer, to: int, *, by: int, tick: int) -> Signer:
    """Somebody else takes the turn, with its weight and with whom the first had put in."""
    moved = Signer(
        to,
        signer.kind,
        signer.acts_for,
        signer.place,
        signer.weight,
        signer.has_veto,
        signer.parent,
        by,
    )
    task.signers.append(moved)
    signer.status, signer.answered = "moved", tick
    for child in task.signers:
        if child.parent is signer and child.is_pending:
            child.parent = moved
    return moved


def as_it_was(signer: Signer, *, is_mine: bool) -> Signer:
    is_asked_again = is_mine or signer.status == "dropped"
    twin = Signer(
        signer.user, signer.kind, signer.acts_for, signer.place, signer.weight, signer.has_veto, None, signer.by
    )
    if not is_asked_again:
        twin.status, twin.asked, twin.answered = signer.status, signer.asked, signer.answered
    return twin


def is_ready(task: Task, signer: Signer) -> bool:
    """Whether the turn of somebody who waits has come."""
    if signer.kind == "after":
        return signer.parent is not None and signer.parent.status == "approved"
    if signer.kind == "asked" and task.mode == "order":
        return not any(one.is_pending and one.place < signer.place for one in task.signers)
    return True


def comes_after(task: Task, signer: Signer, other: Signer) -> bool:
    """Whether `other` may be asked because of what `signer` said."""
    is_next = task.mode == "order" and other.kind == "asked" and other.place > signer.place
    return other.status != "removed" and (is_next or other.parent is signer or other is signer.parent)


def weigh(task: Task) -> str | None:
    """What the answers amount to; None while it is open."""
    voters = [signer for signer in task.signers if signer.kind != "adviser" and signer.status not in NO_SAY]
    extra = [signer for signer in voters if signer.kind in PUT_IN]
    if any(signer.status == "rejected" for signer in extra):
        return "reject"
    found = _count([signer for signer in voters if signer.kind == "asked"], task.mode, task.threshold)
    return None if found == "approve" and any(signer.is_pending for signer in extra) else found


def _count(voters: Sequence[Signer], mode: str, threshold: int | None) -> str | None:
    size = {signer: signer.weight if mode == "weight" else 1 for signer in voters}
    total = sum(size.values())
    yes = sum(size[signer] for signer in voters if signer.status == "approved")
    no = sum(size[signer] for signer in voters if signer.status == "rejected")
    if mode == "any":
        return "approve" if yes else "reject" if no else None
    needed = {
        "all": total,
        "order": total,
        "count": threshold or 1,
        "weight": threshold or 1,
        "percent": ceil(total * (threshold or 100) / 100),
        "veto": threshold or total // 2 + 1,
    }[mode]
    needed = max(1, min(needed, total))
    vetoers = [signer for signer in voters if mode == "veto" and signer.has_veto]
    if any(signer.status == "rejected" for signer in vetoers):
        return "reject"
    if yes >= needed:
        return None if any(signer.is_pending for signer in vetoers) else "approve"
    return "reject" if total - no < needed else None
