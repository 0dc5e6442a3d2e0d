"""Whoever was asked and is not any more, because others have settled the step, is told so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from models.db import db
from models.language import N_
from models.processes import HumanTask, SignerStatus, TaskSigner, TaskStatus
from models.requests import InvoiceRequest
from tasks import departments
from tasks.inbox.asking import tell
from tasks.language import translate

_TOPICS: Final[Mapping[str, str]] = {
    "approve": "task.settled_approved",
    "reject": "task.settled_rejected",
    "return": "task.settled_returned",
}
_NOBODY: Final = N_("The approval chain")


def tell_released(task: HumanTask, request: InvoiceRequest, new: Iterable[HumanTask] = ()) -> None:
    """One notice to everybody who was asked in `task`, or in a step beside it, and whose turn has ended with it.

    Not to whoever is asked again in a task that is `new`.
    """
    topic = _TOPICS.get(task.outcome)
    if topic is None:
        return
    asked_again = {signer.user_id for row in new for signer in row.signers if signer.status is SignerStatus.OPEN}
    released = {
        signer.user_id
        for row in (task, *_closed_beside(task))
        for signer in row.signers
        if signer.user_id is not None and _was_asked(signer, task)
    }
    people = released - asked_again - {task.closed_by_id}
    if people:
        closer = _closer(task)
        names = {"person": closer or _NOBODY, "person_zh": closer or translate(_NOBODY, "zh")}
        tell(request, sorted(people), topic, f"request:{request.id}", **names)


def _closer(task: HumanTask) -> str:
    """As `HumanTask.closer`, from what is remembered of the company: a decision reads no row more for it."""
    member = departments.organization_of(task.company_id).members.get(task.closed_by_id or 0)
    return member.name if member else task.outsider


def _was_asked(signer: TaskSigner, task: HumanTask) -> bool:
    """Whether somebody was asked, so that they knew of it, until `task` was closed."""
    is_dropped = signer.status is SignerStatus.DROPPED and signer.closed_at == task.closed_at
    return is_dropped and signer.opened_at is not None


def _closed_beside(task: HumanTask) -> Iterable[HumanTask]:
    """Tasks of steps at the same time that were closed with `task`. An approval closes none."""
    if task.outcome == "approve" or (task.step or {}).get("stage") is None:
        return ()
    return db.session.scalars(
        select(HumanTask)
        .options(selectinload(HumanTask.signers))
        .where(
            HumanTask.instance_id == task.instance_id,
            HumanTask.status == TaskStatus.CANCELLED,
            HumanTask.closed_at == task.closed_at,
        )
    ).all()
