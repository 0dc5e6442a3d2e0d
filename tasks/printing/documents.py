"""What can be printed: plain values, already translated and dated by the caller. Amounts are yuan with two decimals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, kw_only=True)
class PrintLine:
    """One line. `net` and `tax` carry two decimals; `tax` is None where the law prints ``***`` (exempt, not taxed)."""

    name: str
    spec: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    net: Decimal
    rate_label: str
    tax: Decimal | None


@dataclass(frozen=True, kw_only=True)
class InvoicePreview:
    """An invoice as its buyer would see it. Without `number` it is a preview; `is_sample` marks a simulated one."""

    type_name: str
    number: str | None
    issued_on: date | None
    seller_name: str
    seller_tax_id: str
    buyer_name: str
    buyer_tax_id: str
    lines: tuple[PrintLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    gross_in_words: str
    remark: str = ""
    drawer: str = ""
    payee: str = ""
    reviewer: str = ""
    qr_text: str = ""
    is_sample: bool
    language: Language = "zh"


@dataclass(frozen=True, kw_only=True)
class SheetStep:
    """One decision. `acted_for` names the person whose task it was when somebody stood in; `at` is local time."""

    title: str
    person: str
    acted_for: str | None = None
    decision: str
    comment: str = ""
    at: str


@dataclass(frozen=True, kw_only=True)
class ApprovalSheet:
    """A request with everybody's decision. `verify_url` becomes the QR code by which a reader checks the sheet."""

    request_number: str
    title: str
    company: str
    applicant: str
    department: str | None = None
    submitted_at: str = ""
    status: str = ""
    customer: str
    buyer_tax_id: str
    invoice_type: str
    lines: tuple[PrintLine, ...]
    net: Decimal
    tax: Decimal
    gross: Decimal
    gross_in_words: str
    reason: str = ""
    remark: str = ""
    steps: tuple[SheetStep, ...] = ()
    attachments: tuple[str, ...] = ()
    printed_at: str
    verify_url: str = ""
    language: Language = "zh"
