"""What a customer and its header are when they come in, and the lengths that the tax bureau's form allows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from models.customers import Customer, Grade, Header, HeaderKind

# Characters. Those of the header are the limits of the tax bureau's batch template, whose fields it fills.
CUSTOMER_LIMITS = {"name": 100, "code": 30, "contact": 40, "phone": 40, "email": 100, "notes": 1000}
HEADER_LIMITS = {
    "title": 100,
    "tax_id": 40,
    "address": 100,
    "phone": 100,
    "bank_name": 100,
    "bank_account": 50,
    "email": 100,
    "override_reason": 200,
}


@dataclass(frozen=True, kw_only=True)
class CustomerDraft:
    """A customer as typed. An empty code asks for the next automatic one."""

    name: str
    code: str = ""
    grade: Grade = Grade.B
    owner_id: int | None = None
    contact: str = ""
    phone: str = ""
    email: str = ""
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class HeaderDraft:
    """A header as typed. `override_reason`: why its tax number stays although a check objects."""

    title: str
    kind: HeaderKind = HeaderKind.ORGANIZATION
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    bank_name: str = ""
    bank_account: str = ""
    email: str = ""
    override_reason: str = ""
    is_default: bool = False


def values_of(draft: CustomerDraft | HeaderDraft) -> dict[str, Any]:
    """The entries of a draft by field, texts without the blanks around them."""
    return {field: value.strip() if type(value) is str else value for field, value in asdict(draft).items()}


def customer_draft(customer: Customer) -> CustomerDraft:
    """A customer as a draft, to be shown in a form or changed in part."""
    return CustomerDraft(**{field: getattr(customer, field) for field in CustomerDraft.__dataclass_fields__})


def header_draft(header: Header) -> HeaderDraft:
    """A header as a draft, to be shown in a form or changed in part."""
    return HeaderDraft(**{field: getattr(header, field) for field in HeaderDraft.__dataclass_fields__})
