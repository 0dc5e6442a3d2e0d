"""What is told about a DMN file before it is published: code, element and place of everything that would be null."""

import time

import pytest

from engine.dmn import check_decisions
from tests.engine.dmn.models import codes, decision, file, function, given, item, literal, part, service, variable


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (file(decision("a", "nothing(1)")), ("dmn.unknown_function", "a")),
        (file(function("f", "x", parameters="x"), decision("a", "f(1, 2)", "*f")), ("dmn.parameters", "a")),
        (file(function("f", "x", parameters="x"), decision("a", "f(y: 1)", "*f")), ("dmn.parameters", "a")),
        (file(function("f", "x"), decision("a", "f(1)", "*f")), ("dmn.parameters", "a")),
        (
            file(
                given("i"), decision("b", "i", "@i"), service("s", outputs="b", inputs="i"), decision("a", "s()", "*s")
            ),
            ("dmn.parameters", "a"),
        ),
        (
            file(
                function("f", "x", parameters="x"),
                decision("a", f'<invocation>{literal("f")}<binding><parameter name="y"/></binding></invocation>', "*f"),
            ),
            ("dmn.parameters", "a"),
        ),
        (file(decision("a", "<literalExpression><importedValues/></literalExpression>")), ("dmn.imported_values", "a")),
        (file(decision("a", "function(x) external {java: {}}")), ("dmn.external", "a")),
        (file(function("f", "g(1)", parameters="x")), ("dmn.unknown_function", "f")),
        (file(given("i"), function("f", "i + x", parameters="x")), ("dmn.not_required", "f")),
        (file(decision("a", "1", kind="tNothing")), ("dmn.unknown_type", "a")),
        (file(item("tA", inner=part("b", "tNothing")), decision("a", "1")), ("dmn.unknown_type", "d")),
        (file(function("f", "x", parameters="x: tNothing")), ("dmn.unknown_type", "f")),
        (
            file(decision("a", "<context><contextEntry>" + literal("1 +") + "</contextEntry></context>")),
            ("expression.invalid", "a"),
        ),
    ],
)
def test_what_would_always_be_null_is_told(source: bytes, problem: tuple[str, str]) -> None:
    assert codes(source) == [problem]


@pytest.mark.parametrize(
    "source",
    [
        file(function("f", "x", parameters="x"), decision("a", "[f(1), f(x: 1), sort([1], f)]", "*f")),
        file(decision("a", "{f: function(x) x, r: f(1)}.r")),
        file(decision("a", "amount + other.field")),
        file(decision("a", "lines[own(item) > 1]")),
        file(decision("a", "[date, item, 1]")),
        file(function("f", "if n = 0 then 1 else f(n - 1)", parameters="n")),
        file(item("tOnly")),
    ],
)
def test_what_may_well_be_right_is_not_told(source: bytes) -> None:
    assert codes(source) == []


def test_the_place_of_a_fault_in_an_expression_is_told() -> None:
    (problem,) = check_decisions(file(decision("a", "1 +\n+ 2")))

    assert problem.fields["line"] == 2
    assert str(problem) == "The expression “1 +\n+ 2” is wrong at line 2, column 1: A value is expected here."


def test_the_nearest_element_with_an_id_is_told() -> None:
    expression = '<literalExpression id="e"><text>1 +</text></literalExpression>'

    assert codes(file(f'<decision id="a" name="a">{variable("a")}{expression}</decision>')) == [
        ("expression.invalid", "e")
    ]


def test_a_function_in_another_language_is_told_once_for_each() -> None:
    pmml = '<functionDefinition kind="PMML"><formalParameter name="x"/></functionDefinition>'
    entry = f"<contextEntry>{variable('f')}{pmml}</contextEntry>"

    assert codes(file(decision("a", f"<context>{entry}</context>"))) == [("dmn.external", "a")]


def test_a_model_of_many_similar_names_is_read_in_time_that_grows_with_its_size() -> None:
    names = [f"net amount {n}" for n in range(500)]
    source = file(*(given(name) for name in names), *(decision(f"of {name}", name, f"@{name}") for name in names))
    started = time.process_time()

    assert codes(source) == []
    assert time.process_time() - started < 2
