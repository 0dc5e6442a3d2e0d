"""FEEL in chains: check a condition before it is saved, and answer it over what is known of a request."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from engine.errors import EngineError, ExpressionInvalid
from engine.feel import compile_expression, to_python
from models.chains import FACTS, StepRule
from models.chains.rules import fault_in
from models.language import N_

# A request as any other: every fact has a value of its kind.
_SAMPLE: Mapping[str, Any] = {
    "kind": "request",
    "amount": Decimal("1000.00"),
    "invoice_type": "digital_special",
    "customer_grade": "B",
    "customer_id": 1,
    "customer_owner_id": 1,
    "requester_id": 1,
    "department_id": 1,
    "reason": "Contract 7",
    "contract_number": "HT-7",
    "remark": "-",
    "delivery_email": "name@example.com",
}


def evaluate(text: str, facts: Mapping[str, Any]) -> Any:
    """The value over the facts as plain data; None where it has no answer."""
    try:
        return to_python(compile_expression(text).evaluate(facts))
    except EngineError:
        return None


def check_expressions(rule: StepRule, position: int) -> None:
    """Raises `Invalid` naming step and field: a condition must answer yes or no, and all may read only facts."""
    if rule.condition:
        _check(rule, position, "condition", rule.condition)
        if not isinstance(evaluate(rule.condition, _SAMPLE), bool):
            fault_in(
                rule.title,
                position,
                "condition",
                N_("Step {position} “{title}”: “{text}” is neither true nor false. Compare, as in amount > 1000."),
                text=rule.condition,
            )
    if rule.approvers.expression:
        _check(rule, position, "approvers.expression", rule.approvers.expression)


def _check(rule: StepRule, position: int, name: str, text: str) -> None:
    try:
        names = compile_expression(text).names
    except ExpressionInvalid as fault:
        fault_in(
            rule.title,
            position,
            name,
            N_("Step {position} “{title}”: “{text}” cannot be read from character {place} on."),
            text=text,
            place=fault.position + 1,
        )
    if unknown := sorted(names - set(FACTS)):
        fault_in(
            rule.title,
            position,
            name,
            N_("Step {position} “{title}”: a request has no “{unknown}”. It has: {known}."),
            unknown=unknown[0],
            known=", ".join(FACTS),
        )
