"""Expressions of other systems: which texts are one, and what they are in FEEL."""

import re
from typing import Final

from engine.bpmn.imports import juel
from engine.errors import ExpressionInvalid
from engine.feel import compile_expression

# How the standard reads a data object in XPath.
_DATA_OBJECT: Final = re.compile(r"bpmn:getDataObject\(\s*(?:'([^']*)'|\"([^\"]*)\")\s*\)")
_XPATH_STRING: Final = re.compile(r"'([^'\"]*)'")


def is_expression(text: str) -> bool:
    """Is this an expression of Camunda, Flowable or Activiti: `${…}`, `#{…}` or, in Camunda 8, `=…`?"""
    return text.startswith("=") or "${" in text or "#{" in text


def to_feel(text: str) -> str:
    """FEEL for an expression as `is_expression` knows it. Raises `ExpressionInvalid`."""
    text = text.strip()
    feel = text[1:].strip() if text.startswith("=") else juel.translate(text)
    compile_expression(feel)
    return feel


def literal_or_feel(text: str) -> str:
    """FEEL for a text that may be an expression; a plain text becomes a FEEL string. Raises `ExpressionInvalid`."""
    return to_feel(text) if is_expression(text) else juel.quoted(text)


def of_data_objects(text: str) -> str | None:
    """FEEL for an XPath condition over data objects, which are variables here; None for any other text."""
    feel, count = _DATA_OBJECT.subn(lambda match: match[1] or match[2] or "", text[: juel.MAX_CHARS])
    if not count:
        return None
    feel = _XPATH_STRING.sub(r'"\1"', feel)
    try:
        compile_expression(feel)
    except ExpressionInvalid:
        return None
    return feel


def constant_text(feel: str) -> str | None:
    """The text that a FEEL string writes; None for any other expression."""
    try:
        expression = compile_expression(feel)
        value = None if expression.names else expression.evaluate({})
    except ExpressionInvalid:
        return None
    return value if isinstance(value, str) else None
