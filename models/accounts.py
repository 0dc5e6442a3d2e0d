"""Companies, people, their roles in each company, and the proofs by which they come in: sessions, tokens, invitations.

These tables are not company-scoped: a person may belong to several companies, and must be found before it is known
which one is meant.
"""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.access import Actor, Role
from models.calendars import STANDARD_HOURS, STANDARD_WEEK, written_hours
from models.db import Model, UtcDateTime, enum_type, utc_now


class WithdrawUntil(StrEnum):
    """How long an applicant may withdraw a request: until somebody has approved it, or until its approval ends."""

    FIRST_APPROVAL = "first_approval"
    END = "end"


class Company(Model):
    """A seller (开票主体): whose invoices these are."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    tax_id: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    bank_name: Mapped[str] = mapped_column(default="")
    bank_account: Mapped[str] = mapped_column(default="")
    drawer: Mapped[str] = mapped_column(default="")
    payee: Mapped[str] = mapped_column(default="")
    reviewer: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str] = mapped_column(default="Asia/Shanghai")
    number_pattern: Mapped[str] = mapped_column(default="KP-{year}{month:02}-{sequence:05}")
    withdraw_until: Mapped[WithdrawUntil] = mapped_column(enum_type(WithdrawUntil), default=WithdrawUntil.END)
    has_mail_links: Mapped[bool] = mapped_column(default=True)
    # The working calendar (models/calendars.py): pairs of HH:MM; Monday is 0.
    working_hours: Mapped[list[list[str]]] = mapped_column(JSON, default=lambda: written_hours(STANDARD_HOURS))
    working_weekdays: Mapped[list[int]] = mapped_column(JSON, default=lambda: sorted(STANDARD_WEEK))
    has_national_holidays: Mapped[bool] = mapped_column(default=True)
    # Renewed by triggers when the company's setup changes (models/setup.py).
    stamp: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    def today(self) -> date:
        """The day it is where the company is."""
        return utc_now().astimezone(ZoneInfo(self.time_zone)).date()

    def midnight(self, day: date) -> datetime:
        """When `day` begins where the company is."""
        return datetime.combine(day, time(), ZoneInfo(self.time_zone))

    def day_of(self, moment: datetime) -> date:
        """The day on which `moment` falls where the company is."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()


class User(Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="zh")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    memberships: Mapped[list[Membership]] = relationship(back_populates="user", order_by="Membership.id")


class Membership(Model):
    """What a person is in one company."""

    __table_args__ = (UniqueConstraint("user_id", "company_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), index=True)
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    is_active: Mapped[bool] = mapped_column(default=True)
    user: Mapped[User] = relationship(back_populates="memberships")
    company: Mapped[Company] = relationship()

    def as_actor(self, origin: str = "") -> Actor:
        return Actor(self.company_id, self.user_id, frozenset(Role(role) for role in self.roles), origin=origin)


class UserSession(Model):
    """A browser that is signed in. The cookie holds the token; only its hash is kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    address: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApiToken(Model):
    """A bearer token for programs: acts as its user in one company. Only the hash is kept."""

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"))
    name: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Invitation(Model):
    """A one-time link by which a person joins a company."""

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("company.id"), index=True)
    email: Mapped[str]
    name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    invited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginThrottle(Model):
    """Failed log-ins for one account or one address (`key`), and until when no more are tried."""

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_failure_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
