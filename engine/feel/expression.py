"""Compiled expressions and unary tests, and the cache that keeps each text compiled once."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, TypeVar

from engine.errors import ExpressionInvalid
from engine.feel import nodes, operators
from engine.feel.builtins import BUILTINS
from engine.feel.closures import Closure, Compiler
from engine.feel.compiler import compiler_with
from engine.feel.convert import check_size, from_python
from engine.feel.direct import Detour, Direct, direct_closure
from engine.feel.lexer import invalid_at
from engine.feel.limits import DEFAULT_FUEL, MAX_TREE_DEPTH
from engine.feel.names import Known, NameTable
from engine.feel.parser import Parser
from engine.feel.scope import DataScope, Evaluation, Scope
from engine.feel.values import Range

Tree = TypeVar("Tree", bound=nodes.Node)
_CACHE_SIZE = 4096
_HEAD = re.compile(r"\w+")
_BUILTIN_NAMES = NameTable(BUILTINS)
_COMPILER = compiler_with(BUILTINS)


class Expression:
    """A compiled FEEL expression, safe to share between threads.

    `names` are the variables it certainly reads; `item_names` occur only inside filters, where they may mean a property
    of the filtered item instead.
    """

    __slots__ = ("_closure", "_direct", "item_names", "names", "text")

    def __init__(
        self,
        text: str,
        closure: Closure,
        names: Iterable[str],
        item_names: Iterable[str],
        direct: Direct | None = None,
    ) -> None:
        self.text = text
        self.names = frozenset(names)
        self.item_names = frozenset(item_names) - self.names
        self._closure = closure
        self._direct = direct

    def evaluate(self, context: Mapping[str, Any], *, now: datetime | None = None, fuel: int = DEFAULT_FUEL) -> Any:
        """The value over plain data; null where the standard says error. `now` is an aware moment.

        Raises ExpressionInvalid when the work or the result is too much, or when the data is not plain.
        """
        if self._direct is not None:
            try:
                return self._direct(context)
            except (Detour, KeyError, ArithmeticError):
                pass  # not as plain as that
        run = Evaluation(fuel, now)
        try:
            value = self._closure(DataScope(context, run))
        except RecursionError:
            raise _too_deep() from None
        if isinstance(value, list | dict | str):
            check_size(value, run)
        return value

    def is_true(
        self, context: Mapping[str, Any], *, now: datetime | None = None, values: Mapping[str, Any] | None = None
    ) -> bool:
        """Is the value true? `values`, if given, has what `context` has, but need only give it by name."""
        if self._direct is not None:
            try:
                return self._direct(context if values is None else values) is True
            except (Detour, KeyError, ArithmeticError):
                pass  # not as plain as that
        return self.evaluate(context, now=now) is True

    def read(self, scope: Scope) -> Any:
        """The FEEL value in a scope that stands already; the caller bounds the run and the size of the result."""
        return self._closure(scope)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"


class UnaryTests:
    """A compiled input entry of a decision table, safe to share between threads; `names` as for an expression."""

    __slots__ = ("_constant", "_negated", "_tests", "item_names", "names", "text")

    def __init__(
        self,
        text: str,
        tree: nodes.Tests,
        names: Iterable[str],
        item_names: Iterable[str],
        compiler: Compiler = _COMPILER,
    ) -> None:
        self.text = text
        self.names = frozenset(names) - {"?"}
        self.item_names = frozenset(item_names) - self.names - {"?"}
        self._tests = [_compile_test(test, compiler) for test in tree.tests]
        self._constant = all(nodes.is_constant(test) for test in tree.tests)
        self._negated = tree.negated

    def matches(
        self, value: Any, context: Mapping[str, Any], *, now: datetime | None = None, fuel: int = DEFAULT_FUEL
    ) -> bool:
        """Does the input value pass? What cannot be said counts as no.

        Raises ExpressionInvalid when the work is too much, or when the data is not plain.
        """
        run = Evaluation(fuel, now)
        subject = from_python(value, run)
        outer = None if self._constant else DataScope(context, run)
        scope = Scope({"?": subject}, outer, run)
        try:
            return self.passes(subject, scope)
        except RecursionError:
            raise _too_deep() from None

    def passes(self, subject: Any, scope: Scope) -> bool:
        """As `matches`, for a FEEL value and a scope in which it is called `?`; the caller bounds the run."""
        if not self._tests:
            return True
        unsaid = False
        for test in self._tests:
            answer = test(subject, scope)
            if answer is True:
                return not self._negated
            unsaid = unsaid or answer is None
        return self._negated and not unsaid

    def __repr__(self) -> str:
        return f"UnaryTests({self.text!r})"


def _too_deep() -> ExpressionInvalid:
    return ExpressionInvalid("The expression is nested too deeply.", code="expression.too_deep")


def compile_expression(text: str, names: Iterable[str] = ()) -> Expression:
    """Compile once per text. `names` are the variables that will be there; needed for names with symbols in them.

    Raises ExpressionInvalid with the position of the first fault.
    """
    return _compile_expression(text, _relevant(text, names) if names else frozenset())


def compile_unary_tests(text: str, names: Iterable[str] = ()) -> UnaryTests:
    """Compile an input entry such as `-`, `< 10`, `[1..5)`, `"a", "b"`, `not(…)` or `? > 3`.

    Raises ExpressionInvalid with the position of the first fault.
    """
    return _compile_unary_tests(text, _relevant(text, names))


def _relevant(text: str, names: Iterable[str]) -> frozenset[str]:
    """Names of more than one word that may occur in the text: only they change how it is read."""
    return frozenset(name for name in names if not name.isidentifier() and _head(name) in text)


def _head(name: str) -> str:
    """The first word, for white space may stand in the text where none stands in the name."""
    found = _HEAD.search(name)
    return found[0] if found else name


@dataclass(frozen=True)
class Parsed(Generic[Tree]):
    """The tree of a text, with the names as `Expression` has them."""

    tree: Tree
    names: frozenset[str]
    item_names: frozenset[str]


def parse_expression(text: str, known: Known) -> Parsed[nodes.Node]:
    """The tree of an expression, for those who build a greater one of it. Raises ExpressionInvalid."""
    parser = Parser(text, _BUILTIN_NAMES, known)
    tree = _bounded(text, parser.read_expression)
    return Parsed(tree, frozenset(parser.free), frozenset(parser.filtered))


def parse_unary_tests(text: str, known: Known) -> Parsed[nodes.Tests]:
    """The tree of an input entry, as above. Raises ExpressionInvalid."""
    parser = Parser(text, _BUILTIN_NAMES, known)
    tree = _bounded(text, parser.read_unary_tests)
    return Parsed(tree, frozenset(parser.free), frozenset(parser.filtered))


@lru_cache(maxsize=_CACHE_SIZE)
def _compile_expression(text: str, names: frozenset[str]) -> Expression:
    parsed = parse_expression(text, Known((NameTable(names),)))
    closure, direct = _COMPILER.compile(parsed.tree), direct_closure(parsed.tree)
    return Expression(text, closure, parsed.names, parsed.item_names, direct)


@lru_cache(maxsize=_CACHE_SIZE)
def _compile_unary_tests(text: str, names: frozenset[str]) -> UnaryTests:
    parsed = parse_unary_tests(text, Known((NameTable(names),)))
    return UnaryTests(text, parsed.tree, parsed.names, parsed.item_names)


def _bounded(text: str, read: Callable[[], Tree]) -> Tree:
    try:
        tree = read()
    except RecursionError:
        raise _too_deep() from None
    for node, depth in nodes.walk(tree):
        if depth > MAX_TREE_DEPTH:
            raise invalid_at(text, node.position, "The expression is nested too deeply.", code="expression.too_deep")
    return tree


def _compile_test(test: nodes.Node, compiler: Compiler) -> Callable[[Any, Scope], bool | None]:
    closure = compiler.compile(test)
    if nodes.is_constant(test):
        expected = closure(DataScope({}, Evaluation(DEFAULT_FUEL, None)))
        if isinstance(expected, str | Decimal):
            return _equality_test(expected)
        if isinstance(expected, Range) and not expected.operator and _has_number_ends(expected):
            return _number_range_test(expected)
        return lambda value, scope: _satisfies(value, expected, scope)
    if nodes.mentions(test, "?"):
        return lambda value, scope: _answers(value, closure(scope), scope)
    return lambda value, scope: _satisfies(value, closure(scope), scope)


def _equality_test(expected: str | Decimal) -> Callable[[Any, Scope], bool | None]:
    """The test of most cells, without the ways round that others need."""
    kind = type(expected)
    return lambda value, scope: value == expected if type(value) is kind else _satisfies(value, expected, scope)


def _has_number_ends(interval: Range) -> bool:
    return all(end is None or type(end) is Decimal for end in (interval.low, interval.high))


def _number_range_test(interval: Range) -> Callable[[Any, Scope], bool | None]:
    low, high = interval.low, interval.high
    low_included, high_included = interval.low_included, interval.high_included

    def lies_within(value: Any, scope: Scope) -> bool | None:
        if type(value) is not Decimal:
            return _satisfies(value, interval, scope)
        if low is not None and (value < low or (value == low and not low_included)):
            return False
        return high is None or value < high or (value == high and high_included)

    return lies_within


def _satisfies(value: Any, expected: Any, scope: Scope) -> bool | None:
    # A test that is simply true passes, unless the input is a boolean itself and has to equal it.
    if expected is True and not isinstance(value, bool):
        return True
    return operators.satisfies(value, expected, scope.run)


def _answers(value: Any, answer: Any, scope: Scope) -> bool | None:
    """A test that asks about the input by `?` says true or false itself."""
    if answer is None or isinstance(answer, bool):
        return answer
    return operators.satisfies(value, answer, scope.run)
