"""What each person keeps for themselves in the inbox: tasks put off, and filters with a name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.db import Model, UtcDateTime
from models.tenancy import CompanyScoped


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
