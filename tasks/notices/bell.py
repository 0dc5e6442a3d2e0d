"""A person's own notes inside the product: read, count, mark as read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, update

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import NotFound
from models.notices import Notification
from tasks.boundary import command, query
from tasks.notices.topics import GROUPS, topics_of


@dataclass(frozen=True)
class Bell:
    """The newest notices of a person, and how many they have not read in all."""

    notices: Sequence[Notification]
    unread: int


@query(Permission.ACCOUNT_SELF)
def read_bell(actor: Actor, *, group: str = "", unread_only: bool = False, limit: int = 20) -> Bell:
    """The actor's own notices, newest first; of one `group` of topics unless it is empty."""
    wanted = select(Notification).where(_is_mine(actor)).order_by(Notification.id.desc()).limit(limit)
    if group:
        wanted = wanted.where(Notification.topic.in_(topics_of(group) if group in GROUPS else []))
    if unread_only:
        wanted = wanted.where(Notification.read_at.is_(None))
    return Bell(db.session.scalars(wanted).all(), count_unread(actor))


@query(Permission.ACCOUNT_SELF)
def count_unread(actor: Actor) -> int:
    """How many notices the actor has not read."""
    counted = select(func.count()).select_from(Notification).where(_is_mine(actor), Notification.read_at.is_(None))
    return db.session.scalar(counted) or 0


@command(Permission.ACCOUNT_SELF)
def open_notice(actor: Actor, *, notice_id: int) -> str:
    """Mark one notice of the actor as read; the subject it leads to. Raises `NotFound`."""
    notice = db.session.scalars(select(Notification).where(_is_mine(actor), Notification.id == notice_id)).one_or_none()
    if notice is None:
        raise NotFound("There is no such notice, or it is not yours.", code="notice.not_found")
    notice.read_at = notice.read_at or utc_now()
    return notice.subject


@command(Permission.ACCOUNT_SELF)
def mark_all_read(actor: Actor) -> None:
    """Empty the actor's bell."""
    unread = Notification.read_at.is_(None)
    db.session.execute(update(Notification).where(_is_mine(actor), unread).values(read_at=utc_now()))


def _is_mine(actor: Actor) -> ColumnElement[bool]:
    return Notification.user_id == actor.user_id
