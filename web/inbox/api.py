"""REST resources of the inbox: what waits for whom, and deciding."""

from __future__ import annotations

from typing import Any

from models.language import N_
from tasks import inbox
from tasks.inbox import BulkResult, InboxPage
from web.inbox.api_schema import (
    BulkApprovalSchema,
    BulkResultSchema,
    DecisionEntrySchema,
    TaskCountsSchema,
    TaskDetailSchema,
    TaskPageSchema,
    TaskQuerySchema,
)
from web.rest.blueprint import ApiBlueprint
from web.security import current_actor

bp = ApiBlueprint(N_("Inbox"), __name__, description=N_("Tasks that wait for people, and their decisions."))


@bp.get("/inbox")
@bp.arguments(TaskQuerySchema, location="query")
@bp.response(200, TaskPageSchema)
@bp.refuses(422)
@bp.says(N_("List tasks"), N_("Open ones oldest first, the other views newest first."))
def list_tasks(query: dict[str, Any]) -> InboxPage:
    return inbox.list_tasks(
        current_actor(), view=query["view"], text=query["q"], after=query["after"], limit=query["limit"]
    )


@bp.get("/inbox/counts")
@bp.response(200, TaskCountsSchema)
@bp.refuses()
@bp.says(N_("Count tasks by view"))
def count_tasks() -> dict[str, dict[str, int]]:
    return {"views": inbox.count_views(current_actor())}


@bp.get("/inbox/<int:task_id>")
@bp.response(200, TaskDetailSchema)
@bp.refuses(404)
@bp.says(N_("Read a task"), N_("With what it may be answered with. The request it is about is a resource of its own."))
def get_task(task_id: int) -> dict[str, Any]:
    return _detail(task_id)


@bp.post("/inbox/<int:task_id>/decision")
@bp.arguments(DecisionEntrySchema)
@bp.response(200, TaskDetailSchema)
@bp.refuses(404, 409, 422)
@bp.says(
    N_("Answer a task"),
    N_("Approve, return or reject; finance issues. A task that somebody has answered meanwhile is refused with 409."),
)
def decide(entries: dict[str, Any], task_id: int) -> dict[str, Any]:
    seen = entries.pop("revision")
    inbox.decide(current_actor(), task_id=task_id, seen_revision=seen, **entries)
    return _detail(task_id)


@bp.post("/inbox/approvals")
@bp.arguments(BulkApprovalSchema)
@bp.response(200, BulkResultSchema)
@bp.refuses(422)
@bp.says(N_("Approve several tasks"), N_("Each on its own: what is refused stays open and says why."))
def approve_many(entries: dict[str, list[int]]) -> dict[str, list[BulkResult]]:
    return {"items": inbox.approve_many(current_actor(), task_ids=entries["task_ids"])}


def _detail(task_id: int) -> dict[str, Any]:
    actor = current_actor()
    seen = inbox.read_task(actor, task_id)
    return {
        "task": seen.row,
        "may_answer": seen.may_answer,
        "decisions": inbox.DECISIONS.get(seen.row.task.form_key, ()),
        "editable": seen.editable,
    }
