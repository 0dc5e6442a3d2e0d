"""Issued invoices with snapshots of seller and buyer. What was issued never changes; the database refuses too."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.db import Amount, ExactDecimal, Model, UtcDateTime, enum_type, utc_now
from models.ledger import ddl
from models.requests import InvoiceRequest
from models.tenancy import CompanyScoped


class InvoiceStatus(StrEnum):
    ISSUED = "issued"
    VOIDED = "voided"
    PARTLY_REVERSED = "partly_reversed"
    REVERSED = "reversed"


class Channel(StrEnum):
    """How the invoice came to be. What the simulator issues is a sample and says so everywhere."""

    MANUAL = "manual"
    SIMULATOR = "simulator"


class Invoice(CompanyScoped, Model):
    """`code` is '' for fully digital invoices (数电票), whose 20-digit `number` stands alone.

    `serial` is this system's own number towards the channel: at most 20 characters, the same for the same request.
    """

    __table_args__ = (
        UniqueConstraint("company_id", "code", "number"),
        UniqueConstraint("company_id", "serial"),
        CheckConstraint("net + tax = gross", name="gross_is_net_plus_tax"),
        Index("ix_invoice_company_issued_on", "company_id", "issued_on", "id"),
        Index("ix_invoice_company_buyer", "company_id", "buyer_name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("invoice_request.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    serial: Mapped[str]
    invoice_type: Mapped[str]
    code: Mapped[str] = mapped_column(default="")
    number: Mapped[str]
    issued_on: Mapped[date]
    channel: Mapped[Channel] = mapped_column(enum_type(Channel))
    is_sample: Mapped[bool] = mapped_column(default=False)
    status: Mapped[InvoiceStatus] = mapped_column(enum_type(InvoiceStatus), default=InvoiceStatus.ISSUED)
    seller_name: Mapped[str]
    seller_tax_id: Mapped[str]
    buyer_name: Mapped[str]
    buyer_tax_id: Mapped[str] = mapped_column(default="")
    buyer_address: Mapped[str] = mapped_column(default="")
    buyer_phone: Mapped[str] = mapped_column(default="")
    buyer_bank_name: Mapped[str] = mapped_column(default="")
    buyer_bank_account: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    drawer: Mapped[str] = mapped_column(default="")
    net: Mapped[Decimal] = mapped_column(Amount)
    tax: Mapped[Decimal] = mapped_column(Amount)
    gross: Mapped[Decimal] = mapped_column(Amount)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    request: Mapped[InvoiceRequest] = relationship()
    lines: Mapped[list[InvoiceLine]] = relationship(back_populates="invoice", order_by="InvoiceLine.position")


class InvoiceLine(CompanyScoped, Model):
    __table_args__ = (UniqueConstraint("invoice_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    request_line_id: Mapped[int | None]
    position: Mapped[int]
    name: Mapped[str]
    tax_code: Mapped[str] = mapped_column(default="")
    spec: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    quantity: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    unit_price: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    rate: Mapped[str]
    net: Mapped[Decimal] = mapped_column(Amount)
    tax: Mapped[Decimal] = mapped_column(Amount)
    gross: Mapped[Decimal] = mapped_column(Amount)
    invoice: Mapped[Invoice] = relationship(back_populates="lines")


# Only `status` may move after issue; every other column of an issued invoice, and its lines, stay as they are.
_FROZEN = [
    "request_id",
    "customer_id",
    "serial",
    "invoice_type",
    "code",
    "number",
    "issued_on",
    "channel",
    "is_sample",
    "seller_name",
    "seller_tax_id",
    "buyer_name",
    "buyer_tax_id",
    "buyer_address",
    "buyer_phone",
    "buyer_bank_name",
    "buyer_bank_account",
    "remark",
    "drawer",
    "net",
    "tax",
    "gross",
    "issued_by_id",
    "created_at",
    "company_id",
]


def frozen_invoice_ddl() -> dict[str, list[str]]:
    """The triggers that keep issued content as it is, per database; used by `create_all` and by the migrations."""
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in _FROZEN)
    distinct = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in _FROZEN)
    refuse = "RAISE(ABORT, 'an issued invoice does not change')"
    sqlite = [
        f"CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice WHEN {changed} BEGIN SELECT {refuse}; END",
        f"CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice BEGIN SELECT {refuse}; END",
        f"CREATE TRIGGER invoice_line_frozen BEFORE UPDATE ON invoice_line BEGIN SELECT {refuse}; END",
        f"CREATE TRIGGER invoice_line_kept BEFORE DELETE ON invoice_line BEGIN SELECT {refuse}; END",
    ]
    function = (
        "CREATE OR REPLACE FUNCTION invoice_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'an issued invoice does not change'; END $$"
    )
    postgresql = [
        function,
        f"CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice FOR EACH ROW WHEN ({distinct}) "
        "EXECUTE FUNCTION invoice_refuse()",
        "CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_refuse()",
        "CREATE TRIGGER invoice_line_frozen BEFORE UPDATE OR DELETE ON invoice_line FOR EACH ROW "
        "EXECUTE FUNCTION invoice_refuse()",
    ]
    return {"sqlite": sqlite, "postgresql": postgresql}


for _dialect, _statements in frozen_invoice_ddl().items():
    for _statement in _statements:
        # The line table is made after the invoice table, so the triggers of both wait for it.
        event.listen(InvoiceLine.__table__, "after_create", ddl(_statement, _dialect))
