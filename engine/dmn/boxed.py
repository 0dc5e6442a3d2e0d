"""Reads boxed expressions into one syntax tree, with the names known at each place (DMN 1.5, 7.3 and 10.2.1)."""

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from types import MappingProxyType
from typing import Any, Final

from engine.bpmn.xml import local_name
from engine.dmn.boxed_nodes import Entries, Row, TableOf, Typed, boxed_compiler
from engine.dmn.elements import child, children, expression_in, id_of, text_of
from engine.dmn.model import Model
from engine.dmn.table_reader import read_table
from engine.feel import Expression, UnaryTests, nodes
from engine.feel.builtins import BUILTINS
from engine.feel.expression import parse_expression, parse_unary_tests
from engine.feel.names import Known, NameTable
from engine.feel.nodes import Node, TypeName

_NULL: Final = nodes.Literal(0, None)
# Nothing is greater than null, not even null: a test that nothing passes.
_FAILING: Final = nodes.Tests(0, (nodes.UnaryComparison(0, ">", _NULL),), negated=False)
_NO_FUNCTIONS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
_FEEL_LANGUAGES: Final = ("/FEEL", "feel")


class Reader:
    """Reads the expressions of one element.

    `names` are what it sees besides the names of its model, `keys` what else may stand behind a dot, `functions` the
    parameters of the functions it requires, and `bound` the names that it binds itself.
    """

    def __init__(
        self,
        model: Model,
        names: Iterable[str],
        keys: Iterable[str] = (),
        functions: Mapping[str, tuple[str, ...]] = _NO_FUNCTIONS,
    ) -> None:
        self.model = model
        self.names = frozenset(names)
        self.bound: frozenset[str] = frozenset()
        self.functions = functions
        self.read_names: set[str] = set()
        self.item_names: set[str] = set()
        self.compiler = boxed_compiler(model.types)
        self.known = Known((NameTable(self.names), model.name_table), (NameTable(keys), model.key_table))

    def within(self, *names: str) -> "Reader":
        """A reader for a part that sees more names; what it reads is told here too."""
        inner = copy(self)
        inner.names, inner.bound = self.names | set(names), self.bound | set(names)
        inner.known = Known((NameTable(names), *self.known.names), self.known.keys)
        return inner

    # -- whole expressions ----------------------------------------------------------------------------------------

    def expression(self, element: Any | None) -> Expression | None:
        """The compiled expression in an element such as a decision or a function; None if there is none."""
        if element is None:
            return None
        text = text_of(element) if local_name(element) == "literalExpression" else ""
        return self._compiled(text, lambda reader: reader.node(element))

    def text(self, text: str, element: Any) -> Expression:
        """A compiled text; one that cannot be read is told, and is null."""
        return self._compiled(text, lambda reader: reader.parsed(text, element))

    def _compiled(self, text: str, read: Callable[["Reader"], Node]) -> Expression:
        inner = copy(self)
        inner.read_names, inner.item_names = set(), set()
        tree = read(inner)
        self.read_names |= inner.read_names
        self.item_names |= inner.item_names
        return Expression(text, self.compiler.compile(tree), inner.read_names, inner.item_names)

    def tests(self, text: str, element: Any) -> UnaryTests | None:
        """Compiled unary tests; None for those that everything passes. Those that cannot be read are told, and fail."""
        if text in {"", "-"}:
            return None

        def read() -> UnaryTests:
            parsed = parse_unary_tests(text, self.known)
            self._note(parsed.names - {"?"}, parsed.item_names - {"?"})
            self._check(parsed.tree, parsed.names, element)
            return UnaryTests(text, parsed.tree, parsed.names, parsed.item_names, self.compiler)

        return self.model.problems.reading(read, text, element) or UnaryTests(text, _FAILING, (), (), self.compiler)

    def parsed(self, text: str, element: Any) -> Node:
        """The tree of a text; null if it is empty or cannot be read."""
        if not text:
            return _NULL
        parsed = self.model.problems.reading(lambda: parse_expression(text, self.known), text, element)
        if parsed is None:
            return _NULL
        self._note(parsed.names, parsed.item_names)
        self._check(parsed.tree, parsed.names, element)
        return parsed.tree

    def _note(self, names: frozenset[str], item_names: frozenset[str]) -> None:
        self.read_names |= names - self.bound
        self.item_names |= item_names - self.bound

    def _check(self, tree: Node, free: frozenset[str], element: Any) -> None:
        for node, _ in nodes.walk(tree):
            match node:
                case nodes.FunctionOf(external=True):
                    self.report_external(element)
                case nodes.Call(function=nodes.Name(name=name)) if name in free:
                    self.check_call(name, len(node.arguments), node.parameter_names, element)

    def check_call(self, name: str, count: int, given: tuple[str, ...], element: Any) -> None:
        """Tell a call of a function that does not exist, or with other parameters than it has."""
        if name not in self.names and name not in self.model.variables and name not in BUILTINS:
            self.model.problems.error(
                id_of(element), "dmn.unknown_function", "There is no function “{function}”.", function=name
            )
        elif name in self.functions and name not in self.bound:
            known = self.functions[name]
            if count != len(known) or (given and set(given) != set(known)):
                self.model.problems.error(
                    id_of(element),
                    "dmn.parameters",
                    "“{function}” is called with other parameters than it has: {parameters}.",
                    function=name,
                    parameters=", ".join(known) or "–",
                )

    def report_external(self, element: Any) -> None:
        """A function in another language is not run."""
        self.model.problems.error(
            id_of(element), "dmn.external", "A function is external (Java, PMML). Write it in FEEL: nothing else runs."
        )

    # -- each kind ------------------------------------------------------------------------------------------------

    def node(self, element: Any | None) -> Node:
        """The tree of a boxed expression; null for none."""
        if element is None:
            return _NULL
        return _READERS[local_name(element)](self, element)

    def part(self, element: Any, name: str) -> Node:
        """The expression in the child of that name, such as `then` of a conditional."""
        holder = child(element, name)
        return self.node(expression_in(holder)) if holder is not None else _NULL

    def typed(self, value: Node, holder: Any | None, name: str) -> Node:
        """The value under the type that the variable or parameter `holder` names."""
        type_name = self.model.type_of(holder)
        return Typed(0, value, type_name, name) if type_name is not None else value

    def parameters(self, element: Any) -> tuple[tuple[str, TypeName | None], ...]:
        """Names and types of the formal parameters of a function definition."""
        return tuple((item.get("name", ""), self.model.type_of(item)) for item in children(element, "formalParameter"))


def _literal(reader: Reader, element: Any) -> Node:
    language = element.get("expressionLanguage") or reader.model.root.get("expressionLanguage", "")
    if language and not any(known in language for known in _FEEL_LANGUAGES):
        reader.model.problems.error(
            id_of(element), "dmn.language", "The language {language} is not known: write FEEL.", language=language
        )
        return _NULL
    if child(element, "importedValues") is not None:
        reader.model.problems.error(
            id_of(element), "dmn.imported_values", "Values are not imported: write them in FEEL."
        )
    return reader.parsed(text_of(element), element)


def _context(reader: Reader, element: Any) -> Node:
    entries = []
    for entry in children(element, "contextEntry"):
        variable = child(entry, "variable")
        name = variable.get("name", "") if variable is not None else ""
        own = reader.within(name) if name and _defines_function(entry) else reader
        value = own.node(expression_in(entry))
        entries.append((name, reader.typed(value, variable, name)))
        reader = reader.within(name) if name else reader
    return Entries(0, tuple(entries))


def _invocation(reader: Reader, element: Any) -> Node:
    function = reader.node(expression_in(element))
    names, values = [], []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        names.append(parameter.get("name", "") if parameter is not None else "")
        values.append(reader.node(expression_in(binding)))
    if isinstance(function, nodes.Name):
        reader.check_call(function.name, len(values), tuple(names), element)
    return nodes.Call(0, function, tuple(values), tuple(names))


def _list(reader: Reader, element: Any) -> Node:
    return nodes.ListOf(0, tuple(reader.node(item) for item in element if local_name(item) in _READERS))


def _relation(reader: Reader, element: Any) -> Node:
    columns = list(children(element, "column"))
    rows = []
    for row in children(element, "row"):
        cells = [item for item in row if local_name(item) in _READERS]
        named = zip(columns, cells, strict=False)
        rows.append(
            Row(0, tuple((c.get("name", ""), reader.typed(reader.node(v), c, c.get("name", ""))) for c, v in named))
        )
    return nodes.ListOf(0, tuple(rows))


def _function(reader: Reader, element: Any) -> Node:
    parameters = reader.parameters(element)
    if element.get("kind", "FEEL") != "FEEL":
        reader.report_external(element)
        return nodes.FunctionOf(0, parameters, _NULL, external=True)
    inner = reader.within(*(name for name, _ in parameters))
    body, result = inner.node(expression_in(element)), reader.model.result_type(element)
    return nodes.FunctionOf(0, parameters, Typed(0, body, result, "function") if result is not None else body)


def _conditional(reader: Reader, element: Any) -> Node:
    return nodes.If(0, reader.part(element, "if"), reader.part(element, "then"), reader.part(element, "else"))


def _filter(reader: Reader, element: Any) -> Node:
    source = reader.part(element, "in")
    inner = reader.within("item")
    inner.read_names = set()
    match = inner.part(element, "match")
    # What is read inside may be a property of the item.
    reader.item_names |= inner.read_names
    return nodes.Filter(0, source, match)


def _iterations(reader: Reader, element: Any) -> tuple[nodes.Iteration, ...]:
    name = element.get("iteratorVariable", "")
    return (nodes.Iteration(0, name, reader.part(element, "in"), None),)


def _for(reader: Reader, element: Any) -> Node:
    inner = reader.within(element.get("iteratorVariable", ""), "partial")
    return nodes.For(0, _iterations(reader, element), inner.part(element, "return"))


def _quantified(reader: Reader, element: Any) -> Node:
    inner = reader.within(element.get("iteratorVariable", ""))
    every = local_name(element) == "every"
    return nodes.Quantified(0, every, _iterations(reader, element), inner.part(element, "satisfies"))


def _table(reader: Reader, element: Any) -> Node:
    table = read_table(reader, element, element.get("outputLabel", ""))
    return TableOf(0, table, id_of(element)) if table is not None else _NULL


def _defines_function(entry: Any) -> bool:
    return child(entry, "functionDefinition") is not None


_READERS: Final[dict[str, Callable[[Reader, Any], Node]]] = {
    "literalExpression": _literal,
    "context": _context,
    "invocation": _invocation,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
    "conditional": _conditional,
    "filter": _filter,
    "for": _for,
    "some": _quantified,
    "every": _quantified,
    "decisionTable": _table,
}
