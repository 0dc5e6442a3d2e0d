"""What is on its way to a catching event, and what is said about it outside the engine."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, Final, Literal

_DECIMAL: Final = Context(prec=60)

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


def key_text(correlation: Mapping[str, Any] | None) -> str:
    """The same text for equal correlations and for no others, so that a wait is found by an index; "" for none."""
    if correlation is None:
        return ""
    parts = [[name, *_canonical(correlation[name])] for name in sorted(correlation)]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _canonical(value: Any) -> tuple[str, str]:
    """Kind and text of a value. Numbers are equal whatever their type and zeros, moments whatever their zone."""
    if isinstance(value, bool):
        return "boolean", str(value)
    if isinstance(value, int | Decimal):
        return "number", str(_DECIMAL.normalize(_DECIMAL.plus(Decimal(value))))
    if isinstance(value, datetime):
        return "datetime", value.astimezone(UTC).isoformat()
    return type(value).__name__, str(value)


@dataclass(frozen=True)
class WaitingMessage:
    """An event that waits for a message or signal. With a `correlation` it takes only a message with an equal one."""

    name: str
    element_id: str
    correlation: Mapping[str, Any] | None = None
    kind: Literal["message", "signal"] = "message"
