"""Where the linter writes what it finds."""

from typing import Any

from engine.errors import ExpressionInvalid, Problem, Severity
from engine.feel import compile_expression


class Findings:
    """Problems in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def error(self, element_id: str, code: str, message: str, **fields: Any) -> None:
        self._add(element_id, "error", code, message, fields)

    def warning(self, element_id: str, code: str, message: str, **fields: Any) -> None:
        self._add(element_id, "warning", code, message, fields)

    def expression(self, element_id: str, text: str) -> None:
        """Report a FEEL text that does not compile, with its position."""
        try:
            compile_expression(text)
        except ExpressionInvalid as error:
            self.error(
                element_id,
                "expression.invalid",
                "The expression “{expression}” of “{element}” is wrong at line {line}, column {column}: {reason}",
                expression=text[:200],
                line=error.line,
                column=error.column,
                reason=str(error),
            )

    def _add(self, element_id: str, severity: Severity, code: str, message: str, fields: dict[str, Any]) -> None:
        self.problems.append(Problem(element_id, severity, code, message, {"element": element_id, **fields}))
