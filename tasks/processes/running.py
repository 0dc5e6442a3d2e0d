"""Instances: start, answer, cancel, read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine.errors import EngineError
from models.access import Actor, Permission
from models.db import db, utc_now
from models.processes import HumanTask, IncidentState, InstanceStatus, ProcessInstance, TaskStatus
from tasks.boundary import command, query
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.definitions import latest, loaded
from tasks.processes.locking import lock_about, lock_answered, lock_instance
from tasks.processes.rows import open_incidents, record_outcome

_log = logging.getLogger(__name__)


@command(Permission.PROCESS_RUN)
def start_process(actor: Actor, *, key: str, subject: tuple[str, int], data: Mapping[str, Any]) -> ProcessInstance:
    """Start the newest version of process `key` about `subject` (kind, id) and run to its first wait."""
    newest = latest(actor, key)
    kind, subject_id = subject
    instance = ProcessInstance(definition=newest, subject_kind=kind, subject_id=subject_id, state="")
    db.session.add(instance)
    db.session.flush()
    now = utc_now()
    with translated():
        outcome = ENGINE.start(loaded(newest), data, context=actor, now=now)
    record_outcome(actor, instance, outcome, now)
    return instance


@command(Permission.PROCESS_RUN)
def complete_task(
    actor: Actor, *, task: HumanTask, answer: Mapping[str, Any], outcome: str, announced: bool = False
) -> list[HumanTask]:
    """Give a person's `answer` to the diagram and run to its next wait. Raises `Conflict` if it was answered before.

    Returns the tasks that are new, to be read only; with `announced` the caller tells whoever they wait for.

    The locks are those of `tasks/processes/locking.py`; reminders and notices change tasks without their instance.
    """
    now = utc_now()
    with db.session.no_autoflush:  # what the caller has written goes to the database with what the run changes
        instance = lock_instance(task.instance_id)
        lock_answered(task)
        task.close(TaskStatus.DONE, by=actor.user_id, outcome=outcome, at=now, outsider=actor.outsider)
    with translated():
        result = ENGINE.complete(
            loaded(instance.definition), instance.state, task.engine_task_id, answer, context=actor, now=now
        )
    return record_outcome(actor, instance, result, now, announced=announced)


@command(Permission.PROCESS_RUN)
def ask_again(actor: Actor, *, task: HumanTask, item: Any) -> HumanTask:
    """One more task for `item` of the repeated element of `task`, beside those that wait, instead of `task`.

    Raises `Conflict` where that element does not repeat any more.
    """
    now = utc_now()
    instance = lock_instance(task.instance_id)
    with translated():
        result = ENGINE.add_item(
            loaded(instance.definition), instance.state, task.element_id, item, context=actor, now=now
        )
    (new,) = record_outcome(actor, instance, result, now)
    task.status = TaskStatus.CANCELLED
    return db.session.get_one(HumanTask, new.id)


@command(Permission.PROCESS_RUN)
def cancel_process(actor: Actor, *, subject: tuple[str, int]) -> None:
    """End the running instance about `subject`; its open tasks leave the inboxes. Does nothing when there is none."""
    instance = lock_about(subject)
    if instance is None:
        return
    now = utc_now()
    instance.status, instance.ended_at = InstanceStatus.CANCELLED, now
    instance.waits = []
    for task in instance.tasks:
        if task.status is TaskStatus.OPEN:
            task.close(TaskStatus.CANCELLED, by=actor.user_id, outcome="cancelled", at=now)
    for incident in open_incidents(instance).values():
        incident.close(IncidentState.RESOLVED, by=actor.user_id, at=now)
    db.session.flush()


@query(Permission.PROCESS_RUN)
def find_running(actor: Actor, *, subject: tuple[str, int]) -> ProcessInstance | None:
    """The instance about `subject` that has not ended, or None."""
    kind, subject_id = subject
    return db.session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.subject_kind == kind,
            ProcessInstance.subject_id == subject_id,
            ProcessInstance.status == InstanceStatus.RUNNING,
        )
    ).one_or_none()


def read_data(instance: ProcessInstance) -> dict[str, Any]:
    """The variables of an instance; empty for one that has no readable state."""
    try:
        return ENGINE.read_data(loaded(instance.definition), instance.state)
    except EngineError:
        _log.warning("the state of instance %s cannot be read", instance.id)
        return {}
