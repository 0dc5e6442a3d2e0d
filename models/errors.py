"""Refusals of the business, without a word about HTTP. `web/errors.py` maps each kind to a response."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AppError(Exception):
    """A refusal that a caller can act on.

    `code` is stable and machine-readable (``invoice.already_void``); `message` is a translatable English sentence with
    named fields; `fields` fills them. `field` names the input at fault, if one is (``lines.0.quantity``).
    """

    default_code = "error"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None, **fields: object) -> None:
        super().__init__(message.format(**fields))
        self.code = code or type(self).default_code
        self.message = message
        self.field = field
        self.fields: dict[str, Any] = fields


class Invalid(AppError):
    """What was asked does not make sense, whatever the state.

    `problems` holds every fault found when there are several; each is an `Invalid` of its own. `remedy` says what to do
    where the sentence itself does not: a template with the same fields.
    """

    default_code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        problems: tuple[Invalid, ...] = (),
        remedy: str = "",
        **fields: object,
    ) -> None:
        super().__init__(message, code=code, field=field, **fields)
        self.problems = problems
        self.remedy = remedy

    @classmethod
    def of(
        cls, message: str, fields: Mapping[str, object], *, code: str, field: str | None = None, remedy: str = ""
    ) -> Invalid:
        """The refusal behind a finding that was made elsewhere (a check, a verdict, a fault of a diagram)."""
        filling: dict[str, Any] = dict(fields)
        return cls(message, code=code, field=field, remedy=remedy, **filling)


class NotAllowed(AppError):
    """The actor may not do this."""

    default_code = "not_allowed"


class NotFound(AppError):
    """Not there, or not there for this company: the two look the same from outside."""

    default_code = "not_found"


class Conflict(AppError):
    """It made sense once, but the state has moved on."""

    default_code = "conflict"
