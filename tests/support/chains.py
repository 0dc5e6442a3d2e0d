"""A small company, and the steps of a chain planned in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from models.chains import PlannedStep, Situation, plan, read_steps
from models.organization import Member, Organization, Unit

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
# Alice asks; Bob heads her team, Ben the division above it, Ada is the administrator. Lea has left.
ALICE, BOB, BEA, BEN, ADA, LEA = 1, 2, 3, 4, 5, 6
TEAM, DIVISION = 10, 11
FACTS: Mapping[str, Any] = {
    "kind": "request",
    "amount": Decimal(5000),
    "invoice_type": "digital_special",
    "customer_grade": "B",
    "customer_id": 7,
    "customer_owner_id": BEA,
    "requester_id": ALICE,
    "department_id": TEAM,
    "reason": "",
    "contract_number": "",
    "remark": "Bea",
    "delivery_email": "",
}


def organization(**changes: Any) -> Organization:
    members = {
        ALICE: Member(ALICE, "Alice", frozenset({"applicant"}), TEAM, True),
        BOB: Member(BOB, "Bob", frozenset({"approver"}), TEAM, True),
        BEA: Member(BEA, "Bea", frozenset({"approver"}), TEAM, True),
        BEN: Member(BEN, "Ben", frozenset({"finance"}), DIVISION, True),
        ADA: Member(ADA, "Ada", frozenset({"admin"}), None, True),
        LEA: Member(LEA, "Lea", frozenset({"approver"}), TEAM, False),
    }
    units = {TEAM: Unit(TEAM, "Team", DIVISION, BOB), DIVISION: Unit(DIVISION, "Division", None, BEN)}
    return Organization(**{"members": members, "units": units, **changes})


def situation(requester: int = ALICE, answers: Mapping[str, Any] | None = None, **changes: Any) -> Situation:
    values: dict[str, Any] = {
        "requester_id": requester,
        "facts": FACTS,
        "organization": organization(),
        "now": NOW,
        "evaluate": lambda text, facts: (answers or {}).get(text),
    }
    return Situation(**(values | changes))


def step(key: str = "s1", kind: str = "people", **changes: Any) -> dict[str, Any]:
    approvers = {
        name: changes.pop(name)
        for name in ("people", "outsiders", "role", "levels", "field", "expression")
        if name in changes
    }
    if kind == "people":
        approvers.setdefault("people", [BOB])
    return {"key": key, "title": "Check", "approvers": {"kind": kind, **approvers}, **changes}


def planned(*steps: Mapping[str, Any], **about: Any) -> tuple[PlannedStep, ...]:
    return plan(read_steps(steps), situation(**about))


def one(*steps: Mapping[str, Any], **about: Any) -> PlannedStep:
    (found,) = planned(*steps, **about)
    return found
