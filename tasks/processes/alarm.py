"""Who learns that a flow has stopped: those who can help, once, and whoever follows its subject."""

from __future__ import annotations

from sqlalchemy import exists, select

from models.access import Actor, Permission, can
from models.accounts import Membership
from models.db import db, utc_now
from models.later import write_later
from models.processes import ADD_ACTION, IncidentState, ProcessIncident, ProcessInstance
from tasks import audit, notices


def raise_alarm(actor: Actor, incident: ProcessIncident) -> None:
    """Write an incident that needs a person into the timeline and the audit log, and tell those who can help.

    They are told once of any number of incidents with one cause: the same error at the same step of a version.
    """
    db.session.flush()
    note(incident, "stop", by=None)
    audit.record(
        actor,
        "incident.open",
        f"incident:{incident.id}",
        company_id=incident.company_id,
        instance=incident.instance_id,
        element=incident.element_id,
        code=incident.code,
    )
    if not _is_known(incident):
        notices.notify(
            incident.company_id,
            _helpers(incident.company_id),
            "flow.stopped",
            f"incident:{incident.id}",
            key=f"flow.stopped:{incident.id}",
            step=incident.title or incident.instance.definition.key,
            step_zh=incident.title_zh,
        )


def note(incident: ProcessIncident, action: str, *, by: int | None, comment: str = "") -> None:
    """Add to the timeline of the subject what happened to its flow."""
    instance = incident.instance
    write_later(
        ADD_ACTION,
        company_id=instance.company_id,
        subject_kind=instance.subject_kind,
        subject_id=instance.subject_id,
        task_id=None,
        title=incident.title,
        title_zh=incident.title_zh,
        action=action,
        comment=comment,
        user_id=by,
        about_id=None,
        outsider="",
        at=utc_now(),
        changes=None,
        files=None,
    )


def _is_known(incident: ProcessIncident) -> bool:
    others = select(ProcessIncident.id).join(ProcessInstance, ProcessIncident.instance_id == ProcessInstance.id)
    alike = others.where(
        ProcessIncident.id != incident.id,
        ProcessIncident.state == IncidentState.OPEN,
        ProcessIncident.retry_at.is_(None),
        ProcessIncident.element_id == incident.element_id,
        ProcessIncident.code == incident.code,
        ProcessInstance.definition_id == incident.instance.definition_id,
    )
    return bool(db.session.scalar(select(exists(alike))))


def _helpers(company_id: int) -> list[int]:
    members = db.session.scalars(select(Membership).where(Membership.company_id == company_id, Membership.is_active))
    return [member.user_id for member in members if can(member.as_actor(), Permission.PROCESS_REPAIR)]
