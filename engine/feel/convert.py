"""The border of the language: plain Python data in, FEEL values inside, plain data or JSON out."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.errors import ExpressionInvalid
from engine.feel.limits import DECIMAL, MAX_VALUE_DEPTH, Purse
from engine.feel.values import (
    NANOSECONDS,
    Date,
    DateTime,
    DaysTime,
    Function,
    Range,
    Time,
    YearsMonths,
    from_datetime,
    to_datetime,
    zone_of,
)

_SCALARS = frozenset({str, bool, type(None), Date, Time, DateTime, YearsMonths, DaysTime, Range, Function})
_AS_IN_PYTHON = frozenset({str, bool, type(None), Decimal})
_MAX_JSON_INTEGER = 2**63
_MAX_EXACT = 10**34
_MAX_INTEGER_BITS = 20_000


def from_python(value: Any, purse: Purse, depth: int = 0) -> Any:
    """The FEEL value of plain data. Raises ExpressionInvalid for other objects, for cycles and for too much data."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is int:
        return Decimal(value) if -_MAX_EXACT < value < _MAX_EXACT else _number(value)
    if kind is Decimal or kind is float:
        return _number(value)
    if depth > MAX_VALUE_DEPTH:
        raise ExpressionInvalid("The data is nested too deeply.", code="expression.too_deep")
    if kind is list or kind is tuple:
        purse.charge_items(len(value))
        return [from_python(item, purse, depth + 1) for item in value]
    if isinstance(value, dict):
        purse.charge_items(len(value))
        return {str(key): from_python(item, purse, depth + 1) for key, item in value.items()}
    return _from_library_type(value)


def _number(value: Decimal | float) -> Decimal | None:
    """The number in 34 digits; a float is the decimal people read. Null if it is infinite, none, or out of range."""
    if isinstance(value, int) and value.bit_length() > _MAX_INTEGER_BITS:
        return None
    try:
        number = DECIMAL.create_decimal(repr(value) if isinstance(value, float) else value)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _from_library_type(value: Any) -> Any:
    match value:
        case int() | float() | Decimal():
            return _number(value)
        case datetime():
            return from_datetime(value)
        case date():
            return Date(value.year, value.month, value.day)
        case time():
            zone = zone_of(datetime.combine(date(2000, 1, 1), value))
            return Time(value.hour, value.minute, value.second, value.microsecond * 1000, zone)
        case timedelta():
            return DaysTime((value.days * 86_400 + value.seconds) * NANOSECONDS + value.microseconds * 1000)
        case str():
            return str(value)
        case _:
            raise ExpressionInvalid(
                "A value of type {type} is not plain data.", code="expression.data", type=type(value).__name__
            )


def check_size(value: Any, purse: Purse) -> None:
    """Walk a result, counting shared parts every time they are met. Raises ExpressionInvalid if it is too big."""
    stack = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if isinstance(item, list | dict):
            if depth > MAX_VALUE_DEPTH:
                raise ExpressionInvalid("The result is nested too deeply.", code="expression.too_deep")
            purse.charge_items(len(item))
            stack.extend((part, depth + 1) for part in (item.values() if isinstance(item, dict) else item))
        elif isinstance(item, str):
            purse.charge(len(item) >> 8)


def to_json(value: Any) -> Any:
    """Data that the json module can write.

    A whole number of at most 64 bits becomes an int, another number a float if the float is exactly that number, else
    its decimal digits as text. Temporal values become ISO 8601 text, functions null.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return number_to_json(value)
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {key: to_json(item) for key, item in value.items()}
        case Range():
            return _range_to_json(value)
        case Function():
            return None
        case _:
            return str(value)


def number_to_json(number: Decimal) -> int | float | str:
    """A JSON number where that loses nothing, else the decimal digits as text."""
    if number == number.to_integral_value() and abs(number) < _MAX_JSON_INTEGER:
        return int(number)
    number = DECIMAL.normalize(number)
    as_float = float(number)
    return (
        as_float if Decimal(repr(as_float)) == number else format(number, "f" if abs(number.adjusted()) < 40 else "E")
    )


def _range_to_json(value: Range) -> dict[str, Any]:
    return {
        "start": to_json(value.low),
        "end": to_json(value.high),
        "start included": value.low_included,
        "end included": value.high_included,
    }


def to_python(value: Any) -> Any:
    """Temporal values as Python's date, time, datetime and timedelta where they fit; everything else as it is.

    A date and time without a zone stays naive. Raises ValueError for years Python cannot hold.
    """
    if type(value) in _AS_IN_PYTHON:
        return value
    match value:
        case Date():
            return date(value.year, value.month, value.day)
        case DateTime():
            return to_datetime(value)
        case Time():
            moment = to_datetime(DateTime(Date(2000, 1, 1), value))
            return moment.timetz()
        case DaysTime():
            return timedelta(microseconds=value.nanoseconds // 1000)
        case list():
            return [to_python(item) for item in value]
        case dict():
            return {key: to_python(item) for key, item in value.items()}
        case _:
            return value
