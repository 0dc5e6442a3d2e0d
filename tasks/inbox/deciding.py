"""Answering a task. A decision is one transaction; the diagram goes on when the answers amount to a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from sqlalchemy import select

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.processes import HumanTask, SignerKind, SignerStatus, TaskSigner, TaskStatus
from models.requests import InvoiceRequest
from models.signing import answer, open_turns, verdict_of
from tasks import audit, processes, requests
from tasks.boundary import command
from tasks.inbox.asking import tell_signers
from tasks.inbox.editing import edit, refuse_edits
from tasks.inbox.reading import InboxRow, find_row, get_task, is_asked, signer_of
from tasks.inbox.releasing import tell_released
from tasks.inbox.returning import return_targets
from tasks.requests import CommentFile, RequestEdits

APPROVAL_FORM = "approval"
ISSUING_FORM = "issuing"
REVISION_FORM = "revision"
COMMENT_LIMIT = 1000
# What each form may be answered with, and which answers must say why.
DECISIONS: dict[str, tuple[str, ...]] = {
    APPROVAL_FORM: ("approve", "return", "reject"),
    ISSUING_FORM: ("issue", "return"),
    # A step that a designer drew without a form asks only that somebody does it.
    "": ("done",),
}
_NEEDS_REASON = frozenset({"return", "reject"})
_SAID = {
    "approve": SignerStatus.APPROVED,
    "reject": SignerStatus.REJECTED,
    "return": SignerStatus.RETURNED,
}
Resume = Literal["onward", "back"]


@command(Permission.TASK_DECIDE)
def decide(
    actor: Actor,
    /,
    *,
    task_id: int,
    decision: str,
    comment: str = "",
    seen_revision: int | None = None,
    return_to: int | None = None,
    resume: Resume = "onward",
    edits: RequestEdits | None = None,
    files: Sequence[int] = (),
    **given: Any,
) -> HumanTask:
    """Answer an open task; when that settles it, the diagram goes on in the same transaction.

    1. Whoever is not asked may not answer; the applicant never approves their own request.
    2. A task that was answered meanwhile is a `Conflict` that says by whom and when.
    3. Return and reject need a reason. A return ends the step at once, whoever else was asked.
    4. `return_to` is the place (from 0) of an earlier step of the chain, or None for the applicant; with `resume`
       "back" an approval there leads straight back here.
    5. `edits` change the request with an approval, both or neither: what the step lets its approvers change.
    6. `files` are ids of `requests.add_upload`; they stand with the comment in the timeline.
    """
    processes.lock_task(task_id)
    row = get_task(actor, task_id)
    task, request = row.task, row.request
    refuse_closed(task, seen_revision)
    signer = refuse_stranger(actor, task, request)
    check_answer(task, decision, comment)
    refuse_edits(decision, edits)
    if return_to is not None:
        _check_return(task, return_to)
    if edits is not None:
        edit(actor, task, request, signer, edits)
    taken = requests.take_uploads(actor, request, files)
    return _take_down(actor, row, signer, decision, comment, taken, return_to=return_to, resume=resume, **given)


@command(Permission.TASK_ANSWER)
def decide_from_outside(actor: Actor, *, decision: str, comment: str = "") -> HumanTask:
    """Answer the one turn that an actor from outside has, once, with the same effect as `decide`.

    A return goes to the applicant. Raises `Conflict` where the task was answered meanwhile, or the turn has not come.
    """
    task_id = db.session.scalar(select(TaskSigner.task_id).where(TaskSigner.id == actor.turn)) or 0
    processes.lock_task(task_id)  # before the turn is read: whoever had the lock may have answered it
    row = find_row(task_id)
    turn = next((signer for signer in row.task.signers if signer.id == actor.turn), None) if row else None
    if row is None or turn is None:
        raise NotFound("There is no such task, or it is not yours.", code="task.not_found")
    refuse_closed(row.task)
    check_answer(row.task, decision, comment)
    return _take_down(actor, row, turn, decision, comment, (), return_to=None, resume="onward")


def _take_down(
    actor: Actor,
    row: InboxRow,
    signer: TaskSigner | None,
    decision: str,
    comment: str,
    files: Sequence[CommentFile],
    **given: Any,
) -> HumanTask:
    """Write down an answer that may be given, and let the diagram go on when that settles the task."""
    task, request = row.task, row.request
    requests.note(actor, request, _action(signer, decision), comment=comment, task=task, files=files)
    facts: dict[str, Any] = {"decision": decision, "comment": comment, "files": [asdict(file) for file in files]}
    audit.record(actor, "task.decide", f"task:{task.id}", request=request.id, **facts)
    verdict = _sign(task, signer, decision, comment)
    if verdict is None:
        tell_signers(task, request, open_turns(task, utc_now()))
        return task
    answers = {"decision": verdict, "comment": comment, **given}
    asked = {name: value for name, value in answers.items() if name in task.fields}
    new = processes.complete_task(actor.as_process(), task=task, answer=asked, outcome=verdict, announced=True)
    requests.tell_new(new, request)
    tell_released(task, request, new)
    return task


def refuse_closed(task: HumanTask, seen_revision: int | None = None) -> None:
    """Raises `Conflict` for a task that is not open any more, saying who closed it and when, or not as it was seen."""
    if task.status is not TaskStatus.OPEN:
        raise processes.closed_meanwhile(task)
    if seen_revision is not None and task.revision != seen_revision:
        raise Conflict("This task has changed since you opened it. Reload it, then decide.", code="task.stale")


def refuse_stranger(actor: Actor, task: HumanTask, request: InvoiceRequest) -> TaskSigner | None:
    """The actor's turn in the task; None where the task asks a role. Raises `Conflict` and `NotAllowed`."""
    if not is_asked(actor, task):
        if any(signer.is_turn_of(actor.user_id) and signer.closed_at is not None for signer in task.signers):
            raise Conflict("You have already answered this task, or handed it on.", code="task.answered")
        raise NotAllowed("This task does not wait for you.", code="task.not_asked")
    if task.form_key == APPROVAL_FORM and request.applicant_id == actor.user_id:
        raise NotAllowed("Nobody approves their own request.", code="task.own_request")
    return signer_of(actor, task)


def check_answer(task: HumanTask, decision: str, comment: str) -> None:
    """Raises `Invalid` for a decision that the task does not take, a missing reason, or too long a comment."""
    if decision not in DECISIONS.get(task.form_key, ()):
        raise Invalid("Choose what to decide.", code="task.decision", field="decision")
    if task.form_key == APPROVAL_FORM and decision not in task.verbs:
        raise NotAllowed("This step does not allow that. Choose another decision.", code="task.verb", field="decision")
    if decision in _NEEDS_REASON and not comment.strip():
        raise Invalid("Give a reason, so that the applicant knows what to do.", code="task.reason", field="comment")
    check_comment(comment)


def check_comment(comment: str) -> None:
    """Raises `Invalid` for more characters than anybody will read."""
    if len(comment) > COMMENT_LIMIT:
        raise Invalid(
            "The comment has more than {limit} characters.", code="task.comment", field="comment", limit=COMMENT_LIMIT
        )


def _action(signer: TaskSigner | None, decision: str) -> str:
    """What the timeline calls it: an adviser's answer is an opinion, for or against, and no decision."""
    if signer is None or signer.kind is not SignerKind.ADVISER:
        return decision
    return "advise" if decision == "approve" else "advise_against"


def _sign(task: HumanTask, signer: TaskSigner | None, decision: str, comment: str) -> str | None:
    """Write down the answer; the verdict of the step, or None while it is not settled.

    An adviser's answer is an opinion, whatever it says.
    """
    if signer is None:
        return decision
    is_adviser = signer.kind is SignerKind.ADVISER
    status = SignerStatus.ADVISED if is_adviser else _SAID.get(decision, SignerStatus.DONE)
    answer(signer, status=status, comment=comment, now=utc_now())
    if is_adviser:
        return None
    return decision if task.form_key != APPROVAL_FORM or decision == "return" else verdict_of(task)


def _check_return(task: HumanTask, return_to: int) -> None:
    if return_to not in [target.position for target in return_targets(task)]:
        raise Invalid(
            "Choose an earlier step of this approval to return to, or the applicant.",
            code="task.return_to",
            field="return_to",
        )
