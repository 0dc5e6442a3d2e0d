"""A request as a person fills it in, the money of it, and the files of comments: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from models.arithmetic import LineAmounts, Totals


@dataclass(frozen=True, kw_only=True)
class LineDraft:
    """A line as typed. Amount, price and discount include tax when the request says so; `rate` is a rate's key."""

    name: str
    tax_code: str = ""
    short_name: str = ""
    spec: str = ""
    unit: str = ""
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    amount: Decimal | None = None
    discount: Decimal = Decimal("0.00")
    rate: str = "0.13"


@dataclass(frozen=True, kw_only=True)
class RequestDraft:
    """What a person fills in. `choices` are the people they choose to approve, by the key of the chain's step."""

    customer_id: int | None = None
    header_id: int | None = None
    invoice_type: str = "digital_ordinary"
    tax_inclusive: bool = True
    reason: str = ""
    contract_number: str = ""
    remark: str = ""
    delivery_email: str = ""
    expected_on: date | None = None
    choices: Mapping[str, Sequence[int]] = field(default_factory=dict)
    lines: Sequence[LineDraft] = ()


@dataclass(frozen=True)
class RequestEdits:
    """What is to be otherwise: `entries` as `RequestDraft` names them, `lines` by place from 0 as `LineDraft` does."""

    entries: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class ComputedLines:
    """The money of a draft: each line, and the sums of the rounded lines."""

    lines: tuple[LineAmounts, ...]
    totals: Totals


@dataclass(frozen=True)
class CommentFile:
    """A file of a comment, as its line of the timeline keeps it. `size` is in bytes."""

    name: str
    media_type: str
    size: int
    sha256: str
