"""What a decision gave and how it came about, as plain data for the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError, Problem
from engine.feel import to_json, to_python


@dataclass(frozen=True)
class Explanation:
    """A decision's result and how it came about. `matched` has the rules that matched, in the order of the table.

    `required` explains the decisions it read; `invoked` the tables inside its logic and the decisions of the services
    it called; `faults` say why something became null.
    """

    decision: str
    name: str
    hit_policy: str
    inputs: tuple[tuple[str, Any], ...]
    matched: tuple[Mapping[str, Any], ...]
    result: Any
    required: tuple["Explanation", ...] = ()
    invoked: tuple["Explanation", ...] = ()
    faults: tuple[Problem, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain data, to store beside the step; a decision that several read is told once."""
        return _told(self, set())


def _told(explanation: Explanation, told: set[int]) -> dict[str, Any]:
    told.add(id(explanation))
    return {
        "decision": explanation.decision,
        "name": explanation.name,
        "hit_policy": explanation.hit_policy,
        "inputs": [{"label": label, "value": value} for label, value in explanation.inputs],
        "matched": [dict(rule) for rule in explanation.matched],
        "result": explanation.result,
        "required": [_told(item, told) for item in explanation.required if id(item) not in told],
        "invoked": [_told(item, told) for item in explanation.invoked if id(item) not in told],
        "faults": [
            {"element": fault.element_id, "message": fault.message, "fields": fault.fields}
            for fault in explanation.faults
        ],
    }


def shown(value: Any) -> Any:
    """The FEEL value in Python's types; with a date that Python's calendar does not have, as for JSON."""
    try:
        return to_python(value)
    except (ValueError, OverflowError):
        return to_json(value)


def result_of(value: Any, decision: str) -> Any:
    """A result in Python's types. Raises `EngineError` for a date that Python's calendar does not have."""
    try:
        return to_python(value)
    except (ValueError, OverflowError):
        raise EngineError(
            "The decision “{decision}” gives a date that is too far away.", code="decision.date", decision=decision
        ) from None
