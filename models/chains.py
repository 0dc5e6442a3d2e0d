"""Approval chains: who approves, in which order. A decision table names the chain by its key."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.db import Model, enum_type
from models.tenancy import CompanyScoped


class ApproverKind(StrEnum):
    ROLE = "role"
    USER = "user"


class ApprovalChain(CompanyScoped, Model):
    """An edit makes no new version: a running request carries the steps that were resolved at its submit."""

    __table_args__ = (UniqueConstraint("company_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column()
    steps: Mapped[list[ChainStep]] = relationship(
        back_populates="chain", cascade="all, delete-orphan", order_by="ChainStep.position"
    )

    __mapper_args__ = {"version_id_col": revision}


class ChainStep(CompanyScoped, Model):
    """One approval: by a named person, or by anyone with a role. Due `due_hours` working hours after it became open."""

    __table_args__ = (
        UniqueConstraint("chain_id", "position"),
        CheckConstraint("due_hours > 0", name="due_hours_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("approval_chain.id", ondelete="CASCADE"))
    position: Mapped[int]
    title: Mapped[str]
    title_zh: Mapped[str] = mapped_column(default="")
    approver_kind: Mapped[ApproverKind] = mapped_column(enum_type(ApproverKind))
    role: Mapped[str] = mapped_column(default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_hours: Mapped[int] = mapped_column(default=24)
    chain: Mapped[ApprovalChain] = relationship(back_populates="steps")
    user: Mapped[User | None] = relationship()
