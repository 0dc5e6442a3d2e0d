"""The register (台账): one hash-chained entry for everything that ever happened to an issued invoice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.db import Model, UtcDateTime, utc_now
from models.ledger import chained
from models.tenancy import CompanyScoped


class RegisterEntry(CompanyScoped, Model):
    """`body` is the exact text that was hashed (see `models.ledger`)."""

    __table_args__ = (UniqueConstraint("company_id", "sequence"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"), index=True)
    event: Mapped[str]
    body: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str]
    hash: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


APPEND = chained(RegisterEntry.__table__, "register")  # type: ignore[arg-type]  # declared as FromClause, is a Table
