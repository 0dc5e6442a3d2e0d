"""Calls, and functions written in FEEL."""

from collections.abc import Callable
from typing import Any

from engine.errors import ExpressionInvalid
from engine.feel import nodes
from engine.feel.closures import Closure, Compiler
from engine.feel.iteration import step_cost
from engine.feel.limits import MAX_CALL_DEPTH
from engine.feel.scope import Scope
from engine.feel.types import NO_TYPES, Types, coerce
from engine.feel.values import Function, Unsuitable


def compile_call(compiler: Compiler, node: nodes.Call) -> Closure:
    """A call by position or by name; null if there is no such function or the arguments do not fit."""
    function = _callee(compiler, node.function)
    arguments, names = compiler.compile_all(node.arguments), node.parameter_names

    def call(scope: Scope) -> Any:
        called = function(scope)
        if not isinstance(called, Function):
            return None
        values = [argument(scope) for argument in arguments]
        if names:
            return called.call(scope, [], dict(zip(names, values, strict=True)))
        return called.call(scope, values, None)

    return call


def _callee(compiler: Compiler, node: nodes.Node) -> Closure:
    built_in = compiler.builtins.get(node.name) if isinstance(node, nodes.Name) else None
    find = compiler.compile(node)
    if built_in is None:
        return find

    def find_function(scope: Scope) -> Any:
        # A variable that is no function, such as a field named "count", does not hide the built-in one.
        value = find(scope)
        return value if isinstance(value, Function) else built_in

    return find_function


def compile_function(compiler: Compiler, node: nodes.FunctionOf) -> Closure:
    """A function that remembers the scope it was written in. External functions (Java, PMML) are not run: null."""
    if node.external:
        return refuse_external
    names = tuple(name for name, _ in node.parameters)
    types = tuple(kind for _, kind in node.parameters)
    body, cost = compiler.compile(node.body), step_cost(node.body)

    def define(scope: Scope) -> Function:
        return Function("", names, caller(names, types, body, cost, scope, compiler.types), types)

    return define


def refuse_external(scope: Scope) -> None:
    """Instead of a function in another language: null, with the reason."""
    scope.run.why_null("External functions (Java, PMML) are not run.")


def caller(
    names: tuple[str, ...],
    types: tuple[nodes.TypeName | None, ...],
    body: Closure,
    cost: int,
    defined_in: Scope,
    known: Types = NO_TYPES,
) -> Callable[[Scope, list[Any], dict[str, Any] | None], Any]:
    """What a Function calls: arguments that do not conform to their types make the result null."""

    def call(scope: Scope, positional: list[Any], named: dict[str, Any] | None) -> Any:
        run = scope.run
        run.charge(cost)
        try:
            values = _bound(names, positional, named)
        except Unsuitable:
            return None
        variables = {name: coerce(values[name], kind, run, known) for name, kind in zip(names, types, strict=True)}
        if any(variables[name] is None and values[name] is not None for name in names):
            return None
        run.calls += 1
        if run.calls > MAX_CALL_DEPTH:
            raise ExpressionInvalid("Functions call each other too deeply.", code="expression.too_deep")
        result = body(Scope(variables, defined_in, run))
        run.calls -= 1
        return result

    return call


def _bound(names: tuple[str, ...], positional: list[Any], named: dict[str, Any] | None) -> dict[str, Any]:
    if named is not None:
        if named.keys() != set(names):
            raise Unsuitable
        return named
    if len(positional) != len(names):
        raise Unsuitable
    return dict(zip(names, positional, strict=True))


def invoke(function: Function, scope: Scope, *arguments: Any) -> Any:
    """Call a function value from inside a built-in one."""
    return function.call(scope, list(arguments), None)
