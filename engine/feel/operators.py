"""Comparison, arithmetic and membership on FEEL values. Null stands for "cannot be said" (three-valued logic)."""

from collections.abc import Callable
from decimal import Decimal
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from engine.feel import temporal
from engine.feel.limits import DECIMAL, Purse
from engine.feel.values import NANOSECONDS, Date, DateTime, DaysTime, Function, Range, Time, Unsuitable, YearsMonths

_POINTS = (Date, DateTime, Time)
_DURATIONS = (YearsMonths, DaysTime)
_TEMPORAL = (*_POINTS, *_DURATIONS)
_ORDERINGS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
NUMBER_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {**_ORDERINGS, "=": eq, "!=": ne}
POWER_COST = 20


def equal(left: Any, right: Any, purse: Purse) -> bool | None:
    """Are they the same value? Null between values of different kinds (10.3.2.13)."""
    if left is None or right is None:
        return left is right
    if isinstance(left, Decimal | str):
        return bool(left == right) if type(left) is type(right) else None
    if isinstance(left, list):
        return _equal_lists(left, right, purse) if isinstance(right, list) else None
    if isinstance(left, dict):
        return _equal_contexts(left, right, purse) if isinstance(right, dict) else None
    if isinstance(left, Range):
        return _equal_ranges(left, right, purse) if isinstance(right, Range) else None
    if isinstance(left, Function):
        return left is right if isinstance(right, Function) else None
    return _equal_scalars(left, right)


def _equal_lists(left: list[Any], right: list[Any], purse: Purse) -> bool:
    if len(left) != len(right):
        return False
    purse.charge_items(len(left))
    return all(equal(first, second, purse) is True for first, second in zip(left, right, strict=True))


def _equal_contexts(left: dict[str, Any], right: dict[str, Any], purse: Purse) -> bool:
    if left.keys() != right.keys():
        return False
    purse.charge_items(len(left))
    return all(equal(value, right[key], purse) is True for key, value in left.items())


def _equal_ranges(left: Range, right: Range, purse: Purse) -> bool:
    if left.operator != right.operator:
        return False
    same_ends = left.low_included == right.low_included and left.high_included == right.high_included
    return same_ends and equal(left.low, right.low, purse) is True and equal(left.high, right.high, purse) is True


def _equal_scalars(left: Any, right: Any) -> bool | None:
    if type(left) is not type(right):
        return None
    if isinstance(left, DateTime | Time):
        # Equality compares the properties of a time, and its second is whole (table 42): fractions do not count.
        same_kind = _zoned(left) == _zoned(right)
        return bool(same_kind and _comparable(left) // NANOSECONDS == _comparable(right) // NANOSECONDS)
    return bool(left == right)


def _zoned(value: DateTime | Time) -> bool:
    return (value.time.zone if isinstance(value, DateTime) else value.zone) is not None


def _comparable(value: Any) -> Any:
    if isinstance(value, DateTime):
        return value.nanoseconds()
    return temporal.comparable_time(value) if isinstance(value, Time) else value


def ordered(operator: str, left: Any, right: Any) -> bool | None:
    """`left operator right` for <, <=, > and >=; null if the two cannot be ordered."""
    kind = type(left)
    if kind is not type(right):
        return None
    if kind is Decimal or kind is str or kind is Date or kind in _DURATIONS:
        return _ORDERINGS[operator](left, right)
    if kind is DateTime or kind is Time:
        return _ORDERINGS[operator](_comparable(left), _comparable(right))
    return None


def compare(operator: str, left: Any, right: Any, purse: Purse) -> bool | None:
    """`left operator right` for all six comparisons."""
    if operator == "=":
        return equal(left, right, purse)
    if operator == "!=":
        same = equal(left, right, purse)
        return None if same is None else not same
    return ordered(operator, left, right)


def in_range(value: Any, interval: Range, purse: Purse) -> bool | None:
    """Does the range hold the value? Null if it cannot be compared with an end that counts."""
    if interval.operator == "!=":
        same = equal(value, interval.low, purse)
        return None if same is None else not same
    if interval.operator == "=":
        return equal(value, interval.low, purse)
    if interval.operator:
        return None
    if type(value) is type(interval.low) is type(interval.high) is Decimal:
        above_low = interval.low <= value if interval.low_included else interval.low < value
        return above_low and (value <= interval.high if interval.high_included else value < interval.high)
    above = _beyond(value, interval.low, ">=" if interval.low_included else ">")
    below = _beyond(value, interval.high, "<=" if interval.high_included else "<")
    if above is False or below is False:
        return False
    return None if above is None or below is None else True


def _beyond(value: Any, end: Any, operator: str) -> bool | None:
    return ordered(operator, value, end) if end is not None else (None if value is None else True)


def add(left: Any, right: Any, purse: Purse) -> Any:
    """Sum of numbers or temporal values, or two strings joined. Raises Unsuitable or ArithmeticError, as all below."""
    if type(left) is Decimal and type(right) is Decimal:
        return DECIMAL.add(left, right)
    if type(left) is str and type(right) is str:
        purse.charge_text(len(left) + len(right))
        return left + right
    if isinstance(left, _TEMPORAL) and isinstance(right, _TEMPORAL):
        return temporal.add(left, right)
    raise Unsuitable


def subtract(left: Any, right: Any, _purse: Purse) -> Any:
    """Difference of numbers or temporal values."""
    if type(left) is Decimal and type(right) is Decimal:
        return DECIMAL.subtract(left, right)
    if isinstance(left, _TEMPORAL) and isinstance(right, _TEMPORAL):
        return temporal.subtract(left, right)
    raise Unsuitable


def multiply(left: Any, right: Any, _purse: Purse) -> Any:
    """Product of numbers, or of a duration and a number."""
    if type(left) is Decimal and type(right) is Decimal:
        return DECIMAL.multiply(left, right)
    if isinstance(left, _DURATIONS) and type(right) is Decimal:
        return temporal.scale(left, right)
    if isinstance(right, _DURATIONS) and type(left) is Decimal:
        return temporal.scale(right, left)
    raise Unsuitable


def divide(left: Any, right: Any, _purse: Purse) -> Any:
    """Quotient of numbers, or of a duration by a number or a duration of its kind."""
    if type(left) is Decimal and type(right) is Decimal:
        return DECIMAL.divide(left, right)
    if isinstance(left, _DURATIONS) and isinstance(right, (*_DURATIONS, Decimal)):
        return temporal.divide(left, right)
    raise Unsuitable


def power(left: Any, right: Any, purse: Purse) -> Any:
    """Left to the power of right."""
    if type(left) is not Decimal or type(right) is not Decimal:
        raise Unsuitable
    purse.charge(POWER_COST)
    return DECIMAL.power(left, right)


def negate(value: Any) -> Any:
    """Minus a number or duration; null for anything else."""
    if type(value) is Decimal:
        return DECIMAL.minus(value)
    if isinstance(value, YearsMonths | DaysTime):
        return temporal.negate(value)
    return None


OPERATIONS = {"+": add, "-": subtract, "*": multiply, "/": divide, "**": power}


def make_range(low: Any, high: Any, *, low_included: bool, high_included: bool) -> Range | None:
    """A range with two ends that can be ordered and are; null otherwise."""
    if ordered("<=", low, high) is not True:
        return None
    return Range(low, high, low_included, high_included)


def half_range(operator: str, endpoint: Any) -> Range | None:
    """`< 10` as a value: all that is less than ten. With an end that has no order nobody can say what is in it."""
    if operator in {"=", "!="}:
        return Range(endpoint, endpoint, low_included=True, high_included=True, operator=operator)
    if endpoint is None or ordered("<=", endpoint, endpoint) is None:
        return Range(endpoint, None, low_included=False, high_included=False, operator=operator)
    included = operator.endswith("=")
    if operator.startswith("<"):
        return Range(None, endpoint, low_included=False, high_included=included)
    return Range(endpoint, None, low_included=included, high_included=False)


def satisfies(value: Any, test: Any, purse: Purse) -> bool | None:
    """Does the value pass a positive unary test: lie in a range, be in a list, or equal the test?"""
    if isinstance(test, Range) and not isinstance(value, Range):
        return in_range(value, test, purse)
    if isinstance(test, list):
        purse.charge_items(len(test))
        if isinstance(value, list) and equal(value, test, purse):
            return True
        return any(_is_item(value, item, purse) for item in test)
    return equal(value, test, purse)


def _is_item(value: Any, item: Any, purse: Purse) -> bool:
    if isinstance(item, Range) and not isinstance(value, Range):
        return in_range(value, item, purse) is True
    if isinstance(item, list) and not isinstance(value, list):
        return False
    return equal(value, item, purse) is True
