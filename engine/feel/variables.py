"""Which variables an expression reads, as paths, for editors and checks: free ones only, never the bound ones."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from engine.feel import nodes
from engine.feel.builtins import BUILTINS
from engine.feel.expression import parse_expression, parse_unary_tests
from engine.feel.names import Known, NameTable

Path = tuple[str, ...]
_TESTED: Final = frozenset({"?"})


@dataclass(frozen=True)
class Variables:
    """`paths` are certainly read, such as ("order", "net amount"); `item_paths` may be properties of a filter's items.

    Sorted, each once.
    """

    paths: tuple[Path, ...]
    item_paths: tuple[Path, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables themselves, without what is read of them."""
        return tuple(sorted({path[0] for path in self.paths}))


def variables_of(text: str, names: Iterable[str] = (), *, unary_tests: bool = False) -> Variables:
    """The free variables of an expression, or of the unary tests of a table's cell.

    `names` as for `compile_expression`. Raises ExpressionInvalid with the position of the first fault.
    """
    parse: Callable[..., Any] = parse_unary_tests if unary_tests else parse_expression
    reader = _Reader()
    reader.read(parse(text, Known((NameTable(names),))).tree, _TESTED, in_filter=False)
    certain = frozenset(reader.paths)
    return Variables(tuple(sorted(certain)), tuple(sorted(reader.item_paths - certain)))


class _Reader:
    """Collects paths; bound names are passed down, as scopes nest."""

    def __init__(self) -> None:
        self.paths: set[Path] = set()
        self.item_paths: set[Path] = set()

    def read(self, node: nodes.Node, bound: frozenset[str], *, in_filter: bool) -> None:
        match node:
            case nodes.Name() | nodes.Path():
                self._path(node, bound, in_filter)
            case nodes.Call(function=nodes.Name(name=name), arguments=arguments) if name in BUILTINS:
                self._all(arguments, bound, in_filter)
            case nodes.Filter(source=source, condition=condition):
                self.read(source, bound, in_filter=in_filter)
                self.read(condition, bound | {"item"}, in_filter=True)
            case nodes.For(iterations=iterations, body=body):
                inner = self._iterations(iterations, bound, in_filter) | {"partial"}
                self.read(body, inner, in_filter=in_filter)
            case nodes.Quantified(iterations=iterations, condition=condition):
                self.read(condition, self._iterations(iterations, bound, in_filter), in_filter=in_filter)
            case nodes.ContextOf(entries=entries):
                for name, value in entries:
                    self.read(value, bound, in_filter=in_filter)
                    bound |= {name}
            case nodes.FunctionOf(parameters=parameters, body=body):
                self.read(body, bound | {name for name, _ in parameters}, in_filter=in_filter)
            case _:
                self._all(nodes.children(node), bound, in_filter)

    def _all(self, several: Iterable[nodes.Node], bound: frozenset[str], in_filter: bool) -> None:
        for node in several:
            self.read(node, bound, in_filter=in_filter)

    def _iterations(
        self, iterations: tuple[nodes.Iteration, ...], bound: frozenset[str], in_filter: bool
    ) -> frozenset[str]:
        for iteration in iterations:
            self.read(iteration.source, bound, in_filter=in_filter)
            if iteration.end is not None:
                self.read(iteration.end, bound, in_filter=in_filter)
            bound |= {iteration.name}
        return bound

    def _path(self, node: nodes.Name | nodes.Path, bound: frozenset[str], in_filter: bool) -> None:
        keys: list[str] = []
        source: nodes.Node = node
        while isinstance(source, nodes.Path):
            keys.insert(0, source.name)
            source = source.source
        if not isinstance(source, nodes.Name):
            self.read(source, bound, in_filter=in_filter)
        elif source.name not in bound:
            (self.item_paths if in_filter else self.paths).add((source.name, *keys))
