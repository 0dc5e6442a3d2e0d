"""An explanation tells the whole graph: each decision once, its inputs, matching rules, and why a value is null."""

from typing import Any

import pytest

from engine.dmn import Decision, answer, parse_decisions, read_bundle
from engine.errors import DefinitionInvalid, EngineError
from tests.engine.dmn.models import decision, file, function, given, literal, service, variable

RULE = '<rule id="{0}"><inputEntry><text>{1}</text></inputEntry><outputEntry><text>"{2}"</text></outputEntry></rule>'


def table(name: str, *, policy: str = "FIRST", of: str = "n", label: str = "") -> str:
    head = f'<decisionTable id="{name}_table" hitPolicy="{policy}" outputLabel="{label}">'
    asked = f'<input label="N"><inputExpression><text>{of}</text></inputExpression></input><output name="size"/>'
    rules = RULE.format(f"{name}1", "&gt; 10", "large") + RULE.format(f"{name}2", "-", "small")
    return f"{head}{asked}{rules}</decisionTable>"


GRAPH = file(
    given("n", "number"),
    decision("base", table("b"), "@n"),
    decision("left", 'base + "!"', "base"),
    decision("right", 'base + "?"', "base"),
    decision("both", "left + right", "left", "right"),
)


def decided(source: bytes, name: str) -> Decision:
    return parse_decisions(source)[name]


def test_the_whole_graph_is_told() -> None:
    told = decided(GRAPH, "both").evaluate({"n": 11}).as_dict()

    assert told["result"] == "large!large?"
    assert told["inputs"] == [{"label": "left", "value": "large!"}, {"label": "right", "value": "large?"}]
    left, right = told["required"]
    (base,) = left["required"]
    assert (base["decision"], base["hit_policy"], base["inputs"]) == ("base", "FIRST", [{"label": "N", "value": 11}])
    assert [rule["rule"] for rule in base["matched"]] == ["b1", "b2"]
    assert right["required"] == []


def test_a_decision_that_several_require_is_evaluated_and_told_once() -> None:
    explained = decided(GRAPH, "both").evaluate({"n": 1})

    assert explained.required[0].required[0] is explained.required[1].required[0]


def test_a_graph_that_branches_at_every_level_is_told_in_no_more_than_its_size() -> None:
    layers = [decision("a0", "1"), decision("b0", "1")]
    for n in range(1, 30):
        needs = (f"a{n - 1}", f"b{n - 1}")
        layers += [decision(f"{side}{n}", f"{needs[0]} + {needs[1]}", *needs) for side in "ab"]

    told = decided(file(*layers), "a29").evaluate({}).as_dict()

    assert told["result"] == 2**29
    assert str(told).count("'decision'") == 59


def test_tables_inside_functions_are_told_with_the_decision_that_called_them() -> None:
    source = file(
        function("size", table("f", of="x", label="size of x"), parameters="x"),
        decision("it", "[size(1), size(20)]", "*size"),
    )

    told = decided(source, "it").evaluate({}).as_dict()

    assert [(item["name"], item["result"]) for item in told["invoked"]] == [
        ("size of x", "small"),
        ("size of x", "large"),
    ]
    assert [rule["rule"] for rule in told["invoked"][1]["matched"]] == ["f1", "f2"]


def test_decisions_of_a_service_are_told_with_the_decision_that_called_it() -> None:
    source = file(
        given("n"),
        decision("inner", "n * 2", "@n"),
        service("s", outputs="inner", inputs="n"),
        decision("it", "s(4) + 1", "*s"),
    )

    told = decided(source, "it").evaluate({}).as_dict()

    assert told["result"] == 9
    assert [(item["decision"], item["result"]) for item in told["invoked"]] == [("inner", 8)]


def test_a_reason_is_told_where_a_type_does_not_fit() -> None:
    source = file(decision("it", '"a"', kind="number"))

    (fault,) = decided(source, "it").evaluate({}).as_dict()["faults"]

    assert (fault["element"], fault["message"].format(**fault["fields"])) == ("it", "“it” is not of the type number.")


def test_a_process_is_refused_what_the_standard_makes_null() -> None:
    source = file(decision("it", table("u", policy="UNIQUE")))

    with pytest.raises(EngineError) as refusal:
        decided(source, "it").evaluate({"n": 11})
    found = answer(next(read_bundle(source).find("it")), {"n": 11})

    assert refusal.value.code == "decision.hit_policy"
    assert found.value is None
    assert [str(fault) for fault in found.faults] == [
        "The decision “it” must match one rule only, but rules 1, 2 match."
    ]


def test_a_broken_table_inside_an_expression_leaves_the_rest() -> None:
    logic = f"<list>{table('u', policy='UNIQUE')}{literal('1')}</list>"
    found = answer(next(read_bundle(file(decision("it", logic))).find("it")), {"n": 11})

    assert [str(item) for item in found.value] == ["None", "1"]


def test_functions_are_not_told_as_inputs() -> None:
    source = file(function("f", "1"), decision("it", "f()", "*f"))

    assert decided(source, "it").evaluate({}).inputs == ()


def test_a_date_that_python_does_not_know_is_refused_as_a_result_and_told_as_text() -> None:
    far = decision("far", 'date("12345-01-01")')
    source = file(far, decision("year", "far.year", "far"))

    with pytest.raises(EngineError) as refusal:
        decided(source, "far").evaluate({})

    assert refusal.value.code == "decision.date"
    assert answer(next(read_bundle(source).find("year")), {}).value == 12345


def hostile(*elements: str) -> Any:
    """What the last element is answered with: a value, or the code of a refusal."""
    source = file(*elements)
    try:
        decisions = parse_decisions(source)
        return decisions["it"].evaluate({"n": 1}).as_dict()["result"]
    except EngineError as refusal:
        return refusal.code


DOUBLING = [decision("d0", "[1, 1]"), *(decision(f"d{n}", f"[d{n - 1}, d{n - 1}]", f"d{n - 1}") for n in range(1, 35))]
NESTED = ", ".join(f"a{n}: [a{n - 1}, a{n - 1}]" for n in range(1, 20))
WORK = "count(for i in 1..20000 return i * 2)"


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ([*DOUBLING, decision("it", "d34", "d34")], "expression.fuel"),
        ([decision("it", f"{{a0: [1, 1], {NESTED}, r: a19}}.r")], "expression.fuel"),
        ([*DOUBLING[:12], decision("it", table("u", of="d11"), "d11")], "small"),
        ([*(decision(f"d{n}", WORK) for n in range(30)), decision("it", "1", *(f"d{n}" for n in range(30)))],
         "expression.fuel"),
        ([function("f", "f(x) + f(x)", parameters="x"), decision("it", "f(1)", "*f")], "expression.too_deep"),
        ([function("f", "if x = 0 then 1 else f(x - 1) + f(x - 1)", parameters="x"), decision("it", "f(40)", "*f")],
         "expression.fuel"),
        ([decision("it", "<list>" * 80 + "</list>" * 80)], "xml.too_deep"),
        ([decision("it", literal("[" * 200 + "]" * 200))], "expression.invalid"),
        ([decision("it", "9**9**9**9**9")], None),
    ],
)  # fmt: skip
def test_a_hostile_model_is_bounded(elements: list[str], code: str | None) -> None:
    assert hostile(*elements) == code


def test_too_many_circles_are_refused_at_once() -> None:
    pairs = [decision(f"{a}{n}", "1", f"{b}{n}") for n in range(50) for a, b in ("xy", "yx")]

    with pytest.raises(DefinitionInvalid) as refusal:
        parse_decisions(file(*pairs))

    assert "dmn.circles" in [problem.code for problem in refusal.value.problems]


def test_an_input_that_is_not_allowed_is_shown_short_however_large_it_is() -> None:
    allowed = (
        '<input><inputExpression><text>big</text></inputExpression><inputValues><text>"a"</text></inputValues></input>'
    )
    logic = f'<decisionTable>{allowed}<output name="o"/></decisionTable>'
    source = file(f'<decision id="it" name="it">{variable("it")}{logic}</decision>')

    with pytest.raises(EngineError) as refusal:
        decided(source, "it").evaluate({"big": ["x" * 100] * 1000})

    assert refusal.value.code == "decision.input_not_allowed"
    assert len(str(refusal.value)) < 200
