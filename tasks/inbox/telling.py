"""Letting others know about a request: copies, comments with mentions, urging who keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, select

from models.access import Actor, Permission
from models.accounts import Membership, User
from models.db import db, utc_now
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.inbox import CarbonCopy
from models.processes import HumanTask, SignerStatus, TaskStatus
from models.requests import InvoiceRequest
from models.signing import addressees
from tasks import audit, processes, requests
from tasks.boundary import command, query
from tasks.inbox.asking import tell
from tasks.inbox.deciding import check_comment

# Who waits may urge, but not every minute.
URGE_AGAIN_AFTER = timedelta(hours=2)
MOST_COPIES = 50


@command(Permission.TASK_DECIDE)
def copy_to(actor: Actor, *, request_id: int, user_ids: Sequence[int], comment: str = "") -> int:
    """Let people of the company see a request and tell them (抄送). Returns how many had not been told before."""
    request = _lock_request(actor, request_id)
    check_comment(comment)
    people = _members(actor, user_ids)
    told = set(db.session.scalars(select(CarbonCopy.user_id).where(_about(request))))
    new = [person for person in people if person not in told]
    db.session.add_all(
        CarbonCopy(
            subject_kind=requests.KIND, subject_id=request.id, user_id=person, by_id=actor.user_id, comment=comment
        )
        for person in new
    )
    if new:
        requests.note(actor, request, "copy", comment=comment)
        audit.record(actor, "request.copy", f"request:{request.id}", people=new)
        _tell(request, new, "task.copied", actor, comment)
    return len(new)


@command(Permission.TASK_DECIDE)
def comment_on(
    actor: Actor, *, request_id: int, text: str = "", mentions: Sequence[int] = (), files: Sequence[int] = ()
) -> None:
    """Say something about a request that decides nothing; who is mentioned is told and may see the request.

    `files` are ids of `requests.add_upload`; with any, there need be no text.
    """
    request = _lock_request(actor, request_id)
    text = text.strip()
    if not text and not files:
        raise Invalid("Write a comment first, or attach a file.", code="comment.empty", field="text")
    check_comment(text)
    people = _members(actor, mentions) if mentions else []
    taken = requests.take_uploads(actor, request, files)
    requests.note(actor, request, "comment", comment=text, files=taken)
    audit.record(
        actor, "request.comment", f"request:{request.id}", people=people, files=[asdict(file) for file in taken]
    )
    known = set(db.session.scalars(select(CarbonCopy.user_id).where(_about(request))))
    db.session.add_all(
        CarbonCopy(subject_kind=requests.KIND, subject_id=request.id, user_id=person, by_id=actor.user_id)
        for person in people
        if person not in known
    )
    said = text or ", ".join(file.name for file in taken)
    _tell(request, [person for person in people if person != actor.user_id], "task.mentioned", actor, said)


@command(Permission.TASK_DECIDE)
def urge(actor: Actor, *, request_id: int) -> int:
    """Remind whoever keeps one's request (催办). Returns how many were told.

    Raises `Conflict` when nobody keeps it, or when they were urged less than two hours ago.
    """
    request = _lock_request(actor, request_id)
    if request.applicant_id != actor.user_id:
        raise NotAllowed("Only who made a request can urge its approvers.", code="request.not_yours")
    tasks = db.session.scalars(
        select(HumanTask).where(
            HumanTask.subject_kind == requests.KIND,
            HumanTask.subject_id == request.id,
            HumanTask.status == TaskStatus.OPEN,
        )
    ).all()
    waiting = [(task, *addressees(s for s in task.signers if s.status is SignerStatus.OPEN)) for task in tasks]
    people = {person for _task, users, _mails in waiting for person in users} - {actor.user_id}
    outsiders = {mail for _task, _users, mails in waiting for mail in mails}
    roles = {task.role for task in tasks if task.role}
    if not people and not roles and not outsiders:
        raise Conflict("Nobody keeps this request at the moment.", code="urge.nobody")
    now = utc_now()
    latest = max((task.urged_at for task in tasks if task.urged_at is not None), default=None)
    if latest is not None and now < latest + URGE_AGAIN_AFTER:
        minutes = int((latest + URGE_AGAIN_AFTER - now).total_seconds() // 60) + 1
        raise Conflict(
            "They were urged a short while ago. Try again in {minutes} minutes.", code="urge.soon", minutes=minutes
        )
    for task, users, mails in waiting:
        task.urged_at = now
        if users or mails or task.role:
            about = f"task:{task.id}"
            _tell(request, users, "task.urged", actor, "", outsiders=mails, subject=about, role=task.role)
    requests.note(actor, request, "urge")
    audit.record(actor, "request.urge", f"request:{request.id}", people=sorted(people), outsiders=sorted(outsiders))
    return len(people) + len(outsiders)


@command(Permission.REQUEST_READ)
def read_copy(actor: Actor, *, request_id: int) -> None:
    """Note that the actor has read a request that they got a copy of. Nothing to do when they got none."""
    copy = db.session.scalars(
        select(CarbonCopy).where(
            CarbonCopy.subject_kind == requests.KIND,
            CarbonCopy.subject_id == request_id,
            CarbonCopy.user_id == actor.user_id,
            CarbonCopy.read_at.is_(None),
        )
    ).one_or_none()
    if copy is not None:
        copy.read_at = utc_now()


@query(Permission.REQUEST_READ)
def list_copies(actor: Actor, request_id: int) -> Sequence[CarbonCopy]:
    """Who got a copy of a request, and who has read it, first first. Raises `NotFound`."""
    request = requests.get_request(actor, request_id)
    return db.session.scalars(select(CarbonCopy).where(_about(request)).order_by(CarbonCopy.id)).all()


def _lock_request(actor: Actor, request_id: int) -> InvoiceRequest:
    """A request of which nobody else tells anybody meanwhile: behind the lock of its flow, else of its own."""
    if processes.lock_about((requests.KIND, request_id)) is None:
        db.session.execute(select(InvoiceRequest.id).where(InvoiceRequest.id == request_id).with_for_update())
    return requests.get_request(actor, request_id)


def _about(request: InvoiceRequest) -> ColumnElement[bool]:
    return and_(CarbonCopy.subject_kind == requests.KIND, CarbonCopy.subject_id == request.id)


def _members(actor: Actor, user_ids: Sequence[int]) -> list[int]:
    wanted = list(dict.fromkeys(user_ids))
    if not wanted or len(wanted) > MOST_COPIES:
        raise Invalid("Choose between one and {limit} people.", code="copy.people", field="user_ids", limit=MOST_COPIES)
    known = set(
        db.session.scalars(
            select(Membership.user_id)
            .join(Membership.user)
            .where(
                Membership.company_id == actor.company_id,
                Membership.user_id.in_(wanted),
                Membership.is_active,
                User.is_active,
            )
        )
    )
    if known != set(wanted):
        raise NotFound("Choose people who are active in this company.", code="copy.person")
    return wanted


def _tell(
    request: InvoiceRequest,
    people: Sequence[int],
    topic: str,
    actor: Actor,
    comment: str,
    *,
    outsiders: Sequence[str] = (),
    **more: str,
) -> None:
    person = db.session.get(User, actor.user_id) if actor.user_id else None
    more.setdefault("subject", f"request:{request.id}")
    tell(request, people, topic, person=person.name if person else "", comment=comment, outsiders=outsiders, **more)
