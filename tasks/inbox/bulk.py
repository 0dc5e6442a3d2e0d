"""Several tasks at once: each is decided by itself, and what is refused stays open and says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.access import Actor, Permission
from models.errors import AppError, Conflict, Invalid
from tasks import processes, requests
from tasks.boundary import command, separate, steps
from tasks.inbox.deciding import decide
from tasks.inbox.reading import get_task

# A bulk decision leaves out what has one of these findings: it wants to be opened and looked at.
_FLAGS = frozenset({"request.duplicate", "request.header_changed"})
MOST_IN_BULK = 200


@dataclass(frozen=True)
class BulkResult:
    """How one task of a bulk decision went; `refusal` is None when it was decided."""

    task_id: int
    refusal: AppError | None


@steps
def approve_many(actor: Actor, *, task_ids: Sequence[int]) -> list[BulkResult]:
    """Approve several tasks, each in a transaction of its own. What is refused stays open and says why."""
    if len(task_ids) > MOST_IN_BULK:
        raise Invalid("At most {limit} tasks at once.", code="inbox.bulk", limit=MOST_IN_BULK)
    results = []
    for task_id in task_ids:
        try:
            with separate():
                _approve_unflagged(actor, task_id=task_id)
        except AppError as error:
            results.append(BulkResult(task_id, error))
        else:
            results.append(BulkResult(task_id, None))
    return results


@command(Permission.TASK_DECIDE)
def _approve_unflagged(actor: Actor, *, task_id: int) -> None:
    processes.lock_task(task_id)
    row = get_task(actor, task_id)
    flags = [check for check in requests.check_request(actor, row.request) if check.code in _FLAGS]
    if flags:
        raise Conflict(
            "{number} needs a look before it is approved. Open it.", code="inbox.flagged", number=row.request.number
        )
    decide(actor, task_id=task_id, decision="approve")
