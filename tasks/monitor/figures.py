"""How long flows take, how many come back or are refused, how many steps are in time, and how that goes by week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import select

from models.access import Actor, Permission
from models.accounts import Company
from models.db import db
from models.processes import HumanTask, InstanceStatus, ProcessInstance, TaskStatus
from tasks.boundary import query
from tasks.monitor.filters import MonitorFilter, conditions
from tasks.monitor.heat import MOST_FLOWS, percentile

WEEKS = 26
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# Where one bar of the distribution ends and the next begins. The last has no end.
LIMITS = (_HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 2 * _DAY, 3 * _DAY, 5 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY)


@dataclass(frozen=True)
class Bar:
    """So many flows took longer than `above` and at most `most`; None where there is no such limit."""

    above: timedelta | None
    most: timedelta | None
    count: int


@dataclass(frozen=True)
class Share:
    """A part of a whole; `percent` is None of nothing."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        return round(100 * self.part / self.whole, 1) if self.whole else None


@dataclass(frozen=True)
class Week:
    """The flows that ended in the week from `monday`."""

    monday: date
    ended: int
    median: timedelta | None
    in_time: Share


@dataclass(frozen=True)
class Figures:
    """Of the flows that ran to an end, the newest ones if there are more than `MOST_FLOWS`.

    Times are on the clock, nights and holidays included. `returned` and `rejected` are flows in which that happened at
    least once; `in_time` are answered steps, of those that were due. `weeks` are the last ones, without a gap.
    """

    ended: int
    is_cut: bool
    median: timedelta | None
    p90: timedelta | None
    returned: Share
    rejected: Share
    in_time: Share
    bars: tuple[Bar, ...]
    weeks: tuple[Week, ...]


@dataclass(frozen=True)
class _Flow:
    id: int
    started_at: datetime
    ended_at: datetime

    @property
    def time(self) -> timedelta:
        return self.ended_at - self.started_at


@dataclass(frozen=True)
class _Step:
    outcome: str
    closed_at: datetime
    due_at: datetime | None


@query(Permission.PROCESS_MONITOR)
def read_figures(actor: Actor, wanted: MonitorFilter) -> Figures:
    """The days of the filter are those on which flows ended; its state is not asked for. Two statements."""
    company = db.session.get_one(Company, actor.company_id)
    narrowed = conditions(actor, replace(wanted, state=""), moment=ProcessInstance.ended_at)
    newest = (
        select(ProcessInstance.id, ProcessInstance.started_at, ProcessInstance.ended_at)
        .where(*narrowed, ProcessInstance.status == InstanceStatus.COMPLETED)
        .order_by(ProcessInstance.id.desc())
    )
    rows = db.session.execute(newest.limit(MOST_FLOWS + 1))
    flows = [_Flow(instance_id, started_at, ended_at) for instance_id, started_at, ended_at in rows if ended_at]
    is_cut, flows = len(flows) > MOST_FLOWS, flows[:MOST_FLOWS]
    steps = _steps(flows)
    times = [flow.time for flow in flows]
    return Figures(
        ended=len(flows),
        is_cut=is_cut,
        median=percentile(times, 0.5),
        p90=percentile(times, 0.9),
        returned=_with_outcome(flows, steps, "return"),
        rejected=_with_outcome(flows, steps, "reject"),
        in_time=_in_time([step for flow in flows for step in steps[flow.id]]),
        bars=_bars(times),
        weeks=_weeks(company, flows, steps),
    )


def _steps(flows: Sequence[_Flow]) -> Mapping[int, list[_Step]]:
    """What was answered in the flows. Asked for by a range of ids: thousands of them would fit into no statement."""
    found: dict[int, list[_Step]] = defaultdict(list)
    if not flows:
        return found
    known = {flow.id for flow in flows}
    wanted = select(HumanTask.instance_id, HumanTask.outcome, HumanTask.closed_at, HumanTask.due_at).where(
        HumanTask.instance_id.between(min(known), max(known)), HumanTask.status == TaskStatus.DONE
    )
    for instance_id, outcome, closed_at, due_at in db.session.execute(wanted):
        if instance_id in known and closed_at:
            found[instance_id].append(_Step(outcome, closed_at, due_at))
    return found


def _with_outcome(flows: Sequence[_Flow], steps: Mapping[int, list[_Step]], outcome: str) -> Share:
    return Share(sum(any(step.outcome == outcome for step in steps[flow.id]) for flow in flows), len(flows))


def _in_time(steps: Sequence[_Step]) -> Share:
    due = [step for step in steps if step.due_at is not None]
    return Share(sum(step.due_at is None or step.closed_at <= step.due_at for step in due), len(due))


def _bars(times: Sequence[timedelta]) -> tuple[Bar, ...]:
    """From the first bar that holds something to the last."""
    edges = (None, *LIMITS, None)
    bars = [
        Bar(above, most, sum((above is None or time > above) and (most is None or time <= most) for time in times))
        for above, most in pairwise(edges)
    ]
    filled = [place for place, bar in enumerate(bars) if bar.count]
    return tuple(bars[filled[0] : filled[-1] + 1]) if filled else ()


def _weeks(company: Company, flows: Sequence[_Flow], steps: Mapping[int, list[_Step]]) -> tuple[Week, ...]:
    by_week: dict[date, list[_Flow]] = defaultdict(list)
    for flow in flows:
        day = company.day_of(flow.ended_at)
        by_week[day - timedelta(days=day.weekday())].append(flow)
    if not by_week:
        return ()
    last = max(by_week)
    count = min((last - min(by_week)).days // 7 + 1, WEEKS)
    mondays = [last - timedelta(weeks=back) for back in range(count - 1, -1, -1)]
    return tuple(
        Week(
            monday,
            len(by_week[monday]),
            percentile([flow.time for flow in by_week[monday]], 0.5),
            _in_time([step for flow in by_week[monday] for step in steps[flow.id]]),
        )
        for monday in mondays
    )
