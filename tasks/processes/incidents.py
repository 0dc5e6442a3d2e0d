"""Incidents: steps of flows that failed. Those who keep the flows look at them, retry them, skip them, correct data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import joinedload

from engine.errors import EngineError
from engine.process import Outcome
from engine.runtime.incidents import describe
from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import Conflict, Invalid, NotFound
from models.processes import IncidentState, InstanceStatus, ProcessIncident, ProcessInstance
from tasks import audit
from tasks.boundary import command, query
from tasks.processes.alarm import note
from tasks.processes.bridge import ENGINE, INTERRUPTIONS, translated
from tasks.processes.definitions import loaded
from tasks.processes.locking import lock_instance
from tasks.processes.rows import record_outcome

REASON_LIMIT = 500


@dataclass(frozen=True)
class IncidentPage:
    """`next_before` is the id to continue below; None on the last page."""

    incidents: Sequence[ProcessIncident]
    next_before: int | None


@query(Permission.PROCESS_REPAIR)
def list_incidents(actor: Actor, *, is_open: bool = True, before: int | None = None, limit: int = 50) -> IncidentPage:
    """Incidents that wait for a person, or those that are dealt with; newest first."""
    wanted = _rows().where(_waits_for_help() if is_open else ProcessIncident.state != IncidentState.OPEN)
    wanted = wanted.where(ProcessIncident.id < before if before is not None else true())
    rows = db.session.scalars(wanted.order_by(ProcessIncident.id.desc()).limit(limit + 1)).all()
    return IncidentPage(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


@query(Permission.PROCESS_REPAIR)
def count_incidents(actor: Actor) -> int:
    """How many incidents wait for a person."""
    return db.session.scalar(select(func.count(ProcessIncident.id)).where(_waits_for_help())) or 0


@query(Permission.PROCESS_REPAIR)
def get_incident(actor: Actor, incident_id: int) -> ProcessIncident:
    """Raises `NotFound`, also for an incident of another company."""
    incident = db.session.scalars(_rows().where(ProcessIncident.id == incident_id)).one_or_none()
    if incident is None:
        raise NotFound("There is no such incident.", code="incident.not_found")
    return incident


@query(Permission.PROCESS_REPAIR)
def read_variables(actor: Actor, incident: ProcessIncident) -> dict[str, Any] | None:
    """The variables as the failed step reads them; None when the state of the instance cannot be read."""
    instance = incident.instance
    try:
        return ENGINE.read_data(loaded(instance.definition), instance.state, task_id=incident.engine_task_id or None)
    except EngineError:
        return None


@command(Permission.PROCESS_REPAIR)
def retry_incident(
    actor: Actor, *, incident_id: int, changes: Mapping[str, Any] | None = None, seen_revision: int | None = None
) -> ProcessIncident:
    """Let the failed step try again, with `changes` to the variables first. It stays open when it fails again.

    Raises `Conflict` when it is dealt with or the flow has moved on since `seen_revision` of the instance, and
    `Invalid` for data that a flow cannot hold.
    """
    incident = _open(actor, incident_id, seen_revision)
    instance, now = incident.instance, utc_now()
    failed = incident.engine_task_id
    audit.record(actor, "incident.retry", f"incident:{incident.id}", changed=sorted(changes or ()))
    if not failed:
        return _wake_again(actor, incident)
    with translated():
        outcome = ENGINE.retry(
            loaded(instance.definition),
            instance.state,
            failed,
            data_changes=changes,
            context=actor.as_process(),
            now=now,
        )
    if not _failed_again(incident, outcome):
        incident.close(IncidentState.RETRIED, by=actor.user_id, at=now)
        note(incident, "retry", by=actor.user_id)
    record_outcome(actor, instance, outcome, now)
    return incident


@command(Permission.PROCESS_REPAIR)
def skip_incident(
    actor: Actor,
    *,
    incident_id: int,
    reason: str,
    result: Mapping[str, Any] | None = None,
    seen_revision: int | None = None,
) -> ProcessIncident:
    """Go on behind the failed step as if it were done, with `result` for the variables it sets; the others are null.

    Raises `Invalid` without a reason, and `Conflict` as above and where a step cannot be skipped.
    """
    incident = _open(actor, incident_id, seen_revision)
    if not reason.strip() or len(reason) > REASON_LIMIT:
        raise Invalid(
            "Say why the step may be skipped, in at most {limit} characters.",
            code="incident.reason",
            field="reason",
            limit=REASON_LIMIT,
        )
    instance, now = incident.instance, utc_now()
    if not incident.engine_task_id:
        raise Conflict("The whole flow has stopped, so there is no step to skip.", code="incident.no_step")
    with translated():
        outcome = ENGINE.skip(
            loaded(instance.definition),
            instance.state,
            incident.engine_task_id,
            result=result,
            context=actor.as_process(),
            now=now,
        )
    incident.close(IncidentState.SKIPPED, by=actor.user_id, reason=reason.strip(), at=now)
    note(incident, "skip", by=actor.user_id, comment=reason.strip())
    audit.record(actor, "incident.skip", f"incident:{incident.id}", reason=reason.strip())
    record_outcome(actor, instance, outcome, now)
    return incident


@command(Permission.PROCESS_REPAIR)
def correct_data(
    actor: Actor, *, incident_id: int, changes: Mapping[str, Any], seen_revision: int | None = None
) -> ProcessIncident:
    """Change variables as the failed step reads them. Nothing runs. Raises `Conflict` and `Invalid` as above."""
    incident = _open(actor, incident_id, seen_revision)
    instance, now = incident.instance, utc_now()
    with translated():
        outcome = ENGINE.correct_data(
            loaded(instance.definition), instance.state, changes, task_id=incident.engine_task_id or None, now=now
        )
    audit.record(actor, "incident.correct", f"incident:{incident.id}", changed=sorted(changes))
    record_outcome(actor, instance, outcome, now)
    return incident


def is_stopped(instance: ProcessInstance) -> bool:
    """Does a step of this instance wait for help? Whoever sees the subject may know."""
    wanted = select(ProcessIncident.id).where(ProcessIncident.instance_id == instance.id, _waits_for_help())
    return db.session.scalar(wanted.limit(1)) is not None


def _rows() -> Select[ProcessIncident]:
    return select(ProcessIncident).options(
        joinedload(ProcessIncident.instance).joinedload(ProcessInstance.definition),
        joinedload(ProcessIncident.resolved_by),
    )


def _waits_for_help() -> ColumnElement[bool]:
    return (ProcessIncident.state == IncidentState.OPEN) & ProcessIncident.retry_at.is_(None)


def _open(actor: Actor, incident_id: int, seen_revision: int | None) -> ProcessIncident:
    incident = get_incident(actor, incident_id)
    instance = lock_instance(incident.instance_id)
    db.session.refresh(incident)
    if incident.state is not IncidentState.OPEN or instance.status is not InstanceStatus.RUNNING:
        raise Conflict("Somebody has already dealt with this incident.", code="incident.closed")
    if seen_revision is not None and instance.revision != seen_revision:
        raise Conflict("The flow has moved on since you opened this page. Reload it.", code="incident.stale")
    return incident


def _wake_again(actor: Actor, incident: ProcessIncident) -> ProcessIncident:
    instance, now = incident.instance, utc_now()
    try:
        with db.session.begin_nested():
            outcome = ENGINE.wake(loaded(instance.definition), instance.state, context=actor.as_process(), now=now)
    except INTERRUPTIONS:
        raise
    except Exception as error:
        incident.attempts += 1
        incident.code, incident.message, incident.fields = describe(error)
        return incident
    incident.close(IncidentState.RETRIED, by=actor.user_id, at=now)
    note(incident, "retry", by=actor.user_id)
    record_outcome(actor, instance, outcome, now)
    return incident


def _failed_again(incident: ProcessIncident, outcome: Outcome) -> bool:
    again = next((item for item in outcome.incidents if item.id == incident.engine_task_id), None)
    if again is None:
        return False
    incident.attempts += 1
    incident.code, incident.message, incident.fields = again.code, again.message, dict(again.fields)
    return True
