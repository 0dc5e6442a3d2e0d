"""Timers of diagrams: wake what is due, and let no broken instance keep others waiting."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from models.access import Actor, Permission
from models.db import db, utc_now
from models.processes import InstanceStatus, ProcessInstance
from tasks.boundary import command, job, query, separate
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.definitions import loaded
from tasks.processes.running import record_outcome

_log = logging.getLogger(__name__)
# After this many failures a broken instance is left alone until a person looks at it; others are never kept waiting.
MAX_WAKE_FAILURES = 5


@job
def wake_due(actor: Actor) -> int:
    """Fire every BPMN timer that is due, each instance in a transaction of its own. Returns how many were woken.

    An instance that fails is put off, and left alone after some failures, so that it never keeps others waiting.
    """
    with separate():
        due = due_instances(actor)
    woken = 0
    for company_id, instance_id in due:
        at_company = actor.at(company_id)
        with separate():
            try:
                wake_instance(at_company, instance_id=instance_id)
                woken += 1
                continue
            except Exception as error:  # whatever is wrong with one instance, the others must be woken
                _log.exception("instance %s could not be woken", instance_id)
                failure = f"{type(error).__name__}: {error}"
        with separate():
            put_off(at_company, instance_id=instance_id, error=failure)
    return woken


@query(Permission.CLOCK_RUN)
def due_instances(actor: Actor) -> Sequence[tuple[int, int]]:
    """Company and id of every running instance with a due timer, longest due first."""
    rows = db.session.execute(
        select(ProcessInstance.company_id, ProcessInstance.id)
        .where(
            ProcessInstance.wake_at <= utc_now(),
            ProcessInstance.status == InstanceStatus.RUNNING,
            ProcessInstance.wake_failures < MAX_WAKE_FAILURES,
        )
        .order_by(ProcessInstance.wake_at)
        .limit(500)
    )
    return [(company_id, instance_id) for company_id, instance_id in rows]


@command(Permission.CLOCK_RUN)
def wake_instance(actor: Actor, *, instance_id: int) -> None:
    """Fire the due timers of one instance. Does nothing when another process was faster."""
    instance = db.session.get_one(ProcessInstance, instance_id, with_for_update=True)
    now = utc_now()
    if instance.status is not InstanceStatus.RUNNING or instance.wake_at is None or instance.wake_at > now:
        return
    with translated():
        outcome = ENGINE.wake(loaded(instance.definition), instance.state, context=actor.as_process(), now=now)
    instance.wake_failures, instance.error = 0, ""
    record_outcome(instance, outcome, now)


@command(Permission.CLOCK_RUN)
def put_off(actor: Actor, *, instance_id: int, error: str) -> None:
    """Try a failed instance again later: after 1, 2, 4 … minutes."""
    instance = db.session.get_one(ProcessInstance, instance_id)
    instance.wake_failures += 1
    instance.error = error
    instance.wake_at = utc_now() + timedelta(minutes=2 ** (instance.wake_failures - 1))
