"""Delegations (委托): who acts for whom, from when to when, for which documents and amounts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import JSON, CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from models.db import Amount, Model, UtcDateTime, utc_now
from models.tenancy import CompanyScoped


class Delegation(CompanyScoped, Model):
    """`to_user_id` is asked instead of `from_user_id`. Without `ends_at` it holds until it is revoked.

    `kinds` names the kinds of document ("request"); none means every kind. The amounts are included in the range.
    """

    __table_args__ = (
        CheckConstraint("from_user_id <> to_user_id", name="two_people"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("min_amount <= max_amount", name="amounts_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    from_user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    to_user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kinds: Mapped[list[str]] = mapped_column(JSON, default=list)
    min_amount: Mapped[Decimal | None] = mapped_column(Amount)
    max_amount: Mapped[Decimal | None] = mapped_column(Amount)
    note: Mapped[str] = mapped_column(default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
