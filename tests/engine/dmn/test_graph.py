"""Requirements: who sees what, functions, decision services, imports, and requirements that cannot be."""

from typing import Any

import pytest

from engine.dmn import answer, read_bundle
from engine.dmn.graph import MAX_DEPTH, MAX_ELEMENTS
from engine.feel import to_json
from tests.engine.dmn.models import ask, ask_with, codes, decision, file, function, given, literal, service, variable


def test_a_decision_sees_what_it_requires_and_nothing_else_of_its_model() -> None:
    source = file(
        given("a"),
        given("b"),
        decision("sees a", "[a, b]", "@a"),
        decision("sees both", "[a, b]", "@a", "@b"),
        decision("sees nothing", "[a, b]"),
    )

    assert ask(source, "sees a", a=1, b=2) == [1, None]
    assert ask(source, "sees both", a=1, b=2) == [1, 2]
    assert ask(source, "sees nothing", a=1, b=2) == [None, None]


def test_data_that_no_element_of_the_model_is_named_after_is_read_directly() -> None:
    source = file(given("a"), decision("it", "other + 1"))

    assert ask(source, "it", other=1) == 2


def test_a_chain_of_requirements_is_followed_once() -> None:
    source = file(
        given("n", "number"),
        decision("one", "n + 1", "@n"),
        decision("left", "one * 2", "one"),
        decision("right", "one * 3", "one"),
        decision("sum of both", "left + right", "left", "right"),
    )

    assert ask(source, "sum of both", n=1) == 10


def test_names_with_symbols_are_known_where_they_are_required() -> None:
    source = file(given("pre-bureau risk"), given("risk"), decision("it", "pre-bureau risk + 1", "@pre-bureau risk"))

    assert ask_with(source, "it", {"pre-bureau risk": 4, "risk": 9}) == 5


def test_input_data_may_be_given_by_the_name_of_the_element_or_of_its_variable() -> None:
    source = file(
        f'<inputData id="i" name="Amount">{variable("amount")}</inputData>', decision("it", "amount + 1", "@ours#i")
    )

    assert (ask(source, "it", amount=1), ask(source, "it", Amount=2)) == (2, 3)


def test_a_link_may_name_its_own_model() -> None:
    source = file(given("a"), decision("it", "a", "@ours#a"))

    assert ask(source, "it", a=3) == 3


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("discount(100)", 90),
        ("discount(amount: 100)", 90),
        ("discount(100, 1)", None),
        ('discount("a")', None),
        ("discount([200])", 180),
        ("discount(other: 1)", None),
    ],
)
def test_a_function_of_the_model_is_called_by_position_or_name(call: str, expected: Any) -> None:
    source = file(
        function("rate", "0.9"),
        function("discount", "amount * rate()", "*rate", parameters="amount: number"),
        decision("it", call, "*discount"),
    )

    assert ask(source, "it") == expected


def test_a_function_sees_its_parameters_and_no_data() -> None:
    source = file(given("a"), function("f", "[a, x]", parameters="x"), decision("it", "f(1)", "@a", "*f"))

    assert ask(source, "it", a=5) == [None, 1]


def test_a_function_may_call_itself() -> None:
    source = file(
        function("factorial", "if n = 0 then 1 else n * factorial(n - 1)", parameters="n"),
        decision("it", "factorial(5)", "*factorial"),
    )

    assert ask(source, "it") == 120


def test_the_result_of_a_function_has_the_type_of_its_variable() -> None:
    source = file(function("f", "x", parameters="x", kind="number"), decision("it", '[f(1), f("a"), f([2])]', "*f"))

    assert ask(source, "it") == [1, None, 2]


def test_a_function_is_a_value_that_others_can_be_given() -> None:
    source = file(
        function("longer first", "string length(a) > string length(b)", parameters="a, b"),
        decision("it", 'sort(["x", "zzz", "yy"], longer first)', "*longer first"),
    )

    assert ask(source, "it") == ["zzz", "yy", "x"]


@pytest.mark.parametrize("kind", ["Java", "PMML"])
def test_a_function_in_another_language_is_null_with_the_reason(kind: str) -> None:
    source = file(
        function("f", "x", parameters="x", attributes=f'kind="{kind}"'),
        decision("it", "f(1)", "*f"),
    )
    found = answer(next(read_bundle(source).find("it")), {})

    assert found.value is None
    assert [str(fault) for fault in found.faults] == ["External functions (Java, PMML) are not run."]
    assert ("dmn.external", "f") in codes(source)


SERVICES = file(
    given("a", "number"),
    given("b", "number"),
    decision("inner", "a * 10", "@a"),
    decision("asked", "0 - 1"),
    decision("total", "inner + b + asked", "inner", "@b", "asked"),
    decision("double", "inner * 2", "inner"),
    service("one", outputs="total", encapsulated="inner", decisions="asked", inputs="a,b"),
    service("two", outputs="total,double", encapsulated="inner", decisions="asked", inputs="a,b"),
    decision("call", "one(1, 2, 3)", "*one"),
    decision("call by name", "one(asked: 3, a: 1, b: 2)", "*one"),
    decision("call with too few", "one(1, 2)", "*one"),
    decision("call of both", "two(1, 2, 3)", "*two"),
    decision("call with a text", 'one("x", 2, 3)', "*one"),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("call", 15),
        ("call by name", 15),
        ("call with too few", None),
        ("call of both", {"total": 15, "double": 20}),
        ("call with a text", None),
    ],
)
def test_a_decision_service_is_called_as_a_function(name: str, expected: Any) -> None:
    assert ask(SERVICES, name) == expected


def test_a_decision_service_is_asked_with_its_inputs_and_input_decisions() -> None:
    assert ask(SERVICES, "one", a=1, b=2, asked=3) == 15
    assert ask(SERVICES, "two", a=1, b=2, asked=3) == {"total": 15, "double": 20}


def test_a_decision_without_logic_takes_its_value_from_the_caller_of_a_service() -> None:
    source = file(
        '<decision id="opinion" name="opinion"><variable name="opinion"/></decision>',
        decision("grade", 'opinion + "!"', "opinion"),
        service("grading", outputs="grade", decisions="opinion"),
    )

    assert ask(source, "grading", opinion="good") == "good!"
    assert ask(source, "opinion") is None
    assert codes(source) == []


IMPORT = '<import namespace="{0}" name="{1}" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
LIBRARY = file(
    '<itemDefinition name="tCode"><typeRef>string</typeRef><allowedValues><text>"A", "B"</text></allowedValues>'
    "</itemDefinition>",
    given("person"),
    function("greet", '"Hello, " + who', parameters="who"),
    decision("greeting", "greet(person)", "@person", "*greet"),
    namespace="library",
)


@pytest.mark.parametrize(("alias", "prefix"), [("lib", "lib."), ("my lib", "my lib."), ("", "")])
def test_an_imported_element_is_read_through_the_name_of_the_import(alias: str, prefix: str) -> None:
    source = file(
        IMPORT.format("library", alias),
        decision("it", f'{prefix}greeting + "; " + {prefix}greet("Bo")', "library#greeting", "*library#greet"),
    )
    bundle = read_bundle(source, [LIBRARY])

    assert bundle.problems == []
    assert ask(bundle, "it", person="Ann") == "Hello, Ann; Hello, Bo"


def test_imported_input_is_told_apart_by_its_namespace() -> None:
    source = file(
        IMPORT.format("library", "lib"),
        given("person"),
        decision("it", "[lib.greeting, person]", "library#greeting", "@person"),
    )
    bundle = read_bundle(source, [LIBRARY])
    found = answer(next(bundle.find("it")), {}, qualified={("library", "person"): "Ann", ("ours", "person"): "Bo"})

    assert to_json(found.value) == ["Hello, Ann", "Bo"]


def test_an_imported_type_is_named_through_the_import() -> None:
    source = file(
        IMPORT.format("library", "lib"),
        decision("it", '["A", "C"]'),
        decision("is code", '["A" instance of lib.tCode, "C" instance of lib.tCode]'),
        decision("good", '"A"', kind="lib.tCode"),
        decision("bad", '"C"', kind="lib.tCode"),
    )
    bundle = read_bundle(source, [LIBRARY])

    assert ask(bundle, "is code") == [True, False]
    assert (ask(bundle, "good"), ask(bundle, "bad")) == ("A", None)


def test_an_import_may_itself_import() -> None:
    middle = file(
        IMPORT.format("library", "lib"),
        decision("loud", 'lib.greeting + "!"', "library#greeting"),
        namespace="middle",
    )
    source = file(IMPORT.format("middle", "mid"), decision("it", "mid.loud", "middle#loud"))

    assert ask(read_bundle(source, [LIBRARY, middle]), "it", person="Ann") == "Hello, Ann!"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (file(decision("a", "b", "b"), decision("b", "a", "a")), ("dmn.circle", "a")),
        (file(decision("a", "a", "a")), ("dmn.circle", "a")),
        (file(function("f", "g()", "*g"), function("g", "f()", "*f")), ("dmn.circle", "f")),
        (file(decision("a", "s()", "*s"), service("s", outputs="a")), ("dmn.circle", "a")),
        (file(decision("a", "b", "b")), ("dmn.unknown_decision", "a")),
        (file(decision("a", "b", "@b")), ("dmn.unknown_input", "a")),
        (file(decision("a", "b()", "*b")), ("dmn.unknown_knowledge", "a")),
        (file(decision("a", "x.b", "elsewhere#b")), ("dmn.no_import", "a")),
        (file(IMPORT.format("elsewhere", "x"), decision("a", "x.b", "elsewhere#b")), ("dmn.unknown_import", "a")),
        (file(given("x"), decision("a", "x + 1")), ("dmn.not_required", "a")),
        (file(given("x"), given("x")), ("dmn.duplicate_id", "x")),
        (file(service("s", outputs="nothing")), ("dmn.unknown_decision", "s")),
        (
            file(*(decision(f"d{n}", "1", *([f"d{n - 1}"] if n else [])) for n in range(60))),
            ("dmn.too_deep", "d40"),
        ),
    ],
)
def test_requirements_that_cannot_be_are_told_with_their_element(source: bytes, problem: tuple[str, str]) -> None:
    assert problem in codes(source)


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ([given(f"i{n}") for n in range(MAX_ELEMENTS + 1)], "dmn.too_many"),
        ([decision(f"d{n}", "1", *([f"d{n - 1}"] if n else [])) for n in range(MAX_DEPTH + 1)], "dmn.too_deep"),
    ],
)
def test_what_is_too_much_only_with_its_imports_is_told_too(elements: list[str], code: str) -> None:
    library = file(*elements, namespace="library")
    source = file(IMPORT.format("library", "lib"), decision("it", "1"))

    assert [problem.code for problem in read_bundle(source, [library]).problems] == [code]


def test_what_is_broken_is_null_and_the_rest_is_answered() -> None:
    source = file(
        decision("circle", "circle", "circle"),
        decision("unreadable", "1 +"),
        decision("sound", "[circle, unreadable, 3]", "circle", "unreadable"),
    )

    assert ask(source, "sound") == [None, None, 3]


def test_a_requirement_may_be_written_in_every_version_of_dmn() -> None:
    for xmlns in ("http://www.omg.org/spec/DMN/20151101/dmn.xsd", "http://www.omg.org/spec/DMN/20180521/MODEL/"):
        source = file(
            given("a", "feel:number"),
            decision("it", "a + 1", "@a"),
            xmlns=xmlns,
            attributes='xmlns:feel="http://www.omg.org/spec/FEEL/20140401"',
        )
        assert codes(source) == []
        assert ask(source, "it", a="x") is None
        assert ask(source, "it", a=1) == 2


def test_an_expression_in_another_language_is_refused() -> None:
    other = '<literalExpression expressionLanguage="https://www.w3.org/TR/xpath20"><text>1</text></literalExpression>'
    source = file(f'<decision id="a" name="a">{variable("a")}{other}</decision>')

    assert codes(source) == [("dmn.language", "a")]
    assert ask(source, "a") is None
    assert (
        codes(file(f'<decision id="a" name="a">{literal("1")}</decision>', attributes='expressionLanguage="x"')) != []
    )
