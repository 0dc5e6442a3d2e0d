"""Tell people that a task about a request waits for them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

from models.db import db, utc_now
from models.inbox import CarbonCopy
from models.processes import HumanTask, SignerStatus, TaskStatus
from models.requests import InvoiceRequest
from models.signing import addressees
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
        copies = (task.step or {}).get("copies")
        if copies:
            _send_copies(task, request, copies)


def _send_copies(task: HumanTask, request: InvoiceRequest, people: Sequence[int]) -> None:
    """Whom the step of a chain names gets a copy as it opens (抄送), once per request."""
    about = (CarbonCopy.subject_kind == KIND, CarbonCopy.subject_id == request.id)
    told = {request.applicant_id, *db.session.scalars(select(CarbonCopy.user_id).where(*about))}
    new = [person for person in people if person not in told]
    db.session.add_all(CarbonCopy(subject_kind=KIND, subject_id=request.id, user_id=person) for person in new)
    if new:
        _tell(task, request, "task.copied", new, person=task.title, person_zh=task.title_zh or task.title)


def tell_asked(task: HumanTask, request: InvoiceRequest, topic: str) -> None:
    """A notice on `topic` to everybody who may answer `task`."""
    people, outsiders = addressees(signer for signer in task.signers if signer.status is SignerStatus.OPEN)
    _tell(task, request, topic, people, role=task.role, outsiders=outsiders)


def _tell(
    task: HumanTask,
    request: InvoiceRequest,
    topic: str,
    people: Sequence[int],
    *,
    role: str = "",
    outsiders: Sequence[str] = (),
    **more: str,
) -> None:
    notices.notify(
        task.company_id,
        people,
        topic,
        f"task:{task.id}",
        key=f"{topic}:{task.id}",
        role=role,
        outsiders=outsiders,
        number=request.number or "",
        customer=request.customer.name if request.customer else "",
        amount=f"{request.gross:,.2f}",
        **more,
    )
