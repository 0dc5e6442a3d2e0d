"""Customers and their invoice headers (抬头).

A header is never edited: a change closes the row and opens a new one, so a request keeps the text it was made with.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.db import Model, UtcDateTime, enum_type, utc_now
from models.tenancy import CompanyScoped


class HeaderKind(StrEnum):
    ORGANIZATION = "organization"
    PERSON = "person"
    GOVERNMENT = "government"
    FOREIGN = "foreign"


class Grade(StrEnum):
    """How well a customer is known; the approval chain may depend on it."""

    A = "A"
    B = "B"
    C = "C"


class Customer(CompanyScoped, Model):
    __table_args__ = (UniqueConstraint("company_id", "code"), Index("ix_customer_company_name", "company_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name: Mapped[str]
    initials: Mapped[str] = mapped_column(default="")
    pinyin: Mapped[str] = mapped_column(default="")
    grade: Mapped[Grade] = mapped_column(enum_type(Grade), default=Grade.B)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    contact: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    notes: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
    revision: Mapped[int] = mapped_column()
    headers: Mapped[list[Header]] = relationship(back_populates="customer", order_by="Header.id")

    __mapper_args__ = {"version_id_col": revision}

    @property
    def current_headers(self) -> list[Header]:
        return [header for header in self.headers if header.valid_to is None]

    @property
    def default_header(self) -> Header | None:
        current = self.current_headers
        return next((header for header in current if header.is_default), current[0] if current else None)


class Header(CompanyScoped, Model):
    """What stands on the invoice as its buyer. `valid_to` is None for the version in force."""

    __table_args__ = (
        # One header in force per tax number; whoever needs a second one gives a reason, which lifts the rule.
        Index(
            "uq_header_company_tax_id_in_force",
            "company_id",
            "tax_id",
            unique=True,
            sqlite_where=text("valid_to IS NULL AND tax_id <> '' AND override_reason = ''"),
            postgresql_where=text("valid_to IS NULL AND tax_id <> '' AND override_reason = ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("header.id"))
    kind: Mapped[HeaderKind] = mapped_column(enum_type(HeaderKind), default=HeaderKind.ORGANIZATION)
    title: Mapped[str]
    tax_id: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    bank_name: Mapped[str] = mapped_column(default="")
    bank_account: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    is_default: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(default="form")
    override_reason: Mapped[str] = mapped_column(default="")
    initials: Mapped[str] = mapped_column(default="")
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    customer: Mapped[Customer] = relationship(back_populates="headers")
