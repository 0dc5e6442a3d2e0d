"""The queue on SQLite: a table, a lease and a fencing token, served by threads of the one process."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, exists, or_, select, update

from models.access import Actor, Permission
from models.db import db, utc_now
from models.jobs import Job, JobState
from tasks.boundary import command, query
from tasks.jobs.work import MAXIMUM_ATTEMPTS, Context, Handlers, Work, perform, wait_seconds
from tasks.site import Site

NEWS = threading.Event()  # set when a transaction that asked for work has committed
_SYSTEM = Actor(None, is_system=True, origin="job")
_ERROR_CHARACTERS = 500
_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker took the job over; what this one did is not kept."""


@dataclass(frozen=True)
class Claim:
    """A job that this thread holds."""

    job_id: int
    fence: str
    attempts: int
    work: Work


class JobThreads:
    """Threads that do the work in the queue until stopped."""

    def __init__(
        self,
        handlers: Handlers,
        site: Site,
        in_context: Context,
        *,
        threads: int = 2,
        poll_seconds: float = 0.5,
        lease_seconds: float = 30.0,
    ) -> None:
        self._runner = _Runner(handlers, site, in_context, lease_seconds)
        self._poll_seconds = poll_seconds
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._serve, name=f"jobs-{number}", daemon=True) for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Let running jobs finish, for at most `timeout_seconds` together; what is left is handed out again later."""
        self._stopping.set()
        NEWS.set()
        for thread in self._threads:
            thread.join(timeout_seconds / len(self._threads))

    def _serve(self) -> None:
        while not self._stopping.is_set():
            NEWS.clear()
            try:
                idle = not self._runner.run_next()
            except Exception:
                _log.exception("the job queue cannot be read; trying again")
                idle = True
            if idle:
                NEWS.wait(self._poll_seconds)


def run_pending(handlers: Handlers, site: Site, in_context: Context) -> int:
    """Do all work that is due now, in this thread. Returns how many jobs were tried."""
    runner = _Runner(handlers, site, in_context, lease_seconds=30.0)
    tried = 0
    while runner.run_next():
        tried += 1
    return tried


@dataclass(frozen=True)
class _Runner:
    handlers: Handlers
    site: Site
    in_context: Context
    lease_seconds: float

    def run_next(self) -> bool:
        """Do one job that is due. False when there was none."""
        with self.in_context():
            # A look that takes no write lock: most of the time there is nothing to do.
            claim = _claim(_SYSTEM, lease_seconds=self.lease_seconds) if _has_due(_SYSTEM) else None
        if claim is None:
            return False
        try:
            with self._renewed(claim):
                perform(claim.work, self.handlers, self.site, self.in_context, finish=lambda: _finish(claim))
        except LeaseLost:
            _log.warning("job %s was taken over by another worker", claim.work.key)
        except Exception as error:
            with self.in_context():
                _fail(_SYSTEM, claim, error=f"{type(error).__name__}: {error}")
            _report(claim)
        return True

    @contextmanager
    def _renewed(self, claim: Claim) -> Iterator[None]:
        """Keep the lease of long work alive. (Other work holds the write lock: nobody can take it over anyway.)"""
        handler = self.handlers.get(claim.work.kind)
        if handler is None or not handler.is_long:
            yield
            return
        finished = threading.Event()
        thread = threading.Thread(target=self._heartbeat, args=(claim, finished), daemon=True)
        thread.start()
        try:
            yield
        finally:
            finished.set()
            thread.join()

    def _heartbeat(self, claim: Claim, finished: threading.Event) -> None:
        while not finished.wait(self.lease_seconds / 3):
            with self.in_context():
                _renew(_SYSTEM, claim, lease_seconds=self.lease_seconds)


def _due() -> ColumnElement[bool]:
    now = utc_now()
    free = or_(Job.lease_until.is_(None), Job.lease_until < now)
    return (Job.state == JobState.TODO) & (Job.run_at <= now) & free


def _held(claim: Claim) -> ColumnElement[bool]:
    return (Job.id == claim.job_id) & (Job.fence == claim.fence)


@query(Permission.CLOCK_RUN)
def _has_due(_actor: Actor) -> bool:
    return bool(db.session.scalar(select(exists().where(_due()))))


@command(Permission.CLOCK_RUN)
def _claim(_actor: Actor, *, lease_seconds: float) -> Claim | None:
    job = db.session.scalars(select(Job).where(_due()).order_by(Job.run_at, Job.id).limit(1)).one_or_none()
    if job is None:
        return None
    job.fence = secrets.token_hex(8)
    job.lease_until = utc_now() + timedelta(seconds=lease_seconds)
    job.attempts += 1
    return Claim(job.id, job.fence, job.attempts, Work(job.kind, job.key, job.payload, job.company_id))


@command(Permission.CLOCK_RUN)
def _renew(_actor: Actor, claim: Claim, *, lease_seconds: float) -> None:
    lease_until = utc_now() + timedelta(seconds=lease_seconds)
    db.session.execute(update(Job).where(_held(claim)).values(lease_until=lease_until))


def _finish(claim: Claim) -> None:
    """Take the job out of the queue, in the transaction of its effect. Raises `LeaseLost`."""
    if db.session.scalar(delete(Job).where(_held(claim)).returning(Job.id)) is None:
        raise LeaseLost(claim.work.key)


@command(Permission.CLOCK_RUN)
def _fail(_actor: Actor, claim: Claim, *, error: str) -> None:
    """Hand the job out again later, or give it up after the last attempt."""
    state = JobState.DEAD if claim.attempts >= MAXIMUM_ATTEMPTS else JobState.TODO
    run_at = utc_now() + timedelta(seconds=wait_seconds(claim.attempts))
    changes = {"state": state, "run_at": run_at, "lease_until": None, "error": error[:_ERROR_CHARACTERS]}
    db.session.execute(update(Job).where(_held(claim)).values(**changes))


def _report(claim: Claim) -> None:
    """Called while the error is handled, so that the log shows where it came from."""
    if claim.attempts >= MAXIMUM_ATTEMPTS:
        _log.exception("job %s failed %d times and is given up", claim.work.key, claim.attempts)
    else:
        _log.warning("job %s failed (attempt %d)", claim.work.key, claim.attempts, exc_info=True)
