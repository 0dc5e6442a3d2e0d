"""The chains of a company and their versions. A decision table names a chain, or a binding claims requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.chains.binding import Binding
from models.chains.rules import StepRule, read_steps
from models.db import Base, Model, UtcDateTime, utc_now
from models.ledger import append_only
from models.tenancy import CompanyScoped


class ApprovalChain(CompanyScoped, Model):
    """By `position`, the first active chain whose binding fits a request is taken; one not active claims none."""

    __table_args__ = (UniqueConstraint("company_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    name: Mapped[str]
    name_zh: Mapped[str] = mapped_column(default="")
    position: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column()
    versions: Mapped[list[ChainVersion]] = relationship(back_populates="chain", order_by="ChainVersion.number")

    __mapper_args__ = {"version_id_col": revision}

    def in_force(self, day: date) -> ChainVersion:
        """The version for requests of that day: of those in effect the latest; the first, while none is."""
        started = [version for version in self.versions if version.effective_from <= day]
        return max(started, key=lambda version: (version.effective_from, version.number), default=self.versions[0])

    @property
    def newest(self) -> ChainVersion:
        """The version made last, though its day may be still to come."""
        return self.versions[-1]


class ChainVersion(CompanyScoped, Model):
    """What a chain says from a day on. Never changed: a running request keeps the version with which it began.

    The database itself refuses to change or delete one.
    """

    __table_args__ = (UniqueConstraint("chain_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    chain_id: Mapped[int] = mapped_column(ForeignKey("approval_chain.id"), index=True)
    number: Mapped[int]
    effective_from: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    binding: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    steps: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    chain: Mapped[ApprovalChain] = relationship(back_populates="versions")
    made_by: Mapped[User | None] = relationship()

    @property
    def rules(self) -> tuple[StepRule, ...]:
        return read_steps(self.steps)

    @property
    def claims(self) -> Binding:
        return Binding.from_data(self.binding)


append_only(Base.metadata.tables["chain_version"])
