"""The clock: it looks, every few seconds, for what is due, and fires once what happens once a day.

APScheduler only says when to look. What is due is read from rows, so nothing is lost or done twice when a clock stops,
another takes over, or two run at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from models.access import Actor, Permission
from models.accounts import Company
from models.db import db, is_sqlite, utc_now
from models.jobs import FiredSlot
from tasks.boundary import command, job, query
from tasks.jobs import Context, enqueue
from tasks.leader import Leader
from tasks.site import Site

CLOCK = Actor(None, is_system=True, origin="clock")
_DEFAULT_ZONE = "Asia/Shanghai"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sweep:
    """A look at rows that say themselves when they are due. Looking twice, or late, does no harm."""

    every_seconds: int
    run: Callable[[Actor, Site], object]


@dataclass(frozen=True)
class Daily:
    """Work that is put into the queue once for each day, at `at` on the company's clock."""

    at: time
    kind: str


class Clock:
    """Runs the sweeps while it is the leader, and waits to become it while it is not."""

    def __init__(self, leader: Leader, site: Site, in_context: Context, sweeps: Mapping[str, Sweep]) -> None:
        self._leader, self._site, self._in_context = leader, site, in_context
        self._guard = threading.Condition()  # the looks run in threads of the scheduler
        self._looking = 0
        self._leads: bool | None = None
        self._looked_at: datetime | None = None
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            # The default grace of one second would drop a look that comes late.
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        for name, sweep in sweeps.items():
            self._scheduler.add_job(
                self.look, "interval", args=[name, sweep], seconds=sweep.every_seconds, next_run_time=utc_now()
            )

    def start(self) -> None:
        self._scheduler.start()

    def stop(self, timeout_seconds: float) -> None:
        """Wait for the looks that are under way, for at most `timeout_seconds`, and let another clock lead."""
        self._scheduler.shutdown(wait=False)
        with self._guard:
            self._guard.wait_for(lambda: self._looking == 0, timeout_seconds)
            self._leader.release()

    def look(self, name: str, sweep: Sweep) -> None:
        """One look, if this clock leads. A failure is logged; the next look tries again."""
        with self._one_look():
            try:
                if self._leads_now():
                    with self._in_context():
                        sweep.run(CLOCK, self._site)
                    self._looked_at = utc_now()
            except Exception:
                _log.exception("the clock failed at %s", name)

    @contextmanager
    def _one_look(self) -> Iterator[None]:
        with self._guard:
            self._looking += 1
        try:
            yield
        finally:
            with self._guard:
                self._looking -= 1
                self._guard.notify_all()

    def state(self) -> dict[str, str | None]:
        """For ``/healthz``: what this clock is, and when it last looked."""
        state = {None: "starting", True: "leader", False: "standby"}[self._leads]
        return {"state": state, "looked_at": self._looked_at.isoformat(timespec="seconds") if self._looked_at else None}

    def _leads_now(self) -> bool:
        with self._guard:
            leads = self._leader.holds()
            if leads is not self._leads:
                _log.info("this clock is %s", "the leader" if leads else "on standby")
            self._leads = leads
            return leads


@job
def fire_days(actor: Actor, days: Mapping[str, Daily]) -> list[str]:
    """Fire whatever is due and has not fired; after an outage only the latest of the missed days.

    Returns the names that fired.
    """
    zone, now = _company_zone(actor), utc_now()
    fired = []
    for name, daily in days.items():
        slot = latest_slot(daily.at, zone, now)
        last = _last_fired(actor, name=name)
        if last is None:
            # A new installation: what lies before it was not missed.
            _fire(actor, name=name, slot=slot, kind=None)
        elif last < slot and _fire(actor, name=name, slot=slot, kind=daily.kind):
            fired.append(name)
    return fired


def latest_slot(at: time, zone: ZoneInfo, now: datetime) -> datetime:
    """The latest moment, not after `now`, at which it was `at` in `zone`; in UTC.

    Each local date has exactly one: a time that the clocks skip counts as if they had not been changed, a time that
    comes twice counts the first time.
    """
    today = now.astimezone(zone).date()
    slot = _moment(today, at, zone)
    return slot if slot <= now else _moment(today - timedelta(days=1), at, zone)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


@query(Permission.CLOCK_RUN)
def _company_zone(_actor: Actor) -> ZoneInfo:
    """The time zone of the oldest company: backups are of the whole installation."""
    name = db.session.scalar(select(Company.time_zone).order_by(Company.id).limit(1))
    return ZoneInfo(name or _DEFAULT_ZONE)


@query(Permission.CLOCK_RUN)
def _last_fired(_actor: Actor, *, name: str) -> datetime | None:
    return db.session.scalar(select(func.max(FiredSlot.slot)).where(FiredSlot.name == name))


@command(Permission.CLOCK_RUN)
def _fire(_actor: Actor, *, name: str, slot: datetime, kind: str | None) -> bool:
    """Note the slot and put its work into the queue, together. False when another clock was faster."""
    insert = sqlite.insert if is_sqlite(db.session()) else postgresql.insert
    statement = insert(FiredSlot).values(name=name, slot=slot, at=utc_now())
    if db.session.scalar(statement.on_conflict_do_nothing().returning(FiredSlot.name)) is None:
        return False
    if kind is not None:
        enqueue(kind, {"slot": slot.isoformat()}, key=f"{name}:{slot.isoformat()}")
    return True
