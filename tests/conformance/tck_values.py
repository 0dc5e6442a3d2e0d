"""The values in test cases of the DMN TCK, as FEEL values, and whether a result agrees with what a case expects."""

from decimal import Decimal
from typing import Any

from engine.feel import compile_expression, to_json

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NUMBERS = {"decimal", "double", "integer", "int", "long", "short", "byte", "float"}
LITERALS = {
    "date": "date",
    "time": "time",
    "dateTime": "date and time",
    "duration": "duration",
    "dayTimeDuration": "duration",
    "yearMonthDuration": "duration",
}
TOLERANCE = Decimal("1e-8")


def read_value(node: Any) -> Any:
    """The value in an inputNode, expected, component or item. Raises ValueError for text that is not of its type."""
    if node is None or node.get(NIL) == "true":
        return None
    listed, components = node.find("{*}list"), node.findall("{*}component")
    if listed is not None:
        return None if listed.get(NIL) == "true" else [read_value(item) for item in listed.findall("{*}item")]
    if components:
        return {component.get("name"): read_value(component) for component in components}
    value = node.find("{*}value")
    if value is None or value.get(NIL) == "true":
        return None
    return _scalar((value.get(TYPE) or "string").split(":")[-1], value.text or "")


def _scalar(kind: str, text: str) -> Any:
    if kind in NUMBERS:
        number = Decimal(text.strip().replace("INF", "Infinity")) if text.strip() else None
        return number if number is not None and number.is_finite() else None
    if kind == "boolean":
        return text.strip() in {"true", "1"}
    if kind in LITERALS:
        value = compile_expression(f'{LITERALS[kind]}("{text.strip()}")').evaluate({})
        if value is None:
            raise ValueError(f"{text} is no {kind}")
        return value
    return text


def agrees(actual: Any, expected: Any) -> bool:
    """Are they the same, numbers up to one part in 10^8?"""
    if isinstance(expected, Decimal):
        is_number = isinstance(actual, Decimal)
        return is_number and abs(actual - expected) <= TOLERANCE * max(1, abs(expected))
    if isinstance(expected, list):
        same_length = isinstance(actual, list) and len(actual) == len(expected)
        return same_length and all(agrees(a, e) for a, e in zip(actual, expected, strict=True))
    if isinstance(expected, dict):
        same_keys = isinstance(actual, dict) and actual.keys() == expected.keys()
        return same_keys and all(agrees(actual[key], value) for key, value in expected.items())
    return type(actual) is type(expected) and actual == expected


def shown(value: Any) -> str:
    """The value in one short line."""
    text = repr(to_json(value))
    return text if len(text) <= 200 else text[:197] + "…"
