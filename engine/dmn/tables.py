"""Decision tables: which rules match, and what the hit policy makes of them (DMN 1.5, §8.2.8)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, cast

from engine.dmn.explanation import Explanation, shown
from engine.dmn.run import DecisionRun
from engine.feel import Expression, UnaryTests
from engine.feel.builtins import BUILTINS
from engine.feel.convert import check_size, to_python
from engine.feel.literals import as_text
from engine.feel.operators import equal
from engine.feel.scope import Scope

HIT_POLICIES: Final = frozenset(
    {"UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"}
)  # fmt: skip
AGGREGATIONS: Final = frozenset({"", "SUM", "COUNT", "MIN", "MAX"})
_LISTS: Final = frozenset({"COLLECT", "RULE ORDER", "OUTPUT ORDER"})


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
    """What a table gave, with the inputs read and every rule that matched; all FEEL values."""

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

    def evaluate(self, scope: Scope) -> TableResult:
        """The table's answer in a scope of a `DecisionRun`.

        Raises `EngineError` for an input that is not allowed or a broken hit policy if the run is strict; without it
        the answer is null.
        """
        run = cast(DecisionRun, scope.run)
        run.charge(1 + (len(self.rules) * len(self.inputs) >> 4))
        values = [column.expression.read(scope) for column in self.inputs]
        asked = [Scope({"?": value}, scope, run) for value in values]
        read = tuple((column.label, value) for column, value in zip(self.inputs, values, strict=True))
        if not self._all_allowed(values, asked, run):
            return TableResult(None, read, ())
        hits = tuple(self._hit(rule, scope) for rule in self.rules if _matches(rule, values, asked))
        result = _POLICIES[self.hit_policy](self, hits, scope) if hits else self._default(scope)
        return TableResult(result, read, hits)

    def _all_allowed(self, values: list[Any], asked: list[Scope], run: DecisionRun) -> bool:
        for column, value, scope in zip(self.inputs, values, asked, strict=True):
            if column.allowed is not None and not column.allowed.passes(value, scope):
                check_size(value, run)
                run.refuse(
                    "The decision “{decision}” does not allow {value} for “{input}”.",
                    code="decision.input_not_allowed",
                    decision=self.name,
                    value=as_text(to_python(value))[:80],
                    input=column.label,
                )
                return False
        return True

    def _hit(self, rule: Rule, scope: Scope) -> Hit:
        values = (cell.read(scope) for cell in rule.outputs)
        return Hit(rule, {column.name: value for column, value in zip(self.outputs, values, strict=True)})

    def _default(self, scope: Scope) -> Any:
        if self.aggregation == "COUNT":
            return Decimal(0)
        if all(column.default is None for column in self.outputs):
            return [] if self.hit_policy in _LISTS and not self.aggregation else None
        return self.value({c.name: c.default.read(scope) if c.default else None for c in self.outputs})

    def value(self, outputs: dict[str, Any]) -> Any:
        """One output is the value itself, several are a context."""
        return outputs if len(self.outputs) > 1 else next(iter(outputs.values()))

    def values(self, hits: tuple[Hit, ...]) -> list[Any]:
        return [self.value(hit.outputs) for hit in hits]

    def ranked(self, hits: tuple[Hit, ...], scope: Scope) -> tuple[Hit, ...]:
        """Hits by the rank of their outputs, columns from left to right; a value without a rank comes last."""
        orders = [column.order.read(scope) if column.order is not None else [] for column in self.outputs]

        def rank(hit: Hit) -> list[int]:
            pairs = zip(hit.outputs.values(), orders, strict=True)
            return [_place(value, order or [], scope) for value, order in pairs]

        return tuple(sorted(hits, key=rank))


def _matches(rule: Rule, values: list[Any], asked: list[Scope]) -> bool:
    for test, value, scope in zip(rule.tests, values, asked, strict=True):
        if test is not None and not test.passes(value, scope):
            return False
    return True


def _place(value: Any, order: list[Any], scope: Scope) -> int:
    return next((n for n, item in enumerate(order) if equal(item, value, scope.run) is True), len(order))


def _unique(table: DecisionTable, hits: tuple[Hit, ...], scope: Scope) -> Any:
    if len(hits) == 1:
        return table.value(hits[0].outputs)
    return _broken(table, hits, scope, "The decision “{decision}” must match one rule only, but rules {rules} match.")


def _any(table: DecisionTable, hits: tuple[Hit, ...], scope: Scope) -> Any:
    first = table.value(hits[0].outputs)
    if all(equal(value, first, scope.run) is True for value in table.values(hits)):
        return first
    return _broken(
        table, hits, scope, "The rules {rules} of the decision “{decision}” match and give different results."
    )


def _first(table: DecisionTable, hits: tuple[Hit, ...], _: Scope) -> Any:
    return table.value(hits[0].outputs)


def _priority(table: DecisionTable, hits: tuple[Hit, ...], scope: Scope) -> Any:
    return table.value(table.ranked(hits, scope)[0].outputs)


def _rule_order(table: DecisionTable, hits: tuple[Hit, ...], _: Scope) -> Any:
    return table.values(hits)


def _output_order(table: DecisionTable, hits: tuple[Hit, ...], scope: Scope) -> Any:
    return table.values(table.ranked(hits, scope))


def _collect(table: DecisionTable, hits: tuple[Hit, ...], scope: Scope) -> Any:
    values = table.values(hits)
    if not table.aggregation:
        return values
    return BUILTINS[table.aggregation.lower()].call(scope, [values], None)


_POLICIES: Final[dict[str, Callable[[DecisionTable, tuple[Hit, ...], Scope], Any]]] = {
    "UNIQUE": _unique,
    "ANY": _any,
    "FIRST": _first,
    "PRIORITY": _priority,
    "RULE ORDER": _rule_order,
    "OUTPUT ORDER": _output_order,
    "COLLECT": _collect,
}


def _broken(table: DecisionTable, hits: tuple[Hit, ...], scope: Scope, message: str) -> None:
    numbers = ", ".join(str(hit.rule.number) for hit in hits)
    cast(DecisionRun, scope.run).refuse(message, code="decision.hit_policy", decision=table.name, rules=numbers)


def explain_table(element_id: str, table: DecisionTable, found: TableResult, run: DecisionRun) -> Explanation:
    """The inputs that the table read, the rules that matched and its result. Raises ExpressionInvalid if too big."""
    for value in (found.result, *(value for _, value in found.inputs), *(hit.outputs for hit in found.hits)):
        check_size(value, run)
    inputs = tuple((label, shown(value)) for label, value in found.inputs)
    matched = tuple(
        {
            "rule": hit.rule.id,
            "number": hit.rule.number,
            "note": hit.rule.note,
            "outputs": shown(hit.outputs),
        }
        for hit in found.hits
    )
    result = shown(found.result)
    return Explanation(element_id, table.name, table.hit_policy, inputs, matched, result)
