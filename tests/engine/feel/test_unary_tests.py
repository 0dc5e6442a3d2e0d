"""The input entries of decision tables match the values a designer means."""

from typing import Any

import pytest

from engine.errors import ExpressionInvalid
from engine.feel import compile_unary_tests

DATA = {"limit": 10, "levels": ["A", "B"], "window": {"from": 1}}

CASES: list[tuple[str, Any, bool]] = [
    ("-", 1, True),
    ("-", None, True),
    ("", "x", True),
    ("10", 10, True),
    ("10", 11, False),
    ("10", "10", False),
    ('"a"', "a", True),
    ('"a","b"', "b", True),
    ('"a", "b"', "c", False),
    ("< 10", 9, True),
    ("< 10", 10, False),
    ("<= 10, > 20", 25, True),
    ("= 10", 10, True),
    ("!= 10", 10, False),
    ("< 10", None, False),
    ("< 10", "a", False),
    ("[1..5)", 5, False),
    ("[1..5)", 1, True),
    ("]1..5]", 1, False),
    ("[1..3], [5..7]", 6, True),
    ('[@"2026-01-01"..@"2026-12-31"]', "2026-06-01", False),
    ("not(1, 2)", 3, True),
    ("not(1, 2)", 2, False),
    ("not([1..5])", 6, True),
    ("not(null)", 5, True),
    ("not(null)", None, False),
    ("not(< 10)", "a", False),
    ("null", None, True),
    ("true", True, True),
    ("true", False, False),
    ("false", False, True),
    ("false", True, False),
    ("not(true)", False, True),
    ("? > 3", 4, True),
    ("? > 3", 3, False),
    ("? > 3 and ? < limit", 9, True),
    ("not(? > 3)", 2, True),
    ('starts with(?, "ab")', "abc", True),
    ("even(?)", 3, False),
    ("limit", 10, True),
    ("< limit", 9, True),
    ("[window.from..limit]", 5, True),
    ("levels", "B", True),
    ("levels", "C", False),
    ("count(levels) = 2", "anything", True),
    ("-5", -5, True),
    ("limit - 1", 9, True),
    ("[1, 2]", [1, 2], True),
    ("10", 10.0, True),
    ("not(limit > 3) = false", True, True),
]


@pytest.mark.parametrize(("text", "value", "expected"), CASES)
def test_an_entry_matches(text: str, value: Any, expected: bool) -> None:
    assert compile_unary_tests(text).matches(value, DATA) is expected


@pytest.mark.parametrize("text", ["<", "[1..", "1,", "not(", "not()", "- -", "1 2", "? >", "<> 3"])
def test_an_entry_that_cannot_be_read_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        compile_unary_tests(text)

    assert 0 <= refused.value.position <= len(text)


def test_the_names_of_an_entry_leave_out_the_input() -> None:
    assert compile_unary_tests("? > limit, < floor price").names == {"limit", "floor price"}
