"""Taking an answer back until the next person has opened the task, and noting that somebody has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, update

from models.access import Actor, Permission
from models.chains.course import stage_at
from models.db import db, utc_now
from models.errors import Conflict
from models.inbox import turns_of
from models.processes import HumanTask, SignerStatus, TaskSigner, TaskStatus
from models.signing import as_it_was, open_turns
from models.signing import take_back as take_answer_back
from tasks import audit, processes, requests
from tasks.boundary import command
from tasks.inbox.deciding import APPROVAL_FORM, ISSUING_FORM
from tasks.inbox.reading import get_task
from tasks.inbox.returning import chain_of, place_of


@command(Permission.TASK_READ)
def mark_seen(actor: Actor, *, task_id: int) -> None:
    """Note that the actor has opened a task that waits for them: what led to it cannot be taken back any more."""
    db.session.execute(
        update(TaskSigner)
        .where(
            TaskSigner.task_id == task_id,
            turns_of(actor.user_id),
            TaskSigner.status == SignerStatus.OPEN,
            TaskSigner.seen_at.is_(None),
        )
        .values(seen_at=utc_now())
    )
    db.session.execute(
        update(HumanTask)
        .where(
            HumanTask.id == task_id,
            HumanTask.status == TaskStatus.OPEN,
            HumanTask.role.in_([role.value for role in actor.roles]),
            HumanTask.seen_at.is_(None),
        )
        .values(seen_at=utc_now())
    )


@command(Permission.TASK_DECIDE)
def take_back(actor: Actor, *, task_id: int) -> None:
    """Undo one's own approval (拿回) while nobody who was asked because of it has opened it.

    In a step that goes on it is one's turn again. A step that the approval settled is opened again, with the answers of
    the others as they were. Raises `Conflict` when the next person has opened or answered it, or the chain has ended.
    """
    processes.lock_task(task_id)
    row = get_task(actor, task_id)
    signer = _answered(actor, row.task)
    if row.task.status is TaskStatus.OPEN:
        take_answer_back(signer)
        open_turns(row.task, utc_now())
    else:
        _reopen(actor, row.task, signer)
    requests.note(actor, row.request, "take_back", task=row.task)
    audit.record(actor, "task.take_back", f"task:{row.task.id}", request=row.request.id)
    requests.announce_tasks(row.request)


def _answered(actor: Actor, task: HumanTask) -> TaskSigner:
    mine = [signer for signer in task.signers if signer.is_turn_of(actor.user_id)]
    given = [signer for signer in mine if signer.status in (SignerStatus.APPROVED, SignerStatus.ADVISED)]
    if given and task.status is not TaskStatus.OPEN and task.closed_by_id != actor.user_id:
        raise processes.closed_meanwhile(task)
    if not given or (task.status is not TaskStatus.OPEN and task.outcome != "approve"):
        raise Conflict("There is no approval of yours to take back here.", code="task.nothing_to_take_back")
    if "take_back" not in task.verbs:
        raise Conflict("This step does not allow that.", code="task.verb")
    if any(signer.is_pending or signer.status is SignerStatus.DROPPED for signer in mine):
        raise Conflict("This step has asked you once more since. Answer that instead.", code="task.asked_again")
    return given[-1]


def _reopen(actor: Actor, task: HumanTask, signer: TaskSigner) -> None:
    following = _open_tasks(task)
    chain = chain_of(following[0])
    place, stage = _place_in(chain, task), stage_at(chain.get("steps", []), place_of(chain))
    _refuse_later(task, following)
    if place in stage:  # nobody was asked because of this approval: the steps beside it wait still
        reopened = processes.ask_again(actor.as_process(), task=task, item=place)
    else:
        _refuse_seen(following)
        # An approval that led straight back behind other steps leads there again.
        is_next = stage_at(chain.get("steps", []), place).stop == stage.start
        reopened = _return(actor, task, following[0], place, "onward" if is_next else "back")
    if _key(reopened) != _key(task):  # whom the step asked has left, and the step with them
        raise _gone_on()
    reopened.mode, reopened.threshold = task.mode, task.threshold
    reopened.signers = as_it_was(task, mine=signer)
    open_turns(reopened, utc_now())


def _return(actor: Actor, task: HumanTask, following: HumanTask, place: int, resume: str) -> HumanTask:
    """Send what follows back to the step of `task`, and to that alone."""
    answers = {"decision": "return", "comment": "", "return_to": place, "resume": resume}
    asked = {name: value for name, value in answers.items() if name in following.fields}
    processes.complete_task(actor.as_process(), task=following, answer=asked, outcome="take_back")
    following.status = TaskStatus.CANCELLED
    reopened = _open_tasks(task)
    if len(reopened) != 1:
        raise _gone_on()
    return reopened[0]


def _refuse_seen(following: Sequence[HumanTask]) -> None:
    for task in following:
        is_seen = any(signer.seen_at is not None or signer.closed_at is not None for signer in task.signers)
        if task.form_key not in (APPROVAL_FORM, ISSUING_FORM) or is_seen or task.seen_at is not None:
            raise Conflict("The next person has already opened it, so it cannot be taken back.", code="task.seen")


def _refuse_later(task: HumanTask, following: Sequence[HumanTask]) -> None:
    """Between `task` and what is open there may be only what was asked at the same time, and not `task` once more."""
    open_now = [row.id for row in following]
    later = select(HumanTask.id, HumanTask.step).where(HumanTask.instance_id == task.instance_id)
    for row_id, step in db.session.execute(later.where(HumanTask.id > task.id)):
        is_again = _key(task) is not None and (step or {}).get("key") == _key(task)
        stage = (step or {}).get("stage")
        is_beside = row_id in open_now or (stage is not None and stage == (task.step or {}).get("stage"))
        if is_again or not is_beside:
            raise _gone_on()


def _open_tasks(task: HumanTask) -> Sequence[HumanTask]:
    wanted = select(HumanTask).where(HumanTask.instance_id == task.instance_id, HumanTask.status == TaskStatus.OPEN)
    found = db.session.scalars(wanted.order_by(HumanTask.id)).all()
    if not found:
        raise _gone_on()
    return found


def _place_in(chain: dict[str, Any], task: HumanTask) -> int:
    """At which step of the chain, from 0, a task was. Raises `Conflict` where it was none that is passed or open."""
    steps = chain.get("steps", [])
    if _key(task) is None and place_of(chain) > 0:  # a step of the diagram's own says nothing of the chain beside it
        return place_of(chain) - 1
    keys = [step.get("key") for step in steps[: stage_at(steps, place_of(chain)).stop]]
    if _key(task) not in keys:
        raise _gone_on()
    return keys.index(_key(task))


def _key(task: HumanTask) -> str | None:
    return (task.step or {}).get("key")


def _gone_on() -> Conflict:
    return Conflict("The flow has gone on, so it cannot be taken back.", code="task.gone_on")
