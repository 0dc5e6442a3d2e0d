"""How the answers of a task's signers become its verdict: or-sign, countersign, in order, N of M, share, weight, veto.

Pure: these functions read and change the signers of one task; whoever calls them holds the lock of its flow.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from models.errors import Conflict
from models.processes import HumanTask, SignerKind, SignerStatus, StepMode, TaskSigner

Verdict = Literal["approve", "reject"]
# What a step can let its signers do; all of it, where a diagram does not say.
VERBS: Final = (
    "approve",
    "reject",
    "return",
    "transfer",
    "delegate",
    "add_before",
    "add_after",
    "add_parallel",
    "remove",
    "take_back",
)
# What the clock may decide when nobody has.
AUTOMATIC: Final = ("approve", "return", "reject")
Place = Literal["before", "after", "parallel"]


@dataclass(frozen=True)
class Tally:
    """In heads, or in weight where the step weighs: what is there, what it takes, and what can still be reached."""

    approved: int
    needed: int
    reachable: int

    @property
    def verdict(self) -> Verdict | None:
        """A number that cannot be reached any more is a rejection."""
        if self.approved >= self.needed:
            return "approve"
        return "reject" if self.reachable < self.needed else None


_APPROVED, _REJECTED = SignerStatus.APPROVED, SignerStatus.REJECTED
# Those whom a signer put in must agree, whatever the mode says of the others.
_PUT_IN = frozenset({SignerKind.BEFORE, SignerKind.AFTER, SignerKind.PARALLEL})
_FIRST = frozenset({SignerKind.BEFORE, SignerKind.ADVISER})


def addressees(signers: Iterable[TaskSigner]) -> tuple[list[int], list[str]]:
    """Users by their ids, and those from outside by their mail addresses."""
    found = list(signers)
    users = [signer.user_id for signer in found if signer.user_id is not None]
    return users, [signer.mail for signer in found if signer.mail is not None]


def open_turns(task: HumanTask, now: datetime) -> list[TaskSigner]:
    """Ask everybody whose turn has come; returns those who are newly asked."""
    opened = [signer for signer in task.signers if _turn_has_come(task, signer)]
    for signer in opened:
        signer.status, signer.opened_at = SignerStatus.OPEN, now
    return opened


def verdict_of(task: HumanTask) -> Verdict | None:
    """What the answers so far amount to; None while more are needed."""
    put_in = [signer for signer in task.signers if signer.has_say and signer.kind in _PUT_IN]
    if any(signer.status is _REJECTED for signer in put_in):
        return "reject"
    found = _weigh(task, _voters(task))
    if found == "approve" and any(signer.is_pending for signer in put_in):
        return None
    return found


def tally_of(task: HumanTask) -> Tally:
    """How far those whom the step itself asks have come; whoever was put in must agree besides."""
    return _count(task, _voters(task))


def answer(signer: TaskSigner, *, status: SignerStatus, comment: str, now: datetime) -> None:
    """Write down what an open signer says. Raises `Conflict` when it is not their turn."""
    if signer.status is not SignerStatus.OPEN:
        raise Conflict("It is not your turn in this task.", code="task.not_your_turn")
    signer.status, signer.comment, signer.closed_at = status, comment, now
    if status is _REJECTED:  # whoever was to agree after them has nothing to agree to
        for child in _put_in_by(signer):
            if child.kind is SignerKind.AFTER:
                _take_out(child, now)
    _let_parent_go_on(signer)


def put_in(signer: TaskSigner, kind: SignerKind, user_id: int, *, by: int | None) -> TaskSigner:
    """Ask one more person, put in by `signer`, who waits for advisers and for those before."""
    added = TaskSigner(
        user_id=user_id,
        kind=kind,
        status=SignerStatus.WAITING,
        place=signer.place,
        weight=1,
        has_veto=False,
        parent=signer,
        added_by_id=by,
    )
    signer.task.signers.append(added)
    if kind in _FIRST:
        signer.status = SignerStatus.HELD
    return added


def move(signer: TaskSigner, user_id: int, *, by: int | None, now: datetime) -> TaskSigner:
    """Hand the turn of `signer` to somebody else, who answers in their place and with their weight."""
    moved = TaskSigner(
        user_id=user_id,
        acts_for_id=signer.acts_for_id,
        kind=signer.kind,
        status=SignerStatus.WAITING,
        place=signer.place,
        weight=signer.weight,
        has_veto=signer.has_veto,
        parent=signer.parent,
        added_by_id=by,
    )
    signer.task.signers.append(moved)
    signer.status, signer.closed_at = SignerStatus.MOVED, now
    for child in signer.task.signers:
        if child.parent is signer and child.is_pending:
            child.parent = moved
    return moved


def remove(signer: TaskSigner, *, now: datetime) -> None:
    """Do not ask a signer any more, nor whomever they had put in.

    Raises `Conflict` for an answer already given, and for the last who is asked.
    """
    if not signer.is_pending:
        raise Conflict("They have already answered, so they cannot be removed.", code="task.signer_answered")
    others = [other for other in signer.task.signers if other is not signer and other.has_say]
    if not any(other.kind is SignerKind.ASKED for other in others):
        raise Conflict("Somebody must be left to decide. Transfer the task instead.", code="task.last_signer")
    _take_out(signer, now)
    _let_parent_go_on(signer)


def take_back(signer: TaskSigner) -> None:
    """Undo an answer in a task that is still open. Raises `Conflict` when somebody asked because of it has looked."""
    if signer.status not in (_APPROVED, _REJECTED, SignerStatus.ADVISED) or signer.closed_at is None:
        raise Conflict("There is no answer of yours to take back.", code="task.nothing_to_take_back")
    asked_since = [
        other
        for other in signer.task.signers
        if _follows(signer, other) and other.opened_at is not None and other.opened_at >= signer.closed_at
    ]
    if any(other.seen_at is not None or not other.is_pending for other in asked_since):
        raise Conflict("The next person has already opened it, so it cannot be taken back.", code="task.seen")
    for other in asked_since:
        other.status, other.opened_at = SignerStatus.HELD if _waits_for_others(other) else SignerStatus.WAITING, None
    signer.status, signer.closed_at, signer.comment = SignerStatus.OPEN, None, ""
    if signer.kind in _FIRST and signer.parent is not None:
        signer.parent.status = SignerStatus.HELD


def _follows(signer: TaskSigner, other: TaskSigner) -> bool:
    """Whether the answer of `signer` can be what `other` is asked for; whoever was taken out counts no more."""
    if other.status is SignerStatus.REMOVED:
        return False
    is_next = signer.task.mode is StepMode.ORDER and other.kind is SignerKind.ASKED and other.place > signer.place
    return is_next or other.parent is signer or other is signer.parent


def as_it_was(task: HumanTask, *, mine: TaskSigner) -> list[TaskSigner]:
    """The signers of a settled task for one that takes its place: `mine` is asked once more, as are those whose answer
    was not needed any more; the others keep their answers, and everybody keeps whom they put in.
    """
    again = {signer: _copy(signer, is_asked_again=signer is mine or _was_dropped(signer)) for signer in task.signers}
    for signer, copy in again.items():
        copy.parent = again.get(signer.parent) if signer.parent is not None else None
    for signer, copy in again.items():
        children = [again[other] for other in task.signers if other.parent is signer and other.kind in _FIRST]
        if copy.status is SignerStatus.WAITING and any(child.is_pending for child in children):
            copy.status = SignerStatus.HELD
    return list(again.values())


def _was_dropped(signer: TaskSigner) -> bool:
    return signer.status is SignerStatus.DROPPED


def _copy(signer: TaskSigner, *, is_asked_again: bool) -> TaskSigner:
    return TaskSigner(
        user_id=signer.user_id,
        outsider=signer.outsider,
        mail=signer.mail,
        acts_for_id=signer.acts_for_id,
        kind=signer.kind,
        status=SignerStatus.WAITING if is_asked_again else signer.status,
        place=signer.place,
        weight=signer.weight,
        has_veto=signer.has_veto,
        added_by_id=signer.added_by_id,
        opened_at=None if is_asked_again else signer.opened_at,
        closed_at=None if is_asked_again else signer.closed_at,
        comment="" if is_asked_again else signer.comment,
    )


def _turn_has_come(task: HumanTask, signer: TaskSigner) -> bool:
    if signer.status is not SignerStatus.WAITING:
        return False
    if signer.kind is SignerKind.AFTER:
        return signer.parent is not None and signer.parent.status is _APPROVED
    if signer.kind is SignerKind.ASKED and task.mode is StepMode.ORDER:
        return not any(other.is_pending and other.place < signer.place for other in task.signers)
    return True


def _let_parent_go_on(signer: TaskSigner) -> None:
    parent = signer.parent
    if parent is not None and parent.status is SignerStatus.HELD and not _waits_for_others(parent):
        parent.status = SignerStatus.WAITING


def _waits_for_others(signer: TaskSigner) -> bool:
    """Whether somebody whom they asked to answer first has not."""
    return any(child.kind in _FIRST for child in _put_in_by(signer))


def _put_in_by(signer: TaskSigner) -> list[TaskSigner]:
    """Those whom a signer put in and who have not answered."""
    return [other for other in signer.task.signers if other.parent is signer and other.is_pending]


def _take_out(signer: TaskSigner, now: datetime) -> None:
    signer.status, signer.closed_at = SignerStatus.REMOVED, now
    for child in _put_in_by(signer):
        _take_out(child, now)


def _voters(task: HumanTask) -> list[TaskSigner]:
    return [signer for signer in task.signers if signer.has_say and signer.kind is SignerKind.ASKED]


def _any(voters: Sequence[TaskSigner]) -> Verdict | None:
    """The first answer decides, whichever it is."""
    answers = {signer.status for signer in voters}
    if _APPROVED in answers:
        return "approve"
    return "reject" if _REJECTED in answers else None


def _veto(task: HumanTask, voters: Sequence[TaskSigner]) -> Verdict | None:
    """Who has a veto ends it, and is waited for; otherwise the number decides."""
    if any(signer.has_veto and signer.status is _REJECTED for signer in voters):
        return "reject"
    found = _count(task, voters).verdict
    waits_for_veto = any(signer.has_veto and signer.is_pending for signer in voters)
    return None if found == "approve" and waits_for_veto else found


def _weigh(task: HumanTask, voters: Sequence[TaskSigner]) -> Verdict | None:
    match task.mode:
        case StepMode.ANY:
            return _any(voters)
        case StepMode.VETO:
            return _veto(task, voters)
        case _:
            return _count(task, voters).verdict


def _count(task: HumanTask, voters: Sequence[TaskSigner]) -> Tally:
    def sum_of(signers: Iterable[TaskSigner]) -> int:
        return sum(signer.weight if task.mode is StepMode.WEIGHT else 1 for signer in signers)

    total = sum_of(voters)
    return Tally(
        approved=sum_of(signer for signer in voters if signer.status is _APPROVED),
        needed=max(1, min(_needed(task, total), total)),
        reachable=sum_of(signer for signer in voters if signer.status is not _REJECTED),
    )


def _needed(task: HumanTask, total: int) -> int:
    """A share is rounded up: 60 % of four are three. A veto without a number takes more than half."""
    match task.mode:
        case StepMode.ANY:
            return 1
        case StepMode.COUNT | StepMode.WEIGHT:
            return task.threshold or 1
        case StepMode.PERCENT:
            return -(-total * (task.threshold or 100) // 100)
        case StepMode.VETO:
            return task.threshold or total // 2 + 1
        case _:
            return total
