"""Where the readers of DMN files write what is wrong, so that all of it is told and not only the first."""

from collections.abc import Callable
from typing import Any, TypeVar

from engine.dmn.elements import id_of
from engine.errors import ExpressionInvalid, Problem, Severity
from engine.language import Sentence

Read = TypeVar("Read")


class Problems:
    """Problems in the order in which they were found."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def error(self, element_id: str, code: str, message: str, **fields: Any) -> None:
        self._add(element_id, "error", code, message, fields)

    def reading(self, read: Callable[[], Read], text: str, element: Any) -> Read | None:
        """What `read` gives; None, and a problem with the place, for a text that is not FEEL."""
        try:
            return read()
        except ExpressionInvalid as error:
            self.error(
                id_of(element),
                "expression.invalid",
                "The expression “{expression}” is wrong at line {line}, column {column}: {reason}",
                expression=text[:200],
                line=error.line,
                column=error.column,
                reason=Sentence(error.message, error.fields),
            )
            return None

    def _add(self, element_id: str, severity: Severity, code: str, message: str, fields: dict[str, Any]) -> None:
        self.found.append(Problem(element_id, severity, code, message, fields))
