"""Submit and withdraw requests, and what the diagram says of them on its way."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from models.access import Actor, Permission
from models.accounts import Company, WithdrawUntil
from models.db import db, utc_now
from models.errors import Conflict, Invalid
from models.processes import HumanTask, SignerStatus, TaskSigner, TaskStatus
from models.requests import Approval, InvoiceRequest
from tasks import audit, notices, numbering, processes
from tasks.boundary import command, query
from tasks.requests.announce import announce_tasks
from tasks.requests.checks import check_request, refuse_blocks
from tasks.requests.choosing import check_chosen
from tasks.requests.drafts import create_draft, lock_editable, require_own, update_draft
from tasks.requests.reading import KIND, facts, get_request
from tasks.requests.rounds import keep_round
from tasks.requests.timeline import note
from tasks.requests.values import RequestDraft

REVISION_FORM = "revision"
_WITHDRAWABLE = frozenset({Approval.IN_APPROVAL, Approval.RETURNED})
_DECIDED = frozenset({Approval.APPROVED, Approval.REJECTED})


@command(Permission.REQUEST_SUBMIT)
def submit_request(actor: Actor, *, request_id: int) -> InvoiceRequest:
    """Check the request, give it its number, and start or resume its approval.

    Raises `Invalid` with every blocking problem. The number is drawn last, so no failure leaves a gap.
    """
    request = lock_editable(actor, request_id)
    if request.unfinished is not None:
        raise Invalid(
            "Some entries were typed but never saved. Open the request, then submit it from there.",
            code="request.unfinished",
        )
    refuse_blocks([*check_request(actor, request), *check_chosen(actor, request)])
    was = request.approval
    request.move_to(Approval.IN_APPROVAL)
    request.submitted_at, request.decided_at = utc_now(), None
    if request.number is None:
        company = db.session.get_one(Company, request.company_id)
        request.number = numbering.draw(company.id, KIND, company.number_pattern, company.today())
    db.session.flush()
    keep_round(request)
    note(actor, request, "submit" if was is Approval.DRAFT else "resubmit")
    audit.record(actor, "request.submit", f"request:{request.id}", number=request.number, gross=request.gross)
    if was is Approval.RETURNED:
        _finish_revision(actor, request)
    else:
        processes.start_process(
            actor.as_process(), key=processes.REQUEST_PROCESS, subject=(KIND, request.id), data=facts(request)
        )
    announce_tasks(request)
    return request


@command(Permission.REQUEST_SUBMIT)
def submit_draft(
    actor: Actor, draft: RequestDraft, *, request_id: int | None = None, revision: int | None = None
) -> InvoiceRequest:
    """Save what was filled in and submit it, both or neither: a new request, or the one of `request_id`."""
    if request_id is None:
        request = create_draft(actor, draft)
    else:
        request = update_draft(actor, draft, request_id=request_id, revision=revision)
    return submit_request(actor, request_id=request.id)


@command(Permission.REQUEST_SUBMIT)
def withdraw_request(actor: Actor, *, request_id: int) -> InvoiceRequest:
    """Take a request back while it is in approval. It keeps its number; its tasks leave the inboxes."""
    processes.lock_about((KIND, request_id))
    request = get_request(actor, request_id)
    require_own(actor, request)
    if request.approval not in _WITHDRAWABLE:
        raise _too_late(request)
    _refuse_approved(request)
    request.move_to(Approval.WITHDRAWN)
    processes.cancel_process(actor.as_process(), subject=(KIND, request.id))
    note(actor, request, "withdraw")
    audit.record(actor, "request.withdraw", f"request:{request.id}", number=request.number)
    return request


def _refuse_approved(request: InvoiceRequest) -> None:
    """Where the company wants it so, nothing is withdrawn that somebody has approved since it was submitted last."""
    until = db.session.get_one(Company, request.company_id).withdraw_until
    if until is WithdrawUntil.END or request.approval is not Approval.IN_APPROVAL:
        return
    first = db.session.scalars(
        select(TaskSigner)
        .join(TaskSigner.task)
        .where(
            HumanTask.subject_kind == KIND,
            HumanTask.subject_id == request.id,
            TaskSigner.status == SignerStatus.APPROVED,
            TaskSigner.closed_at >= request.submitted_at,
        )
        .order_by(TaskSigner.closed_at)
        .limit(1)
    ).first()
    if first is not None:
        raise Conflict(
            "{person} has approved request {number}. In your company it can be withdrawn only before that: ask for it "
            "to be returned.",
            code="request.approved_by_one",
            person=first.name,
            number=request.number or request.id,
        )


def _too_late(request: InvoiceRequest) -> Conflict:
    """The refusal of a withdrawal, with who decided the request, and when, if somebody has."""
    about = HumanTask.subject_kind == KIND, HumanTask.subject_id == request.id
    wanted = select(HumanTask).where(*about, HumanTask.status == TaskStatus.DONE).order_by(HumanTask.closed_at.desc())
    code, number = "request.not_withdrawable", request.number or request.id
    last = db.session.scalars(wanted.limit(1)).first()
    if last is None or request.approval not in _DECIDED:
        return Conflict(
            "Request {number} is no longer in approval, so it cannot be withdrawn.", code=code, number=number
        )
    return Conflict(
        "{person} handled request {number} ({outcome}) at {time}. It is no longer in approval, so it cannot be "
        "withdrawn.",
        code=code,
        number=number,
        **processes.closing_of(last),
    )


@command(Permission.PROCESS_RUN)
def mark_approved(actor: Actor, *, request_id: int) -> None:
    """Every step of the chain has approved. Called by diagrams."""
    request = _subject(request_id)
    request.move_to(Approval.APPROVED)
    request.decided_at = utc_now()
    audit.record(actor, "request.approved", f"request:{request.id}")
    _tell_applicant(request, "request.approved")


@command(Permission.PROCESS_RUN)
def mark_returned(actor: Actor, *, request_id: int, comment: str) -> None:
    """An approver, or finance, sends the request back to be mended. Called by diagrams."""
    request = _subject(request_id)
    request.move_to(Approval.RETURNED)
    audit.record(actor, "request.returned", f"request:{request.id}", comment=comment)
    _tell_applicant(request, "request.returned", comment=comment)


@command(Permission.PROCESS_RUN)
def mark_reopened(actor: Actor, *, request_id: int) -> None:
    """An approved request goes back into its approval: finance sent it back, or an approval was taken back."""
    request = _subject(request_id)
    request.move_to(Approval.IN_APPROVAL)
    request.decided_at = None
    audit.record(actor, "request.reopened", f"request:{request.id}")


@command(Permission.PROCESS_RUN)
def mark_rejected(actor: Actor, *, request_id: int, comment: str) -> None:
    """The request has been refused for good. Called by diagrams."""
    request = _subject(request_id)
    request.move_to(Approval.REJECTED)
    request.decided_at = utc_now()
    audit.record(actor, "request.rejected", f"request:{request.id}", comment=comment)
    _tell_applicant(request, "request.rejected", comment=comment)


@query(Permission.PROCESS_RUN)
def read_facts(actor: Actor, *, request_id: int) -> dict[str, Any]:
    """What the decision needs to know, after the applicant may have changed it. Called by diagrams."""
    return facts(_subject(request_id))


@command(Permission.PROCESS_RUN)
def escalate(actor: Actor, *, request_id: int) -> None:
    """Approval has taken days: tell the applicant, so that they can ask. Called by diagrams, on a timer."""
    request = _subject(request_id)
    _tell_applicant(request, "request.waiting_long")


@command(Permission.PROCESS_RUN)
def tell_issued(actor: Actor, *, request_id: int, invoice_number: str) -> None:
    """Tell the applicant that the invoice is there. Called by diagrams."""
    _tell_applicant(_subject(request_id), "request.issued", invoice_number=invoice_number)


def _subject(request_id: int) -> InvoiceRequest:
    return db.session.get_one(InvoiceRequest, request_id)


def _tell_applicant(request: InvoiceRequest, topic: str, **fields: str) -> None:
    notices.notify(
        request.company_id,
        [request.applicant_id],
        topic,
        f"{KIND}:{request.id}",
        key=f"{topic}:{request.id}:{request.revision}",
        number=request.number or "",
        **fields,
    )


def _finish_revision(actor: Actor, request: InvoiceRequest) -> None:
    task = db.session.scalars(
        select(HumanTask).where(
            HumanTask.subject_kind == KIND,
            HumanTask.subject_id == request.id,
            HumanTask.status == TaskStatus.OPEN,
            HumanTask.form_key == REVISION_FORM,
        )
    ).one()
    processes.complete_task(actor.as_process(), task=task, answer={"comment": ""}, outcome="resubmit")
