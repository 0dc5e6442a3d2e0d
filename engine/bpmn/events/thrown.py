"""What is on its way to a catching event, and what is said about it outside the engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["message", "signal", "error", "escalation"]


@dataclass(frozen=True)
class Thrown:
    """Something thrown. `name` of an error or escalation is its code; `origin` is the task, None for the outside."""

    kind: Kind
    name: str
    payload: Mapping[str, Any]
    correlation: Mapping[str, Any] | None = None
    origin: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Sent:
    """A message or signal that left the process, for the floor above to deliver. `payload` is plain data.

    A message that an event of the same instance has caught is not among them: a message has one receiver.
    """

    kind: Literal["message", "signal"]
    name: str
    correlation: Mapping[str, Any] | None
    payload: Mapping[str, Any]
    element_id: str


@dataclass(frozen=True)
class WaitingMessage:
    """An event that waits for a message or signal. With a `correlation` it takes only a message with an equal one."""

    name: str
    element_id: str
    correlation: Mapping[str, Any] | None = None
    kind: Literal["message", "signal"] = "message"
