"""Boxed expressions: each kind gives what the same thing written in FEEL would give (DMN 1.5, 10.2.1)."""

from typing import Any

import pytest

from tests.engine.dmn.models import ask, decision, file, formal, function, literal, result, variable


def entry(name: str, logic: str, kind: str = "") -> str:
    boxed = logic if logic.startswith("<") else literal(logic)
    return f"<contextEntry>{variable(name, kind) if name else ''}{boxed}</contextEntry>"


def context(*entries: str) -> str:
    return f"<context>{''.join(entries)}</context>"


def invocation(called: str, **bindings: str) -> str:
    bound = "".join(
        f'<binding><parameter name="{name}"/>{literal(text) if text else ""}</binding>'
        for name, text in bindings.items()
    )
    return f"<invocation>{literal(called)}{bound}</invocation>"


def relation(columns: str, *rows: str) -> str:
    heads = "".join(f'<column name="{name.strip()}"/>' for name in columns.split(","))
    lines = "".join(f"<row>{''.join(literal(cell) for cell in row.split(','))}</row>" for row in rows)
    return f"<relation>{heads}{lines}</relation>"


def parts(tag: str, attributes: str = "", **held: str) -> str:
    inner = "".join(f"<{name.strip('_')}>{literal(text)}</{name.strip('_')}>" for name, text in held.items())
    return f"<{tag} {attributes}>{inner}</{tag}>"


@pytest.mark.parametrize(
    ("logic", "expected"),
    [
        (context(entry("a", "1"), entry("b", "a + 1")), {"a": 1, "b": 2}),
        (context(entry("a", "1"), entry("", "a + 5")), 6),
        (context(entry("net amount", "10"), entry("", "net amount * 2")), 20),
        (context(entry("pay-per-view", "3"), entry("", "pay-per-view + 1")), 4),
        (context(entry("inner", context(entry("a", "1"))), entry("", "inner.a")), 1),
        (context(entry("a", '"x"', kind="number")), {"a": None}),
        (context(entry("a", '["x"]', kind="string")), {"a": "x"}),
        (context(), {}),
        ("<list>" + literal("1") + literal('"a"') + context(entry("b", "2")) + "</list>", [1, "a", {"b": 2}]),
        ("<list/>", []),
        (relation("name, age", '"Ann",30', '"Bo",40'), [{"name": "Ann", "age": 30}, {"name": "Bo", "age": 40}]),
        (relation("a, b", "1,a"), [{"a": 1, "b": None}]),
        (invocation("max", list="[1, 3, 2]"), 3),
        (invocation("abs", n="-4"), 4),
        (invocation("abs", wrong="-4"), None),
        (parts("conditional", if_="1 < 2", then='"yes"', else_='"no"'), "yes"),
        (parts("conditional", if_="null", then='"yes"', else_='"no"'), "no"),
        (parts("conditional", if_="true"), None),
        (parts("filter", in_="[1, 5, 9]", match="item > 4"), [5, 9]),
        (parts("filter", in_="[{a: 1}, {a: 2}]", match="a = 2"), [{"a": 2}]),
        (parts("filter", in_="[1, 5]", match='"no boolean"'), None),
        (parts("for", 'iteratorVariable="x"', in_="[1, 2]", return_="x * 10"), [10, 20]),
        (parts("for", 'iteratorVariable="x"', in_="[1..3]", return_="x + count(partial)"), [1, 3, 5]),
        (parts("for", 'iteratorVariable="each line"', in_="[2]", return_="each line + 1"), [3]),
        (parts("for", 'iteratorVariable="x"', in_="null", return_="x"), None),
        (parts("some", 'iteratorVariable="x"', in_="[1, 2]", satisfies="x > 1"), True),
        (parts("every", 'iteratorVariable="x"', in_="[1, 2]", satisfies="x > 1"), False),
        (parts("every", 'iteratorVariable="x"', in_="[1, 2]", satisfies='"no boolean"'), None),
        (literal(""), None),
    ],
)
def test_a_boxed_expression_gives_its_value(logic: str, expected: Any) -> None:
    assert result(logic) == expected


def test_entries_of_a_context_do_not_see_those_behind_them() -> None:
    assert result(context(entry("a", "b"), entry("b", "1"))) == {"a": None, "b": 1}


def test_cells_of_a_relation_see_the_data_and_not_each_other() -> None:
    assert result(relation("a, b", "1,a"), a=7) == [{"a": 1, "b": 7}]


def defined(parameters: str, body: str, attributes: str = "") -> str:
    return f"<functionDefinition {attributes}>{formal(parameters)}{literal(body)}</functionDefinition>"


@pytest.mark.parametrize(
    ("parameters", "body", "call", "expected"),
    [
        ("x", "x + 1", "f(2)", 3),
        ("x, y", "x - y", "f(y: 1, x: 5)", 4),
        ("", "7", "f()", 7),
        ("x: number", "x", 'f("a")', None),
        ("x: number", "x", "f([4])", 4),
        ("x: date and time", "string(x)", 'f(@"2026-01-31")', "2026-01-31T00:00:00Z"),
        ("x", "x", "f(1, 2)", None),
        ("n", "if n = 0 then 1 else n * f(n - 1)", "f(5)", 120),
    ],
)
def test_a_boxed_function_can_be_called(parameters: str, body: str, call: str, expected: Any) -> None:
    assert result(context(entry("f", defined(parameters, body)), entry("", call))) == expected


def test_the_result_of_a_boxed_function_has_its_type() -> None:
    typed = context(entry("f", defined("x", "x", 'typeRef="number"')), entry("", '[f("a"), f(1)]'))

    assert result(typed) == [None, 1]


def test_an_invocation_binds_the_parameters_of_a_function_by_name() -> None:
    source = file(
        function("twice", "x + x", parameters="x: number"),
        decision("it", invocation("twice", x="21"), "*twice"),
        decision("wrong", invocation("twice", y="21"), "*twice"),
    )

    assert ask(source, "it") == 42
    assert ask(source, "wrong") is None


TABLE = (
    '<decisionTable hitPolicy="FIRST" outputLabel="size"><input><inputExpression><text>x</text></inputExpression>'
    '</input><output name="size"/>'
    "<rule><inputEntry><text>&gt; 10</text></inputEntry><outputEntry><text>limit</text></outputEntry></rule>"
    '<rule><inputEntry><text>-</text></inputEntry><outputEntry><text>"small"</text></outputEntry></rule>'
    "</decisionTable>"
)


def test_a_table_may_stand_inside_another_expression() -> None:
    logic = context(entry("limit", '"large"'), entry("x", "11"), entry("size", TABLE), entry("", "[size, limit]"))

    assert result(logic) == ["large", "large"]


def test_expressions_nest_in_each_other() -> None:
    inner = context(entry("x", "n * 6"), entry("limit", "x"), entry("", TABLE))
    logic = f'<for iteratorVariable="n"><in>{literal("[1, 2, 3]")}</in><return>{inner}</return></for>'

    assert result(logic) == ["small", 12, 18]
