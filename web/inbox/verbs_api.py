"""REST resources of what signers do besides deciding, and of letting others know."""

from __future__ import annotations

from typing import Any

from models.language import N_
from tasks import inbox
from web.inbox.verbs_schema import (
    CommentEntrySchema,
    CopyEntrySchema,
    HandOverEntrySchema,
    SignerEntrySchema,
    SnoozeEntrySchema,
    SnoozeSchema,
    TaskSignersSchema,
    ToldSchema,
)
from web.rest.blueprint import ApiBlueprint
from web.security import current_actor

bp = ApiBlueprint(
    N_("Signers"), __name__, description=N_("Handing a task on, asking others, taking back, and letting others know.")
)
_REFUSED = N_("What the step does not allow is refused with 403, what comes too late with 409.")


@bp.get("/inbox/<int:task_id>/signers")
@bp.response(200, TaskSignersSchema)
@bp.refuses(404)
@bp.says(N_("List the signers of a task"), N_("Everybody who was asked, and what they answered."))
def list_signers(task_id: int) -> dict[str, Any]:
    return _signers(task_id)


@bp.post("/inbox/<int:task_id>/signers")
@bp.arguments(SignerEntrySchema)
@bp.response(200, TaskSignersSchema)
@bp.refuses(404, 409, 422)
@bp.says(N_("Add a signer"), _REFUSED)
def add_signer(entries: dict[str, Any], task_id: int) -> dict[str, Any]:
    inbox.add_signer(current_actor(), task_id=task_id, **entries)
    return _signers(task_id)


@bp.delete("/inbox/<int:task_id>/signers/<int:signer_id>")
@bp.response(200, TaskSignersSchema)
@bp.refuses(404, 409)
@bp.says(N_("Take out a signer"), N_("Whoever added a signer may, and an administrator; not once they have answered."))
def remove_signer(task_id: int, signer_id: int) -> dict[str, Any]:
    inbox.remove_signer(current_actor(), task_id=task_id, signer_id=signer_id)
    return _signers(task_id)


@bp.put("/inbox/<int:task_id>/snooze")
@bp.arguments(SnoozeEntrySchema)
@bp.response(200, SnoozeSchema)
@bp.refuses(404, 409, 422)
@bp.says(
    N_("Put a task off"), N_("It leaves your open tasks until then. Nobody else's inbox changes, nor when it is due.")
)
def snooze_task(entries: dict[str, Any], task_id: int) -> dict[str, Any]:
    return {"until": inbox.snooze(current_actor(), task_id=task_id, until=entries["until"])}


@bp.delete("/inbox/<int:task_id>/snooze")
@bp.response(200, SnoozeSchema)
@bp.refuses(404)
@bp.says(N_("Bring a task back"), N_("Nothing happens where you had not put it off."))
def wake_task(task_id: int) -> dict[str, Any]:
    actor = current_actor()
    inbox.get_task(actor, task_id)
    inbox.wake(actor, task_id=task_id)
    return {"until": inbox.snoozed_until(actor, task_id)}


@bp.post("/inbox/<int:task_id>/transfer")
@bp.arguments(HandOverEntrySchema)
@bp.response(200, TaskSignersSchema)
@bp.refuses(404, 409, 422)
@bp.says(N_("Hand a task on"), _REFUSED)
def transfer_task(entries: dict[str, Any], task_id: int) -> dict[str, Any]:
    inbox.transfer(current_actor(), task_id=task_id, **entries)
    return _signers(task_id)


@bp.post("/inbox/<int:task_id>/delegation")
@bp.arguments(HandOverEntrySchema)
@bp.response(200, TaskSignersSchema)
@bp.refuses(404, 409, 422)
@bp.says(N_("Ask for an opinion"), N_("The task comes back to you when they have answered."))
def delegate_task(entries: dict[str, Any], task_id: int) -> dict[str, Any]:
    inbox.delegate(current_actor(), task_id=task_id, **entries)
    return _signers(task_id)


@bp.post("/inbox/<int:task_id>/taking-back")
@bp.response(200, TaskSignersSchema)
@bp.refuses(404, 409)
@bp.says(N_("Take an approval back"), N_("Until the next person has opened the task."))
def take_back(task_id: int) -> dict[str, Any]:
    inbox.take_back(current_actor(), task_id=task_id)
    return _signers(task_id)


@bp.post("/requests/<int:request_id>/copies")
@bp.arguments(CopyEntrySchema)
@bp.response(200, ToldSchema)
@bp.refuses(404, 422)
@bp.says(N_("Send copies"), N_("Whoever gets one may see the request. Who had one already is not told again."))
def copy_request_to(entries: dict[str, Any], request_id: int) -> dict[str, int]:
    return {"told": inbox.copy_to(current_actor(), request_id=request_id, **entries)}


@bp.post("/requests/<int:request_id>/comments")
@bp.arguments(CommentEntrySchema)
@bp.response(204)
@bp.refuses(404, 422)
@bp.says(N_("Comment on a request"), N_("Whoever is mentioned is told and may see the request."))
def comment_on_request(entries: dict[str, Any], request_id: int) -> None:
    inbox.comment_on(current_actor(), request_id=request_id, **entries)


@bp.post("/requests/<int:request_id>/urging")
@bp.response(200, ToldSchema)
@bp.refuses(404, 409)
@bp.says(N_("Urge the approvers"), N_("Of one's own request, once in two hours."))
def urge_request(request_id: int) -> dict[str, int]:
    return {"told": inbox.urge(current_actor(), request_id=request_id)}


def _signers(task_id: int) -> dict[str, Any]:
    return {"items": inbox.get_task(current_actor(), task_id).task.signers}
