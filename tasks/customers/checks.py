"""What may stand in a customer and its header. The same rules for form, import and API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission, can
from models.accounts import Membership
from models.customers import Customer, Header, HeaderKind
from models.db import db
from models.errors import Invalid
from models.language import N_
from models.taxid import Verdict, check_tax_id, normalize_tax_id
from tasks.boundary import query
from tasks.customers.values import CUSTOMER_LIMITS, HEADER_LIMITS

# A number with a wrong check digit may still be what the certificate says; other faults cannot be explained away.
_EXPLAINABLE = frozenset({"checksum"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")

_TOO_LONG = N_("“{start}…” is too long: at most {limit} characters.")
_NOT_AN_EMAIL = N_("“{email}” is not an e-mail address; write it like name@example.com.")


@dataclass(frozen=True)
class TaxIdCheck:
    """What is known of a number: its verdict (None where none is needed), and another header in force that has it."""

    verdict: Verdict | None
    twin: Header | None = None

    @property
    def objection(self) -> Invalid | None:
        """Why the number is refused, unless somebody gives a reason."""
        if self.verdict is not None and self.verdict.level == "error":
            return Invalid.of(
                self.verdict.message, self.verdict.fields, code=f"taxid.{self.verdict.code}", field="tax_id"
            )
        return taken(self.twin) if self.twin is not None else None

    @property
    def is_explainable(self) -> bool:
        """Whether a reason can lift the objection."""
        return self.verdict is not None and (self.verdict.level != "error" or self.verdict.code in _EXPLAINABLE)

    def is_about(self, header: Header) -> bool:
        """Whether it is the number of `header` that was checked."""
        return self.verdict is not None and self.verdict.normalized == header.tax_id


@query(Permission.CUSTOMER_EDIT)
def check_tax_number(actor: Actor, text: str, *, kind: HeaderKind, header_id: int | None = None) -> TaxIdCheck:
    """Judge a number while it is typed. `header_id` is the header being changed, which may keep its own number."""
    own = db.session.get(Header, header_id) if header_id else None
    return TaxIdCheck(tax_id_verdict(text, kind), find_twin(text, except_header=own))


def tax_id_verdict(text: str, kind: HeaderKind) -> Verdict | None:
    """The verdict on a number, or None where it is empty and the kind of buyer needs none."""
    if not text.strip() and kind is not HeaderKind.ORGANIZATION:
        return None
    return check_tax_id(text, kind="other" if kind is HeaderKind.FOREIGN else None)


def find_twin(text: str, *, except_header: Header | None = None) -> Header | None:
    """The header in force that has this number already."""
    number = normalize_tax_id(text)
    if not number:
        return None
    found = (
        select(Header).options(joinedload(Header.customer)).where(Header.tax_id == number, Header.valid_to.is_(None))
    )
    if except_header is not None:
        found = found.where(Header.id != except_header.id)
    return db.session.scalars(found.order_by(Header.id).limit(1)).first()


def taken(twin: Header) -> Invalid:
    """The refusal of a number that another header has; it names the customer."""
    return Invalid(
        "The tax number {number} already belongs to {customer} ({customer_code}). Use that customer, or give a reason "
        "for a second header with this number.",
        code="customer.tax_id_taken",
        field="tax_id",
        number=twin.tax_id,
        customer=twin.customer.name,
        customer_code=twin.customer.code,
    )


def judge(actor: Actor, check: TaxIdCheck, reason: str, *, own: Header | None = None) -> tuple[Invalid | None, str]:
    """The refusal of a number, if it is refused, and the reason to keep beside it: empty where it needs none.

    `own` is the version that is replaced: what somebody has decided about its number stands without a new decision.
    """
    objection = check.objection
    if objection is None:
        return None, ""
    if not reason or not check.is_explainable:
        return objection, ""
    was_decided = own is not None and own.override_reason == reason and check.is_about(own)
    if was_decided or can(actor, Permission.CUSTOMER_OVERRIDE):
        return None, reason
    refusal = Invalid(
        "Your role may not keep a tax number against a check. Ask finance or an administrator to enter it.",
        code="customer.override",
        field="override_reason",
    )
    return refusal, ""


def check_customer_values(values: Mapping[str, Any]) -> list[Invalid]:
    """What is wrong with the texts of a customer."""
    problems = [*_check_lengths(values, CUSTOMER_LIMITS), *_check_email(values["email"])]
    if not values["name"]:
        problems.append(Invalid("Enter the customer's name.", code="customer.name", field="name"))
    return problems


def check_header_values(values: Mapping[str, Any]) -> list[Invalid]:
    """What is wrong with the texts of a header, its tax number apart."""
    problems = [*_check_lengths(values, HEADER_LIMITS), *_check_email(values["email"])]
    if not values["title"]:
        problems.append(Invalid("Enter the title that stands on the invoice.", code="header.title", field="title"))
    return problems


def check_owner(actor: Actor, owner_id: int | None) -> list[Invalid]:
    """An owner must work in the company."""
    if owner_id is None:
        return []
    found = db.session.scalars(
        select(Membership.id).where(
            Membership.company_id == actor.company_id, Membership.user_id == owner_id, Membership.is_active
        )
    ).first()
    if found is not None:
        return []
    return [Invalid("Choose an owner who works in this company.", code="customer.owner", field="owner_id")]


def find_by_code(code: str) -> Customer | None:
    """The customer with exactly this code."""
    return db.session.scalars(select(Customer).where(Customer.code == code)).one_or_none()


def code_taken(twin: Customer) -> Invalid:
    """The refusal of a code that another customer has; it names the customer."""
    return Invalid(
        "The code {taken} belongs to {customer}. Choose another, or leave it empty for the next free one.",
        code="customer.code_taken",
        field="code",
        taken=twin.code,
        customer=twin.name,
    )


def refuse(problems: Iterable[Invalid]) -> None:
    """Raise `Invalid` with every problem, if there is any."""
    found = tuple(problems)
    if found:
        raise Invalid("Some entries cannot be accepted. Nothing was saved.", code="customer.invalid", problems=found)


def _check_lengths(values: Mapping[str, Any], limits: Mapping[str, int]) -> list[Invalid]:
    return [
        Invalid(_TOO_LONG, code="customer.too_long", field=field, start=values[field][:20], limit=limit)
        for field, limit in limits.items()
        if len(values[field]) > limit
    ]


def _check_email(email: str) -> list[Invalid]:
    if not email or _EMAIL.fullmatch(email):
        return []
    return [Invalid(_NOT_AN_EMAIL, code="customer.email", field="email", email=email[:40])]
