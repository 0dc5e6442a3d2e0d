"""Work to be done after a commit, what was done already, and which slots of the clock have fired."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.db import Model, UtcDateTime, enum_type, utc_now


class JobState(StrEnum):
    TODO = "todo"
    DEAD = "dead"


class Job(Model):
    """One piece of work. A worker holds it until `lease_until`; `fence` proves that it still does when it finishes.

    Used on SQLite. On PostgreSQL the queue is Procrastinate's, in tables of its own.
    """

    __table_args__ = (Index("ix_job_due", "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    company_id: Mapped[int | None] = mapped_column(ForeignKey("company.id"))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fence: Mapped[str] = mapped_column(default="")
    state: Mapped[JobState] = mapped_column(enum_type(JobState), default=JobState.TODO)
    error: Mapped[str] = mapped_column(Text, default="")


class JobDone(Model):
    """Written in the transaction of the effect, so that the effect happens once however often the job is handed out."""

    __table_args__ = (Index("ix_job_done_at", "at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class FiredSlot(Model):
    """A slot of the clock that has fired. The primary key lets no two leaders fire it twice."""

    name: Mapped[str] = mapped_column(primary_key=True)
    slot: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
