"""Decision tables: which rules match, and what the hit policy makes of them (DMN 1.5, §8.2.8)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from engine.errors import EngineError
from engine.feel import Expression, UnaryTests

HIT_POLICIES: Final = frozenset(
    {"UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"}
)  # fmt: skip
AGGREGATIONS: Final = frozenset({"", "SUM", "COUNT", "MIN", "MAX"})


@dataclass(frozen=True)
class Input:
    """A column that asks. `allowed` is None when every value may come."""

    label: str
    expression: Expression
    allowed: UnaryTests | None


@dataclass(frozen=True)
class Output:
    """A column that answers. `order` ranks its values, best first, for PRIORITY and OUTPUT ORDER."""

    name: str
    order: Expression | None
    default: Expression | None


@dataclass(frozen=True)
class Rule:
    """A row. A test of None matches everything; `number` counts from 1 as the editor shows it."""

    id: str
    number: int
    note: str
    tests: tuple[UnaryTests | None, ...]
    outputs: tuple[Expression, ...]


@dataclass(frozen=True)
class Hit:
    """A rule that matched, and the outputs it gave, by column name."""

    rule: Rule
    outputs: dict[str, Any]


@dataclass(frozen=True)
class TableResult:
    """What a table gave, with the inputs read and every rule that matched."""

    result: Any
    inputs: tuple[tuple[str, Any], ...]
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class DecisionTable:
    name: str
    hit_policy: str
    aggregation: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...] = field(repr=False)

    def evaluate(self, data: Mapping[str, Any], now: datetime | None) -> TableResult:
        """The table's answer. Raises `EngineError` for an input that is not allowed or a broken hit policy."""
        values = tuple(column.expression.evaluate(data, now=now) for column in self.inputs)
        self._check_allowed(values, data, now)
        hits = tuple(self._hit(rule, data, now) for rule in self.rules if _matches(rule, values, data, now))
        result = self._apply(list(hits)) if hits else self._default(data, now)
        read = tuple((column.label, value) for column, value in zip(self.inputs, values, strict=True))
        return TableResult(result, read, hits)

    def _check_allowed(self, values: tuple[Any, ...], data: Mapping[str, Any], now: datetime | None) -> None:
        for column, value in zip(self.inputs, values, strict=True):
            if column.allowed is not None and not column.allowed.matches(value, data, now=now):
                raise EngineError(
                    "The decision “{decision}” does not allow {value} for “{input}”.",
                    code="decision.input_not_allowed",
                    decision=self.name,
                    value=repr(value)[:80],
                    input=column.label,
                )

    def _hit(self, rule: Rule, data: Mapping[str, Any], now: datetime | None) -> Hit:
        values = (cell.evaluate(data, now=now) for cell in rule.outputs)
        return Hit(rule, {column.name: value for column, value in zip(self.outputs, values, strict=True)})

    def _default(self, data: Mapping[str, Any], now: datetime | None) -> Any:
        if self.aggregation == "COUNT":
            return 0
        if all(column.default is None for column in self.outputs):
            return [] if self.hit_policy in {"COLLECT", "RULE ORDER", "OUTPUT ORDER"} and not self.aggregation else None
        defaults = ((c.name, c.default.evaluate(data, now=now) if c.default else None) for c in self.outputs)
        return self.value(dict(defaults))

    def _apply(self, hits: list[Hit]) -> Any:
        return _POLICIES[self.hit_policy](self, hits)

    def value(self, outputs: dict[str, Any]) -> Any:
        """One output is the value itself, several are a context."""
        return outputs if len(self.outputs) > 1 else next(iter(outputs.values()))

    def values(self, hits: list[Hit]) -> list[Any]:
        return [self.value(hit.outputs) for hit in hits]

    def ranked(self, hits: list[Hit]) -> list[Hit]:
        """Hits by the rank of their outputs, columns from left to right; a value without a rank comes last."""
        orders = [column.order.evaluate({}) if column.order is not None else [] for column in self.outputs]

        def rank(hit: Hit) -> list[int]:
            pairs = zip(hit.outputs.values(), orders, strict=True)
            return [order.index(value) if value in order else len(order) for value, order in pairs]

        return sorted(hits, key=rank)


def _matches(rule: Rule, values: tuple[Any, ...], data: Mapping[str, Any], now: datetime | None) -> bool:
    pairs = zip(rule.tests, values, strict=True)
    return all(test is None or test.matches(value, data, now=now) for test, value in pairs)


def _unique(table: DecisionTable, hits: list[Hit]) -> Any:
    if len(hits) > 1:
        raise _broken(table, hits, "The decision “{decision}” must match one rule only, but rules {rules} match.")
    return table.value(hits[0].outputs)


def _any(table: DecisionTable, hits: list[Hit]) -> Any:
    if any(hit.outputs != hits[0].outputs for hit in hits):
        raise _broken(table, hits, "The rules {rules} of the decision “{decision}” match and give different results.")
    return table.value(hits[0].outputs)


def _first(table: DecisionTable, hits: list[Hit]) -> Any:
    return table.value(hits[0].outputs)


def _priority(table: DecisionTable, hits: list[Hit]) -> Any:
    return table.value(table.ranked(hits)[0].outputs)


def _rule_order(table: DecisionTable, hits: list[Hit]) -> Any:
    return table.values(hits)


def _output_order(table: DecisionTable, hits: list[Hit]) -> Any:
    return table.values(table.ranked(hits))


def _collect(table: DecisionTable, hits: list[Hit]) -> Any:
    values = table.values(hits)
    match table.aggregation:
        case "COUNT":
            return len(values)
        case "SUM" | "MIN" | "MAX" if not all(_is_number(value) for value in values):
            return None
        case "SUM":
            return sum(values)
        case "MIN":
            return min(values)
        case "MAX":
            return max(values)
    return values


def _is_number(value: Any) -> bool:
    return isinstance(value, Decimal | int) and not isinstance(value, bool)


_POLICIES: Final[dict[str, Callable[[DecisionTable, list[Hit]], Any]]] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "FIRST": _first,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _collect,
}


def _broken(table: DecisionTable, hits: list[Hit], message: str) -> EngineError:
    numbers = ", ".join(str(hit.rule.number) for hit in hits)
    return EngineError(message, code="decision.hit_policy", decision=table.name, rules=numbers)
