"""Human tasks: what waits for whom, answering, and reminding. A decision is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import AppError, Conflict, Invalid, NotAllowed, NotFound
from models.processes import HumanTask, TaskCandidate, TaskStatus
from models.requests import InvoiceRequest
from tasks import audit, processes, requests
from tasks.boundary import command, query, separate, steps

APPROVAL_FORM = "approval"
ISSUING_FORM = "issuing"
VIEWS = ("open", "done", "started")
COMMENT_LIMIT = 1000
# What each form may be answered with, and which answers must say why.
DECISIONS: dict[str, tuple[str, ...]] = {
    APPROVAL_FORM: ("approve", "return", "reject"),
    ISSUING_FORM: ("issue", "return"),
    # A step that a designer drew without a form asks only that somebody does it.
    "": ("done",),
}
# A bulk decision leaves out what has one of these findings: it wants to be opened and looked at.
_FLAGS = frozenset({"request.duplicate", "request.header_changed"})
MOST_IN_BULK = 200
_NEEDS_REASON = frozenset({"return", "reject"})


@dataclass(frozen=True)
class InboxRow:
    """A task and the request it is about."""

    task: HumanTask
    request: InvoiceRequest

    @property
    def is_overdue(self) -> bool:
        due_at = self.task.due_at
        return self.task.status is TaskStatus.OPEN and due_at is not None and due_at < utc_now()


@dataclass(frozen=True)
class InboxPage:
    """`next_after` is the task id to continue behind; None on the last page."""

    rows: Sequence[InboxRow]
    next_after: int | None


@query(Permission.TASK_READ)
def list_tasks(
    actor: Actor, *, view: str = "open", text: str = "", after: int | None = None, limit: int = 50
) -> InboxPage:
    """Tasks of the actor: those that wait (oldest first), those they handled, or their own requests' (newest first)."""
    ascending = view == "open"
    wanted = _rows().where(_in_view(actor, view)).limit(limit + 1)
    if text:
        wanted = wanted.where(InvoiceRequest.id.in_(requests.matching(text)))
    if after is not None:
        wanted = wanted.where(HumanTask.id > after if ascending else HumanTask.id < after)
    wanted = wanted.order_by(HumanTask.id if ascending else HumanTask.id.desc())
    rows = [InboxRow(task, request) for task, request in db.session.execute(wanted)]
    return InboxPage(rows[:limit], rows[limit - 1].task.id if len(rows) > limit else None)


@query(Permission.TASK_READ)
def count_views(actor: Actor) -> dict[str, int]:
    """How many tasks each view holds: the same conditions as the lists."""
    return {
        view: db.session.scalar(
            select(func.count(HumanTask.id)).join(InvoiceRequest, _about_request()).where(_in_view(actor, view))
        )
        or 0
        for view in VIEWS
    }


@query(Permission.TASK_READ)
def count_open(actor: Actor) -> int:
    """How many tasks wait for the actor."""
    return db.session.scalar(select(func.count(HumanTask.id)).where(_in_view(actor, "open"))) or 0


@query(Permission.TASK_READ)
def get_task(actor: Actor, task_id: int) -> InboxRow:
    """A task that waits or waited for the actor, or is about a request they may see. Raises `NotFound`."""
    row = db.session.execute(
        _rows().where(HumanTask.id == task_id, or_(_may_answer(actor), requests.visible_to(actor)))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such task, or it is not yours.", code="task.not_found")
    return InboxRow(*row)


@query(Permission.TASK_READ)
def find_next(actor: Actor, *, after: int) -> HumanTask | None:
    """The next task that waits for the actor behind `after`, else the first; None when nothing waits."""
    waiting = select(HumanTask).join(InvoiceRequest, _about_request()).where(_in_view(actor, "open"))
    behind = db.session.scalars(waiting.where(HumanTask.id > after).order_by(HumanTask.id).limit(1)).first()
    return behind or db.session.scalars(waiting.order_by(HumanTask.id).limit(1)).first()


@query(Permission.TASK_READ)
def may_answer(actor: Actor, task: HumanTask) -> bool:
    """Whether the actor may answer this task now."""
    return task.status is TaskStatus.OPEN and _is_asked(actor, task)


@command(Permission.TASK_DECIDE)
def decide(
    actor: Actor, /, *, task_id: int, decision: str, comment: str = "", seen_revision: int | None = None, **answer: Any
) -> HumanTask:
    """Answer an open task; the diagram decides what happens next, in the same transaction.

    1. Whoever is not asked may not answer; the applicant never approves their own request.
    2. A task that was answered meanwhile is a `Conflict` that says by whom and when.
    3. Return and reject need a reason.
    """
    processes.lock_task(task_id)
    row = get_task(actor, task_id)
    task, request = row.task, row.request
    _refuse_closed(task, seen_revision)
    _refuse_stranger(actor, task, request)
    _check_answer(task, decision, comment)
    requests.note(actor, request, decision, comment=comment, task=task)
    audit.record(actor, "task.decide", f"task:{task.id}", request=request.id, decision=decision, comment=comment)
    given = {"decision": decision, "comment": comment, **answer}
    asked = {name: value for name, value in given.items() if name in task.fields}
    processes.complete_task(actor.as_process(), task=task, answer=asked, outcome=decision)
    requests.announce_tasks(request)
    return task


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


@command(Permission.CLOCK_RUN)
def remind_overdue(actor: Actor) -> int:
    """Remind whoever an overdue task waits for, once per task. Returns how many tasks were reminded of."""
    overdue = db.session.execute(
        _rows()
        .where(HumanTask.status == TaskStatus.OPEN, HumanTask.due_at < utc_now(), HumanTask.reminded_at.is_(None))
        .order_by(HumanTask.id)
        .limit(200)
        .with_for_update(of=HumanTask, skip_locked=True)
    ).all()
    for task, request in overdue:
        task.reminded_at = utc_now()
        requests.tell_asked(task, request, "task.overdue")
    return len(overdue)


@command(Permission.CLOCK_RUN)
def announce_new(actor: Actor) -> int:
    """Tell whoever a task waits for that has come by itself: by a timer, a message, a step that was helped along.

    Where a person moves a request on, they are told in that very transaction. Returns how many requests it was about.
    """
    wanted = _rows().where(HumanTask.status == TaskStatus.OPEN, HumanTask.announced_at.is_(None)).limit(200)
    found = {request.id: request for _task, request in db.session.execute(wanted)}
    for request in found.values():
        requests.announce_tasks(request)
    return len(found)


def _rows() -> Select[HumanTask, InvoiceRequest]:
    return (
        select(HumanTask, InvoiceRequest)
        .join(InvoiceRequest, _about_request())
        .options(
            joinedload(InvoiceRequest.customer),
            joinedload(InvoiceRequest.applicant),
            selectinload(HumanTask.candidates),
        )
    )


def _about_request() -> ColumnElement[bool]:
    return and_(HumanTask.subject_kind == requests.KIND, HumanTask.subject_id == InvoiceRequest.id)


def _in_view(actor: Actor, view: str) -> ColumnElement[bool]:
    if view == "open":
        return waits_for(actor)
    if view == "done":
        return and_(HumanTask.status == TaskStatus.DONE, HumanTask.closed_by_id == actor.user_id)
    if view == "started":
        mine = select(InvoiceRequest.id).where(InvoiceRequest.applicant_id == actor.user_id)
        return and_(HumanTask.status == TaskStatus.OPEN, HumanTask.subject_id.in_(mine))
    raise NotFound("There is no such view.", code="inbox.view")


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """Open tasks that the actor may answer, as SQL: for the first view here and for the issuing desk."""
    return and_(HumanTask.status == TaskStatus.OPEN, _may_answer(actor))


def _may_answer(actor: Actor) -> ColumnElement[bool]:
    """Row rule as SQL: tasks that name the actor, or one of the actor's roles. `_is_asked` says the same of one row."""
    named = select(TaskCandidate.task_id).where(TaskCandidate.user_id == actor.user_id)
    return or_(HumanTask.id.in_(named), HumanTask.role.in_([role.value for role in actor.roles]))


def _is_asked(actor: Actor, task: HumanTask) -> bool:
    return task.role in actor.roles or any(candidate.user_id == actor.user_id for candidate in task.candidates)


def _refuse_closed(task: HumanTask, seen_revision: int | None) -> None:
    if task.status is not TaskStatus.OPEN:
        raise Conflict(
            "{person} already handled this task ({outcome}) at {time}. Nothing was changed by you.",
            code="task.closed",
            person=task.closed_by.name if task.closed_by else "–",
            outcome=task.outcome,
            time=task.closed_at.isoformat(timespec="minutes") if task.closed_at else "–",
        )
    if seen_revision is not None and task.revision != seen_revision:
        raise Conflict("This task has changed since you opened it. Reload it, then decide.", code="task.stale")


def _refuse_stranger(actor: Actor, task: HumanTask, request: InvoiceRequest) -> None:
    if not _is_asked(actor, task):
        raise NotAllowed("This task does not wait for you.", code="task.not_asked")
    if task.form_key == APPROVAL_FORM and request.applicant_id == actor.user_id:
        raise NotAllowed("Nobody approves their own request.", code="task.own_request")


def _check_answer(task: HumanTask, decision: str, comment: str) -> None:
    if decision not in DECISIONS.get(task.form_key, ()):
        raise Invalid("Choose what to decide.", code="task.decision", field="decision")
    if decision in _NEEDS_REASON and not comment.strip():
        raise Invalid("Give a reason, so that the applicant knows what to do.", code="task.reason", field="comment")
    if len(comment) > COMMENT_LIMIT:
        raise Invalid(
            "The comment has more than {limit} characters.", code="task.comment", field="comment", limit=COMMENT_LIMIT
        )
