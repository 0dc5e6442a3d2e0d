"""The list of flows: a page in six statements, however many flows there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, UnaryExpression, and_, func, select

from models.access import Actor, Permission, sees_all_requests
from models.accounts import User
from models.customers import Customer
from models.db import db, utc_now
from models.processes import (
    HumanTask,
    IncidentState,
    InstanceStatus,
    ProcessDefinition,
    ProcessIncident,
    ProcessInstance,
    ProcessWait,
    SignerStatus,
    TaskSigner,
    TaskStatus,
)
from models.requests import InvoiceRequest
from tasks import processes, requests
from tasks.boundary import query
from tasks.monitor.filters import STATES, MonitorFilter, conditions, in_state

# Of these the oldest come first, so that nothing is forgotten; of the others the newest.
_WAITING = frozenset({"running", "stopped"})


@dataclass(frozen=True)
class Place:
    """Where a flow stands: at a task, at a failed step, or at something else that it waits for.

    Names in `who` are asked, or else everybody who has `role`.
    """

    kind: Literal["task", "incident", "wait"]
    title: str
    title_zh: str
    since: datetime
    due_at: datetime | None = None
    role: str = ""
    who: tuple[str, ...] = ()

    @property
    def is_overdue(self) -> bool:
        return self.kind == "task" and self.due_at is not None and self.due_at < utc_now()


@dataclass(frozen=True)
class FlowRow:
    """A flow in the list. `customer` is empty for those who may not see every request."""

    id: int
    key: str
    version: int
    definition_id: int
    status: InstanceStatus
    started_at: datetime
    ended_at: datetime | None
    subject_kind: str
    subject_id: int
    number: str
    customer: str
    places: tuple[Place, ...] = ()

    @property
    def since(self) -> datetime | None:
        """Since when it stands where it stands longest."""
        return min((place.since for place in self.places), default=None)

    @property
    def is_overdue(self) -> bool:
        return any(place.is_overdue for place in self.places)

    @property
    def is_stopped(self) -> bool:
        return any(place.kind == "incident" for place in self.places)


@dataclass(frozen=True)
class FlowPage:
    """`next_after` is the id of the last flow shown, where more follow."""

    rows: Sequence[FlowRow]
    next_after: int | None


@query(Permission.PROCESS_MONITOR)
def list_flows(actor: Actor, wanted: MonitorFilter, *, after: int | None = None, limit: int = 50) -> FlowPage:
    """Flows by age: the oldest first of those that run, else the newest first."""
    oldest_first = wanted.state in _WAITING
    narrowed = conditions(actor, wanted)
    if after is not None:
        narrowed.append(ProcessInstance.id > after if oldest_first else ProcessInstance.id < after)
    order = ProcessInstance.id.asc() if oldest_first else ProcessInstance.id.desc()
    rows = _read(actor, narrowed, order, limit + 1)
    places = _places([row for row in rows[:limit] if row.status is InstanceStatus.RUNNING])
    shown = [replace(row, places=places.get(row.id, ())) for row in rows[:limit]]
    return FlowPage(shown, shown[-1].id if len(rows) > limit else None)


@query(Permission.PROCESS_MONITOR)
def count_states(actor: Actor, wanted: MonitorFilter) -> dict[str, int]:
    """How many flows the list of each state would show, with the rest of the filter as it is; "" counts them all."""
    columns = [func.count(ProcessInstance.id).filter(in_state(state)) for state in STATES]
    narrowed = conditions(actor, replace(wanted, state=""))
    total, *counts = db.session.execute(select(func.count(ProcessInstance.id), *columns).where(*narrowed)).one()
    return {"": total, **dict(zip(STATES, counts, strict=True))}


def _read(
    actor: Actor, narrowed: Sequence[ColumnElement[bool]], order: UnaryExpression[int], limit: int
) -> list[FlowRow]:
    """Columns, not rows: the state of a flow is long, and a list needs none."""
    about = and_(ProcessInstance.subject_kind == requests.KIND, InvoiceRequest.id == ProcessInstance.subject_id)
    wanted = (
        select(
            ProcessInstance.id,
            ProcessDefinition.key,
            ProcessDefinition.version,
            ProcessDefinition.id,
            ProcessInstance.status,
            ProcessInstance.started_at,
            ProcessInstance.ended_at,
            ProcessInstance.subject_kind,
            ProcessInstance.subject_id,
            InvoiceRequest.number,
            Customer.name,
        )
        .join(ProcessDefinition, ProcessDefinition.id == ProcessInstance.definition_id)
        .outerjoin(InvoiceRequest, about)
        .outerjoin(Customer, Customer.id == InvoiceRequest.customer_id)
        .where(*narrowed)
        .order_by(order)
        .limit(limit)
    )
    shows_customer = sees_all_requests(actor)
    return [
        FlowRow(*row[:9], number=row[9] or "", customer=(row[10] or "") if shows_customer else "")
        for row in db.session.execute(wanted)
    ]


def _places(rows: Sequence[FlowRow]) -> dict[int, tuple[Place, ...]]:
    """Where each stands. What it waits for beside a task or a failed step is left out: mostly it is their timer."""
    ids = [row.id for row in rows]
    found: dict[int, list[Place]] = defaultdict(list)
    if ids:
        _add_incidents(found, ids)
        _add_tasks(found, ids)
        _add_waits(found, [row for row in rows if row.id not in found])
    return {instance_id: tuple(places) for instance_id, places in found.items()}


def _add_incidents(found: dict[int, list[Place]], ids: Sequence[int]) -> None:
    wanted = (
        select(ProcessIncident.instance_id, ProcessIncident.title, ProcessIncident.title_zh, ProcessIncident.opened_at)
        .where(ProcessIncident.instance_id.in_(ids), ProcessIncident.state == IncidentState.OPEN)
        .order_by(ProcessIncident.id)
    )
    for instance_id, title, title_zh, since in db.session.execute(wanted):
        found[instance_id].append(Place("incident", title, title_zh, since))


def _add_tasks(found: dict[int, list[Place]], ids: Sequence[int]) -> None:
    is_open = HumanTask.instance_id.in_(ids), HumanTask.status == TaskStatus.OPEN
    asked = (
        select(TaskSigner.task_id, User.name, TaskSigner.outsider)
        .join(HumanTask, HumanTask.id == TaskSigner.task_id)
        .outerjoin(User, User.id == TaskSigner.user_id)
        .where(*is_open, TaskSigner.status == SignerStatus.OPEN)
        .order_by(TaskSigner.id)
    )
    names: dict[int, list[str]] = defaultdict(list)
    for task_id, name, outsider in db.session.execute(asked):
        names[task_id].append(name or outsider)
    wanted = (
        select(
            HumanTask.instance_id,
            HumanTask.id,
            HumanTask.title,
            HumanTask.title_zh,
            HumanTask.created_at,
            HumanTask.due_at,
            HumanTask.role,
        )
        .where(*is_open)
        .order_by(HumanTask.id)
    )
    for instance_id, task_id, title, title_zh, since, due_at, role in db.session.execute(wanted):
        found[instance_id].append(Place("task", title, title_zh, since, due_at, role, tuple(names[task_id])))


def _add_waits(found: dict[int, list[Place]], rows: Sequence[FlowRow]) -> None:
    definitions = {row.id: row.definition_id for row in rows}
    if not definitions:
        return
    wanted = (
        select(ProcessWait.instance_id, ProcessWait.element_id, ProcessWait.since, ProcessWait.due_at)
        .where(ProcessWait.instance_id.in_(definitions))
        .order_by(ProcessWait.id)
    )
    for instance_id, element_id, since, due_at in db.session.execute(wanted):
        title, title_zh = titles_of(definitions[instance_id]).get(element_id, (element_id, ""))
        found[instance_id].append(Place("wait", title, title_zh, since, due_at))


def titles_of(definition_id: int) -> dict[str, tuple[str, str]]:
    """What the elements of a version are called, in English and Chinese, by their ids. Parsed once per process."""
    definition = db.session.get_one(ProcessDefinition, definition_id)
    return {node.id: (node.name or node.id, node.title_zh) for node in processes.list_elements(definition)}
