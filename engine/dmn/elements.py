"""Elements of a DMN file by local name, so that every DMN version from 1.1 to 1.5 is read alike."""

from collections.abc import Iterator
from typing import Any, Final

from engine.bpmn.xml import local_name

EXPRESSIONS: Final = frozenset(
    (
        *("literalExpression", "context", "invocation", "list", "relation", "functionDefinition", "decisionTable"),
        *("conditional", "filter", "for", "some", "every"),
    )
)


def children(element: Any, name: str) -> Iterator[Any]:
    """The children of that name."""
    return (child for child in element if local_name(child) == name)


def child(element: Any, name: str) -> Any | None:
    """The first child of that name."""
    return next(children(element, name), None)


def expression_in(element: Any) -> Any | None:
    """The first boxed expression directly under an element."""
    return next((item for item in element if local_name(item) in EXPRESSIONS), None)


def text_of(element: Any) -> str:
    """The content of the `text` child, trimmed."""
    text = child(element, "text")
    return (text.text or "").strip() if text is not None else ""


def content_of(element: Any, name: str) -> str:
    """The text directly in the child of that name, trimmed."""
    found = child(element, name)
    return (found.text or "").strip() if found is not None else ""


def id_of(element: Any) -> str:
    """The id of the element, or of the nearest one around it that has one."""
    found = element
    while found is not None and not found.get("id"):
        found = found.getparent()
    return str(found.get("id")) if found is not None else ""
