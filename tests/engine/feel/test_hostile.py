"""Whoever writes an expression, it reaches nothing outside, stays small and ends soon."""

import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from engine.errors import ExpressionInvalid
from engine.feel import compile_expression, compile_unary_tests, to_json
from engine.feel.limits import MAX_NESTING

# Of processor time, which other work on the machine does not change; measuring coverage makes everything slower.
LIMIT_SECONDS = 2.0 if sys.gettrace() is None else 10.0
DOUBLING = ", ".join(
    f"{new}: [{old}, {old}]" for old, new in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
)
GROWING = ", ".join(
    f"{new}: {old} + {old}" for old, new in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
)
LONG_TEXT = '{s: string join(for i in 1..20000 return "ab", ""), r: %s}.r'
LONG_LIST = "{l: for i in 1..20000 return i, r: %s}.r"
DATA = {"x": {"y": 1}, "text": "abc", "numbers": [1, 2, 3]}

# Reaching out: every one is null or refused, for there is nothing to reach.
ESCAPES = [
    "__class__",
    "__builtins__",
    '"".__class__',
    '"".__class__.__mro__',
    "[].__class__.__base__.__subclasses__()",
    "x.__dict__",
    "x.__globals__",
    "x.keys()",
    'text.format("x")',
    "(function(x) x).__code__",
    "(function(x) x).call",
    "count.call",
    "count.__globals__",
    "abs.parameters",
    "now().__class__",
    "now().tzinfo",
    '@"2026-01-01".ordinal',
    '@"2026-01-01".__post_init__',
    "[1..5].operator",
    '__import__("os").system("id")',
    'eval("1")',
    'exec("1")',
    'open("/etc/passwd")',
    'getattr(x, "__class__")',
    "globals()",
    "locals()",
    "vars(x)",
    'get value(x, "__class__")',
    'get value(x, ["__class__", "__mro__"])',
    'function(a) external {java: {class: "java.lang.Runtime", method signature: "exec(java.lang.String)"}}',
    'function(a) external {pmml: {document: "http://example.com/a", model: "m"}}',
]
# Not FEEL at all: refused.
REFUSED = [
    "lambda: 1",
    "x; y",
    "x := 1",
    "x = {",
    "[x for x in y]",
    "f'{x}'",
    "`id`",
    "$(id)",
    "${x}",
    "#{x}",
    "x ? 1 : 2",
    "\x00",
    "1 & 2",
    "1 | 2",
    "!true",
    "x -> y",
    "'single'",
    "1e99999999999",
    "9" * 9000,
    "x" * 10_001,
    "(" * 4000 + "1" + ")" * 4000,
    "[" * 3000,
    "{a:" * 2000,
    "-" * 5000 + "1",
    "not(" * 1500 + "true" + ")" * 1500,
    "if true then " * 500 + "1",
    "1 in (" * 500 + "1" + ")" * 500,
    "1" + "=1" * 4900,
    "a" + ".a" * 4900,
    "a" + "[1]" * 3000,
    "f" + "()" * 4000,
    "x instance of " + "list<" * 1500 + "number" + ">" * 1500,
    "function(x) " * 700 + "1",
    "for x in " * 700 + "1",
]
# Bombs: null, a small value, or refused for want of fuel.
BOMBS = [
    "for i in 1..9999999999 return i",
    "for i in 1..100000 return for j in 1..100000 return 1",
    "for a in 1..99, b in 1..99, c in 1..99, d in 1..99 return 1",
    "some a in 1..10000, b in 1..10000 satisfies a + b < 0",
    'every d in @"0001-01-01"..@"9999-01-01" satisfies d.year > 0',
    "for i in 1..3000 return partial",
    "for i in 1e6144..1e6143 return i",
    "count([1..9999999999])",
    "5 in [1..9999999999]",
    "10**10**10",
    "2**99999",
    "9**9**9**9",
    "1e6144 * 1e6144",
    "exp(1e20)",
    "for i in 1..20000 return exp(i / 7.3)",
    "for i in 1..20000 return 1.0000001 ** 12345.678",
    "decimal(1e6000, 6000)",
    "round up(1.5, 1e300)",
    "modulo(1e6000, 1e-6000)",
    "string length(string(1e6144))",
    'number("' + "9" * 5000 + '")',
    "date(1e300, 1, 1)",
    'duration("P999999999999999999Y")',
    '@"2026-01-01" + duration("P999999999Y") * 1e6000',
    'substring("abc", 1e300, 1e300)',
    "[1, 2][1e300]",
    "1" + "+1" * 4900,
    f'{{a: "aaaaaaaaaaaaaaaaaaaa", {GROWING}}}',
    f"{{a: [1, 1], {DOUBLING}}}",
    f"{{a: [1, 1], {DOUBLING}, r: count(flatten(z))}}.r",
    f"{{a: [1, 1], {DOUBLING}, r: z = z}}.r",
    f"{{a: [1, 1], {DOUBLING}, r: string length(string(z))}}.r",
    f"{{a: [1, 1], {DOUBLING}, r: z.x}}.r",
    f"{{a: [1, 1], {DOUBLING}, r: z instance of list<list<list<number>>>}}.r",
    "{f: function(x) f(x), r: f(1)}.r",
    "{f: function(n) f(n - 1) + f(n - 1), r: f(40)}.r",
    "{f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1), r: f(40)}.r",
    "(function(f) f(f))(function(f) f(f))",
    "{f: function(l, n) if n = 0 then l else f([l, l], n - 1), r: f([1], 45)}.r",
    LONG_TEXT % 'matches(s, "(a|b)*c")',
    LONG_TEXT % 'replace(s, "a", "$0$0$0$0$0$0$0$0$0$0$0$0")',
    LONG_TEXT % 'for i in 1..20000 return contains(s, "bb")',
    LONG_TEXT % "for i in 1..20000 return upper case(s)",
    LONG_TEXT % "for i in 1..20000 return substring(s, 2)",
    LONG_TEXT % 'for i in 1..20000 return substring before(s, "bb")',
    LONG_TEXT % 'for i in 1..20000 return s + "x"',
    LONG_TEXT % "for i in 1..20000 return {a: s, b: s, c: s}",
    LONG_LIST % "sort(l, function(x, y) x > y)",
    LONG_LIST % "distinct values(l)",
    LONG_LIST % "for i in l return count(l[item > i])",
    LONG_LIST % "for i in l return sum(l)",
    LONG_LIST % "for i in l return l",
    LONG_LIST % "for i in l return sublist(l, 2)",
    LONG_LIST % "for i in l return append(l, 1)",
    LONG_LIST % "for i in l return all(l)",
    LONG_LIST % "for i in l return -1 in l",
    LONG_LIST % "for i in l return l.x",
    LONG_LIST % "for i in l return l = l",
    LONG_LIST % "for i in l return string(l)",
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a+)+$")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a|aa)*b")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(.*)*(.*)*(.*)*x")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a*)*\\\\1\\\\1b")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaa", "(a*)(a*)(a*)(a*)\\\\4\\\\3\\\\2\\\\1b")',
    'matches("a", "((a{1000}){1000}){1000}")',
    'matches("a", "(?:(?:(?:(?:){1000}){1000}){1000}){1000}")',
    'matches("a", "' + "(" * 900 + "a" + ")" * 900 + '")',
    'split("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a+)+b")',
    'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a?){30}a{30}", "")',
]


def outcome(text: str) -> Any:
    try:
        return to_json(compile_expression(text, DATA).evaluate(DATA))
    except ExpressionInvalid as refused:
        return refused.code


@contextmanager
def within_limit() -> Iterator[None]:
    """What happens inside takes no longer than the limit, without other threads and what other tests left behind."""
    gc.disable()
    started = time.thread_time()
    try:
        yield
    finally:
        spent = time.thread_time() - started
        gc.enable()
    assert spent < LIMIT_SECONDS


@pytest.mark.parametrize("text", ESCAPES)
def test_there_is_nothing_to_reach(text: str) -> None:
    assert outcome(text) is None


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40])
def test_what_is_not_feel_is_refused(text: str) -> None:
    with within_limit(), pytest.raises(ExpressionInvalid):
        compile_expression(text)


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: text[:60])
def test_a_bomb_does_not_go_off(text: str) -> None:
    with within_limit():
        result = outcome(text)

    assert len(str(result)) < 1_000_000


@pytest.mark.parametrize("text", ["< 1e99999999999", "[" * 3000, "not(" * 2000, "(" * 4000, "? > " * 2000, "1," * 4999])
def test_a_hostile_table_entry_is_refused(text: str) -> None:
    with pytest.raises(ExpressionInvalid):
        compile_unary_tests(text)


def test_cyclic_data_is_refused() -> None:
    data: dict[str, Any] = {}
    data["self"] = data

    with pytest.raises(ExpressionInvalid):
        compile_expression("self").evaluate(data)


def test_an_object_that_is_not_plain_data_is_refused() -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        compile_expression("thing").evaluate({"thing": object()})

    assert refused.value.code == "expression.data"


def test_numbers_outside_the_range_are_null() -> None:
    data = {"big": Decimal("1e9000"), "nan": float("nan"), "infinite": float("inf"), "long": 10**9000}

    assert outcome_of("[big + 1, nan, infinite, long]", data) == [None, None, None, None]


def outcome_of(text: str, data: dict[str, Any]) -> Any:
    return to_json(compile_expression(text, data).evaluate(data))


def test_an_expression_is_refused_as_nested_however_deep_the_caller_stands() -> None:
    def call_from(depth: int) -> Any:
        return outcome("(" * 45 + "1" + ")" * 45) if depth == 0 else call_from(depth - 1)

    assert call_from(800) in {1, "expression.too_deep"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a+)+$")', False),
        ('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "(a|aa)*b")', False),
        ('matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "^(a|aa)*$")', True),
        ('replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "(a+)+b", "$1")', "a" * 29),
    ],
)
def test_a_pattern_that_ruins_others_is_simply_answered(text: str, expected: Any) -> None:
    assert outcome(text) == expected


def test_a_result_that_nests_too_deeply_is_refused() -> None:
    text = "for i in 1..200 return if i = 1 then [] else [partial[-1]]"

    assert outcome(text) == "expression.too_deep"


def test_values_too_deep_to_compare_are_refused() -> None:
    text = "{l: for i in 1..500 return if i = 1 then [] else [partial[-1]], r: l[-1] = l[-1]}.r"

    assert outcome(text) == "expression.too_deep"


def test_a_list_that_grows_too_long_is_refused() -> None:
    assert outcome(LONG_LIST % "concatenate(l, l, l, l, l, l)") == "expression.size"


def test_nesting_is_refused_where_it_gets_too_deep() -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        compile_expression("[" * 3000)

    assert refused.value.code == "expression.too_deep"
    assert refused.value.position == MAX_NESTING


def test_fuel_is_what_the_caller_gives() -> None:
    expression = compile_expression("for i in 1..1000 return i")

    assert len(expression.evaluate({})) == 1000
    with pytest.raises(ExpressionInvalid) as refused:
        expression.evaluate({}, fuel=500)
    assert refused.value.code == "expression.fuel"
