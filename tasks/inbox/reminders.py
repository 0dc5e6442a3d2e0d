"""What the clock does about tasks: tell of new ones, remind of late ones."""

from __future__ import annotations

from models.access import Actor, Permission
from models.db import db, utc_now
from models.processes import HumanTask, TaskStatus
from tasks import requests
from tasks.boundary import command
from tasks.inbox.reading import task_rows


@command(Permission.CLOCK_RUN)
def remind_overdue(actor: Actor) -> int:
    """Remind whoever an overdue task waits for, once per task. Returns how many tasks were reminded of."""
    overdue = db.session.execute(
        task_rows()
        .where(HumanTask.status == TaskStatus.OPEN, HumanTask.due_at < utc_now(), HumanTask.reminded_at.is_(None))
        .order_by(HumanTask.id)
        .limit(200)
        .with_for_update(of=HumanTask, skip_locked=True)
    ).all()
    for task, request in overdue:
        task.reminded_at = utc_now()
        requests.tell_asked(task, request, "task.overdue")
    return len(overdue)


@command(Permission.CLOCK_RUN)
def announce_new(actor: Actor) -> int:
    """Tell whoever a task waits for that has come by itself: by a timer, a message, a step that was helped along.

    Where a person moves a request on, they are told in that very transaction. Returns how many requests it was about.
    """
    wanted = task_rows().where(HumanTask.status == TaskStatus.OPEN, HumanTask.announced_at.is_(None)).limit(200)
    found = {request.id: request for _task, request in db.session.execute(wanted)}
    for request in found.values():
        requests.announce_tasks(request)
    return len(found)
