"""A decision: a table or one expression, over the data and over the decisions it requires."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.dmn.tables import DecisionTable, TableResult
from engine.feel import Expression, to_python


@dataclass(frozen=True)
class Explanation:
    """A decision's result and how it came about. `matched` has the rules that matched, in the order of the table."""

    decision: str
    name: str
    hit_policy: str
    inputs: tuple[tuple[str, Any], ...]
    matched: tuple[Mapping[str, Any], ...]
    result: Any
    required: tuple["Explanation", ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain data, to store beside the step."""
        return {
            "decision": self.decision,
            "name": self.name,
            "hit_policy": self.hit_policy,
            "inputs": [{"label": label, "value": value} for label, value in self.inputs],
            "matched": [dict(rule) for rule in self.matched],
            "result": self.result,
            "required": [item.as_dict() for item in self.required],
        }


@dataclass(frozen=True)
class Decision:
    """`variable` is the name under which decisions that require this one read its result."""

    id: str
    name: str
    variable: str
    logic: DecisionTable | Expression = field(repr=False)
    required: tuple["Decision", ...] = ()

    def evaluate(self, data: Mapping[str, Any], *, now: datetime | None = None) -> Explanation:
        """The result over `data`, explained. Raises `EngineError` for a broken hit policy or an input not allowed."""
        required = tuple(decision.evaluate(data, now=now) for decision in self.required)
        results = {decision.variable: item.result for decision, item in zip(self.required, required, strict=True)}
        data = {**data, **results}
        if isinstance(self.logic, DecisionTable):
            return self._explain(self.logic, self.logic.evaluate(data, now), required)
        result = self.logic.evaluate(data, now=now)
        inputs = tuple((name, data[name]) for name in sorted(self.logic.names) if name in data)
        return Explanation(self.id, self.name, "", inputs, (), to_python(result), required)

    def _explain(self, table: DecisionTable, found: TableResult, required: tuple[Explanation, ...]) -> Explanation:
        matched = tuple(
            {"rule": hit.rule.id, "number": hit.rule.number, "note": hit.rule.note, "outputs": to_python(hit.outputs)}
            for hit in found.hits
        )
        inputs = tuple((label, to_python(value)) for label, value in found.inputs)
        return Explanation(self.id, self.name, table.hit_policy, inputs, matched, to_python(found.result), required)
