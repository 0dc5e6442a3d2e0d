"""Whether a value is an instance of a type, structurally, and the implicit conversions (DMN 1.5, 10.3.2.9)."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Protocol

from engine.feel.nodes import TypeName
from engine.feel.scope import Evaluation
from engine.feel.values import Date, DateTime, DaysTime, Function, Range, Time, YearsMonths, Zone

_SIMPLE: Final[dict[str, type]] = {
    "string": str,
    "number": Decimal,
    "boolean": bool,
    "date": Date,
    "time": Time,
    "date and time": DateTime,
    "dateTime": DateTime,
    "days and time duration": DaysTime,
    "day and time duration": DaysTime,
    "dayTimeDuration": DaysTime,
    "years and months duration": YearsMonths,
    "year and month duration": YearsMonths,
    "yearMonthDuration": YearsMonths,
    "list": list,
    "context": dict,
    "range": Range,
    "function": Function,
}
_ANY: Final = frozenset({"Any", "any"})
_NULL: Final = frozenset({"Null", "null"})
_MIDNIGHT: Final = Time(0, 0, 0, zone=Zone(offset=0))
_MAX_DEPTH: Final = 20


class NamedType(Protocol):
    """A type that a decision model defines. `definition` is its structure, as far as a type expression can say it.

    `is_restricted` if not every value of that structure is allowed.
    """

    @property
    def definition(self) -> TypeName: ...

    @property
    def is_restricted(self) -> bool: ...

    def accepts(self, value: Any, run: Evaluation) -> bool:
        """Is the value, which is not null, of this type, and allowed?"""


Types = Mapping[str, NamedType]
NO_TYPES: Final[Types] = MappingProxyType({})


def is_known(name: str, types: Types) -> bool:
    """Does a type of that name exist?"""
    return name in _SIMPLE or name in _ANY or name in _NULL or name in types


def is_instance(value: Any, expected: TypeName, run: Evaluation, types: Types = NO_TYPES) -> bool | None:
    """Three-valued: null for a type nobody knows. Null itself is only of type Null."""
    if expected.name in _ANY:
        return value is not None
    if expected.name in _NULL:
        return value is None
    kind = _SIMPLE.get(expected.name)
    if kind is None:
        named = types.get(expected.name)
        return None if named is None else value is not None and named.accepts(value, run)
    if not isinstance(value, kind):
        return False
    return _parts_conform(value, expected, run, types)


def conforms(value: Any, expected: TypeName, run: Evaluation, types: Types = NO_TYPES) -> bool:
    """May the value stand where the type is asked? Null may, everywhere."""
    if value is None or expected.name in _ANY:
        return True
    return is_instance(value, expected, run, types) is not False


def coerce(value: Any, expected: TypeName | None, run: Evaluation, types: Types = NO_TYPES) -> Any:
    """The value as the type wants it, or null (10.3.2.9.4).

    A list of one stands for its item, an item for a list of one, a date for its midnight in UTC.
    """
    if expected is None or conforms(value, expected, run, types):
        return value
    if isinstance(value, list):
        return value[0] if len(value) == 1 and conforms(value[0], expected, run, types) else None
    if conforms([value], expected, run, types):
        return [value]
    if isinstance(value, Date):
        moment = DateTime(value, _MIDNIGHT)
        return moment if conforms(moment, expected, run, types) else None
    return None


def _parts_conform(value: Any, expected: TypeName, run: Evaluation, types: Types) -> bool:
    if expected.name == "list" and expected.arguments:
        run.charge_items(len(value))
        return all(conforms(item, expected.arguments[0], run, types) for item in value)
    if expected.name == "range" and expected.arguments:
        return all(conforms(end, expected.arguments[0], run, types) for end in (value.low, value.high))
    if expected.name == "context":
        return all(name in value and conforms(value[name], kind, run, types) for name, kind in expected.fields)
    if expected.name == "function" and expected.result is not None:
        return _function_conforms(value, expected, types)
    return True


def _function_conforms(function: Function, expected: TypeName, types: Types) -> bool:
    """Parameters may be wider than asked, the result narrower; what the function does not declare is anything."""
    if len(function.parameters) != len(expected.arguments):
        return False
    declared = function.parameter_types or (None,) * len(function.parameters)
    accepts = all(
        wanted is None or narrower(asked, wanted, types)
        for asked, wanted in zip(expected.arguments, declared, strict=True)
    )
    if function.result_type is None or expected.result is None:
        return accepts
    return accepts and narrower(function.result_type, expected.result, types)


def narrower(narrow: TypeName, wide: TypeName, types: Types = NO_TYPES, depth: int = 0) -> bool:
    """Does every value of the first type belong to the second (10.3.2.9.2)?"""
    if wide.name in _ANY or narrow.name in _NULL or narrow == wide or depth > _MAX_DEPTH:
        return True
    if narrow.name in types:
        return narrower(types[narrow.name].definition, wide, types, depth + 1)
    if wide.name in types:
        named = types[wide.name]
        return not named.is_restricted and narrower(narrow, named.definition, types, depth + 1)
    if _SIMPLE.get(narrow.name) is not _SIMPLE.get(wide.name) or narrow.name not in _SIMPLE:
        return False
    return _parts_narrower(narrow, wide, types, depth)


def _parts_narrower(narrow: TypeName, wide: TypeName, types: Types, depth: int) -> bool:
    if wide.name in {"list", "range"}:
        pairs = zip(narrow.arguments, wide.arguments, strict=False)
        return all(narrower(one, other, types, depth + 1) for one, other in pairs)
    if wide.name == "context":
        fields = dict(narrow.fields)
        return all(name in fields and narrower(fields[name], kind, types, depth + 1) for name, kind in wide.fields)
    if wide.name == "function" and wide.result is not None and narrow.result is not None:
        if len(narrow.arguments) != len(wide.arguments):
            return False
        pairs = zip(wide.arguments, narrow.arguments, strict=True)
        accepts = all(narrower(asked, wanted, types, depth + 1) for asked, wanted in pairs)
        return accepts and narrower(narrow.result, wide.result, types, depth + 1)
    return True
