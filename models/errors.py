"""Refusals of the business, without a word about HTTP. `web/errors.py` maps each kind to a response."""

from __future__ import annotations


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
        self.fields = fields


class Invalid(AppError):
    """What was asked does not make sense, whatever the state.

    `problems` holds every fault found when there are several; each is an `Invalid` of its own.
    """

    default_code = "invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        problems: tuple[Invalid, ...] = (),
        **fields: object,
    ) -> None:
        super().__init__(message, code=code, field=field, **fields)
        self.problems = problems


class NotAllowed(AppError):
    """The actor may not do this."""

    default_code = "not_allowed"


class NotFound(AppError):
    """Not there, or not there for this company: the two look the same from outside."""

    default_code = "not_found"


class Conflict(AppError):
    """It made sense once, but the state has moved on."""

    default_code = "conflict"
