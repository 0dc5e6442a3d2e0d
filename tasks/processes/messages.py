"""Messages and signals between instances: a message reaches the one that waits longest, a signal all that wait."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import Select, select

from engine.bpmn.events.thrown import key_text
from engine.runtime.values import from_text
from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import Conflict
from models.processes import InstanceStatus, ProcessInstance, ProcessWait, WaitKind
from tasks.boundary import command
from tasks.jobs import enqueue
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.definitions import loaded
from tasks.processes.locking import lock_instance
from tasks.processes.rows import record_outcome

_log = logging.getLogger(__name__)
SIGNAL = "process.signal"


@command(Permission.PROCESS_RUN)
def deliver_message(
    actor: Actor, *, name: str, payload: Mapping[str, Any], correlation: Mapping[str, Any] | None = None
) -> ProcessInstance:
    """Hand a message to the instance that has waited longest for its name and correlation.

    Raises `Conflict` when none waits, and `Invalid` for a payload that its event does not take.
    """
    wait = _longest_waiting(name, correlation)
    if wait is None:
        raise Conflict("No flow waits for the message “{name}”.", code="message.not_expected", name=name)
    return _deliver(actor, wait.instance, "message", name, payload, correlation)


@command(Permission.PROCESS_RUN)
def deliver_sent(actor: Actor, job: Mapping[str, Any]) -> None:
    """Deliver what an instance has thrown: a message here, a signal by a job for each receiver, so that one that fails
    keeps it from no other. A message that nobody waits for is lost.
    """
    if job["kind"] == "signal":
        for instance_id in db.session.scalars(_signalled(job["name"], besides=job["sender"])):
            key = f"{job['key']}:{instance_id}"
            enqueue(SIGNAL, {**job, "receiver": instance_id}, key=key, company_id=actor.company_id)
        return
    correlation = from_text(job["correlation"].encode())
    wait = _longest_waiting(job["name"], correlation)
    if wait is None:
        _log.info("nobody waits for the message %r of instance %s", job["name"], job["sender"])
        return
    payload = from_text(job["payload"].encode())
    taken = {name: payload[name] for name in _fields(wait) if name in payload}
    _deliver(actor, wait.instance, "message", job["name"], taken, correlation)


@command(Permission.PROCESS_RUN)
def deliver_signal(actor: Actor, job: Mapping[str, Any]) -> None:
    """Give a signal to one of the instances that waited for it, if it still does."""
    instance = lock_instance(job["receiver"])
    if any(wait.kind is WaitKind.SIGNAL and wait.name == job["name"] for wait in instance.waits):
        _deliver(actor, instance, "signal", job["name"], from_text(job["payload"].encode()), None)


def _deliver(
    actor: Actor,
    instance: ProcessInstance,
    kind: Literal["message", "signal"],
    name: str,
    payload: Mapping[str, Any],
    correlation: Mapping[str, Any] | None,
) -> ProcessInstance:
    now = utc_now()
    with translated():
        outcome = ENGINE.deliver(
            loaded(instance.definition),
            instance.state,
            name,
            payload,
            kind=kind,
            correlation=correlation,
            context=actor.as_process(),
            now=now,
        )
    record_outcome(actor, instance, outcome, now)
    return instance


def _longest_waiting(name: str, correlation: Mapping[str, Any] | None) -> ProcessWait | None:
    """Locks its instance. Whoever was faster may have moved that on meanwhile: then the next one is looked for."""
    while (wait := db.session.scalars(_waiting(name, correlation)).first()) is not None:
        if wait in lock_instance(wait.instance_id).waits:
            return wait
    return None


def _waiting(name: str, correlation: Mapping[str, Any] | None) -> Select[ProcessWait]:
    """An event without a correlation takes every message of its name."""
    return (
        select(ProcessWait)
        .join(ProcessInstance)
        .where(
            ProcessWait.kind == WaitKind.MESSAGE,
            ProcessWait.name == name,
            ProcessWait.correlation.in_({"", key_text(correlation)}),
            ProcessInstance.status == InstanceStatus.RUNNING,
        )
        .order_by(ProcessWait.since, ProcessWait.id)
        .limit(1)
    )


def _signalled(name: str, *, besides: int) -> Select[int]:
    return (
        select(ProcessWait.instance_id)
        .where(ProcessWait.kind == WaitKind.SIGNAL, ProcessWait.name == name, ProcessWait.instance_id != besides)
        .group_by(ProcessWait.instance_id)
        .order_by(ProcessWait.instance_id)
    )


def _fields(wait: ProcessWait) -> list[str]:
    return loaded(wait.instance.definition).diagram.nodes[wait.element_id].properties.get("fields", "").split()
