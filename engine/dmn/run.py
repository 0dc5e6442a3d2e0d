"""One evaluation of a requirements graph: its fuel, what was refused on the way, and which tables and services ran."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from engine.errors import EngineError, Problem
from engine.feel.limits import DEFAULT_FUEL
from engine.feel.scope import Evaluation

DECISION_FUEL: Final = 2 * DEFAULT_FUEL
_MAX_NOTES: Final = 100


@dataclass
class Notes:
    """What is told of one piece of logic: why values became null, and what ran inside it."""

    faults: list[Problem] = field(default_factory=list)
    invoked: list[Any] = field(default_factory=list)


class DecisionRun(Evaluation):
    """`strict` raises what the standard makes null: a broken hit policy, an input that a table does not allow."""

    __slots__ = ("element_id", "notes", "strict")

    def __init__(self, now: datetime | None, *, strict: bool, fuel: int = DECISION_FUEL) -> None:
        super().__init__(fuel, now)
        self.strict = strict
        self.element_id = ""
        self.notes = Notes()

    def why_null(self, message: str, **fields: object) -> None:
        """Keep the reason for the explanation."""
        if len(self.notes.faults) < _MAX_NOTES:
            self.notes.faults.append(Problem(self.element_id, "error", "decision.null", message, dict(fields)))

    def refuse(self, message: str, *, code: str, **fields: object) -> None:
        """The logic cannot answer: raise EngineError if strict, else keep the reason and let the answer be null."""
        if self.strict:
            raise EngineError(message, code=code, **fields)
        self.why_null(message, **fields)

    def tell(self, invoked: Any) -> None:
        """Keep the explanation of a table or service that ran inside the present logic."""
        if len(self.notes.invoked) < _MAX_NOTES:
            self.notes.invoked.append(invoked)
