"""What compiling means: a node becomes a closure, by a table with one entry per kind of node."""

from collections.abc import Callable, Mapping
from typing import Any

from engine.feel.nodes import Node
from engine.feel.scope import Scope
from engine.feel.types import NO_TYPES, Types
from engine.feel.values import Function

Closure = Callable[[Scope], Any]


class Compiler:
    """Compiles trees against one table of built-in functions, and the types that a model defines."""

    def __init__(
        self,
        kinds: Mapping[type[Node], Callable[["Compiler", Any], Closure]],
        builtins: Mapping[str, Function],
        types: Types = NO_TYPES,
    ) -> None:
        self.builtins = builtins
        self.types = types
        self._kinds = kinds

    def compile(self, node: Node) -> Closure:
        """The closure of a node of any kind."""
        return self._kinds[type(node)](self, node)

    def compile_all(self, several: tuple[Node, ...]) -> list[Closure]:
        """The closures of several nodes, in order."""
        return [self.compile(node) for node in several]
