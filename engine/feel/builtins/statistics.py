"""Sums and statistics over lists of numbers (DMN 1.5, 10.3.4.4)."""

from decimal import Decimal
from typing import Any

from engine.feel import operators
from engine.feel.builtins.signature import built_in
from engine.feel.limits import DECIMAL
from engine.feel.scope import Scope
from engine.feel.values import Unsuitable

_TWO = Decimal(2)


def _numbers(items: list[Any]) -> list[Decimal]:
    if not all(isinstance(item, Decimal) for item in items):
        raise Unsuitable
    return items


def _sum(scope: Scope, items: list[Any]) -> Any:
    if not items:
        return None
    total = items[0]
    if isinstance(total, str):
        raise Unsuitable
    for item in items[1:]:
        total = operators.add(total, item, scope.run)
    return operators.negate(operators.negate(total))


def _mean(scope: Scope, items: list[Any]) -> Any:
    total = _sum(scope, items)
    return None if total is None else operators.divide(total, Decimal(len(items)), scope.run)


def _product(_: Scope, items: list[Any]) -> Decimal | None:
    numbers = _numbers(items)
    if not numbers:
        return None
    product = Decimal(1)
    for number in numbers:
        product = DECIMAL.multiply(product, number)
    return product


def _median(_: Scope, items: list[Any]) -> Decimal | None:
    numbers = sorted(_numbers(items))
    if not numbers:
        return None
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    return DECIMAL.divide(DECIMAL.add(numbers[middle - 1], numbers[middle]), _TWO)


def _standard_deviation(scope: Scope, items: list[Any]) -> Decimal:
    """Of a sample: divided by one less than its size."""
    numbers = _numbers(items)
    if len(numbers) < 2:
        raise Unsuitable
    mean = _mean(scope, numbers)
    squares = Decimal(0)
    for number in numbers:
        squares = DECIMAL.add(squares, DECIMAL.power(DECIMAL.subtract(number, mean), _TWO))
    return DECIMAL.sqrt(DECIMAL.divide(squares, Decimal(len(numbers) - 1)))


def _mode(_: Scope, items: list[Any]) -> list[Decimal]:
    """The most frequent numbers, in ascending order."""
    counts: dict[Decimal, int] = {}
    for number in _numbers(items):
        counts[number] = counts.get(number, 0) + 1
    highest = max(counts.values(), default=0)
    return sorted(number for number, times in counts.items() if times == highest)


def _overloads(implementation: Any) -> tuple[tuple[str, Any], ...]:
    return ("list: list", implementation), ("*n: any", implementation)


STATISTICS_FUNCTIONS = (
    built_in("sum", *_overloads(_sum)),
    built_in("mean", *_overloads(_mean)),
    built_in("product", *_overloads(_product)),
    built_in("median", *_overloads(_median)),
    built_in("stddev", *_overloads(_standard_deviation)),
    built_in("mode", *_overloads(_mode)),
)
