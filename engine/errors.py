"""What the engine refuses, and why: a stable code, an English sentence with named fields, and the fields.

The sentences are templates; the floors above translate them. Programs look at the code only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self

from engine.remedies import remedy_of

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Problem:
    """One finding about one element of a diagram or a decision table."""

    element_id: str
    severity: Severity
    code: str
    message: str
    fields: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.fields)

    @property
    def fix(self) -> str:
        """What to do about it: a template with the same fields. Empty when there is no general advice."""
        return remedy_of(self.code)


def errors_first(problems: Iterable[Problem]) -> list[Problem]:
    """The problems in their order, but what forbids publishing before what is only worth a warning."""
    return sorted(problems, key=lambda problem: problem.severity != "error")


class EngineError(Exception):
    """Every refusal of the engine. `message` is a template with {named} fields; `str()` fills it in."""

    default_code: ClassVar[str] = "engine.error"

    def __init__(self, message: str, *, code: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.fields = fields

    def __str__(self) -> str:
        return self.message.format(**self.fields) if self.fields else self.message


class ExpressionInvalid(EngineError):
    """A FEEL text that cannot be read, or that ran past a limit. Offsets count from 0, lines and columns from 1."""

    default_code = "expression.invalid"

    def __init__(
        self, message: str, *, code: str = "", position: int = 0, line: int = 1, column: int = 1, **fields: Any
    ) -> None:
        super().__init__(message, code=code, **fields)
        self.position = position
        self.line = line
        self.column = column


class DefinitionInvalid(EngineError):
    """A diagram or decision that must not be published; `problems` says what is wrong where."""

    default_code = "definition.invalid"

    def __init__(self, message: str, *, code: str = "", problems: list[Problem] | None = None, **fields: Any) -> None:
        super().__init__(message, code=code, **fields)
        self.problems: list[Problem] = list(problems or [])

    @classmethod
    def single(cls, code: str, message: str, *, element_id: str = "", **fields: Any) -> Self:
        """With one problem, which says the same."""
        return cls.of([Problem(element_id, "error", code, message, fields)])

    @classmethod
    def of(cls, problems: Sequence[Problem]) -> Self:
        """With these problems; its own sentence is that of the first error."""
        first = next(problem for problem in problems if problem.severity == "error")
        return cls(first.message, code=first.code, problems=list(problems), **first.fields)


class TaskNotOpen(EngineError):
    """The human task was completed, cancelled or never existed."""

    default_code = "task.not_open"


class AnswerInvalid(EngineError):
    """The answer to a task or service is not plain data, or has undeclared fields."""

    default_code = "answer.invalid"


class RunawayProcess(EngineError):
    """The process used up its step budget without coming to rest."""

    default_code = "process.runaway"


class BpmnErrorUncaught(EngineError):
    """A BPMN error was thrown, and no boundary event around it catches its code (the field `error`)."""

    default_code = "error.uncaught"


class ServiceUnknown(EngineError):
    """The diagram calls a service that is not in the catalogue."""

    default_code = "service.unknown"


class StateInvalid(EngineError):
    """A stored process state cannot be read or does not belong to this definition."""

    default_code = "state.invalid"


class MessageNotExpected(EngineError):
    """No open event of the process waits for this message."""

    default_code = "message.not_expected"


class IncidentNotOpen(EngineError):
    """The step that should be retried or skipped is not stopped by an error any more."""

    default_code = "incident.not_open"


class BpmnError(Exception):
    """Raised by a service to throw a BPMN error: a boundary event for its `code`, or for every code, catches it.

    Any other exception of a service is a failure of the step and is never caught by a diagram.
    """

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(message or code)
        self.code = code
        self.message = message


class MigrationUnsafe(EngineError):
    """A running instance cannot go on under another version; `reasons` says why, element by element."""

    default_code = "migration.unsafe"

    def __init__(self, message: str, *, code: str = "", reasons: list[Problem] | None = None, **fields: Any) -> None:
        super().__init__(message, code=code, **fields)
        self.reasons: list[Problem] = list(reasons or [])
