"""Marks the engine's sentences for translation where no refusal or problem is built on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """`text` itself; the catalogues of translations list it."""
    return text


class Sentence(str):
    """A sentence that is a field of another one: English as it stands, and what is needed to translate it."""

    __slots__ = ("fields", "message")
    message: str
    fields: Mapping[str, Any]

    def __new__(cls, message: str, fields: Mapping[str, Any]) -> Sentence:
        sentence = super().__new__(cls, message.format(**fields) if fields else message)
        sentence.message, sentence.fields = message, dict(fields)
        return sentence

    def __reduce__(self) -> tuple[type[Sentence], tuple[str, Mapping[str, Any]]]:
        return Sentence, (self.message, self.fields)
