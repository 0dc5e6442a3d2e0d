"""Timers of diagrams: wake what is due, and let no broken instance keep others waiting."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select

from engine.runtime.incidents import describe
from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import Conflict
from models.processes import IncidentState, InstanceStatus, ProcessIncident, ProcessInstance, ProcessWait
from tasks.boundary import command, job, query, separate
from tasks.processes.alarm import raise_alarm
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.definitions import loaded
from tasks.processes.locking import lock_instance
from tasks.processes.rows import open_incidents, record_outcome

_log = logging.getLogger(__name__)
# After this many failures a broken instance is left alone until a person looks at it.
MAX_ATTEMPTS = 5
_BATCH = 500


@job
def wake_due(actor: Actor) -> int:
    """Fire every BPMN timer that is due, each instance in a transaction of its own. Returns how many were woken.

    A step that fails is an incident of its instance. An instance that cannot be woken at all is tried again later, and
    after some failures becomes an incident, so that it never keeps others waiting.
    """
    with separate():
        due = due_instances(actor)
    woken = 0
    for company_id, instance_id in due:
        at_company = actor.at(company_id)
        try:
            with separate():
                wake_instance(at_company, instance_id=instance_id)
            woken += 1
        except Conflict as error:
            if error.code != "stale":  # else somebody moved it on meanwhile: look at it again next time
                _fail(at_company, instance_id, error)
        except Exception as error:  # whatever is wrong with one instance, the others must be woken
            _fail(at_company, instance_id, error)
    return woken


def _fail(actor: Actor, instance_id: int, error: Exception) -> None:
    _log.error("instance %s could not be woken", instance_id, exc_info=error)
    with separate():
        put_off(actor, instance_id=instance_id, error=error)


@query(Permission.CLOCK_RUN)
def due_instances(actor: Actor) -> Sequence[tuple[int, int]]:
    """Company and id of every running instance with a due timer, longest due first."""
    now = utc_now()
    due_at = func.min(ProcessWait.due_at)
    rows = db.session.execute(
        select(ProcessWait.company_id, ProcessWait.instance_id)
        .join(ProcessInstance)
        .where(
            ProcessWait.due_at <= now,
            ProcessInstance.status == InstanceStatus.RUNNING,
            ~exists().where(
                _cannot_be_woken(), or_(ProcessIncident.retry_at.is_(None), ProcessIncident.retry_at > now)
            ),
        )
        .group_by(ProcessWait.company_id, ProcessWait.instance_id)
        .order_by(due_at)
        .limit(_BATCH)
    )
    return [(company_id, instance_id) for company_id, instance_id in rows]


@command(Permission.CLOCK_RUN)
def wake_instance(actor: Actor, *, instance_id: int) -> None:
    """Fire the due timers of one instance. Does nothing when another process was faster."""
    instance = lock_instance(instance_id)
    now = utc_now()
    if instance.status is not InstanceStatus.RUNNING or not any(
        wait.due_at is not None and wait.due_at <= now for wait in instance.waits
    ):
        return
    with translated():
        outcome = ENGINE.wake(loaded(instance.definition), instance.state, context=actor.as_process(), now=now)
    record_outcome(actor, instance, outcome, now)


@command(Permission.CLOCK_RUN)
def put_off(actor: Actor, *, instance_id: int, error: Exception) -> None:
    """Try a failed instance again after 1, 2, 4 … minutes; after the last attempt leave it to a person."""
    instance = lock_instance(instance_id)
    if instance.status is not InstanceStatus.RUNNING:
        return  # ended in the meantime
    incident = open_incidents(instance).get("")
    if incident is None:
        incident = ProcessIncident(instance=instance, attempts=0, code="", message="")
        db.session.add(incident)
    incident.code, incident.message, incident.fields = describe(error)
    incident.attempts += 1
    incident.retry_at = None
    if incident.attempts < MAX_ATTEMPTS:
        incident.retry_at = utc_now() + timedelta(minutes=2 ** (incident.attempts - 1))
    else:
        raise_alarm(actor, incident)


def _cannot_be_woken() -> ColumnElement[bool]:
    return (
        (ProcessIncident.instance_id == ProcessWait.instance_id)
        & (ProcessIncident.state == IncidentState.OPEN)
        & (ProcessIncident.engine_task_id == "")
    )
