"""Decision tables: every hit policy and aggregation, literal expressions, required decisions, the explanation."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import pytest

from engine.catalogue import Catalogue
from engine.dmn import answer, check_decisions, parse_decision, parse_decisions, read_bundle
from engine.errors import DefinitionInvalid, EngineError
from engine.process import Engine

XMLNS = "https://www.omg.org/spec/DMN/20191111/MODEL/"
NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


def file(*decisions: str, xmlns: str = XMLNS) -> bytes:
    return f'<definitions xmlns="{xmlns}" id="d" name="d" namespace="x">{"".join(decisions)}</definitions>'.encode()


def entry(tag: str, text: str, extra: str = "") -> str:
    return f"<{tag}{extra}><text>{escape(text)}</text></{tag}>"


def table(
    policy: str,
    rules: Sequence[tuple[str, ...]],
    *,
    inputs: Sequence[str] = ("x",),
    outputs: Sequence[str] = ("y",),
    order: str = "",
    default: str = "",
    allowed: str = "",
    extra: str = "",
) -> str:
    """One decision `t`. A rule is its input cells followed by its output cells."""
    head = "".join(
        f'<input id="in_{name}" label="{name.upper()}">{entry("inputExpression", name)}'
        f"{entry('inputValues', allowed) if allowed else ''}</input>"
        for name in inputs
    )
    head += "".join(
        f'<output id="out_{name}" name="{name}">{entry("outputValues", order) if order else ""}'
        f"{entry('defaultOutputEntry', default) if default else ''}</output>"
        for name in outputs
    )
    for number, cells in enumerate(rules, start=1):
        tests = "".join(entry("inputEntry", cell) for cell in cells[: len(inputs)])
        answers = "".join(entry("outputEntry", cell) for cell in cells[len(inputs) :])
        head += f'<rule id="r{number}"><description>note {number}</description>{tests}{answers}</rule>'
    hit_policy, _, aggregation = policy.partition("+")
    attributes = f'hitPolicy="{hit_policy}"' + (f' aggregation="{aggregation}"' if aggregation else "")
    return f'<decision id="t" name="The table">{extra}<decisionTable {attributes}>{head}</decisionTable></decision>'


def ask(decision: str, **data: Any) -> Any:
    return parse_decision(file(decision), "t").evaluate(data, now=NOW).result


OVERLAPPING = [("> 0", "10"), ("> 5", "30"), ("> 8", "20"), ("< -100", "0")]


@pytest.mark.parametrize(
    ("policy", "at_1", "at_9", "at_minus_1"),
    [
        ("FIRST", 10, 10, None),
        ("RULE ORDER", [10], [10, 30, 20], []),
        ("COLLECT", [10], [10, 30, 20], []),
        ("COLLECT+SUM", 10, 60, None),
        ("COLLECT+MIN", 10, 10, None),
        ("COLLECT+MAX", 10, 30, None),
        ("COLLECT+COUNT", 1, 3, 0),
        ("PRIORITY", 10, 20, None),
        ("OUTPUT ORDER", [10], [20, 30, 10], []),
    ],
)
def test_the_hit_policy_decides_among_matching_rules(policy: str, at_1: Any, at_9: Any, at_minus_1: Any) -> None:
    ranked = table(policy, OVERLAPPING, order="20, 30, 10")
    assert [ask(ranked, x=x) for x in (1, 9, -1)] == [at_1, at_9, at_minus_1]


def test_a_unique_table_refuses_two_matches() -> None:
    assert ask(table("UNIQUE", OVERLAPPING), x=3) == 10
    with pytest.raises(EngineError) as refusal:
        ask(table("UNIQUE", OVERLAPPING), x=9)
    assert refusal.value.code == "decision.hit_policy"
    assert refusal.value.fields == {"decision": "The table", "rules": "1, 2, 3"}


def test_any_needs_the_same_answer_from_all() -> None:
    agreeing = [("> 0", '"yes"'), ("> 5", '"yes"'), ("> 8", '"no"')]
    assert ask(table("ANY", agreeing), x=6) == "yes"
    with pytest.raises(EngineError) as refusal:
        ask(table("ANY", agreeing), x=9)
    assert refusal.value.code == "decision.hit_policy"


def test_a_table_without_a_policy_is_unique() -> None:
    plain = table("UNIQUE", OVERLAPPING).replace(' hitPolicy="UNIQUE"', "")
    with pytest.raises(EngineError):
        ask(plain, x=9)


def test_several_outputs_are_a_context() -> None:
    two = table("FIRST", [('"a"', "1", '"one"'), ("-", "2", '"two"')], outputs=("n", "word"))
    assert ask(two, x="a") == {"n": 1, "word": "one"}
    assert ask(two, x="b") == {"n": 2, "word": "two"}


def test_priority_ranks_by_each_output_from_left_to_right() -> None:
    rules = [("-", "1", "2"), ("-", "1", "1"), ("-", "2", "1")]
    assert ask(table("PRIORITY", rules, outputs=("a", "b"), order="1, 2"), x=0) == {"a": 1, "b": 1}


def test_a_value_without_a_rank_comes_last() -> None:
    assert ask(table("PRIORITY", [("-", "7"), ("-", "1")], order="1, 2"), x=0) == 1


def test_a_default_answers_when_nothing_matches() -> None:
    assert ask(table("UNIQUE", [("1", "10")], default="x + 1"), x=5) == 6


def test_every_input_column_must_match() -> None:
    both = table("FIRST", [("> 1", "> 1", '"both"'), ("> 1", "-", '"left"')], inputs=("x", "z"))
    assert ask(both, x=2, z=2) == "both"
    assert ask(both, x=2, z=0) == "left"
    assert ask(both, x=0, z=2) is None


def test_cells_see_all_data_and_the_input() -> None:
    assert ask(table("FIRST", [("? > limit", "x - limit")]), x=5, limit=3) == 2


def test_annotations_are_the_note_of_a_rule_without_a_description() -> None:
    annotated = (
        "<annotationEntry><text>because</text></annotationEntry><annotationEntry><text/></annotationEntry></rule>"
    )
    source = table("FIRST", [("-", "1")]).replace("<description>note 1</description>", "").replace("</rule>", annotated)
    explained = parse_decision(file(source), "t").evaluate({"x": 1})
    assert explained.matched[0]["note"] == "because"


@pytest.mark.parametrize("cell", ["", "-", "  "])
def test_an_empty_cell_matches_everything(cell: str) -> None:
    assert ask(table("FIRST", [(cell, "1")]), x=None) == 1


def test_an_input_outside_the_allowed_values_is_refused() -> None:
    guarded = table("FIRST", [("-", "1")], allowed='"a", "b"')
    assert ask(guarded, x="a") == 1
    with pytest.raises(EngineError) as refusal:
        ask(guarded, x="c")
    assert (refusal.value.code, refusal.value.fields["input"]) == ("decision.input_not_allowed", "X")
    assert refusal.value.fields["value"] == '"c"'


def test_sums_are_decimal() -> None:
    cents = table("COLLECT+SUM", [("-", "0.1"), ("-", "0.2")])
    assert ask(cents, x=0) == Decimal("0.3")
    assert ask(table("COLLECT+SUM", [("-", '"a"'), ("-", "1")]), x=0) is None


def test_dates_come_back_as_dates() -> None:
    assert ask(table("FIRST", [("-", 'date("2026-03-01")')]), x=0) == date(2026, 3, 1)
    assert ask(table("FIRST", [("-", "today()")]), x=0) == date(2026, 3, 2)


LITERAL = (
    '<decision id="{id}" name="{name}">{variable}{links}<literalExpression id="e"><text>{text}</text>'
    "</literalExpression></decision>"
)
LINK = '<informationRequirement><requiredDecision href="#{}"/></informationRequirement>'


def literal(key: str, text: str, *needs: str, name: str = "", variable: str = "") -> str:
    named = f'<variable name="{variable}"/>' if variable else ""
    links = "".join(LINK.format(need) for need in needs)
    return LITERAL.format(id=key, name=name or key, variable=named, links=links, text=escape(text))


def test_a_literal_decision_is_one_expression() -> None:
    decision = parse_decision(file(literal("net", "amount * (1 - rate)")), "net")
    explained = decision.evaluate({"amount": Decimal(100), "rate": Decimal("0.13")})
    assert explained.result == Decimal("87.00")
    assert explained.inputs == (("amount", Decimal(100)), ("rate", Decimal("0.13")))


def test_a_decision_reads_those_it_requires() -> None:
    source = file(
        literal("total", "net + tax", "net_decision", "tax_decision"),
        literal("net_decision", "amount", variable="net"),
        literal("tax_decision", "net * 0.13", "net_decision", name="tax"),
    )
    explained = parse_decision(source, "total").evaluate({"amount": 100})
    assert explained.result == Decimal("113.00")
    assert [item.decision for item in explained.required] == ["net_decision", "tax_decision"]


def test_the_explanation_tells_inputs_rules_and_outputs() -> None:
    explained = parse_decision(file(table("FIRST", OVERLAPPING)), "t").evaluate({"x": 9})
    assert (explained.decision, explained.name, explained.hit_policy) == ("t", "The table", "FIRST")
    assert explained.inputs == (("X", 9),)
    assert [rule["number"] for rule in explained.matched] == [1, 2, 3]
    assert explained.matched[0] == {"rule": "r1", "number": 1, "note": "note 1", "outputs": {"y": 10}}
    assert explained.as_dict()["inputs"] == [{"label": "X", "value": 9}]


@pytest.mark.parametrize(
    "xmlns",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_every_version_of_dmn_is_read(xmlns: str) -> None:
    assert list(parse_decisions(file(table("FIRST", OVERLAPPING), xmlns=xmlns))) == ["t"]


@pytest.mark.parametrize(
    ("code", "element_id", "source"),
    [
        ("dmn.no_decision", "", file()),
        ("dmn.no_id", "", file(literal("", "1"))),
        ("dmn.no_logic", "t", file('<decision id="t"/>')),
        ("dmn.hit_policy", "t", file(table("WHATEVER", OVERLAPPING))),
        ("dmn.hit_policy", "t", file(table("COLLECT+AVERAGE", OVERLAPPING))),
        ("dmn.no_output", "t", file(table("FIRST", [("1",)], outputs=()))),
        ("dmn.cells", "r2", file(table("FIRST", [("1", "1"), ("1",)]))),
        ("dmn.circle", "a", file(literal("a", "b", "b"), literal("b", "a", "a"))),
        ("dmn.unknown_decision", "a", file(literal("a", "b", "b"))),
        ("expression.invalid", "r1", file(table("FIRST", [("> (", "1")]))),
        ("expression.invalid", "r1", file(table("FIRST", [("1", "1 +")]))),
        ("expression.invalid", "in_x y (", file(table("FIRST", [("1", "1")], inputs=("x y (",)))),
        ("expression.invalid", "e", file(literal("a", "1 +"))),
        ("xml.doctype", "", b"<!DOCTYPE a><a/>"),
    ],
)
def test_a_broken_table_is_told_where_and_why(code: str, element_id: str, source: bytes) -> None:
    problems = check_decisions(source)
    assert (code, element_id) in [(problem.code, problem.element_id) for problem in problems]
    assert all("{" not in str(problem) for problem in problems)
    with pytest.raises(DefinitionInvalid):
        parse_decisions(source)


def test_a_cell_that_cannot_be_read_or_calls_no_function_is_told_and_matches_nothing() -> None:
    source = file(table("COLLECT", [("> (", "1"), ("nothing(?)", "2"), ("-", "3")]))
    found = answer(read_bundle(source).decisions["t"], {"x": 1}).value
    assert [problem.code for problem in check_decisions(source)] == ["expression.invalid", "dmn.unknown_function"]
    assert found == [3]
    assert answer(read_bundle(source).decisions["t"], {"x": None}).value == [3]


def test_every_fault_of_a_table_is_told() -> None:
    problems = check_decisions(file(table("FIRST", [("> (", "1 +"), ("1", ")")])))
    assert [problem.element_id for problem in problems] == ["r1", "r1", "r2"]
    assert problems[0].fields["line"] == 1


def test_a_sound_file_has_no_problem() -> None:
    assert check_decisions(file(table("FIRST", OVERLAPPING))) == []


def test_the_engine_answers_for_a_file_and_a_key() -> None:
    engine = Engine(Catalogue())
    source = file(table("FIRST", OVERLAPPING))
    assert engine.evaluate_decision(source, "t", {"x": 9}, now=NOW).result == 10
    with pytest.raises(DefinitionInvalid):
        engine.evaluate_decision(source, "nothing", {})
