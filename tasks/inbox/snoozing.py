"""Putting a task off till later: it leaves the open ones and their counters until then."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import Select, delete, select

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import Invalid, NotAllowed
from models.inbox import TaskSnooze
from tasks import calendars, processes
from tasks.boundary import command, query
from tasks.inbox.deciding import refuse_closed
from tasks.inbox.reading import get_task, is_asked
from tasks.requests.drafts import person

# "hours" is three of them; the others begin with working time, by the calendar of the company.
SNOOZES = ("hours", "tomorrow", "week")
_HOURS = timedelta(hours=3)


@command(Permission.TASK_DECIDE)
def snooze(actor: Actor, *, task_id: int, until: str) -> datetime:
    """Put off a task that waits for the actor until one of `SNOOZES`; returns when it comes back.

    Nobody else's inbox changes, nor when it is due. Raises `NotAllowed` and `Conflict` as deciding does.
    """
    if until not in SNOOZES:
        raise Invalid("Choose until when.", code="snooze.until", field="until")
    processes.lock_task(task_id)
    row = get_task(actor, task_id)
    refuse_closed(row.task)
    if not is_asked(actor, row.task):
        raise NotAllowed("This task does not wait for you.", code="task.not_asked")
    moment = _moment(row.task.company_id, until)
    found = db.session.scalars(_mine(actor, task_id)).one_or_none()
    if found is None:
        found = TaskSnooze(task_id=task_id, user_id=person(actor))
        db.session.add(found)
    found.until = moment
    return moment


@command(Permission.TASK_DECIDE)
def wake(actor: Actor, *, task_id: int) -> None:
    """Bring back a task that the actor had put off. Nothing to do when they had not."""
    db.session.execute(delete(TaskSnooze).where(TaskSnooze.task_id == task_id, TaskSnooze.user_id == actor.user_id))


@query(Permission.TASK_READ)
def snoozed_until(actor: Actor, task_id: int) -> datetime | None:
    """Until when the actor has put off a task; None when they have not, or when it is over."""
    found = db.session.scalars(_mine(actor, task_id).where(TaskSnooze.until > utc_now())).one_or_none()
    return found.until if found else None


def _mine(actor: Actor, task_id: int) -> Select[TaskSnooze]:
    return select(TaskSnooze).where(TaskSnooze.task_id == task_id, TaskSnooze.user_id == actor.user_id)


def _moment(company_id: int, until: str) -> datetime:
    now = utc_now()
    if until == "hours":
        return now + _HOURS
    calendar = calendars.load(company_id)
    today = now.astimezone(calendar.zone).date()
    days = 1 if until == "tomorrow" else 7 - today.weekday()
    return calendar.next_opening(datetime.combine(today + timedelta(days=days), time(), calendar.zone))
