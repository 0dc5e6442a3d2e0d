"""Who is told what. Rows only: the bell reads them, and the outbox delivers the mail after the commit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from models.access import Actor, Permission
from models.accounts import User
from models.db import db, utc_now
from models.language import N_
from models.notices import Notification, OutboxMessage
from tasks.boundary import command, query
from tasks.language import translate


@dataclass(frozen=True)
class Topic:
    """What a notice says: `title` in the bell and as the subject of the mail, `body` in the mail below it."""

    title: str
    body: str


_SEE = N_("Open it in Piaoflow to see the details and what to do next.")
TOPICS: dict[str, Topic] = {
    "task.open": Topic(N_("{number} waits for you: {customer}, {amount}"), _SEE),
    "task.overdue": Topic(N_("Overdue: {number} still waits for you ({customer}, {amount})"), _SEE),
    "request.returned": Topic(N_("{number} was returned to you: {comment}"), _SEE),
    "request.rejected": Topic(N_("{number} was rejected: {comment}"), _SEE),
    "request.approved": Topic(N_("{number} is approved and waits to be issued"), _SEE),
    "request.issued": Topic(N_("{number} is issued: invoice {invoice_number}"), _SEE),
    "flow.stopped": Topic(N_("A flow has stopped at “{step}” and waits for your help"), _SEE),
    "request.waiting_long": Topic(N_("{number} has waited for approval for days"), _SEE),
}


def notify(company_id: int, people: Iterable[int], topic: str, subject: str, *, key: str, **fields: str) -> None:
    """Tell `people` (user ids) about `subject`: a note each, and a mail each in their own language.

    `key` names the occasion; with the person's id it is the key of the mail, so a repeat is recognised.
    """
    wording = TOPICS[topic]
    for user in db.session.scalars(select(User).where(User.id.in_(set(people)), User.is_active)):
        db.session.add(
            Notification(company_id=company_id, user_id=user.id, topic=topic, fields=fields, subject=subject)
        )
        db.session.add(
            OutboxMessage(
                company_id=company_id,
                key=f"{key}:{user.id}",
                channel="mail",
                recipient=user.email,
                title=sentence(topic, fields, user.language),
                body=translate(wording.body, user.language),
            )
        )


@dataclass(frozen=True)
class Bell:
    """The newest notices of a person, and how many they have not read."""

    notices: Sequence[Notification]
    unread: int


@query(Permission.ACCOUNT_SELF)
def read_bell(actor: Actor, *, limit: int = 20) -> Bell:
    """The actor's own notices, newest first."""
    mine = Notification.user_id == actor.user_id
    notices = db.session.scalars(select(Notification).where(mine).order_by(Notification.id.desc()).limit(limit)).all()
    unread = db.session.scalar(
        select(func.count()).select_from(Notification).where(mine, Notification.read_at.is_(None))
    )
    return Bell(notices, unread or 0)


@query(Permission.ACCOUNT_SELF)
def count_unread(actor: Actor) -> int:
    """How many notices the actor has not read."""
    unread = Notification.read_at.is_(None)
    counted = select(func.count()).select_from(Notification).where(Notification.user_id == actor.user_id, unread)
    return db.session.scalar(counted) or 0


@command(Permission.ACCOUNT_SELF)
def mark_all_read(actor: Actor) -> None:
    """Empty the actor's bell."""
    db.session.execute(
        update(Notification)
        .where(Notification.user_id == actor.user_id, Notification.read_at.is_(None))
        .values(read_at=utc_now())
    )


def sentence(topic: str, fields: dict[str, Any], language: str) -> str:
    """What a notice says, for a reader of `language`."""
    twins = {name: fields.get(f"{name}_zh") or value for name, value in fields.items()} if language == "zh" else fields
    return translate(TOPICS[topic].title, language, **twins)
