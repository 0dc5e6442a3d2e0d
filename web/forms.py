"""What the schemas of all rooms share: reading a form, and sentences for what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from models.errors import AppError, Invalid
from tasks.language import filled

_MISSING = lazy_gettext("Please fill this in.")
_UNREADABLE = lazy_gettext("This entry cannot be read.")
# Half of a surrogate pair is no character, and PostgreSQL keeps no NUL in a text.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_BY_KIND: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (fields.Decimal, lazy_gettext("Enter a number, such as 1234.50.")),
    (fields.Integer, lazy_gettext("Enter a whole number.")),
    (fields.Time, lazy_gettext("Enter a time, such as 08:30.")),
    (fields.Date, lazy_gettext("Enter a date, such as 2026-03-31.")),
)


class FormSchema(Schema):
    """The base of schemas that serve page and API alike.

    Keys that are not declared are dropped. Text is trimmed; an empty entry counts as left out unless it is text.
    """

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        unreadable = next((text for kind, text in _BY_KIND if isinstance(field_obj, kind)), _UNREADABLE)
        field_obj.error_messages = {
            key: _MISSING if key in ("required", "null") else unreadable for key in field_obj.error_messages
        }

    @pre_load
    def _trim(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        trimmed = {key: self._trimmed(key, value) for key, value in data.items()}
        return {key: value for key, value in trimmed.items() if value != "" or self._is_text(key)}

    def _trimmed(self, key: str, value: Any) -> Any:
        if isinstance(value, str) and _NO_TEXT.search(value):
            raise ValidationError(str(_UNREADABLE), key)
        field = self.fields.get(key)
        keeps_blanks = field is not None and field.metadata.get("keeps_blanks")
        return value.strip() if isinstance(value, str) and not keeps_blanks else value

    def _is_text(self, key: str) -> bool:
        return type(self.fields.get(key)) is fields.String


def text(maximum: int, *, required: bool = False) -> fields.String:
    """A text field of at most `maximum` characters, which a required one may not leave empty."""
    checks: list[validate.Validator] = [
        validate.Length(max=maximum, error=lazy_gettext("At most %(maximum)s characters.", maximum=maximum))
    ]
    if required:
        checks.append(validate.Length(min=1, error=_MISSING))
        return fields.String(required=True, validate=checks)
    return fields.String(load_default="", validate=checks)


def email_field() -> fields.String:
    """An e-mail address, required."""
    message = lazy_gettext("Enter an e-mail address, such as name@example.com.")
    checks = [validate.Length(max=200, error=message), validate.Email(error=message)]
    return fields.String(required=True, validate=checks)


def password_field() -> fields.String:
    """A password: never trimmed, never dumped."""
    return fields.String(
        required=True, load_only=True, metadata={"keeps_blanks": True}, validate=validate.Length(min=1, error=_MISSING)
    )


def submitted(schema: Schema) -> dict[str, Any]:
    """The form of this request as plain data, lists where `schema` has lists."""
    return {
        key: request.form.getlist(key) if isinstance(schema.fields.get(key), fields.List) else request.form[key]
        for key in request.form
        if key != "csrf_token"
    }


def sentence(error: AppError) -> str:
    """A refusal in the reader's language."""
    return filled(gettext(error.message), error.fields, gettext)


def remedy(error: Invalid) -> str:
    """What to do about a refusal, in the reader's language; empty when its sentence says it all."""
    return filled(gettext(error.remedy), error.fields, gettext) if error.remedy else ""


def problems_of(error: AppError | None) -> list[tuple[str, str, str]]:
    """Element, fault and remedy of everything that keeps a flow from being published."""
    if not isinstance(error, Invalid):
        return []
    return [(problem.field or "", sentence(problem), remedy(problem)) for problem in error.problems]


def form_errors(error: AppError | ValidationError) -> dict[str, str]:
    """Field path (``lines.0.quantity``) → sentence, for a form that is shown again. "" holds what has no field."""
    if isinstance(error, ValidationError):
        return {path: " ".join(texts) for path, texts in flatten(error.messages).items()}
    problems = error.problems if isinstance(error, Invalid) and error.problems else (error,)
    return {problem.field or "": sentence(problem) for problem in problems}


def flatten(messages: Any) -> dict[str, list[str]]:
    """marshmallow's nested messages as field path → sentences."""
    found: dict[str, list[str]] = {}
    for path, message in _leaves(messages, ()):
        found.setdefault(path, []).append(message)
    return found


def _leaves(messages: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for key, value in messages.items():
            yield from _leaves(value, path if key == "_schema" else (*path, str(key)))
    elif isinstance(messages, list):
        for value in messages:
            yield from _leaves(value, path)
    else:
        yield ".".join(path), str(messages)
