"""Where flows lose their time: passes, waiting and time of each element of a diagram, and of each step that it asks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Select, and_, func, or_, select

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import NotFound
from models.processes import (
    HumanTask,
    ProcessDefinition,
    ProcessIncident,
    ProcessInstance,
    ProcessStep,
    ProcessWait,
    SignerStatus,
    TaskSigner,
    TaskStatus,
)
from tasks import departments, processes
from tasks.boundary import query
from tasks.monitor.filters import ASKED_NOW, MonitorFilter, conditions
from tasks.monitor.listing import titles_of

# The newest flows of a selection are looked at, so that a page is quick after years, too; the page says so.
MOST_FLOWS = 3_000
_ANSWERED = (
    SignerStatus.APPROVED,
    SignerStatus.REJECTED,
    SignerStatus.RETURNED,
    SignerStatus.ADVISED,
    SignerStatus.DONE,
)


@dataclass(frozen=True)
class Heat:
    """An element, or one of the steps of a chain for which it stands.

    `passes`: how often it was left. `waiting`: how many wait in it now, the one that waits longest since `oldest`.
    `median` and `p90` are of what is done, on the clock, nights and holidays included; None where nothing ever waits.
    `share` is the part of all time that was spent here, what waits now included: by it the worst comes first.
    """

    element_id: str
    title: str
    title_zh: str
    passes: int
    waiting: int
    oldest: datetime | None
    median: timedelta | None
    p90: timedelta | None
    share: float
    steps: tuple[Heat, ...] = ()


@dataclass(frozen=True)
class HeatMap:
    """The elements of `definition`, the worst first. `flows` were looked at, the newest ones if there are more."""

    definition: ProcessDefinition
    elements: tuple[Heat, ...]
    flows: int
    is_cut: bool


@dataclass(frozen=True)
class Stay:
    """That a flow stood in an element; it still does where `ended_at` is None. Tasks have titles of their own."""

    element_id: str
    begun_at: datetime
    ended_at: datetime | None = None
    title: str = ""
    title_zh: str = ""

    def until(self, now: datetime) -> timedelta:
        return (self.ended_at or now) - self.begun_at


@query(Permission.PROCESS_MONITOR)
def read_heat(actor: Actor, wanted: MonitorFilter) -> HeatMap:
    """The heat map of one version, or of all versions of a flow on the picture of the newest one.

    With a person it counts and times what they were asked, and nothing else. Raises `NotFound` for a flow or version
    that is not there.
    """
    definition = _drawn(actor, wanted)
    of_all = replace(wanted, flow=definition.key, person_id=None)
    newest = select(ProcessInstance.id).where(*conditions(actor, of_all)).order_by(ProcessInstance.id.desc())
    count = db.session.scalar(select(func.count()).select_from(newest.limit(MOST_FLOWS + 1).subquery())) or 0
    flows = select(newest.limit(MOST_FLOWS).subquery().c.id)
    if wanted.person_id is None:
        stays = [*_tasks(flows), *_incidents(flows), *_waits(flows, definition)]
        passes = _passes(flows)
    else:
        stays = _asked(actor, wanted.person_id, flows)
        passes = Counter(stay.element_id for stay in stays if stay.ended_at)
    return HeatMap(definition, _heats(definition, stays, passes), min(count, MOST_FLOWS), count > MOST_FLOWS)


def percentile(spans: Sequence[timedelta], part: float) -> timedelta | None:
    """The smallest of `spans` that at least `part` of them, from 0 to 1, do not exceed; None of nothing."""
    ordered = sorted(spans)
    return ordered[max(ceil(len(ordered) * part) - 1, 0)] if ordered else None


def _drawn(actor: Actor, wanted: MonitorFilter) -> ProcessDefinition:
    key = wanted.flow or processes.REQUEST_PROCESS
    if wanted.version is not None:
        return processes.find_version(actor, key=key, version=wanted.version)
    newest = processes.find_latest(actor, key)
    if newest is None:
        raise NotFound("There is no flow “{key}”.", code="monitor.no_flow", key=key)
    return newest


def _passes(flows: Select[int]) -> Counter[str]:
    wanted = (
        select(ProcessStep.element_id, func.count(ProcessStep.id))
        .where(
            ProcessStep.instance_id.in_(flows),
            ProcessStep.kind != "sequenceFlow",
            ProcessStep.event.in_(("completed", "skipped")),
        )
        .group_by(ProcessStep.element_id)
    )
    return Counter({row[0]: row[1] for row in db.session.execute(wanted)})


def _tasks(flows: Select[int]) -> Iterator[Stay]:
    """What was answered and what is open. What was called off says nothing about who is slow."""
    wanted = select(
        HumanTask.element_id, HumanTask.created_at, HumanTask.closed_at, HumanTask.title, HumanTask.title_zh
    ).where(HumanTask.instance_id.in_(flows), HumanTask.status != TaskStatus.CANCELLED)
    return (Stay(*row) for row in db.session.execute(wanted))


def _incidents(flows: Select[int]) -> Iterator[Stay]:
    wanted = select(ProcessIncident.element_id, ProcessIncident.opened_at, ProcessIncident.resolved_at).where(
        ProcessIncident.instance_id.in_(flows), ProcessIncident.element_id != ""
    )
    return (Stay(*row) for row in db.session.execute(wanted))


def _waits(flows: Select[int], definition: ProcessDefinition) -> Iterator[Stay]:
    """Events that are waited for now. Those at the border of a task only watch it: no flow stands there."""
    watching = {node.id for node in processes.list_elements(definition) if node.attached_to}
    wanted = select(ProcessWait.element_id, ProcessWait.since).where(ProcessWait.instance_id.in_(flows))
    return (Stay(element_id, since) for element_id, since in db.session.execute(wanted) if element_id not in watching)


def _asked(actor: Actor, person_id: int, flows: Select[int]) -> list[Stay]:
    """What one person answered, from when their turn began, and what waits for them."""
    member = departments.load_organization(actor).members.get(person_id)
    turns = (
        select(HumanTask.element_id, TaskSigner.opened_at, TaskSigner.closed_at, HumanTask.title, HumanTask.title_zh)
        .join(TaskSigner, TaskSigner.task_id == HumanTask.id)
        .where(
            HumanTask.instance_id.in_(flows),
            TaskSigner.user_id == person_id,
            TaskSigner.status.in_((*_ANSWERED, *ASKED_NOW)),
        )
    )
    waits_for_role = and_(HumanTask.status == TaskStatus.OPEN, HumanTask.role.in_(member.roles if member else ()))
    of_role = select(
        HumanTask.element_id, HumanTask.created_at, HumanTask.closed_at, HumanTask.title, HumanTask.title_zh
    ).where(
        HumanTask.instance_id.in_(flows),
        HumanTask.role != "",
        or_(HumanTask.closed_by_id == person_id, waits_for_role),
    )
    rows = [*db.session.execute(turns), *db.session.execute(of_role)]
    return [Stay(name, begun_at, ended_at, *titles) for name, begun_at, ended_at, *titles in rows if begun_at]


def _heats(definition: ProcessDefinition, stays: Iterable[Stay], passes: Counter[str]) -> tuple[Heat, ...]:
    now, titles = utc_now(), titles_of(definition.id)
    by_element: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_element[stay.element_id].append(stay)
    whole = sum((stay.until(now) for group in by_element.values() for stay in group), timedelta())
    heats = [
        replace(
            _heat(element_id, titles.get(element_id, (element_id, "")), group, now, whole),
            passes=passes[element_id],
            steps=_steps(element_id, group, now, whole),
        )
        for element_id in by_element.keys() | passes.keys()
        for group in [by_element[element_id]]
    ]
    return tuple(sorted(heats, key=lambda heat: (-heat.share, -heat.passes, heat.element_id)))


def _steps(element_id: str, group: Sequence[Stay], now: datetime, whole: timedelta) -> tuple[Heat, ...]:
    """The steps of a chain that one element stands for; none where there is only one."""
    by_title: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    for stay in group:
        if stay.title:
            by_title[stay.title, stay.title_zh].append(stay)
    heats = [_heat(element_id, title, stays, now, whole) for title, stays in by_title.items()]
    return tuple(sorted(heats, key=lambda heat: -heat.share)) if len(heats) > 1 else ()


def _heat(element_id: str, title: tuple[str, str], stays: Sequence[Stay], now: datetime, whole: timedelta) -> Heat:
    spent = [stay.until(now) for stay in stays if stay.ended_at]
    waiting = [stay.begun_at for stay in stays if not stay.ended_at]
    total = sum((stay.until(now) for stay in stays), timedelta())
    return Heat(
        element_id=element_id,
        title=title[0],
        title_zh=title[1],
        passes=len(spent),
        waiting=len(waiting),
        oldest=min(waiting, default=None),
        median=percentile(spent, 0.5),
        p90=percentile(spent, 0.9),
        share=total / whole if whole else 0.0,
    )
