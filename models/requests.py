"""A request that an invoice be issued: its lines, its attachments, and the states it passes through.

Approval, issue, delivery and collection are four separate axes; `stage` derives the one word people look for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.accounts import User
from models.customers import Customer, Grade, Header
from models.db import Amount, ExactDecimal, Model, UtcDateTime, enum_type, utc_now
from models.errors import Conflict
from models.tenancy import CompanyScoped


class Approval(StrEnum):
    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"


class IssueState(StrEnum):
    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"
    REVERSED = "reversed"


class DeliveryState(StrEnum):
    NONE = "none"
    PARTIAL = "partial"
    DELIVERED = "delivered"
    EXCEPTION = "exception"


class CollectionState(StrEnum):
    NONE = "none"
    PARTIAL = "partial"
    COLLECTED = "collected"


# What approvers may be let change as they approve: entries of the request, and groups of entries of its lines.
LINE_EDITS: Mapping[str, tuple[str, ...]] = {
    "items": ("name", "spec", "unit", "tax_code"),
    "amounts": ("quantity", "unit_price", "amount", "discount", "rate"),
}
EDITS = ("invoice_type", "reason", "contract_number", "remark", "delivery_email", "expected_on", *LINE_EDITS)
EDITABLE = frozenset({Approval.DRAFT, Approval.RETURNED, Approval.WITHDRAWN})
_MOVES: dict[Approval, frozenset[Approval]] = {
    Approval.DRAFT: frozenset({Approval.IN_APPROVAL, Approval.CANCELLED}),
    Approval.IN_APPROVAL: frozenset({Approval.APPROVED, Approval.RETURNED, Approval.REJECTED, Approval.WITHDRAWN}),
    Approval.RETURNED: frozenset({Approval.IN_APPROVAL, Approval.WITHDRAWN, Approval.CANCELLED}),
    # Finance may still send an approved request back, and an approval be taken back, as long as nothing was issued.
    Approval.APPROVED: frozenset({Approval.IN_APPROVAL, Approval.RETURNED, Approval.CANCELLED}),
    Approval.WITHDRAWN: frozenset({Approval.IN_APPROVAL, Approval.CANCELLED}),
    Approval.REJECTED: frozenset(),
    Approval.CANCELLED: frozenset(),
}


class TaxItem(CompanyScoped, Model):
    """A row of the item library (商品库): what the company sells, with its tax code and usual rate."""

    __table_args__ = (UniqueConstraint("company_id", "name", "spec"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    tax_code: Mapped[str] = mapped_column(default="")
    short_name: Mapped[str] = mapped_column(default="")
    spec: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    unit_price: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    rate: Mapped[str] = mapped_column(default="0.13")
    initials: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)


class InvoiceRequest(CompanyScoped, Model):
    """`number` is None until the first submit: drafts take no number, so the series has no gap.

    Totals are the sums of the rounded lines, never recomputed from a sum.
    """

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        CheckConstraint("net + tax = gross", name="gross_is_net_plus_tax"),
        Index("ix_request_company_approval", "company_id", "approval", "id"),
        Index("ix_request_company_applicant", "company_id", "applicant_id", "id"),
        Index("ix_request_twin", "customer_id", "gross", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str | None]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customer.id"), index=True)
    header_id: Mapped[int | None] = mapped_column(ForeignKey("header.id"))
    invoice_type: Mapped[str] = mapped_column(default="digital_ordinary")
    tax_inclusive: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str] = mapped_column(default="")
    contract_number: Mapped[str] = mapped_column(default="")
    remark: Mapped[str] = mapped_column(default="")
    delivery_email: Mapped[str] = mapped_column(default="")
    expected_on: Mapped[date | None]
    # Whom the applicant chose to approve, by the key of the chain's step.
    choices: Mapped[dict[str, list[int]]] = mapped_column(JSON, default=dict)
    net: Mapped[Decimal] = mapped_column(Amount, default=Decimal(0))
    tax: Mapped[Decimal] = mapped_column(Amount, default=Decimal(0))
    gross: Mapped[Decimal] = mapped_column(Amount, default=Decimal(0))
    approval: Mapped[Approval] = mapped_column(enum_type(Approval), default=Approval.DRAFT)
    issue: Mapped[IssueState] = mapped_column(enum_type(IssueState), default=IssueState.NONE)
    delivery: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState), default=DeliveryState.NONE)
    collection: Mapped[CollectionState] = mapped_column(enum_type(CollectionState), default=CollectionState.NONE)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    # What the person typed while a draft was not yet valid, kept as typed so that nothing is lost.
    unfinished: Mapped[dict[str, object] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revision: Mapped[int] = mapped_column()
    lines: Mapped[list[RequestLine]] = relationship(
        back_populates="request", cascade="all, delete-orphan", order_by="RequestLine.position"
    )
    attachments: Mapped[list[Attachment]] = relationship(
        back_populates="request", cascade="all, delete-orphan", order_by="Attachment.id"
    )
    customer: Mapped[Customer | None] = relationship()
    header: Mapped[Header | None] = relationship()
    applicant: Mapped[User] = relationship()

    __mapper_args__ = {"version_id_col": revision}

    @property
    def is_editable(self) -> bool:
        return self.approval in EDITABLE

    @property
    def stage(self) -> str:
        """The one word for lists: the approval state until it is approved, then how far the issuing is."""
        if self.approval is not Approval.APPROVED:
            return self.approval.value
        return {IssueState.NONE: "to_issue", IssueState.FULL: "issued"}.get(self.issue, self.issue.value)

    def move_to(self, approval: Approval) -> None:
        """Change the approval state. Raises `Conflict` on a move that is not allowed."""
        if approval not in _MOVES[self.approval] or (
            self.approval is Approval.APPROVED and self.issue is not IssueState.NONE
        ):
            raise Conflict(
                "Request {number} is {state}; it cannot become {wanted}.",
                code="request.state",
                number=self.number or self.id,
                state=self.approval.value,
                wanted=approval.value,
            )
        self.approval = approval

    def mark_issued(self) -> None:
        """Everything requested has been issued. Raises `Conflict` unless approved and not yet issued."""
        if self.approval is not Approval.APPROVED or self.issue is not IssueState.NONE:
            raise Conflict(
                "Request {number} is not waiting to be issued.", code="request.not_to_issue", number=self.number
            )
        self.issue = IssueState.FULL


class RequestLine(CompanyScoped, Model):
    """One line as typed (`amount` is tax-inclusive or not, as its request says) and as computed (net, tax, gross).

    `net` and `tax` are after the discount.
    """

    __table_args__ = (UniqueConstraint("request_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("invoice_request.id", ondelete="CASCADE"))
    position: Mapped[int]
    name: Mapped[str]
    tax_code: Mapped[str] = mapped_column(default="")
    short_name: Mapped[str] = mapped_column(default="")
    spec: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    quantity: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    unit_price: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    amount: Mapped[Decimal] = mapped_column(Amount)
    discount: Mapped[Decimal] = mapped_column(Amount, default=Decimal(0))
    rate: Mapped[str]
    net: Mapped[Decimal] = mapped_column(Amount)
    tax: Mapped[Decimal] = mapped_column(Amount)
    gross: Mapped[Decimal] = mapped_column(Amount)
    request: Mapped[InvoiceRequest] = relationship(back_populates="lines")


class Attachment(CompanyScoped, Model):
    """A file beside a request. The bytes lie under their SHA-256 outside the web root."""

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("invoice_request.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(index=True)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    request: Mapped[InvoiceRequest] = relationship(back_populates="attachments")


class RequestRound(CompanyScoped, Model):
    """A request as it was submitted once, for those who decide about what was changed since: texts by field."""

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("invoice_request.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    content: Mapped[dict[str, str]] = mapped_column(JSON)


class NumberSeries(CompanyScoped, Model):
    """The counter behind the numbers of one kind in one period. Drawn under a lock, in the transaction that uses it."""

    __table_args__ = (UniqueConstraint("company_id", "kind", "period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    period: Mapped[str]
    next_value: Mapped[int] = mapped_column(default=1)

    def draw(self) -> int:
        value = self.next_value
        self.next_value = value + 1
        return value


def customer_grade(customer: Customer | None) -> str:
    """As the decision table reads it: who is not known yet counts as new."""
    return (customer.grade if customer else Grade.C).value
