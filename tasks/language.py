"""Sentences in the reader's language, for what is written where no request is: mails, notices, printed sheets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

from engine.language import Sentence

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
LANGUAGES = ("zh", "en")


@cache
def _catalogue(language: str) -> NullTranslations:
    return translation("messages", LOCALE_DIR, languages=[language], fallback=True)


def translate(message: str, language: str, /, **fields: object) -> str:
    """`message` (an English sentence with {named} fields) in `language`, filled."""
    gettext = _catalogue(language).gettext
    return filled(gettext(message), fields, gettext)


def filled(text: str, fields: Mapping[str, object], gettext: Callable[[str], str]) -> str:
    """`text` with its {named} fields filled; a field that is a sentence itself is translated by `gettext` first."""
    inner = {
        name: filled(gettext(value.message), value.fields, gettext) if isinstance(value, Sentence) else value
        for name, value in fields.items()
    }
    return text.format(**inner) if inner else text
