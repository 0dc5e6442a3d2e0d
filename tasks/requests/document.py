"""A request as a document: everything that its page shows, for the applicant as for those who decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission, can
from models.chains.course import stage_at
from models.db import db
from models.errors import AppError, NotFound
from models.invoices import Invoice
from models.processes import HumanTask, ProcessInstance, SignerStatus, TaskAction, TaskSigner, TaskStatus
from models.requests import InvoiceRequest
from tasks import processes
from tasks.boundary import query
from tasks.processes import FlowState
from tasks.requests.checks import Check, check_request
from tasks.requests.reading import KIND, find_instance, names_of, preview_approvers_of, visible_to

_APPROVAL_FORM = "approval"


@dataclass(frozen=True)
class NextStep:
    """A decision that is waited for (`is_open`), or that comes after it.

    `people` are the names of those who may decide; a step that waits for a whole role names the `role` instead.
    `reason` says why it is these people, as in `models.chains.PlannedStep`; "" for a task that waits already.
    Steps that follow each other with the same `stage` are asked at the same time; None is a step alone.
    """

    title: str
    title_zh: str
    people: tuple[str, ...]
    role: str = ""
    due_at: datetime | None = None
    is_open: bool = False
    reason: str = ""
    stage: int | None = None


@dataclass(frozen=True)
class Document:
    """`instance` is the newest run of the flow, None for a draft; `tasks` are all its human tasks, oldest first.

    `is_stopped`: a step of the flow has failed, and somebody who keeps the flows must help.
    """

    request: InvoiceRequest
    checks: Sequence[Check]
    timeline: Sequence[TaskAction]
    instance: ProcessInstance | None
    tasks: Sequence[HumanTask]
    flow: FlowState
    is_stopped: bool
    next_steps: Sequence[NextStep]
    invoice: Invoice | None

    @property
    def edits(self) -> list[TaskAction]:
        """What approvers changed since the applicant submitted it last, oldest first."""
        submitted = [place for place, action in enumerate(self.timeline) if action.action in ("submit", "resubmit")]
        return [action for action in self.timeline[submitted[-1] :] if action.changes] if submitted else []

    @property
    def is_approved_by_one(self) -> bool:
        """Whether somebody has approved it since it was submitted last."""
        since = self.request.submitted_at
        signers = [signer for task in self.tasks for signer in task.signers if signer.status is SignerStatus.APPROVED]
        return any(since and signer.closed_at and signer.closed_at >= since for signer in signers)


@query(Permission.REQUEST_READ)
def read_document(actor: Actor, request_id: int) -> Document:
    """A request with all that belongs to it. Raises `NotFound`, also for what the actor may not see."""
    request = _read_request(actor, request_id)
    instance = _newest_run(request)
    tasks = instance.tasks if instance else []
    return Document(
        request=request,
        checks=check_request(actor, request),
        timeline=_timeline(request),
        instance=instance,
        tasks=tasks,
        flow=processes.flow_state(instance) if instance else FlowState(),
        is_stopped=instance is not None and processes.is_stopped(instance),
        next_steps=_running_steps(tasks, instance) if instance else _planned_steps(actor, request),
        invoice=_invoice(request),
    )


@query(Permission.REQUEST_READ)
def read_diagram(actor: Actor, request_id: int, *, language: str) -> bytes:
    """The diagram that a request runs in, or would run in now, with labels in `language`. Raises `NotFound`."""
    instance = find_instance(actor, request_id)
    definition = instance.definition if instance else processes.find_latest(actor, processes.REQUEST_PROCESS)
    if definition is None:
        raise NotFound("No flow has been published yet.", code="process.unpublished")
    return processes.picture(definition, language)


def _read_request(actor: Actor, request_id: int) -> InvoiceRequest:
    request = db.session.scalars(
        select(InvoiceRequest)
        .options(
            joinedload(InvoiceRequest.customer),
            joinedload(InvoiceRequest.header),
            joinedload(InvoiceRequest.applicant),
            selectinload(InvoiceRequest.lines),
            selectinload(InvoiceRequest.attachments),
        )
        .where(InvoiceRequest.id == request_id, visible_to(actor))
    ).one_or_none()
    if request is None:
        raise NotFound("There is no such request, or you may not see it.", code="request.not_found")
    return request


def _newest_run(request: InvoiceRequest) -> ProcessInstance | None:
    if request.submitted_at is None:
        return None
    return db.session.scalars(
        select(ProcessInstance)
        .options(
            joinedload(ProcessInstance.definition),
            selectinload(ProcessInstance.steps),
            selectinload(ProcessInstance.incidents),
            selectinload(ProcessInstance.tasks).options(
                joinedload(HumanTask.closed_by),
                selectinload(HumanTask.signers).joinedload(TaskSigner.user),
            ),
        )
        .where(ProcessInstance.subject_kind == KIND, ProcessInstance.subject_id == request.id)
        .order_by(ProcessInstance.id.desc())
        .limit(1)
    ).first()


def _timeline(request: InvoiceRequest) -> Sequence[TaskAction]:
    if request.submitted_at is None:
        return []
    return db.session.scalars(
        select(TaskAction)
        .options(joinedload(TaskAction.user), joinedload(TaskAction.about))
        .where(TaskAction.subject_kind == KIND, TaskAction.subject_id == request.id)
        .order_by(TaskAction.id)
    ).all()


def _invoice(request: InvoiceRequest) -> Invoice | None:
    if request.decided_at is None:
        return None
    return db.session.scalars(select(Invoice).where(Invoice.request_id == request.id)).one_or_none()


def _running_steps(tasks: Sequence[HumanTask], instance: ProcessInstance) -> list[NextStep]:
    waiting = [task for task in tasks if task.status is TaskStatus.OPEN]
    steps = [
        NextStep(
            title=task.title,
            title_zh=task.title_zh,
            people=tuple(
                signer.address or signer.name for signer in task.signers if signer.status is SignerStatus.OPEN
            ),
            role=task.role,
            due_at=task.due_at,
            is_open=True,
            stage=(task.step or {}).get("stage"),
        )
        for task in waiting
    ]
    if any(task.form_key == _APPROVAL_FORM for task in waiting):
        steps += _steps_after(processes.read_data(instance).get("chain"))
    return steps


def _steps_after(chain: Any) -> list[NextStep]:
    """The approvals still to come, as the flow last planned them, however the chain is changed since."""
    if not isinstance(chain, dict):
        return []
    back_to, open_now = chain.get("back_to"), stage_at(chain["steps"], int(chain["position"]))
    later = chain["steps"][open_now.stop if back_to is None else int(back_to) :]
    names = names_of(int(signer["user"]) for step in later for signer in step["signers"] if "user" in signer)
    return [
        NextStep(
            step["title"],
            step["title_zh"],
            tuple(_asked_later(signer, names) for signer in step["signers"]),
            role=str(step["reason_fields"].get("role", "")),
            reason=step["reason"],
            stage=step.get("stage"),
        )
        for step in later
    ]


def _asked_later(signer: Mapping[str, Any], names: Mapping[int, str]) -> str:
    outsider = signer.get("outsider")
    return f"{outsider['name']} <{outsider['mail']}>" if outsider else names.get(int(signer["user"]), "–")


def _planned_steps(actor: Actor, request: InvoiceRequest) -> list[NextStep]:
    """Who would be asked if the actor submitted the draft now; empty where nobody can be named."""
    if request.applicant_id != actor.user_id or not request.lines or not can(actor, Permission.REQUEST_SUBMIT):
        return []
    try:
        found = preview_approvers_of(actor, request)
    except AppError:  # the form says what is missing
        return []
    return [
        NextStep(
            title=step.title,
            title_zh=step.title_zh,
            people=tuple(
                signer.outsider.address if signer.outsider else found.names[signer.user_id or 0]
                for signer in step.signers
            ),
            reason=step.reason,
            role=step.role,
            stage=step.stage,
        )
        for step in found.steps
    ]
