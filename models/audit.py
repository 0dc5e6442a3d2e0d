"""The audit log: who did what, when, from where, and with which result; hash-chained per company."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.db import Model, UtcDateTime, utc_now
from models.ledger import chained
from models.tenancy import CompanyScoped


class AuditEntry(CompanyScoped, Model):
    """`body` is the exact text that was hashed; the other columns repeat parts of it for searching."""

    __table_args__ = (
        UniqueConstraint("company_id", "sequence"),
        Index("ix_audit_entry_subject", "company_id", "subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    user_id: Mapped[int | None]
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str]
    hash: Mapped[str]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


APPEND = chained(AuditEntry.__table__, "audit")  # type: ignore[arg-type]  # declared as FromClause, is a Table
