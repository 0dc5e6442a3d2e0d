"""Which flows the monitor looks at, as conditions in SQL: its lists, counts, heat map and figures all use these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from models.access import Actor, sees_all_requests
from models.accounts import Company
from models.db import db
from models.departments import DepartmentMember
from models.organization import Organization, Unit
from models.processes import (
    HumanTask,
    IncidentState,
    InstanceStatus,
    ProcessDefinition,
    ProcessIncident,
    ProcessInstance,
    SignerStatus,
    TaskSigner,
    TaskStatus,
)
from models.requests import InvoiceRequest
from tasks import departments, requests

# "stopped" runs, but a step of it has failed and waits for help.
STATES = ("running", "stopped", "completed", "cancelled")
ASKED_NOW = (SignerStatus.OPEN, SignerStatus.HELD)


@dataclass(frozen=True, kw_only=True)
class MonitorFilter:
    """Which flows are looked at; what is None or empty does not narrow.

    `flow` is the key of a process, `since` and `until` days on the company's calendar. `department_id` is that of the
    applicant, or one above it. `person_id` is who is asked now, or, in a flow that has ended, who was.
    """

    flow: str = ""
    version: int | None = None
    state: str = ""
    since: date | None = None
    until: date | None = None
    department_id: int | None = None
    person_id: int | None = None
    text: str = ""


def conditions(
    actor: Actor, wanted: MonitorFilter, *, moment: InstrumentedAttribute[datetime | None] | None = None
) -> list[ColumnElement[bool]]:
    """Conditions on `ProcessInstance`. The days are those of `moment`: when it started, unless another is named."""
    at: InstrumentedAttribute[Any] = ProcessInstance.started_at if moment is None else moment
    company = db.session.get_one(Company, actor.company_id)
    found: list[ColumnElement[bool]] = []
    if wanted.flow or wanted.version is not None:
        found.append(ProcessInstance.definition_id.in_(_versions(wanted)))
    if wanted.state:
        found.append(in_state(wanted.state))
    if wanted.since:
        found.append(at >= company.midnight(wanted.since))
    if wanted.until:
        found.append(at < company.midnight(wanted.until + timedelta(days=1)))
    if wanted.department_id is not None:
        found.append(_about(_of_department(actor, wanted.department_id)))
    if wanted.person_id is not None:
        found.append(_asks(departments.load_organization(actor), wanted.person_id))
    if wanted.text:
        found.append(_about(_mentioning(actor, wanted.text)))
    return found


def in_state(state: str) -> ColumnElement[bool]:
    """One of `STATES`; nothing is in any other."""
    if state == "stopped":
        return and_(ProcessInstance.status == InstanceStatus.RUNNING, ProcessInstance.id.in_(_stopped()))
    return ProcessInstance.status == InstanceStatus(state) if state in set(InstanceStatus) else false()


def is_asked(organization: Organization, person_id: int) -> ColumnElement[bool]:
    """Open tasks in which it is a person's turn, or that wait for a role of theirs."""
    member = organization.members.get(person_id)
    turns = select(TaskSigner.task_id).where(TaskSigner.user_id == person_id, TaskSigner.status.in_(ASKED_NOW))
    return and_(
        HumanTask.status == TaskStatus.OPEN,
        or_(HumanTask.id.in_(turns), HumanTask.role.in_(sorted(member.roles) if member else ())),
    )


def below(units: Mapping[int, Unit], department_id: int) -> set[int]:
    """A department and all that belong to it."""
    found, size = {department_id}, 0
    while len(found) > size:
        size = len(found)
        found |= {unit.id for unit in units.values() if unit.parent_id in found}
    return found


def _versions(wanted: MonitorFilter) -> Select[int]:
    versions = select(ProcessDefinition.id)
    if wanted.flow:
        versions = versions.where(ProcessDefinition.key == wanted.flow)
    if wanted.version is not None:
        versions = versions.where(ProcessDefinition.version == wanted.version)
    return versions


def _stopped() -> Select[int]:
    return select(ProcessIncident.instance_id).where(ProcessIncident.state == IncidentState.OPEN)


def _asks(organization: Organization, person_id: int) -> ColumnElement[bool]:
    answered = (
        select(HumanTask.instance_id)
        .join(TaskSigner, TaskSigner.task_id == HumanTask.id)
        .where(TaskSigner.user_id == person_id)
    )
    closed = select(HumanTask.instance_id).where(HumanTask.closed_by_id == person_id)
    is_running = ProcessInstance.status == InstanceStatus.RUNNING
    return or_(
        and_(
            is_running,
            ProcessInstance.id.in_(select(HumanTask.instance_id).where(is_asked(organization, person_id))),
        ),
        and_(~is_running, or_(ProcessInstance.id.in_(answered), ProcessInstance.id.in_(closed))),
    )


def _about(request_ids: Select[int]) -> ColumnElement[bool]:
    return and_(ProcessInstance.subject_kind == requests.KIND, ProcessInstance.subject_id.in_(request_ids))


def _of_department(actor: Actor, department_id: int) -> Select[int]:
    """Requests of people whose primary department, as it is today, is this one or below it."""
    wanted = below(departments.load_organization(actor).units, department_id)
    people = select(DepartmentMember.user_id).where(
        DepartmentMember.department_id.in_(wanted), DepartmentMember.is_primary
    )
    return select(InvoiceRequest.id).where(InvoiceRequest.applicant_id.in_(people))


def _mentioning(actor: Actor, text: str) -> Select[int]:
    """By number and customer; by the number alone for those who are not shown the customers of all requests."""
    if sees_all_requests(actor):
        return requests.matching(text)
    return select(InvoiceRequest.id).where(InvoiceRequest.number.icontains(text.strip(), autoescape=True))
