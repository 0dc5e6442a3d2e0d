"""Plain conditions are answered without detours, and exactly as the general way answers them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ExpressionInvalid
from engine.feel import Expression, compile_expression

OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
LONG = "12345678901234567890123456789012345"
LITERALS = st.sampled_from(["1", "0.10", "-3", '"a"', '"B"', "null", "true", "false", LONG])
VARIABLES = st.sampled_from(["x", "y", "z", "c.x", "c.d.x", "missing", "c.missing", "count"])
COMPARISONS = st.builds(lambda left, op, right: f"{left} {op} {right}", VARIABLES, OPERATORS, LITERALS | VARIABLES)
MEMBERSHIPS = st.builds(lambda left, a, b: f"{left} in ({a}, {b})", VARIABLES, LITERALS, LITERALS)
CONTENTS = st.builds(lambda name, text: f"list contains({name}, {text})", VARIABLES, st.sampled_from(['"a"', "1"]))
CONDITIONS = st.recursive(
    COMPARISONS | MEMBERSHIPS | CONTENTS | VARIABLES,
    lambda inner: st.builds(
        lambda word, first, second: f"not({first})" if word == "not" else f"({first}) {word} ({second})",
        st.sampled_from(["and", "or", "not"]),
        inner,
        inner,
    ),
    max_leaves=5,
)
NUMBERS = [0, 1, -3, 10**40, *map(Decimal, ("0.1", "0.10", "1.0", "1e40", f"{LONG}.5", "NaN"))]
PLAIN = st.sampled_from([None, True, False, *NUMBERS, "a", "B", "", 0.1, [1, "a"], ["b"], {}, date(2026, 1, 1)])
CONTEXT = st.fixed_dictionaries({"x": PLAIN, "d": PLAIN | st.fixed_dictionaries({"x": PLAIN})})
DATA = st.fixed_dictionaries({"x": PLAIN, "y": PLAIN, "z": PLAIN}, optional={"c": CONTEXT, "count": PLAIN})
OTHERS = ["x + 1 > 2", "x", "count(x) > 2", "x[1] = 2", 'x in ["a".."b"]', "some i in x satisfies i"]


def answer(expression: Expression, data: dict[str, Any]) -> Any:
    try:
        return expression.evaluate(data)
    except ExpressionInvalid as refusal:
        return refusal.code


@settings(max_examples=500)
@given(text=CONDITIONS, data=DATA)
def test_both_ways_give_the_same(text: str, data: dict[str, Any]) -> None:
    expression = compile_expression(text)
    general = Expression(text, expression._closure, expression.names, expression.item_names)
    assert answer(expression, data) == answer(general, data)
    assert type(answer(expression, data)) is type(answer(general, data))


@pytest.mark.parametrize(
    "text",
    [
        "x >= 10",
        'x = "a" and y != "b" or z',
        "not(x < 1)",
        'x in ("a", "b")',
        "c.d.x = 1",
        "x != null",
        "x = y",
        'not(list contains(x, "a"))',
    ],
)
def test_plain_conditions_take_the_short_way(text: str) -> None:
    assert compile_expression(text)._direct is not None


@pytest.mark.parametrize("text", OTHERS)
def test_others_do_not(text: str) -> None:
    assert compile_expression(text)._direct is None
