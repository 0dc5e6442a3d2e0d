"""What belongs to a person in the inbox: turns, copies, tasks put off, filters with a name, and files they sent."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.db import Model, UtcDateTime, utc_now
from models.processes import Subject, TaskSigner
from models.tenancy import CompanyScoped


def turns_of(user_id: int | None) -> ColumnElement[bool]:
    """`TaskSigner.is_turn_of` as SQL."""
    return false() if user_id is None else TaskSigner.user_id == user_id


def turns_for(user_id: int | None) -> ColumnElement[bool]:
    """As SQL: the turns that others have in the name of a user."""
    return false() if user_id is None else TaskSigner.acts_for_id == user_id


class CarbonCopy(Subject, CompanyScoped, Model):
    """A person who should know about a subject (抄送), and when they read it."""

    __table_args__ = (
        UniqueConstraint("subject_kind", "subject_id", "user_id"),
        Index("ix_carbon_copy_user", "company_id", "user_id", "read_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    comment: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])


class TaskSnooze(CompanyScoped, Model):
    """A person does not want to see a task before `until`. Others who are asked in it see it all the same."""

    __table_args__ = (
        UniqueConstraint("task_id", "user_id"),
        Index("ix_task_snooze_user", "company_id", "user_id", "until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("human_task.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class SavedView(CompanyScoped, Model):
    """A view of the inbox with its filters: `query` is the query string of its address. Shared ones everybody sees."""

    __table_args__ = (UniqueConstraint("company_id", "owner_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    query: Mapped[str]
    is_shared: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[User] = relationship()


class Upload(Subject, CompanyScoped, Model):
    """A file that somebody sent for a comment which is not written yet; with the comment it goes over to `TaskAction`.

    So what was sent is not lost while the comment is refused. Those that wait for too long are taken away.
    """

    __table_args__ = (Index("ix_upload_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
