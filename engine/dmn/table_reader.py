"""Reads decision tables: columns, rules and cells."""

from collections.abc import Iterator
from typing import Any, Protocol

from engine.dmn.elements import child, children, content_of, id_of, text_of
from engine.dmn.model import Model
from engine.dmn.tables import AGGREGATIONS, HIT_POLICIES, DecisionTable, Input, Output, Rule
from engine.feel import Expression, UnaryTests


class CellReader(Protocol):
    """Reads the texts of cells with the names known where the table stands."""

    model: Model

    def text(self, text: str, element: Any) -> Expression: ...

    def tests(self, text: str, element: Any) -> UnaryTests | None: ...


def read_table(reader: CellReader, element: Any, name: str) -> DecisionTable | None:
    """The table; None, and a problem, for one whose hit policy is unknown or that has no output."""
    policy, aggregation = element.get("hitPolicy", "UNIQUE"), element.get("aggregation", "")
    problems, where = reader.model.problems, id_of(element.getparent())
    if policy not in HIT_POLICIES or aggregation not in AGGREGATIONS:
        asked = f"{policy} {aggregation}".strip()
        problems.error(where, "dmn.hit_policy", "The hit policy “{policy}” is not known.", policy=asked)
        return None
    inputs = tuple(_input(reader, item) for item in children(element, "input"))
    outputs = tuple(_output(reader, item, element, name) for item in children(element, "output"))
    if not outputs:
        problems.error(where, "dmn.no_output", "The table “{name}” has no output.", name=name)
        return None
    rules = (_rule(reader, n, row, len(inputs), len(outputs)) for n, row in enumerate(children(element, "rule"), 1))
    return DecisionTable(name, policy, aggregation, inputs, outputs, tuple(rule for rule in rules if rule is not None))


def _input(reader: CellReader, element: Any) -> Input:
    expression, allowed = child(element, "inputExpression"), child(element, "inputValues")
    holder = expression if expression is not None else element
    text = text_of(holder)
    return Input(
        label=element.get("label") or text,
        expression=reader.text(text, element),
        allowed=reader.tests(text_of(allowed), element) if allowed is not None else None,
    )


def _output(reader: CellReader, element: Any, table: Any, name: str) -> Output:
    order, default = child(element, "outputValues"), child(element, "defaultOutputEntry")
    listed = text_of(order) if order is not None else _allowed_by_type(reader.model, element, table)
    return Output(
        name=element.get("name") or name,
        order=reader.text(f"[{listed}]", element) if listed else None,
        default=reader.text(text_of(default), element) if default is not None else None,
    )


def _allowed_by_type(model: Model, output: Any, table: Any) -> str:
    """Without output values the allowed values of the type give the order."""
    named = model.type_of(output) or model.type_of(table)
    item = model.types.get(named.name) if named is not None else None
    return item.allowed.text if item is not None and item.allowed is not None else ""


def _rule(reader: CellReader, number: int, element: Any, inputs: int, outputs: int) -> Rule | None:
    tests, cells = list(children(element, "inputEntry")), list(children(element, "outputEntry"))
    if (len(tests), len(cells)) != (inputs, outputs):
        reader.model.problems.error(
            element.get("id", ""), "dmn.cells", "Rule {number} has not one cell for every column.", number=number
        )
        return None
    return Rule(
        id=element.get("id") or str(number),
        number=number,
        note=content_of(element, "description") or "; ".join(_annotations(element)),
        tests=tuple(reader.tests(text_of(cell), cell) for cell in tests),
        outputs=tuple(reader.text(text_of(cell), cell) for cell in cells),
    )


def _annotations(element: Any) -> Iterator[str]:
    return (text for entry in children(element, "annotationEntry") if (text := text_of(entry)))
