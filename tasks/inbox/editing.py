"""Approving with edits: what of its request a task lets a signer change, and changing it with the decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from engine.language import Sentence
from models.access import Actor
from models.accounts import User
from models.chains.course import stage_at
from models.db import db, touch
from models.errors import Conflict, Invalid, NotAllowed
from models.processes import HumanTask, SignerKind, SignerStatus, TaskSigner, TaskStatus
from models.requests import EDITS, InvoiceRequest
from models.signing import addressees
from tasks import chains, requests
from tasks.inbox.asking import tell
from tasks.inbox.returning import chain_of
from tasks.requests import RequestEdits

# Whoever signed, signed for these, whatever the chain asks.
_ALWAYS_SIGNED_FOR = frozenset({"invoice_type", "amounts"})
_ANSWERED = frozenset({SignerStatus.APPROVED, SignerStatus.REJECTED})


def editable_in(task: HumanTask, signer: TaskSigner | None) -> tuple[str, ...]:
    """What the step lets its approvers change (`models.requests.EDITS`), and `signer` may now; advisers nothing."""
    if "approve" not in task.verbs or (signer is not None and signer.kind is SignerKind.ADVISER):
        return ()
    closed = closed_in(task)
    return tuple(name for name in _named(task) if name not in closed)


def closed_in(task: HumanTask) -> frozenset[str]:
    """What cannot be changed any more, because others have signed for it and the way through the chain hangs on it."""
    named = _named(task)
    if not named or not any(map(_have_signed, _asked_together(task))):
        return frozenset()
    version = chain_of(task).get("version_id")
    read = chains.facts_read(task.company_id, int(version)) if version is not None else frozenset[str]()
    return frozenset(named) & (_ALWAYS_SIGNED_FOR | read)


def edit(
    actor: Actor, task: HumanTask, request: InvoiceRequest, signer: TaskSigner | None, edits: RequestEdits
) -> None:
    """Make the changes of a signer who approves, and tell those who asked for something else or signed it.

    Whoever has the task open on their screen has to look at it again. Raises as `requests.edit_in_approval`, and
    `Conflict` for a change of what others have signed for.
    """
    rights = requests.rights_for(request, edits)
    if rights and signer is not None and signer.kind is SignerKind.ADVISER:
        raise NotAllowed("You are asked for your opinion: give it, or hand it on.", code="task.adviser")
    if taken := rights & closed_in(task):
        right = next(name for name in EDITS if name in taken)
        raise Conflict(
            "Others have already signed this step, so “{entry}” can no longer be changed. Return the request instead.",
            code="task.edit_signed",
            entry=Sentence(requests.ENTRIES[right], {}),
        )
    if requests.edit_in_approval(actor, request, edits, may_change=_named(task), task=task):
        together = _asked_together(task)
        _tell_others(actor, together, request)
        for asked in together:
            if asked.status is TaskStatus.OPEN:
                touch(asked, "title")


def refuse_edits(decision: str, edits: RequestEdits | None) -> None:
    """Raises `Invalid` for changes that come with anything but an approval."""
    if edits is not None and decision != "approve":
        raise Invalid(
            "Changes are kept only with an approval. Leave them out, or approve.", code="task.edits", field="edits"
        )


def _named(task: HumanTask) -> tuple[str, ...]:
    named = (task.step or {}).get("editable") or ()
    return tuple(name for name in EDITS if name in named)


def _have_signed(task: HumanTask) -> bool:
    return any(signer.status in _ANSWERED for signer in task.signers)


def _asked_together(task: HumanTask) -> list[HumanTask]:
    """The task, and those of the steps that are asked at the same time: of each step the newest, if it counts."""
    beside = _keys_beside(task)
    if not beside:
        return [task]
    newest: dict[Any, HumanTask] = {}
    for other in db.session.scalars(
        select(HumanTask)
        .where(HumanTask.instance_id == task.instance_id, HumanTask.element_id == task.element_id)
        .options(selectinload(HumanTask.signers))
        .order_by(HumanTask.id)
    ):
        newest[(other.step or {}).get("key")] = other
    counted = [newest[key] for key in beside if key in newest]
    return [task, *(other for other in counted if other.status is TaskStatus.OPEN or other.outcome == "approve")]


def _keys_beside(task: HumanTask) -> list[str]:
    steps = chain_of(task).get("steps", [])
    keys = [step.get("key") for step in steps]
    own = (task.step or {}).get("key")
    if own not in keys:
        return []
    return [keys[place] for place in stage_at(steps, keys.index(own)) if keys[place] != own]


def _tell_others(actor: Actor, together: Iterable[HumanTask], request: InvoiceRequest) -> None:
    signed = {who for task in together for who in addressees(s for s in task.signers if s.status in _ANSWERED)[0]}
    name = db.session.scalar(select(User.name).where(User.id == actor.user_id))
    people = ({request.applicant_id} | signed) - {actor.user_id}
    tell(request, people, "request.edited", f"{requests.KIND}:{request.id}", person=name or "")
