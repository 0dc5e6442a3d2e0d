"""What an import did to a file, and what it leaves to the designer."""

from dataclasses import dataclass, field
from typing import Any

from engine.bpmn.imports import expressions
from engine.bpmn.lint.findings import Findings
from engine.errors import ExpressionInvalid
from engine.language import Sentence


@dataclass(frozen=True)
class Change:
    """One thing that the import put into our words. `message` is a template with {named} fields, as for a problem."""

    element_id: str
    code: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.fields)


class Report(Findings):
    """Collects the changes; what could not be changed is an error or a warning, as in the linter."""

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[Change] = []
        self.renamed: dict[str, str] = {}

    def change(self, element_id: str, code: str, message: str, **fields: Any) -> None:
        """Note what was put into our words."""
        self.changes.append(Change(element_id, code, message, {"element": element_id, **fields}))

    def feel(self, element_id: str, text: str) -> str | None:
        """`text` as FEEL; None, and an error in the report, when it has no counterpart."""
        try:
            return expressions.to_feel(text)
        except ExpressionInvalid as error:
            self.error(
                element_id,
                "import.expression",
                "The expression “{expression}” of “{element}” was not translated, "
                "for a reason at line {line}, column {column}: {reason}",
                expression=text[:200],
                line=error.line,
                column=error.column,
                reason=Sentence(error.message, error.fields),
            )
            return None
