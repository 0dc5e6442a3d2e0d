"""Several tasks at once: each is decided by itself, and what is refused stays open and says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.access import Actor, Permission
from models.errors import AppError, Conflict, Invalid
from tasks import processes, requests
from tasks.boundary import command, separate, steps
from tasks.inbox.deciding import decide
from tasks.inbox.reading import get_task, read_numbers

MOST_IN_BULK = 200


@dataclass(frozen=True)
class BulkResult:
    """How one task of a bulk decision went; `refusal` is None when it was decided.

    `number` is that of its request, "" where the actor may not know it. `may_take_back`: the step lets it be undone.
    """

    task_id: int
    refusal: AppError | None
    number: str = ""
    may_take_back: bool = False


@steps
def approve_many(actor: Actor, *, task_ids: Sequence[int]) -> list[BulkResult]:
    """Approve several tasks, each in a transaction of its own. What is refused stays open and says why."""
    if len(task_ids) > MOST_IN_BULK:
        raise Invalid("At most {limit} tasks at once.", code="inbox.bulk", limit=MOST_IN_BULK)
    with separate():
        numbers = read_numbers(actor, task_ids)
    return [_result(actor, task_id, numbers.get(task_id, "")) for task_id in task_ids]


def _result(actor: Actor, task_id: int, number: str) -> BulkResult:
    try:
        with separate():
            may_take_back = _approve_unflagged(actor, task_id=task_id)
    except AppError as error:
        return BulkResult(task_id, error, number)
    return BulkResult(task_id, None, number, may_take_back)


@command(Permission.TASK_DECIDE)
def _approve_unflagged(actor: Actor, *, task_id: int) -> bool:
    """Whether the approval may be taken back."""
    processes.lock_task(task_id)
    row = get_task(actor, task_id)
    if requests.find_flags(actor, [row.request]):
        raise Conflict(
            "{number} needs a look before it is approved. Open it.", code="inbox.flagged", number=row.request.number
        )
    return "take_back" in decide(actor, task_id=task_id, decision="approve").verbs
