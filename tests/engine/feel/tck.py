"""Reads the literal expressions of DMN TCK models, with the inputs and decisions they need, and what they must give."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from engine.errors import ExpressionInvalid
from engine.feel import compile_expression

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
LITERALS = {
    "date": "date",
    "time": "time",
    "dateTime": "date and time",
    "duration": "duration",
    "dayTimeDuration": "duration",
    "yearMonthDuration": "duration",
}


@dataclass(frozen=True)
class Case:
    folder: str
    case_id: str
    node: str
    text: str
    inputs: dict[str, Any]
    expected: Any


class Unsupported(Exception):
    """The case needs more than literal expressions."""


def cases(root: Path) -> Iterator[Case]:
    for path in sorted(root.glob("*/*/*.xml")):
        tests = etree.parse(str(path)).getroot()
        model = path.parent / (tests.findtext("{*}modelName") or "")
        if model.exists():
            yield from _cases_of(path.parent.name, tests, _Model(model))


def _cases_of(folder: str, tests: Any, model: "_Model") -> Iterator[Case]:
    for case in tests.findall("{*}testCase"):
        inputs = {node.get("name"): read_value(node) for node in case.findall("{*}inputNode")}
        for result in case.findall("{*}resultNode"):
            expected = read_value(result.find("{*}expected"))
            try:
                yield Case(
                    folder,
                    case.get("id"),
                    result.get("name"),
                    model.text(result.get("name")),
                    model.context(result.get("name"), inputs),
                    expected,
                )
            except Unsupported:
                continue


class _Model:
    def __init__(self, path: Path) -> None:
        root = etree.parse(str(path)).getroot()
        self.decisions = {node.get("name"): node for node in root.findall("{*}decision")}
        self.by_id = {node.get("id"): node for node in root.iter() if isinstance(node.tag, str) and node.get("id")}

    def text(self, name: str) -> str:
        node = self.decisions.get(name)
        text = node.findtext("{*}literalExpression/{*}text") if node is not None else None
        if text is None:
            raise Unsupported
        return text

    def context(self, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for reference in self.decisions[name].findall("{*}informationRequirement/*"):
            needed = self.by_id.get((reference.get("href") or "").removeprefix("#"))
            if needed is None:
                raise Unsupported
            key = needed.get("name")
            if etree.QName(needed).localname == "inputData":
                found[key] = inputs.get(key)
            else:
                inner = self.context(key, inputs)
                found[key] = evaluate(self.text(key), inner)
        if self.decisions[name].find("{*}knowledgeRequirement") is not None:
            raise Unsupported
        return found


def evaluate(text: str, context: dict[str, Any]) -> Any:
    try:
        return compile_expression(text, context).evaluate(context)
    except ExpressionInvalid:
        return None


def read_value(node: Any) -> Any:
    """The value in an inputNode, expected or component."""
    if node is None:
        return None
    if (list_node := node.find("{*}list")) is not None:
        return None if list_node.get(NIL) == "true" else [read_value(item) for item in list_node.findall("{*}item")]
    components = node.findall("{*}component")
    if components:
        return {component.get("name"): read_value(component) for component in components}
    value = node.find("{*}value")
    if value is None or value.get(NIL) == "true":
        return None
    return _scalar((value.get(TYPE) or "xsd:string").split(":")[-1], value.text or "")


def _scalar(kind: str, text: str) -> Any:
    if kind in {"decimal", "double", "integer", "int", "long", "float"}:
        return None if text in {"NaN", "INF"} else Decimal(text)
    if kind == "boolean":
        return text == "true"
    if kind in LITERALS:
        return compile_expression(f'{LITERALS[kind]}("{text}")').evaluate({})
    return text


def agrees(actual: Any, expected: Any) -> bool:
    if isinstance(expected, Decimal):
        return isinstance(actual, Decimal) and abs(actual - expected) <= Decimal("1e-8") * max(1, abs(expected))
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(agrees(a, e) for a, e in zip(actual, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(actual, dict)
            and actual.keys() == expected.keys()
            and all(agrees(actual[k], expected[k]) for k in expected)
        )
    return type(actual) is type(expected) and actual == expected
