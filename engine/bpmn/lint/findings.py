"""Where the linter writes what it finds."""

from typing import Any, Final

from engine.errors import ExpressionInvalid, Problem, Severity
from engine.feel import compile_expression
from engine.language import N_, Sentence

# Nobody reads more; a file can be made to have hundreds of thousands.
MAX_PROBLEMS: Final = 200


class Findings:
    """Problems in the order in which they were found, the first `MAX_PROBLEMS` of them."""

    def __init__(self) -> None:
        self._kept: list[Problem] = []
        self._left_out = 0
        self._severity: Severity = "warning"

    @property
    def problems(self) -> list[Problem]:
        """What was found; the last one counts what is not listed, and is an error when there is an error among it."""
        if not self._left_out:
            return list(self._kept)
        message = N_("More was found that is not listed: {count}.")
        return [*self._kept, Problem("", self._severity, "lint.more", message, {"count": self._left_out})]

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
                reason=Sentence(error.message, error.fields),
            )

    def _add(self, element_id: str, severity: Severity, code: str, message: str, fields: dict[str, Any]) -> None:
        if len(self._kept) < MAX_PROBLEMS:
            self._kept.append(Problem(element_id, severity, code, message, {"element": element_id, **fields}))
        else:
            self._left_out += 1
            self._severity = "error" if severity == "error" else self._severity
