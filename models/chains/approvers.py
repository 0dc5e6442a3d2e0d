"""How a step finds its approvers, what it may read of a request for it, and what happens where it finds nobody."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from models.chains.outsiders import Outsider

# What a request says in words.
TEXT_FACTS: Final = ("reason", "contract_number", "remark", "delivery_email")
# What a condition may read of a request.
FACTS: Final = (
    "kind",
    "amount",
    "invoice_type",
    "customer_grade",
    "customer_id",
    "customer_owner_id",
    "requester_id",
    "department_id",
    *TEXT_FACTS,
)


class ApproverKind(StrEnum):
    PEOPLE = "people"
    ROLE = "role"
    DEPARTMENT_HEAD = "department_head"
    HEAD_UP = "head_up"
    HEADS = "heads"
    CUSTOMER_OWNER = "customer_owner"
    FORM_FIELD = "form_field"
    INITIATOR_CHOICE = "initiator_choice"
    FEEL = "feel"
    EXTERNAL = "external"


class WhenEmpty(StrEnum):
    """What happens to a step for which nobody is found. Escalated, it goes to the head of the requester."""

    PASS = "pass"  # noqa: S105 - not a password
    PERSON = "person"
    ADMINS = "admins"
    ESCALATE = "escalate"


class WhenSelf(StrEnum):
    """Who answers in the place of a requester who would approve their own request."""

    SKIP = "skip"
    HEAD = "head"
    ADMINS = "admins"


class Repeat(StrEnum):
    """Whether somebody who approved an earlier step is asked again: always, never, or unless it was the step before."""

    EVERY = "every"
    FIRST = "first"
    CONSECUTIVE = "consecutive"


@dataclass(frozen=True, kw_only=True)
class Approvers:
    """Who approves: `kind` says how they are found, and which of the other fields is read for it.

    `several`: a requester who chooses may choose more than one person. Beside `outsiders` there may be `people`.
    """

    kind: ApproverKind
    people: tuple[int, ...] = ()
    outsiders: tuple[Outsider, ...] = ()
    role: str = ""
    levels: int = 1
    field: str = ""
    expression: str = ""
    several: bool = False
