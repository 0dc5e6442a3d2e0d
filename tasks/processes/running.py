"""Instances: start, answer, cancel; the rows follow what the engine says."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from engine.errors import EngineError
from engine.feel import to_json
from engine.process import OpenTask, Outcome
from models.access import Actor, Permission
from models.db import db, utc_now
from models.processes import (
    HumanTask,
    InstanceStatus,
    ProcessInstance,
    ProcessStep,
    TaskCandidate,
    TaskStatus,
)
from tasks.boundary import command, query
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.definitions import latest, loaded

_log = logging.getLogger(__name__)

DEFAULT_DUE_HOURS = 24


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
    return record_outcome(instance, outcome, now)


@command(Permission.PROCESS_RUN)
def complete_task(actor: Actor, *, task: HumanTask, answer: Mapping[str, Any], outcome: str) -> ProcessInstance:
    """Give a person's `answer` to the diagram and run to its next wait. Raises `Conflict` if it was answered before."""
    instance, now = task.instance, utc_now()
    task.close(TaskStatus.DONE, by=actor.user_id, outcome=outcome, at=now)
    with translated():
        result = ENGINE.complete(
            loaded(instance.definition), instance.state, task.engine_task_id, answer, context=actor, now=now
        )
    return record_outcome(instance, result, now)


@command(Permission.PROCESS_RUN)
def cancel_process(actor: Actor, *, subject: tuple[str, int]) -> None:
    """End the running instance about `subject`; its open tasks leave the inboxes. Does nothing when there is none."""
    instance = find_running(actor, subject=subject)
    if instance is None:
        return
    now = utc_now()
    instance.status, instance.ended_at, instance.wake_at = InstanceStatus.CANCELLED, now, None
    for task in instance.tasks:
        if task.status is TaskStatus.OPEN:
            task.close(TaskStatus.CANCELLED, by=actor.user_id, outcome="cancelled", at=now)
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


def record_outcome(instance: ProcessInstance, outcome: Outcome, now: datetime) -> ProcessInstance:
    """Bring the rows in line with the outcome: tasks that are gone are closed, new ones appear, others stay."""
    instance.state = outcome.state
    instance.wake_at = min((timer.due_at for timer in outcome.timers), default=None)
    if outcome.is_complete:
        instance.status, instance.ended_at = InstanceStatus.COMPLETED, now
    db.session.add_all(
        ProcessStep(
            instance_id=instance.id,
            element_id=step.element_id,
            kind=step.kind,
            title=step.title,
            event=step.event,
            detail=to_json(dict(step.detail)) if step.detail else None,
            at=now,
        )
        for step in outcome.steps
    )
    open_now = {task.id: task for task in outcome.open_tasks}
    for row in instance.tasks:
        known = open_now.pop(row.engine_task_id, None)
        if known is None and row.status is TaskStatus.OPEN:
            row.close(TaskStatus.CANCELLED, by=None, outcome="cancelled", at=now)
    instance.tasks += [_human_task(instance, task, now) for task in open_now.values()]
    db.session.flush()
    return instance


def _human_task(instance: ProcessInstance, task: OpenTask, now: datetime) -> HumanTask:
    hours = int(task.properties.get("due_hours") or DEFAULT_DUE_HOURS)
    return HumanTask(
        subject_kind=instance.subject_kind,
        subject_id=instance.subject_id,
        engine_task_id=task.id,
        element_id=task.element_id,
        title=task.title,
        title_zh=task.title_zh,
        form_key=task.form_key,
        fields=sorted(task.fields),
        role=str(task.properties.get("role") or ""),
        created_at=now,
        due_at=now + timedelta(hours=hours),
        candidates=[TaskCandidate(user_id=int(person)) for person in task.candidates or ()],
    )
