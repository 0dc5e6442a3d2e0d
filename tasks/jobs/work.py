"""One piece of work, done: the effect and the note that it happened are one transaction."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.dialects import postgresql, sqlite

from models.access import Actor, Permission
from models.db import db, is_sqlite, utc_now
from models.jobs import JobDone
from tasks.boundary import command, query
from tasks.site import Site

MAXIMUM_ATTEMPTS = 12
_LONGEST_WAIT_SECONDS = 600.0

Context = Callable[[], AbstractContextManager[Any]]  # what gives a thread a database session of its own


@dataclass(frozen=True)
class Handler:
    """What does the work of one kind.

    It runs inside the transaction that notes the work as done, so its effect on the database happens once. A handler
    that takes long (`is_long`) runs outside any transaction instead, with a lease that is renewed, and must bear being
    repeated after a crash.
    """

    run: Callable[[Actor, Site, Mapping[str, Any]], object]
    is_long: bool = False


Handlers = Mapping[str, Handler]


@dataclass(frozen=True)
class Work:
    kind: str
    key: str
    payload: Mapping[str, Any]
    company_id: int | None


def perform(
    work: Work, handlers: Handlers, site: Site, in_context: Context, finish: Callable[[], None] = lambda: None
) -> None:
    """Do `work` unless it was done before. `finish` is called in the transaction that notes it as done.

    Raises whatever the handler raises; then nothing was kept.
    """
    handler = handlers[work.kind]
    actor = Actor(work.company_id, is_system=True, origin="job")
    if not handler.is_long:
        with in_context():
            _apply(actor, work, handler, site, finish)
        return
    with in_context():
        if not _is_done(actor, key=work.key):
            handler.run(actor, site, work.payload)
    with in_context():
        _settle(actor, work, finish)


def wait_seconds(attempts: int) -> float:
    """How long to wait after the given number of failed attempts: longer each time, never in step with others."""
    return min(_LONGEST_WAIT_SECONDS, 0.2 * 2.0**attempts) * random.uniform(0.5, 1.5)  # noqa: S311  # not a secret


@command(Permission.CLOCK_RUN)
def _apply(actor: Actor, work: Work, handler: Handler, site: Site, finish: Callable[[], None]) -> None:
    if _mark_done(work.key):
        handler.run(actor, site, work.payload)
    finish()


@command(Permission.CLOCK_RUN)
def _settle(_actor: Actor, work: Work, finish: Callable[[], None]) -> None:
    _mark_done(work.key)
    finish()


@query(Permission.CLOCK_RUN)
def _is_done(_actor: Actor, *, key: str) -> bool:
    return bool(db.session.scalar(select(exists().where(JobDone.key == key))))


def _mark_done(key: str) -> bool:
    """Whether this is the first time. (`RETURNING`, because psycopg reports no row count for such an insert.)"""
    insert = sqlite.insert if is_sqlite(db.session()) else postgresql.insert
    statement = insert(JobDone).values(key=key, at=utc_now()).on_conflict_do_nothing().returning(JobDone.key)
    return db.session.scalar(statement) is not None
