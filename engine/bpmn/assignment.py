"""For whom a human task waits, and how long, as its settings say. Nonsense fails the task, not what is above."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from engine.errors import EngineError

# Ten years. A due time further away is a slip of the pen.
MAX_DUE_HOURS: Final = 87_600
MAX_CANDIDATES: Final = 1000
_MAX_ID: Final = 2**31


def candidates_of(element: str, properties: Mapping[str, Any]) -> list[int]:
    """The ids of the people who may answer, each once. Raises `EngineError` for anything but a list of ids or null."""
    people = properties.get("candidates")
    if people is None:
        return []
    if not isinstance(people, list) or len(people) > MAX_CANDIDATES or not all(_is_id(person) for person in people):
        raise EngineError(
            "The candidates of “{element}” must be a list of at most {limit} people, each by number.",
            code="task.candidates",
            element=element,
            limit=MAX_CANDIDATES,
        )
    return list(dict.fromkeys(people))


def due_hours_of(element: str, properties: Mapping[str, Any]) -> Decimal | None:
    """The hours until the task counts as late; None if it does not say. Raises `EngineError` for anything else."""
    value = properties.get("due_hours")
    if value is None or value == "":
        return None
    hours = hours_of(value)
    if hours is None:
        raise EngineError(
            "“{element}” must be due after a number of hours up to {limit}.",
            code="task.due_hours",
            element=element,
            limit=MAX_DUE_HOURS,
        )
    return hours


def hours_of(value: Any) -> Decimal | None:
    """A number of hours that a due time can have, also one written as text; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        hours = Decimal(value)
    except InvalidOperation:
        return None
    return hours if hours.is_finite() and 0 < hours <= MAX_DUE_HOURS else None


def _is_id(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MAX_ID
