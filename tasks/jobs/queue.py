"""The way into the queue: one call inside the transaction that wants the work done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import procrastinate
from procrastinate.schema import SchemaManager
from sqlalchemy import event, exists, select
from sqlalchemy.dialects.sqlite import insert

from models.access import Actor, Permission
from models.db import db, is_sqlite, utc_now
from models.jobs import Job, JobDone
from tasks.boundary import command
from tasks.jobs.threads import NEWS

_QUEUE = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def enqueue(
    kind: str, payload: Mapping[str, Any], *, key: str, company_id: int | None = None, run_at: datetime | None = None
) -> None:
    """Ask for work of `kind`, not before `run_at`. It is in the queue if, and only if, the open transaction commits.

    `key` names the occasion: asking twice under one key does the work once. `company_id` is the company it serves;
    without one it serves the whole installation. `payload` must fit into JSON.
    """
    if db.session.scalar(select(exists().where(JobDone.key == key))):
        return
    if is_sqlite(db.session()):
        _into_table(kind, payload, key, company_id, run_at)
    else:
        _into_procrastinate(kind, payload, key, company_id, run_at)


def _into_table(
    kind: str, payload: Mapping[str, Any], key: str, company_id: int | None, run_at: datetime | None
) -> None:
    values = {
        "kind": kind,
        "payload": dict(payload),
        "key": key,
        "company_id": company_id,
        "run_at": run_at or utc_now(),
    }
    db.session.execute(insert(Job).values(**values).on_conflict_do_nothing(index_elements=["key"]))
    event.listen(db.session(), "after_commit", lambda _session: NEWS.set(), once=True)


def _into_procrastinate(
    kind: str, payload: Mapping[str, Any], key: str, company_id: int | None, run_at: datetime | None
) -> None:
    connection = db.session.connection().connection.driver_connection
    deferrer = _QUEUE.configure_task(kind, connection=connection, schedule_at=run_at)
    deferrer.defer(key=key, payload=dict(payload), company_id=company_id)


@command(Permission.OPERATE)
def prepare_queue(actor: Actor) -> None:
    """Make Procrastinate's own tables where they are missing. Nothing to do on SQLite."""
    if is_sqlite(db.session()):
        return
    connection: Any = db.session.connection().connection.driver_connection
    if connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()[0] is None:
        connection.execute(SchemaManager.get_schema())
