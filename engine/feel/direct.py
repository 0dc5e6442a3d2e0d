"""Conditions over plain data without detours: comparisons, memberships and their combinations.

Most conditions at gateways are of this kind. They need neither scopes nor fuel, and no value has to be converted as
long as the variables are numbers, texts, booleans or null. For anything else the closure raises `Detour`, and the
general way gives the answer; both ways give the same.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import eq, itemgetter, ne
from typing import Any, Final

from engine.feel import nodes
from engine.feel.limits import DECIMAL, MAX_LIST_ITEMS
from engine.feel.operators import NUMBER_COMPARISONS

Direct = Callable[[Mapping[str, Any]], Any]

_EQUALITIES: Final = {"=": eq, "!=": ne}
_AS_THEY_ARE: Final = frozenset({str, bool, type(None)})
_NEVER_NULL: Final = frozenset({str, bool, int, list, dict})
_EXACT_BITS: Final = 112  # fewer than in 10**34
_round = DECIMAL.plus


class Detour(Exception):
    """A value that only the general way can judge. A missing variable is a `KeyError`, and means the same."""


def direct_closure(node: nodes.Node) -> Direct | None:
    """The closure of a condition, taking plain data; None when the expression is of another kind."""
    if isinstance(node, nodes.Name | nodes.Path):
        return None  # often a list or a context
    try:
        return _condition(node)
    except Detour:
        return None


def _condition(node: nodes.Node) -> Direct:
    match node:
        case nodes.Comparison():
            return _comparison(node)
        case nodes.Conjunction(operands=operands):
            return _junction([_condition(operand) for operand in operands], decisive=False)
        case nodes.Disjunction(operands=operands):
            return _junction([_condition(operand) for operand in operands], decisive=True)
        case nodes.In():
            return _membership(node)
        case nodes.Call(function=nodes.Name(name="not"), arguments=(operand,), parameter_names=()):
            return _negation(_condition(operand))
        case nodes.Call(
            function=nodes.Name(name="list contains"),
            arguments=(source, nodes.Literal(value=str(text))),
            parameter_names=(),
        ):
            return _contains(_raw_reader(source), text)
        case nodes.Name() | nodes.Path():
            return _reader(node)
    raise Detour


def _comparison(node: nodes.Comparison) -> Direct:
    match node.right:
        case nodes.Literal(value=None) if node.operator in _EQUALITIES:
            return _null_test(_raw_reader(node.left), is_null=node.operator == "=")
        case nodes.Literal(value=Decimal() as number):
            return _number_test(_raw_reader(node.left), node.operator, number)
        case nodes.Literal(value=str(text)):
            return _text_test(_reader(node.left), node.operator, text)
    left, right, operator = _operand(node.left), _operand(node.right), node.operator
    compare_values = NUMBER_COMPARISONS[operator]

    def compare(data: Mapping[str, Any]) -> bool | None:
        first, second = left(data), right(data)
        if type(first) is type(second) and type(first) is not bool and first is not None:
            return bool(compare_values(first, second))
        return _unlike(operator, first, second)

    return compare


def _number_test(read: Direct, operator: str, number: Decimal) -> Direct:
    compare_numbers = NUMBER_COMPARISONS[operator]
    whole = int(number) if number == number.to_integral_value() else number

    def compare(data: Mapping[str, Any]) -> bool | None:
        value = read(data)
        kind = type(value)
        if kind is int and value.bit_length() < _EXACT_BITS:
            return compare_numbers(value, whole)
        if kind is Decimal and value.is_finite():
            return compare_numbers(_round(value), number)
        if kind in _AS_THEY_ARE:
            return _unlike(operator, value, number)
        raise Detour

    return compare


def _text_test(read: Direct, operator: str, text: str) -> Direct:
    compare_texts = NUMBER_COMPARISONS[operator]

    def compare(data: Mapping[str, Any]) -> bool | None:
        value = read(data)
        return compare_texts(value, text) if type(value) is str else _unlike(operator, value, text)

    return compare


def _null_test(read: Direct, *, is_null: bool) -> Direct:
    def compare(data: Mapping[str, Any]) -> bool:
        value = read(data)
        if type(value) not in _NEVER_NULL and value is not None:
            raise Detour
        return (value is None) is is_null

    return compare


def _unlike(operator: str, first: Any, second: Any) -> bool | None:
    """Values that have no order, or are of different kinds."""
    compare = _EQUALITIES.get(operator)
    if compare is None:
        return None
    if first is None or second is None or type(first) is type(second):
        return bool(compare(first, second))
    return None


def _membership(node: nodes.In) -> Direct:
    read, members = _reader(node.value), frozenset(_member(test) for test in node.tests)
    kinds = {type(member) for member in members}

    def is_in(data: Mapping[str, Any]) -> bool | None:
        value = read(data)
        if type(value) is bool:
            return None  # in Python it is a number
        if value in members:
            return True
        return False if value is None or kinds == {type(value)} else None

    return is_in


def _member(test: nodes.Node) -> Decimal | str:
    match test:
        case nodes.Literal(value=Decimal() | str() as member):
            return member
    raise Detour


def _negation(operand: Direct) -> Direct:
    def negate(data: Mapping[str, Any]) -> bool | None:
        value = operand(data)
        if isinstance(value, bool):
            return not value
        return None

    return negate


def _contains(read: Direct, text: str) -> Direct:
    def contains(data: Mapping[str, Any]) -> bool:
        items = read(data)
        if type(items) is not list or len(items) > MAX_LIST_ITEMS:
            raise Detour
        return text in items

    return contains


def _junction(operands: list[Direct], *, decisive: bool) -> Direct:
    """`and` and `or`: the decisive value wins, else anything that is not a boolean makes the answer null."""

    def join(data: Mapping[str, Any]) -> bool | None:
        answer: bool | None = not decisive
        for operand in operands:
            value = operand(data)
            if value is decisive:
                answer = decisive
                break
            if type(value) is not bool:
                answer = None
        return answer

    return join


def _operand(node: nodes.Node) -> Direct:
    if isinstance(node, nodes.Literal):
        value = node.value
        return lambda data: value
    return _reader(node)


def _reader(node: nodes.Node) -> Direct:
    """The value of a variable, or of an entry in a variable that is a context."""
    if isinstance(node, nodes.Name):
        name = node.name

        def read_variable(data: Mapping[str, Any]) -> Any:
            value = data[name]
            return value if type(value) in _AS_THEY_ARE else _number(value)

        return read_variable
    find = _raw_reader(node)

    def read(data: Mapping[str, Any]) -> Any:
        value = find(data)
        return value if type(value) in _AS_THEY_ARE else _number(value)

    return read


def _raw_reader(node: nodes.Node) -> Direct:
    """The same, as the data have it."""
    if isinstance(node, nodes.Name):
        return itemgetter(node.name)
    if not isinstance(node, nodes.Path):
        raise Detour
    find, name = _raw_reader(node.source), node.name

    def read(data: Mapping[str, Any]) -> Any:
        context = find(data)
        if type(context) is not dict:
            raise Detour
        return context[name]

    return read


def _number(value: Any) -> Decimal:
    """A number in 34 digits."""
    if type(value) is Decimal and value.is_finite():
        return _round(value)
    if type(value) is int and value.bit_length() < _EXACT_BITS:
        return Decimal(value)
    raise Detour
