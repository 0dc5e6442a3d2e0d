"""Tell people that a task about a request waits for them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from models.db import db, utc_now
from models.processes import HumanTask, SignerStatus, TaskStatus
from models.requests import InvoiceRequest
from tasks import notices
from tasks.requests.reading import KIND

# The applicant learns of a returned request by a notice of its own, with the reason.
_SILENT_FORMS = frozenset({"revision"})


def announce_tasks(request: InvoiceRequest) -> None:
    """Tell whoever the new tasks about `request` wait for, once per task. Called where a process has just moved on."""
    new = db.session.scalars(
        select(HumanTask).where(
            HumanTask.subject_kind == KIND,
            HumanTask.subject_id == request.id,
            HumanTask.status == TaskStatus.OPEN,
            HumanTask.announced_at.is_(None),
        )
    ).all()
    for task in new:
        task.announced_at = utc_now()
    tell_new(new, request)


def tell_new(tasks: Iterable[HumanTask], request: InvoiceRequest) -> None:
    """Tell whoever `tasks` about `request` wait for, which are new and were made as announced."""
    for task in tasks:
        if task.form_key not in _SILENT_FORMS:
            tell_asked(task, request, "task.open")


def tell_asked(task: HumanTask, request: InvoiceRequest, topic: str) -> None:
    """A notice on `topic` to everybody who may answer `task`."""
    notices.notify(
        task.company_id,
        [signer.user_id for signer in task.signers if signer.status is SignerStatus.OPEN],
        topic,
        f"task:{task.id}",
        key=f"{topic}:{task.id}",
        role=task.role,
        number=request.number or "",
        customer=request.customer.name if request.customer else "",
        amount=f"{request.gross:,.2f}",
    )
