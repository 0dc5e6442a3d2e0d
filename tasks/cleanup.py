"""Once a day: rows that nobody needs any more are taken away, and the database looks at what it holds."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from models.access import Actor, Permission
from models.accounts import LoginThrottle, UserSession
from models.db import db, utc_now
from models.db import refresh_statistics as look_at_tables
from models.inbox import Upload
from models.jobs import FiredSlot, JobDone
from models.notices import MailLink, NoticeEvent
from tasks.boundary import command

# A session lasts twelve hours; its row is kept a while for the list of recent devices.
_SESSION = timedelta(days=30)
_THROTTLE = timedelta(days=2)
_DONE = timedelta(days=30)  # far longer than a job can wait, so that none is done twice
_SLOT = timedelta(days=400)
_NOTICE = timedelta(days=90)
_UPLOAD = timedelta(days=7)
_LINK = timedelta(days=30)  # till then a late reader is told why it does nothing


@command(Permission.CLOCK_RUN)
def remove_expired(_actor: Actor) -> None:
    """Delete old sessions, throttles, notes of work done, slots of the clock, events that were told, dead links, and
    files sent for comments that were never written."""
    now = utc_now()
    for expired in (
        delete(UserSession).where(UserSession.last_seen_at < now - _SESSION),
        delete(LoginThrottle).where(LoginThrottle.last_failure_at < now - _THROTTLE),
        delete(JobDone).where(JobDone.at < now - _DONE),
        delete(NoticeEvent).where(NoticeEvent.expanded_at < now - _NOTICE),
        delete(MailLink).where(MailLink.expires_at < now - _LINK),
        delete(Upload).where(Upload.at < now - _UPLOAD),
        delete(FiredSlot).where(FiredSlot.at < now - _SLOT),
    ):
        db.session.execute(expired)


@command(Permission.CLOCK_RUN)
def refresh_statistics(_actor: Actor) -> None:
    """Let the database look at what its tables hold, by which it plans. Also after much was written at once."""
    look_at_tables(db.session())
