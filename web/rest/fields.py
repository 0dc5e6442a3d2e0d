"""Fields of answers: money and moments as text, codes with their words, sentences in the reader's language."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from marshmallow import fields

from models.arithmetic import plain
from tasks import customers
from web import labels
from web.forms import sentence
from web.security import current_actor

# In a field's metadata: the kind of code in `web.labels`, so that the reference can say each code in words; and the
# description without those words.
KIND_KEY = "x-codes"
NOTE_KEY = "x-note"


class Money(fields.String):
    """Yuan with two decimals, as text: ``"1234.50"``. A program must not read money as a binary fraction."""

    def __init__(self, **given: Any) -> None:
        metadata = {"pattern": r"^-?\d+\.\d{2}$", "example": "1234.50"} | given.pop("metadata", {})
        super().__init__(metadata=metadata, **given)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        return None if value is None else f"{value:.2f}"


class Number(fields.String):
    """A quantity or price as text, with every decimal it has and no exponent."""

    def __init__(self, **given: Any) -> None:
        metadata = {"pattern": r"^-?\d+(\.\d+)?$", "example": "12.5"} | given.pop("metadata", {})
        super().__init__(metadata=metadata, **given)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        return None if value is None else plain(value)


class Moment(fields.String):
    """A time in UTC, ISO 8601: ``2026-03-31T07:04:05.120Z``."""

    def __init__(self, **given: Any) -> None:
        metadata = {"format": "date-time", "example": "2026-03-31T07:04:05.120Z"} | given.pop("metadata", {})
        super().__init__(metadata=metadata, **given)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Code(fields.String):
    """One of the codes of a kind that `web.labels` knows; the document lists them with their words."""

    def __init__(self, kind: str, **given: Any) -> None:
        super().__init__(metadata={KIND_KEY: kind} | given.pop("metadata", {}), **given)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        return None if value is None else str(value)


class Sentence(fields.String):
    """The object itself in words, in the reader's language: a refusal, a check, a warning."""

    _CHECK_ATTRIBUTE = False

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str:
        return sentence(obj)


class TaxNumber(fields.String):
    """A tax number as the reader may see it: a natural person's is masked but for those who edit customers."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_: Any) -> str | None:
        return customers.show_tax_id(current_actor(), value) if value else value


def describe_codes(_converter: Any, field: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    """For apispec: the codes of a field as ``enum``, and what each means behind its description."""
    kind = field.metadata.get(KIND_KEY)
    if kind is None:
        return {}
    words = [(code, text) for code, text in labels.options(kind) if code in ret.get("enum", (code,))]
    meaning = "; ".join(f"{code}: {text}" for code, text in words)
    note = ret.get("description", "")
    described = {"description": f"{note} ({meaning})".strip(), NOTE_KEY: note, KIND_KEY: kind}
    return described if "enum" in ret else described | {"enum": [code for code, _text in words]}
