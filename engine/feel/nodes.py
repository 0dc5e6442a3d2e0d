"""The abstract syntax tree of FEEL: frozen data, one class per construct, each with its offset in the text."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    position: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class AtLiteral(Node):
    """@"…": a date, time, date and time, or duration."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    source: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    source: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    function: Node
    arguments: tuple[Node, ...]
    parameter_names: tuple[str, ...]
    """Empty for a positional call, else as long as `arguments`."""


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """A chain of operators of one precedence, read from left to right: first, then (operator, operand) pairs."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class In(Node):
    value: Node
    tests: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conjunction(Node):
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Disjunction(Node):
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iteration(Node):
    """`name in source`, or `name in source..end`."""

    name: str
    source: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For(Node):
    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    every: bool
    iterations: tuple[Iteration, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Interval(Node):
    low: Node
    high: Node
    low_included: bool
    high_included: bool


@dataclass(frozen=True, slots=True)
class UnaryComparison(Node):
    """`< 10` standing alone: a test of the value in question, or a half-open range as a value."""

    operator: str
    endpoint: Node


@dataclass(frozen=True, slots=True)
class TypeName:
    """`number`, `list<string>`, `context<a: number>`, `function<number> -> string`."""

    name: str
    arguments: tuple["TypeName", ...] = ()
    fields: tuple[tuple[str, "TypeName"], ...] = ()
    result: "TypeName | None" = None


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type_name: TypeName


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    parameters: tuple[tuple[str, TypeName | None], ...]
    body: Node
    external: bool = False


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """The input entry of a decision table: any of `tests`, or none of them when negated; no tests at all is `-`."""

    tests: tuple[Node, ...]
    negated: bool


def children(node: Node) -> list[Node]:
    """The nodes directly under a node."""
    found: list[Node] = []
    pending: list[Any] = [getattr(node, field.name) for field in fields(node)]
    while pending:
        part = pending.pop()
        if isinstance(part, Node):
            found.append(part)
        elif isinstance(part, tuple):
            pending.extend(part)
    return found


def walk(node: Node) -> Iterator[tuple[Node, int]]:
    """A node and everything under it, each with its depth, without recursion."""
    stack = [(node, 1)]
    while stack:
        found, depth = stack.pop()
        yield found, depth
        stack.extend((child, depth + 1) for child in children(found))


def count(node: Node) -> int:
    """How many nodes a tree has."""
    return sum(1 for _ in walk(node))


def is_constant(node: Node) -> bool:
    """Is it made of literals only, so that it has the same value everywhere?"""
    kinds = (Literal, AtLiteral, Negation, Interval, UnaryComparison, ListOf)
    return all(isinstance(found, kinds) for found, _ in walk(node))


def mentions(node: Node, name: str) -> bool:
    """Does a variable of that name occur in the tree?"""
    return any(isinstance(found, Name) and found.name == name for found, _ in walk(node))
