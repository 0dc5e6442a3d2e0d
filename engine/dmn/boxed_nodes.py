"""The nodes of boxed expressions that FEEL itself lacks, and how they compile (DMN 1.5, 10.2.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from engine.dmn.run import DecisionRun
from engine.dmn.tables import DecisionTable, explain_table
from engine.feel.builtins import BUILTINS
from engine.feel.closures import Closure, Compiler
from engine.feel.compiler import KINDS
from engine.feel.nodes import Node, TypeName
from engine.feel.scope import Scope
from engine.feel.types import Types, coerce


@dataclass(frozen=True, slots=True)
class Entries(Node):
    """A boxed context: each entry sees those before it; an entry without a name is the result."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Row(Node):
    """A row of a relation: its cells do not see each other."""

    cells: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Typed(Node):
    """A value that must conform to a type; null and a reason if it does not."""

    value: Node
    type_name: TypeName
    name: str


@dataclass(frozen=True, slots=True)
class TableOf(Node):
    table: DecisionTable
    element_id: str


def _entries(compiler: Compiler, node: Entries) -> Closure:
    entries = [(name, compiler.compile(value)) for name, value in node.entries]

    def build(scope: Scope) -> Any:
        context: dict[str, Any] = {}
        inner = Scope(context, scope, scope.run)
        for name, value in entries:
            if not name:
                return value(inner)
            context[name] = value(inner)
        return context

    return build


def _row(compiler: Compiler, node: Row) -> Closure:
    cells = [(name, compiler.compile(value)) for name, value in node.cells]
    return lambda scope: {name: value(scope) for name, value in cells}


def _typed(compiler: Compiler, node: Typed) -> Closure:
    value, types = compiler.compile(node.value), compiler.types
    return lambda scope: conforming(value(scope), node.type_name, node.name, scope, types)


def conforming(value: Any, type_name: TypeName | None, name: str, scope: Scope, types: Types) -> Any:
    """The value as its type wants it; null, with the reason told, if it does not conform."""
    found = coerce(value, type_name, scope.run, types)
    if found is None and value is not None and type_name is not None:
        scope.run.why_null("“{name}” is not of the type {type}.", name=name, type=type_name.name.replace("\n", "."))
    return found


def _table(_: Compiler, node: TableOf) -> Closure:
    def decide(scope: Scope) -> Any:
        found = node.table.evaluate(scope)
        run = cast(DecisionRun, scope.run)
        run.tell(explain_table(node.element_id, node.table, found, run))
        return found.result

    return decide


_BOXED: Final[Mapping[type[Node], Callable[[Compiler, Any], Closure]]] = {
    **KINDS,
    Entries: _entries,
    Row: _row,
    Typed: _typed,
    TableOf: _table,
}


def boxed_compiler(types: Types) -> Compiler:
    """A compiler for boxed expressions, with the types of one model."""
    return Compiler(_BOXED, BUILTINS, types)
