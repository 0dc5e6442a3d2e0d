"""Item definitions and the implicit conversions: what does not conform is null, with the reason."""

from typing import Any

import pytest

from engine.dmn import answer, read_bundle
from tests.engine.dmn.models import allowed, ask, codes, decision, file, function, given, item, part, result

PERSON = item("tPerson", inner=part("name", "string") + part("age", "number"))
COLOUR = item("tColour", "string", allowed('"red", "green"'))
TYPES = "".join(
    (
        PERSON,
        COLOUR,
        item("tColours", "tColour", many=True),
        item("tScores", "number", allowed("[0..10]") + allowed("count(?) < 3", "typeConstraint"), many=True),
        item("tShort", "string", allowed("string length(?) < 4", "typeConstraint")),
        item("tFamily", inner=part("head", "tPerson") + part("children", inner=part("name", "string"), many=True)),
        item("tTree", inner=part("value", "number") + part("below", "tTree", many=True)),
        item(
            "tMapping",
            inner='<functionItem outputTypeRef="number"><parameters name="x" typeRef="string"/></functionItem>',
        ),
    )
)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("number", "1", 1),
        ("number", '"1"', None),
        ("number", "[1]", 1),
        ("number", "[1, 2]", None),
        ("number", "null", None),
        ("string", '["a"]', "a"),
        ("boolean", "1", None),
        ("Any", "[1]", [1]),
        ("date and time", 'date("2026-01-31")', "2026-01-31T00:00:00Z"),
        ("dateTime", '[date("2026-01-31")]', None),
        ("date", 'date and time("2026-01-31T10:00:00")', None),
        ("days and time duration", 'duration("P1Y")', None),
        ("yearMonthDuration", 'duration("P1Y")', "P1Y"),
        ("tColour", '"red"', "red"),
        ("tColour", '"blue"', None),
        ("tColour", '["green"]', "green"),
        ("tColours", '["red", "green"]', ["red", "green"]),
        ("tColours", '["red", "blue"]', None),
        ("tColours", '"red"', ["red"]),
        ("tColours", '["red", null]', ["red", None]),
        ("tScores", "[1, 10]", [1, 10]),
        ("tScores", "[1, 11]", None),
        ("tScores", "[1, 2, 3]", None),
        ("tShort", '"abc"', "abc"),
        ("tShort", '"abcd"', None),
        ("tPerson", '{name: "Ann", age: 3}', {"name": "Ann", "age": 3}),
        ("tPerson", '{name: "Ann", age: null}', {"name": "Ann", "age": None}),
        ("tPerson", '{name: "Ann", age: 3, more: 1}', {"name": "Ann", "age": 3, "more": 1}),
        ("tPerson", '{name: "Ann"}', None),
        ("tPerson", '{name: "Ann", age: "3"}', None),
        ("tPerson", '"Ann"', None),
        (
            "tFamily",
            '{head: {name: "A", age: 1}, children: [{name: "B"}]}',
            {"head": {"name": "A", "age": 1}, "children": [{"name": "B"}]},
        ),
        ("tFamily", '{head: {name: "A", age: 1}, children: [{name: 1}]}', None),
        ("tTree", "{value: 1, below: [{value: 2, below: []}]}", {"value": 1, "below": [{"value": 2, "below": []}]}),
        ("tTree", '{value: 1, below: [{value: "2", below: []}]}', None),
        ("tUnknown", "1", 1),
    ],
)
def test_a_result_has_the_type_of_its_variable(kind: str, text: str, expected: Any) -> None:
    assert result(text, kind, TYPES) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"red" instance of tColour', True),
        ('"blue" instance of tColour', False),
        ("null instance of tColour", False),
        ('["red"] instance of tColours', True),
        ('"red" instance of tColours', False),
        ('{name: "Ann", age: 3} instance of tPerson', True),
        ('{name: "Ann"} instance of tPerson', False),
        ('[{name: "Ann", age: 3}] instance of list<tPerson>', True),
        ("1 instance of tNothing", None),
        ("(function(x: string) 1) instance of tMapping", True),
        ("(function(x: number) 1) instance of tMapping", False),
        ("(function(x, y) 1) instance of tMapping", False),
        ("(function(x: Any) 1) instance of function<string> -> Any", True),
        ("(function(x: tColour) 1) instance of function<string> -> Any", False),
        ("(function(x: string) 1) instance of function<tColour> -> Any", True),
        ("(function(x: list<number>) 1) instance of function<list<Any>> -> Any", False),
        ("(function(x: list<Any>) 1) instance of function<list<number>> -> Any", True),
        ("(function(x: context<a: number>) 1) instance of function<tPerson> -> Any", False),
        ("(function(x: context<age: number>) 1) instance of function<tPerson> -> Any", True),
    ],
)
def test_instance_of_knows_the_types_of_the_model(text: str, expected: Any) -> None:
    assert result(text, "", TYPES) == expected


def test_functions_written_in_feel_may_name_the_types_of_the_model() -> None:
    assert result('{f: function(c: tColour) c, r: [f("red"), f("blue")]}.r', "", TYPES) == ["red", None]


def test_input_data_has_the_type_of_its_variable() -> None:
    source = file(TYPES, given("colour", "tColour"), decision("it", "[colour, colour = null]", "@colour"))

    assert ask(source, "it", colour="red") == ["red", False]
    assert ask(source, "it", colour="blue") == [None, True]
    assert ask(source, "it") == [None, True]


def test_the_explanation_says_why_a_value_became_null() -> None:
    source = file(TYPES, decision("it", '"blue"', kind="tColour"))
    found = answer(next(read_bundle(source).find("it")), {})

    assert [(fault.element_id, str(fault)) for fault in found.faults] == [("it", "“it” is not of the type tColour.")]


def test_the_result_of_a_function_type_is_that_of_the_function() -> None:
    source = file(TYPES, function("f", "x", parameters="x", kind="tMapping"), decision("it", '[f("1"), f(1)]', "*f"))

    assert ask(source, "it") == [None, 1]


@pytest.mark.parametrize(
    ("types", "problem"),
    [
        (decision("it", "1", kind="tNowhere"), ("dmn.unknown_type", "it_variable")),
        (item("tA", "tB") + item("tB", "tA") + decision("it", "1", kind="tA"), ("dmn.type_circle", "")),
        (item("tA", "tA") + decision("it", "1", kind="tA"), ("dmn.type_circle", "")),
        (item("tA", "string", allowed("> (")) + decision("it", "1"), ("expression.invalid", "d")),
    ],
)
def test_a_type_that_cannot_be_is_told(types: str, problem: tuple[str, str]) -> None:
    found = codes(file(types.replace('<variable name="it"', '<variable id="it_variable" name="it"')))

    assert found == [problem] or problem in found


def test_a_type_made_of_itself_still_answers() -> None:
    assert result("1", "tA", item("tA", "tB") + item("tB", "tA")) == 1
