"""An expression can say which variables it reads, as an editor needs it: free ones, by their paths."""

import pytest

from engine.errors import ExpressionInvalid
from engine.feel import variables_of


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("1", ()),
        ("a + b.c.d", (("a",), ("b", "c", "d"))),
        ("order.net amount * rate", (("order", "net amount"), ("rate",))),
        ("for x in xs return x.y + z.w", (("xs",), ("z", "w"))),
        ("for x in xs, y in x.parts return y * count(partial)", (("xs",),)),
        ("for i in 1..n return i", (("n",),)),
        ("some x in xs satisfies x > limit", (("limit",), ("xs",))),
        ("every x in xs satisfies x > limit", (("limit",), ("xs",))),
        ("{a: b, c: a.x + d}", (("b",), ("d",))),
        ("(function(x) x.a + y)(1)", (("y",),)),
        ("sum(lines.price) + date", (("date",), ("lines", "price"))),
        ("own rule(a.b)", (("a", "b"), ("own rule",))),
        ("item.name = partial", (("item", "name"), ("partial",))),
        ("[low..high]", (("high",), ("low",))),
        ("if a then b else c instance of number", (("a",), ("b",), ("c",))),
        ("f(x).y", (("f",), ("x",))),
    ],
)
def test_free_variables_are_listed_by_path(text: str, paths: tuple[tuple[str, ...], ...]) -> None:
    assert variables_of(text).paths == paths


def test_the_variables_themselves_are_the_heads_of_the_paths() -> None:
    assert variables_of("b.x + a + b.y").names == ("a", "b")


def test_what_a_filter_reads_may_be_a_property_of_its_items() -> None:
    found = variables_of("lines[price > minimum.value and item.qty > minimum].name")

    assert found.paths == (("lines",),)
    assert found.item_paths == (("minimum",), ("minimum", "value"), ("price",))


def test_known_names_with_symbols_are_read_as_one() -> None:
    assert variables_of("net-amount + 1", ["net-amount"]).paths == (("net-amount",),)


def test_a_cell_of_a_table_has_variables_too() -> None:
    assert variables_of('> limit.max, ? < today, "a"', unary_tests=True).paths == (("limit", "max"), ("today",))


def test_a_text_that_is_no_feel_is_refused_with_its_place() -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        variables_of("a + ")

    assert refused.value.position == 4
