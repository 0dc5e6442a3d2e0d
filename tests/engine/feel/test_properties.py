"""Whatever text and data come in: a value or an ExpressionInvalid comes out, and nothing else."""

import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionInvalid
from engine.feel import compile_expression, compile_unary_tests, to_json
from engine.feel.builtins import BUILTINS

WORDS = [
    *("if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "and", "or", "not", "between"),
    *("instance", "of", "function", "external", "true", "false", "null", "item", "partial", "a", "b", "x y", "?"),
    *(".", "..", ",", ":", "(", ")", "[", "]", "{", "}", "+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">="),
    *("->", "@", "'", '"', "//", "/*", "1", "2.5", "1e3", '"a"', '@"2026-01-01"', '@"P1D"', "number", "list<"),
    *BUILTINS,
]
DATA: dict[str, Any] = {"a": 1, "b": [1, {"x y": "z"}], "x y": "text", "item": None}
KEYS = st.sampled_from(["a", "b", "key", "value"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


def run(text: str, data: dict[str, Any]) -> None:
    try:
        value = compile_expression(text, data).evaluate(data, fuel=5_000)
        compile_unary_tests(text, data).matches(1, data, fuel=5_000)
    except ExpressionInvalid as refused:
        place, sentence = refused.position, str(refused)
    else:
        place, sentence = 0, json.dumps(to_json(value))
    assert 0 <= place <= len(text)
    assert sentence


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_random_text_is_read_or_refused(text: str) -> None:
    run(text, DATA)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_random_words_are_read_or_refused(words: list[str]) -> None:
    run(" ".join(words), DATA)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(BUILTINS)), st.lists(JSON, max_size=4))
def test_every_function_takes_whatever_it_is_given(name: str, arguments: list[Any]) -> None:
    data = {f"p{index}": argument for index, argument in enumerate(arguments)}

    run(f"{name}({', '.join(data)})", data)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_data_comes_back_as_it_went_in(value: Any) -> None:
    back = to_json(compile_expression("x").evaluate({"x": value}))

    assert same(back, value)


def same(back: Any, value: Any) -> bool:
    if isinstance(value, list):
        return len(back) == len(value) and all(map(same, back, value))
    if isinstance(value, dict):
        return bool(back.keys() == value.keys()) and all(same(back[key], value[key]) for key in value)
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return bool(back == value)
    if value != value or value in {float("inf"), float("-inf")}:
        return back is None
    return abs(Decimal(back) - Decimal(value)) <= abs(Decimal(value)) * Decimal("1e-15")
