"""Turns the syntax tree into Python closures, each taking a scope and giving a FEEL value.

No closure touches an attribute or item of a Python object by a name from the text: names are looked up in scopes,
contexts and literal tables only.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel import nodes, operators
from engine.feel.closures import Closure, Compiler
from engine.feel.functions import compile_call, compile_function
from engine.feel.iteration import compile_filter, compile_for, compile_quantified
from engine.feel.nodes import Node
from engine.feel.paths import follow
from engine.feel.scope import MISSING, Scope
from engine.feel.temporal import parse_at_literal
from engine.feel.types import NO_TYPES, Types, is_instance
from engine.feel.values import Function, Range, Unsuitable


def _literal(_: Compiler, node: nodes.Literal) -> Closure:
    value = node.value
    return lambda scope: value


def _at_literal(_: Compiler, node: nodes.AtLiteral) -> Closure:
    value = parse_at_literal(node.text)
    return lambda scope: value


def _name(compiler: Compiler, node: nodes.Name) -> Closure:
    name, built_in = node.name, compiler.builtins.get(node.name)

    def find(scope: Scope) -> Any:
        value = scope.get(name)
        return built_in if value is MISSING else value

    return find


def _path(compiler: Compiler, node: nodes.Path) -> Closure:
    keys: list[str] = []
    source: Node = node
    while isinstance(source, nodes.Path):
        keys.insert(0, source.name)
        source = source.source
    if isinstance(source, nodes.Name):
        return _variable_path(source.name, tuple(keys))
    start = compiler.compile(source)

    def walk(scope: Scope) -> Any:
        value = start(scope)
        for key in keys:
            value = follow(value, key, scope.run)
        return value

    return walk


def _variable_path(name: str, keys: tuple[str, ...]) -> Closure:
    def walk(scope: Scope) -> Any:
        value, followed = scope.get_path(name, keys)
        if value is MISSING:
            return None
        for key in keys[followed:]:
            value = follow(value, key, scope.run)
        return value

    return walk


def _negation(compiler: Compiler, node: nodes.Negation) -> Closure:
    operand = compiler.compile(node.operand)
    return lambda scope: operators.negate(operand(scope))


def _arithmetic(compiler: Compiler, node: nodes.Arithmetic) -> Closure:
    first = compiler.compile(node.first)
    rest = [(operators.OPERATIONS[operator], compiler.compile(operand)) for operator, operand in node.rest]

    def calculate(scope: Scope) -> Any:
        value = first(scope)
        try:
            for operation, operand in rest:
                value = operation(value, operand(scope), scope.run)
        except (Unsuitable, ArithmeticError):
            return None
        return value

    return calculate


def _comparison(compiler: Compiler, node: nodes.Comparison) -> Closure:
    left, right, operator = compiler.compile(node.left), compiler.compile(node.right), node.operator
    compare_numbers = operators.NUMBER_COMPARISONS[operator]

    def compare(scope: Scope) -> bool | None:
        first, second = left(scope), right(scope)
        if type(first) is Decimal and type(second) is Decimal:
            return compare_numbers(first, second)
        return operators.compare(operator, first, second, scope.run)

    return compare


def _between(compiler: Compiler, node: nodes.Between) -> Closure:
    value, low, high = compiler.compile_all((node.value, node.low, node.high))

    def lies_between(scope: Scope) -> bool | None:
        subject = value(scope)
        above = operators.ordered(">=", subject, low(scope))
        below = operators.ordered("<=", subject, high(scope))
        if above is None or below is None:
            return None
        return bool(above and below)

    return lies_between


def _membership(compiler: Compiler, node: nodes.In) -> Closure:
    value, tests = compiler.compile(node.value), [_membership_test(compiler, test) for test in node.tests]

    def is_in(scope: Scope) -> bool | None:
        subject = value(scope)
        answers = [test(subject, scope) for test in tests]
        return True if True in answers else (None if None in answers else False)

    return is_in


def _membership_test(compiler: Compiler, node: Node) -> Callable[[Any, Scope], bool | None]:
    closure, is_interval = compiler.compile(node), isinstance(node, nodes.Interval)

    def passes(value: Any, scope: Scope) -> bool | None:
        test = closure(scope)
        if test is None and is_interval:
            return None
        return operators.satisfies(value, test, scope.run)

    return passes


def _conjunction(compiler: Compiler, node: nodes.Conjunction) -> Closure:
    return _junction(compiler.compile_all(node.operands), decisive=False)


def _disjunction(compiler: Compiler, node: nodes.Disjunction) -> Closure:
    return _junction(compiler.compile_all(node.operands), decisive=True)


def _junction(operands: list[Closure], *, decisive: bool) -> Closure:
    """`and` and `or`: the decisive value wins, else anything that is not a boolean makes the answer null."""

    def join(scope: Scope) -> bool | None:
        answer: bool | None = not decisive
        for operand in operands:
            value = operand(scope)
            if value is decisive:
                answer = decisive
                break
            if value is not (not decisive):
                answer = None
        return answer

    return join


def _if(compiler: Compiler, node: nodes.If) -> Closure:
    condition, then, otherwise = compiler.compile_all((node.condition, node.then, node.otherwise))
    return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)


def _list(compiler: Compiler, node: nodes.ListOf) -> Closure:
    items = compiler.compile_all(node.items)
    return lambda scope: [item(scope) for item in items]


def _context(compiler: Compiler, node: nodes.ContextOf) -> Closure:
    entries = [(key, compiler.compile(value)) for key, value in node.entries]

    def build(scope: Scope) -> dict[str, Any]:
        context: dict[str, Any] = {}
        inner = Scope(context, scope, scope.run)
        for key, value in entries:
            context[key] = value(inner)
        return context

    return build


def _interval(compiler: Compiler, node: nodes.Interval) -> Closure:
    low, high = compiler.compile(node.low), compiler.compile(node.high)

    def build(scope: Scope) -> Range | None:
        start, end = low(scope), high(scope)
        return operators.make_range(start, end, low_included=node.low_included, high_included=node.high_included)

    return build


def _unary_comparison(compiler: Compiler, node: nodes.UnaryComparison) -> Closure:
    endpoint, operator = compiler.compile(node.endpoint), node.operator
    return lambda scope: operators.half_range(operator, endpoint(scope))


def _instance_of(compiler: Compiler, node: nodes.InstanceOf) -> Closure:
    value, expected, types = compiler.compile(node.value), node.type_name, compiler.types
    return lambda scope: is_instance(value(scope), expected, scope.run, types)


KINDS: Final[Mapping[type[Node], Callable[[Compiler, Any], Closure]]] = {
    nodes.Literal: _literal,
    nodes.AtLiteral: _at_literal,
    nodes.Name: _name,
    nodes.Path: _path,
    nodes.Filter: compile_filter,
    nodes.Call: compile_call,
    nodes.Negation: _negation,
    nodes.Arithmetic: _arithmetic,
    nodes.Comparison: _comparison,
    nodes.Between: _between,
    nodes.In: _membership,
    nodes.Conjunction: _conjunction,
    nodes.Disjunction: _disjunction,
    nodes.If: _if,
    nodes.For: compile_for,
    nodes.Quantified: compile_quantified,
    nodes.ListOf: _list,
    nodes.ContextOf: _context,
    nodes.Interval: _interval,
    nodes.UnaryComparison: _unary_comparison,
    nodes.InstanceOf: _instance_of,
    nodes.FunctionOf: compile_function,
}


def compiler_with(builtins: Mapping[str, Function], types: Types = NO_TYPES) -> Compiler:
    """A compiler for the whole language, with these built-in functions and the types of a model."""
    return Compiler(KINDS, builtins, types)
