"""Names with spaces and symbols are read by what is known, and an expression can say which variables it reads."""

import pytest

from engine.errors import ExpressionInvalid
from engine.feel import compile_expression, compile_unary_tests


@pytest.mark.parametrize(
    ("text", "data", "expected"),
    [
        ("monthly salary * 12", {"monthly salary": 100}, 1200),
        ("monthly   salary\n* 12", {"monthly salary": 100}, 1200),
        ("pay-per-view + 1", {"pay-per-view": 1, "pay": 9, "per": 9, "view": 9}, 2),
        ("pay-per", {"pay": 9, "per": 4}, 5),
        ("a + b", {"a + b": 7, "a": 1, "b": 2}, 7),
        ("line 1 total + 1", {"line 1 total": 2}, 3),
        ("order.net amount", {"order": {"net amount": 3}}, 3),
        ("date and time of issue", {"date and time of issue": 4}, 4),
        ("return date", {"return date": 5}, 5),
        ("if in stock then 1 else 2", {"in stock": True}, 1),
        ("不含税金额 * 2", {"不含税金额": 6}, 12),
        ("tax.rate", {"tax.rate": 8, "tax": {"rate": 9}}, 8),
    ],
)
def test_a_known_name_is_read_as_one(text: str, data: dict[str, object], expected: int) -> None:
    assert compile_expression(text, data).evaluate(data) == expected


def test_words_side_by_side_are_one_name_even_if_unknown() -> None:
    assert compile_expression("monthly salary * 12").evaluate({"monthly salary": 100}) == 1200


def test_bound_names_with_spaces_are_read_in_their_scope() -> None:
    text = "for each line in lines return each line * 2"

    assert compile_expression(text).evaluate({"lines": [1, 2]}) == [2, 4]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a + b.c.d", {"a", "b"}),
        ("for x in xs return x + y", {"xs", "y"}),
        ("some x in xs satisfies x > limit", {"xs", "limit"}),
        ("{a: b, c: a}", {"b"}),
        ("function(x) x + y", {"y"}),
        ("sum(lines.price)", {"lines"}),
        ("date > today()", {"date"}),
        ("my thing(1)", {"my thing"}),
        ("lines[qty > minimum].price", {"lines"}),
    ],
)
def test_an_expression_lists_the_variables_it_reads(text: str, names: set[str]) -> None:
    assert compile_expression(text).names == names


def test_names_inside_a_filter_may_be_properties_of_the_item() -> None:
    assert compile_expression("lines[qty > minimum].price").item_names == {"qty", "minimum"}


@pytest.mark.parametrize(
    ("text", "position", "line", "column"),
    [
        ("1 +", 3, 1, 4),
        ("1 +\n  * 2", 6, 2, 3),
        ('"abc', 0, 1, 1),
        ("a = # b", 4, 1, 5),
        ("if a then b", 11, 1, 12),
        ("[1, 2", 5, 1, 6),
        ("{a: 1, a: 2}", 8, 1, 9),
        ("f(a: 1, 2)", 8, 1, 9),
        ("(1, 2)", 6, 1, 7),
        ("[1..2", 5, 1, 6),
        ("x instance of 1", 14, 1, 15),
        ("/* open", 0, 1, 1),
    ],
)
def test_a_fault_is_shown_at_its_place(text: str, position: int, line: int, column: int) -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        compile_expression(text)

    assert (refused.value.position, refused.value.line, refused.value.column) == (position, line, column)


def test_data_with_names_nobody_can_write_is_no_hindrance() -> None:
    data = {"": 1, "#": 2, "1st": 3, "a" * 20_000: 4, "x (y)": 5, "a": 6}

    assert compile_expression("a", data).evaluate(data) == 6


def test_a_compiled_text_shows_itself() -> None:
    assert repr(compile_expression("a + 1")) == "Expression('a + 1')"
    assert repr(compile_unary_tests("< 1")) == "UnaryTests('< 1')"


def test_a_fault_has_a_code_a_template_and_fields() -> None:
    with pytest.raises(ExpressionInvalid) as refused:
        compile_expression("(1")

    assert refused.value.code == "expression.invalid"
    assert refused.value.message == "{expected} is expected here."
    assert refused.value.fields == {"expected": ")"}
    assert str(refused.value) == ") is expected here."
