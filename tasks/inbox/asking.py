"""Whom a signer may bring into a task, and telling them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from sqlalchemy import select

from models.access import Actor, Permission, can
from models.accounts import Membership, User
from models.db import db
from models.errors import Invalid
from models.processes import HumanTask, TaskSigner
from models.requests import InvoiceRequest
from models.signing import addressees
from tasks import notices


def check_person(actor: Actor, task: HumanTask, request: InvoiceRequest, user_id: int) -> Membership:
    """The member who is to be asked. Raises `Invalid`, saying why it cannot be them."""
    member = db.session.scalars(
        select(Membership)
        .join(Membership.user)
        .where(
            Membership.company_id == actor.company_id,
            Membership.user_id == user_id,
            Membership.is_active,
            User.is_active,
        )
    ).one_or_none()
    if member is None:
        raise Invalid("Choose a person who is active in this company.", code="task.person", field="user_id")
    if user_id == request.applicant_id:
        raise Invalid(
            "{person} made this request and cannot approve it. Choose somebody else.",
            code="task.applicant",
            field="user_id",
            person=member.user.name,
        )
    if not can(member.as_actor(), Permission.TASK_DECIDE):
        raise Invalid(
            "{person} has no role that decides tasks. Choose somebody else, or ask an administrator.",
            code="task.no_role",
            field="user_id",
            person=member.user.name,
        )
    if any(signer.user_id == user_id and signer.is_pending for signer in task.signers):
        raise Invalid(
            "{person} is already asked in this step.",
            code="task.already_asked",
            field="user_id",
            person=member.user.name,
        )
    return member


def tell_signers(
    task: HumanTask, request: InvoiceRequest, signers: Iterable[TaskSigner], topic: str = "task.open"
) -> None:
    """A notice to each of the signers who have just been asked."""
    people, outsiders = addressees(signers)
    if people or outsiders:
        tell(request, people, topic, f"task:{task.id}", outsiders=outsiders)


def tell(
    request: InvoiceRequest,
    people: Iterable[int],
    topic: str,
    subject: str,
    *,
    outsiders: Iterable[str] = (),
    **fields: str,
) -> None:
    """A notice about `request` to `people`, because somebody has just done something: no two are the same."""
    notices.notify(
        request.company_id,
        list(people),
        topic,
        subject,
        key=f"{topic}:{uuid4().hex}",
        outsiders=outsiders,
        number=request.number or "",
        customer=request.customer.name if request.customer else "",
        amount=f"{request.gross:,.2f}",
        **fields,
    )
