"""Filters, for, some and every. Each step pays fuel by the size of the expression it repeats."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from engine.feel import nodes
from engine.feel.closures import Closure, Compiler
from engine.feel.scope import Scope
from engine.feel.values import Date, Range, Unsuitable

_MAX_COUNTED_DIGITS = 18
Step = Callable[[Scope], Iterator[Scope]]


def step_cost(*bodies: nodes.Node) -> int:
    """The fuel of one repetition."""
    return 1 + (sum(nodes.count(body) for body in bodies) >> 2)


def compile_filter(compiler: Compiler, node: nodes.Filter) -> Closure:
    """`source[condition]`: the item at a number, else the items for which the condition is true."""
    source, condition = compiler.compile(node.source), compiler.compile(node.condition)
    cost = step_cost(node.condition)

    def select(scope: Scope) -> Any:
        items = as_list(source(scope))
        if not items:
            return None if isinstance(condition(scope), Decimal) else []
        run, kept = scope.run, []
        for position, item in enumerate(items):
            run.charge(cost)
            answer = condition(_item_scope(item, scope))
            if position == 0 and type(answer) is Decimal:
                return item_at(items, answer)
            if answer is True:
                kept.append(item)
            elif answer is not None and answer is not False:
                return None
        return kept

    return select


def item_at(items: list[Any], index: Decimal) -> Any:
    """The item at a position counted from 1, or from -1 at the end; null outside."""
    if index != index.to_integral_value() or not 1 <= abs(index) <= len(items):
        return None
    return items[int(index) - 1 if index > 0 else int(index)]


def as_list(value: Any) -> list[Any]:
    """A list as it is, anything else as a list of one, null as an empty one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _item_scope(item: Any, scope: Scope) -> Scope:
    named = Scope({"item": item}, scope, scope.run)
    return Scope(item, named, scope.run) if type(item) is dict else named


def compile_for(compiler: Compiler, node: nodes.For) -> Closure:
    """`for x in … return …`, with the results so far as `partial` where the body asks for them."""
    loops = _loops(compiler, node.iterations, step_cost(node.body))
    body = compiler.compile(node.body)
    wants_partial = nodes.mentions(node.body, "partial")

    def repeat(scope: Scope) -> Any:
        results: list[Any] = []
        try:
            for inner in _product(loops, scope):
                results.append(body(_with_partial(inner, results) if wants_partial else inner))
        except Unsuitable:
            return None
        return results

    return repeat


def _with_partial(scope: Scope, results: list[Any]) -> Scope:
    # A copy: the body may keep the list, which then must not grow, let alone hold itself.
    scope.run.charge_items(len(results))
    return Scope({"partial": results.copy()}, scope, scope.run)


def compile_quantified(compiler: Compiler, node: nodes.Quantified) -> Closure:
    """`some` is true at the first true, `every` false at the first false; else one null makes the answer null."""
    loops = _loops(compiler, node.iterations, step_cost(node.condition))
    condition, decisive = compiler.compile(node.condition), not node.every

    def quantify(scope: Scope) -> bool | None:
        answer: bool | None = not decisive
        try:
            for inner in _product(loops, scope):
                value = condition(inner)
                if value is decisive:
                    return not node.every
                if value is None:
                    answer = None
                elif value is decisive:
                    return not node.every
                elif value is not (not decisive):
                    return None
        except Unsuitable:
            return None
        return answer

    return quantify


def _loops(compiler: Compiler, iterations: tuple[nodes.Iteration, ...], cost: int) -> list[Step]:
    return [_loop(compiler, iteration, cost) for iteration in iterations]


def _product(loops: list[Step], scope: Scope) -> Iterator[Scope]:
    if not loops:
        yield scope
        return
    for inner in loops[0](scope):
        yield from _product(loops[1:], inner)


def _loop(compiler: Compiler, iteration: nodes.Iteration, cost: int) -> Step:
    name, source = iteration.name, compiler.compile(iteration.source)
    end = compiler.compile(iteration.end) if iteration.end is not None else None

    def steps(scope: Scope) -> Iterator[Scope]:
        start = source(scope)
        values = domain(start) if end is None else span(start, end(scope))
        for value in values:
            scope.run.charge(cost)
            yield Scope({name: value}, scope, scope.run)

    return steps


def domain(value: Any) -> Iterator[Any]:
    """What a loop runs over. Raises Unsuitable for null and for ranges that cannot be counted."""
    if value is None:
        raise Unsuitable
    if isinstance(value, Range):
        return range_items(value)
    return iter(as_list(value))


def range_items(value: Range) -> Iterator[Any]:
    """The whole numbers or days in a closed range, upwards."""
    for item in span(value.low, value.high):
        excluded = (item == value.low and not value.low_included) or (item == value.high and not value.high_included)
        if not excluded:
            yield item


def span(start: Any, end: Any) -> Iterator[Any]:
    """Whole numbers, or days, from start to end, up or down. Raises Unsuitable for anything else."""
    if isinstance(start, Date) and isinstance(end, Date):
        return (Date.from_ordinal(day) for day in _counted(start.ordinal(), end.ordinal()))
    if type(start) is not Decimal or type(end) is not Decimal:
        raise Unsuitable
    if start != start.to_integral_value() or end != end.to_integral_value():
        raise Unsuitable
    if max(start.adjusted(), end.adjusted()) >= _MAX_COUNTED_DIGITS:
        raise Unsuitable
    return (Decimal(number) for number in _counted(int(start), int(end)))


def _counted(start: int, end: int) -> range:
    return range(start, end + 1) if start <= end else range(start, end - 1, -1)
