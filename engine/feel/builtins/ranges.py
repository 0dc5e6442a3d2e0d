"""The relations between points and ranges (DMN 1.5, 10.3.4.9), after Allen's interval algebra and HL7 CQL."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.errors import ExpressionInvalid
from engine.feel import nodes, operators, temporal
from engine.feel.builtins.signature import built_in
from engine.feel.limits import DECIMAL
from engine.feel.names import Known, NameTable
from engine.feel.parser import Parser
from engine.feel.scope import Scope
from engine.feel.values import Range, Unsuitable

_CONSTRUCTORS: dict[str, Callable[[str], Any]] = {
    "date": temporal.parse_date,
    "time": temporal.parse_time,
    "date and time": temporal.parse_date_time,
    "duration": temporal.parse_duration,
}
Relation = Callable[[Scope, Any, Any], bool]


def _less(left: Any, right: Any) -> bool:
    answer = operators.ordered("<", left, right)
    if answer is None:
        raise Unsuitable
    return answer


def _same(left: Any, right: Any) -> bool:
    if operators.ordered("<=", left, right) is None:
        raise Unsuitable
    return not _less(left, right) and not _less(right, left)


def _ends_before(first: Range, second: Range) -> bool:
    """Does the first range end before the second starts?"""
    if _same(first.high, second.low):
        return not (first.high_included and second.low_included)
    return _less(first.high, second.low)


def _holds(interval: Range, point: Any) -> bool:
    after = _less(interval.low, point) or (interval.low_included and _same(interval.low, point))
    before = _less(point, interval.high) or (interval.high_included and _same(point, interval.high))
    return after and before


def _starts_no_later(outer: Range, inner: Range) -> bool:
    if _same(outer.low, inner.low):
        return outer.low_included or not inner.low_included
    return _less(outer.low, inner.low)


def _ends_no_earlier(outer: Range, inner: Range) -> bool:
    if _same(outer.high, inner.high):
        return outer.high_included or not inner.high_included
    return _less(inner.high, outer.high)


def _point_before_point(_: Scope, first: Any, second: Any) -> bool:
    return _less(first, second)


def _point_before_range(_: Scope, point: Any, interval: Range) -> bool:
    return _less(point, interval.low) or (_same(point, interval.low) and not interval.low_included)


def _range_before_point(_: Scope, interval: Range, point: Any) -> bool:
    return _less(interval.high, point) or (_same(interval.high, point) and not interval.high_included)


def _range_before_range(_: Scope, first: Range, second: Range) -> bool:
    return _ends_before(first, second)


def _meets(_: Scope, first: Range, second: Range) -> bool:
    return first.high_included and second.low_included and _same(first.high, second.low)


def _overlaps(_: Scope, first: Range, second: Range) -> bool:
    return not _ends_before(first, second) and not _ends_before(second, first)


def _overlaps_before(scope: Scope, first: Range, second: Range) -> bool:
    starts_earlier = not _starts_no_later(second, first)
    return starts_earlier and _overlaps(scope, first, second) and _ends_no_earlier(second, first)


def _overlaps_after(scope: Scope, first: Range, second: Range) -> bool:
    ends_later = not _ends_no_earlier(second, first)
    return ends_later and _overlaps(scope, first, second) and _starts_no_later(second, first)


def _point_finishes(_: Scope, point: Any, interval: Range) -> bool:
    return interval.high_included and _same(point, interval.high)


def _range_finishes(_: Scope, inner: Range, outer: Range) -> bool:
    same_end = inner.high_included == outer.high_included and _same(inner.high, outer.high)
    return same_end and _starts_no_later(outer, inner)


def _point_starts(_: Scope, point: Any, interval: Range) -> bool:
    return interval.low_included and _same(point, interval.low)


def _range_starts(_: Scope, inner: Range, outer: Range) -> bool:
    same_start = inner.low_included == outer.low_included and _same(inner.low, outer.low)
    return same_start and _ends_no_earlier(outer, inner)


def _range_includes_point(_: Scope, interval: Range, point: Any) -> bool:
    return _holds(interval, point)


def _range_includes_range(_: Scope, outer: Range, inner: Range) -> bool:
    return _starts_no_later(outer, inner) and _ends_no_earlier(outer, inner)


def _point_coincides(_: Scope, first: Any, second: Any) -> bool:
    return _same(first, second)


def _range_coincides(_: Scope, first: Range, second: Range) -> bool:
    same_kind = first.low_included == second.low_included and first.high_included == second.high_included
    return same_kind and _same(first.low, second.low) and _same(first.high, second.high)


def _swapped(relation: Relation) -> Relation:
    return lambda scope, first, second: relation(scope, second, first)


def _range_from_text(_: Scope, text: str) -> Range:
    """`[1..5)`, `["a".."z"]`, `[2..)`: an interval of literals, either end of which may be missing."""
    inner = text.strip()
    if len(inner) < 4 or inner[0] not in "[(]" or inner[-1] not in "])[":
        raise Unsuitable
    if inner[1:-1].startswith(".."):
        return _half_open(None, _literal(inner[3:-1]), inner)
    if inner[1:-1].endswith(".."):
        return _half_open(_literal(inner[1:-3]), None, inner)
    node = _parsed(inner)
    if not isinstance(node, nodes.Interval):
        raise Unsuitable
    built = operators.make_range(
        _literal_of(node.low), _literal_of(node.high), low_included=node.low_included, high_included=node.high_included
    )
    if built is None:
        raise Unsuitable
    return built


def _half_open(low: Any, high: Any, text: str) -> Range:
    low_included, high_included = text[0] == "[", text[-1] == "]"
    if (low is None and low_included) or (high is None and high_included):
        raise Unsuitable
    return Range(low, high, low_included, high_included)


def _parsed(text: str) -> nodes.Node:
    try:
        return Parser(text, NameTable(_CONSTRUCTORS), Known()).read_expression()
    except ExpressionInvalid:
        raise Unsuitable from None


def _literal(text: str) -> Any:
    return _literal_of(_parsed(text))


def _literal_of(node: nodes.Node) -> Any:
    """The value of a literal or of a call such as date("2026-01-31"). Raises Unsuitable for anything else."""
    match node:
        case nodes.Literal(value=value) if isinstance(value, str | Decimal):
            return value
        case nodes.Negation(operand=nodes.Literal(value=Decimal() as number)):
            return DECIMAL.minus(number)
        case nodes.AtLiteral(text=text):
            return temporal.parse_at_literal(text)
        case nodes.Call(function=nodes.Name(name=name), arguments=(nodes.Literal(value=str() as text),)):
            return _CONSTRUCTORS[name](text) if name in _CONSTRUCTORS else None
        case _:
            raise Unsuitable


_POINTS = "point1: any, point2: any"
_POINT_RANGE = "point: any, range: range"
_RANGE_POINT = "range: range, point: any"
_RANGES = "range1: range, range2: range"

RANGE_FUNCTIONS = (
    built_in(
        "before",
        (_RANGES, _range_before_range),
        (_RANGE_POINT, _range_before_point),
        (_POINT_RANGE, _point_before_range),
        (_POINTS, _point_before_point),
    ),
    built_in(
        "after",
        (_RANGES, _swapped(_range_before_range)),
        (_RANGE_POINT, _swapped(_point_before_range)),
        (_POINT_RANGE, _swapped(_range_before_point)),
        (_POINTS, _swapped(_point_before_point)),
    ),
    built_in("meets", (_RANGES, _meets)),
    built_in("met by", (_RANGES, _swapped(_meets))),
    built_in("overlaps", (_RANGES, _overlaps)),
    built_in("overlaps before", (_RANGES, _overlaps_before)),
    built_in("overlaps after", (_RANGES, _overlaps_after)),
    built_in("finishes", (_RANGES, _range_finishes), (_POINT_RANGE, _point_finishes)),
    built_in("finished by", (_RANGES, _swapped(_range_finishes)), (_RANGE_POINT, _swapped(_point_finishes))),
    built_in("includes", (_RANGES, _range_includes_range), (_RANGE_POINT, _range_includes_point)),
    built_in("during", (_RANGES, _swapped(_range_includes_range)), (_POINT_RANGE, _swapped(_range_includes_point))),
    built_in("starts", (_RANGES, _range_starts), (_POINT_RANGE, _point_starts)),
    built_in("started by", (_RANGES, _swapped(_range_starts)), (_RANGE_POINT, _swapped(_point_starts))),
    built_in("coincides", (_RANGES, _range_coincides), (_POINTS, _point_coincides)),
    built_in("range", ("from: string", _range_from_text)),
)
