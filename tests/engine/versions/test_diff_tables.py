"""What is said about two versions of decision tables and forms."""

import json

import pytest

from engine.errors import DefinitionInvalid
from engine.versions import Change, VersionFiles, compare
from tests.engine.diagrams import one_task

RULES = (("r1", "< 10", "-", '"small"'), ("r2", "-", '"A"', '"good"'), ("r3", "-", "-", '"rest"'))
INPUTS = (("i1", "amount"), ("i2", "grade"))
OUTPUTS = (("o1", "size"),)


def table(
    rules: tuple[tuple[str, ...], ...] = RULES,
    inputs: tuple[tuple[str, str], ...] = INPUTS,
    outputs: tuple[tuple[str, str], ...] = OUTPUTS,
    policy: str = "FIRST",
    name: str = "Size",
    more: str = "",
) -> bytes:
    columns = "".join(
        f'<input id="{key}"><inputExpression id="{key}_x"><text>{text}</text></inputExpression></input>'
        for key, text in inputs
    ) + "".join(f'<output id="{key}" name="{text}"/>' for key, text in outputs)
    rows = "".join(_row(key, cells, len(inputs)) for key, *cells in rules)
    body = f'<decisionTable hitPolicy="{policy}">{columns}{rows}</decisionTable>'
    decision = f'<decision id="size" name="{name}">{body}</decision>'
    return f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">{decision}{more}</definitions>'.encode()


def _row(key: str, cells: list[str], inputs: int) -> str:
    tags = ["inputEntry"] * inputs + ["outputEntry"] * (len(cells) - inputs)
    inside = "".join(
        f"<{tag}><text>{cell.replace('<', '&lt;')}</text></{tag}>" for tag, cell in zip(tags, cells, strict=True)
    )
    return f'<rule id="{key}">{inside}</rule>' if key else f"<rule>{inside}</rule>"


def changes(old: bytes, new: bytes) -> list[Change]:
    diagram = one_task()
    return list(compare(VersionFiles(diagram, {"size": old}), VersionFiles(diagram, {"size": new})).changes)


def without_ids(rules: tuple[tuple[str, ...], ...] = RULES) -> tuple[tuple[str, ...], ...]:
    return tuple(("", *cells) for _, *cells in rules)


EDITS = {
    "a cell": (
        table((("r1", "< 20", "-", '"small"'), *RULES[1:])),
        ["Rule 1 of the decision “Size” has “< 20” instead of “< 10” in the column “amount”."],
    ),
    "an output cell": (
        table((*RULES[:2], ("r3", "-", "-", '"others"'))),
        ['Rule 3 of the decision “Size” has “"others"” instead of “"rest"” in the column “size”.'],
    ),
    "a rule more": (
        table((RULES[0], ("r9", "> 99", "-", '"huge"'), *RULES[1:])),
        ['The decision “Size” has a new rule 2: > 99 · – · "huge"'],
    ),
    "a rule less": (table(RULES[:2]), ['The decision “Size” has lost its rule 3: – · – · "rest"']),
    "rules in another order": (
        table((RULES[1], RULES[0], RULES[2])),
        ["The rules of the decision “Size” stand in another order: 2, 1, 3"],
    ),
    "another hit policy": (table(policy="UNIQUE"), ["The hit policy of “Size” is UNIQUE instead of FIRST."]),
    "another name": (table(name="Measure"), ["“Size” is now called “Measure”."]),
    "an input more": (
        table(tuple((key, *cells[:2], "-", cells[2]) for key, *cells in RULES), (*INPUTS, ("i3", "country"))),
        ["The decision “Size” has a new input “country”."],
    ),
    "an input less": (
        table(tuple((key, cells[0], cells[2]) for key, *cells in RULES), INPUTS[:1]),
        [
            "The decision “Size” has no input “grade” any more.",
        ],
    ),
    "inputs that changed places": (
        table(tuple((key, cells[1], cells[0], cells[2]) for key, *cells in RULES), INPUTS[::-1]),
        [],
    ),
    "new ids of the columns": (table(inputs=(("n1", "amount"), ("n2", "grade")), outputs=(("n3", "size"),)), []),
    "another input expression": (
        table(inputs=(("i1", "total"), INPUTS[1])),
        ["The input “total” of the decision “Size” is “total” instead of “amount”."],
    ),
    "another output": (
        table(outputs=(("o2", "weight"),)),
        [
            "The decision “Size” has a new output “weight”.",
            "The decision “Size” has no output “size” any more.",
            'Rule 1 of the decision “Size” has “"small"” instead of “–” in the column “weight”.',
            'Rule 2 of the decision “Size” has “"good"” instead of “–” in the column “weight”.',
            'Rule 3 of the decision “Size” has “"rest"” instead of “–” in the column “weight”.',
        ],
    ),
    "a function beside it": (
        table(more='<businessKnowledgeModel id="f" name="Fee"/>'),
        ["The decision “Fee” is new."],
    ),
    "blanks": (table((("r1", " <  10", "", '"small"'), *RULES[1:])), []),
}


@pytest.mark.parametrize(("new", "expected"), EDITS.values(), ids=EDITS)
def test_a_change_of_a_table_reads_as_a_sentence(new: bytes, expected: list[str]) -> None:
    assert [str(change) for change in changes(table(), new)] == expected


def test_rules_without_ids_are_known_by_their_cells() -> None:
    old, new = table(without_ids()), table(without_ids(RULES[1:]))
    assert [change.code for change in changes(old, new)] == ["decision.rule_removed"]


def test_the_order_of_rules_says_nothing_where_only_one_may_match() -> None:
    assert changes(table(policy="UNIQUE"), table((RULES[1], RULES[0], RULES[2]), policy="UNIQUE")) == []


def test_a_decision_that_is_an_expression_is_compared_by_its_text() -> None:
    def expression(text: str) -> bytes:
        return (
            f'<definitions><decision id="size"><literalExpression id="x{len(text)}"><text>{text}</text>'
            "</literalExpression></decision></definitions>"
        ).encode()

    assert changes(expression("a + b"), expression("a  +  b")) == []
    told = changes(expression("a + b"), expression("a - b"))
    assert [(change.code, change.fields["new"]) for change in told] == [("decision.other", "a - b")]
    assert changes(expression("a"), table())[0].code == "decision.name"


def test_a_decision_comes_and_goes() -> None:
    one, two = VersionFiles(one_task(), {"size": table()}), VersionFiles(one_task())
    assert [str(change) for change in compare(two, one).changes] == ["The decision “Size” is new."]
    assert [str(change) for change in compare(one, two).changes] == ["The decision “Size” is gone."]


def form(*fields: dict[str, object], indent: int | None = None) -> bytes:
    return json.dumps({"components": list(fields)}, indent=indent).encode()


def test_a_form_is_compared_by_its_fields() -> None:
    old = form({"key": "a", "type": "text"}, {"key": "b"}, {"type": "group", "components": [{"key": "c"}]})
    new = form({"key": "a", "type": "number"}, {"key": "d"}, {"type": "group", "components": [{"key": "c"}]})

    def told(before: bytes, after: bytes) -> list[str]:
        files = [VersionFiles(one_task(), forms={"f": source}) for source in (before, after)]
        return [f"{change.code} {change.fields.get('detail', '')}".strip() for change in compare(*files).changes]

    assert told(old, new) == ["form.field_changed a", "form.field_added d", "form.field_removed b"]
    assert told(form({"key": "a"}), form({"key": "a"}, indent=2)) == []
    assert told(form({"type": "text"}), form({"type": "line"})) == ["form.changed"]


def test_a_form_that_is_not_json_is_refused() -> None:
    with pytest.raises(DefinitionInvalid, match="not JSON"):
        compare(VersionFiles(one_task(), forms={"f": b"{"}), VersionFiles(one_task()))
