"""Whether a value is an instance of a type, structurally (DMN 1.5, 10.3.2.9)."""

from decimal import Decimal
from typing import Any

from engine.feel.limits import Purse
from engine.feel.nodes import TypeName
from engine.feel.values import Date, DateTime, DaysTime, Function, Range, Time, YearsMonths

_SIMPLE: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (Decimal,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "dateTime": (DateTime,),
    "days and time duration": (DaysTime,),
    "day and time duration": (DaysTime,),
    "dayTimeDuration": (DaysTime,),
    "years and months duration": (YearsMonths,),
    "year and month duration": (YearsMonths,),
    "yearMonthDuration": (YearsMonths,),
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "function": (Function,),
}


def is_instance(value: Any, expected: TypeName, purse: Purse) -> bool | None:
    """Three-valued: null for a type nobody knows. Null itself is only of type Null and Any."""
    if expected.name in {"Any", "any"}:
        return value is not None
    if expected.name in {"Null", "null"}:
        return value is None
    kinds = _SIMPLE.get(expected.name)
    if kinds is None:
        return None
    if not isinstance(value, kinds):
        return False
    return _parts_conform(value, expected, purse)


def conforms(value: Any, expected: TypeName, purse: Purse) -> bool:
    """May the value stand where the type is asked? Null may, everywhere."""
    if value is None or expected.name in {"Any", "any"}:
        return True
    return is_instance(value, expected, purse) is not False


def coerce(value: Any, expected: TypeName | None, purse: Purse) -> Any:
    """The value, or the one item of a list of one, or null if neither conforms (10.3.2.9.4)."""
    if expected is None or conforms(value, expected, purse):
        return value
    if isinstance(value, list) and len(value) == 1 and conforms(value[0], expected, purse):
        return value[0]
    if expected.name == "list" and conforms([value], expected, purse):
        return [value]
    return None


def _parts_conform(value: Any, expected: TypeName, purse: Purse) -> bool:
    if expected.name == "list" and expected.arguments:
        purse.charge_items(len(value))
        return all(conforms(item, expected.arguments[0], purse) for item in value)
    if expected.name == "range" and expected.arguments:
        return all(conforms(end, expected.arguments[0], purse) for end in (value.low, value.high))
    if expected.name == "context":
        return all(name in value and conforms(value[name], kind, purse) for name, kind in expected.fields)
    if expected.name == "function" and expected.result is not None:
        return len(value.parameters) == len(expected.arguments)
    return True
