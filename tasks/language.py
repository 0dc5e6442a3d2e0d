"""Sentences in the reader's language, for what is written where no request is: mails, notices, printed sheets."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations, translation
from pathlib import Path

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"
LANGUAGES = ("zh", "en")


@cache
def _catalogue(language: str) -> NullTranslations:
    return translation("messages", LOCALE_DIR, languages=[language], fallback=True)


def translate(message: str, language: str, /, **fields: object) -> str:
    """`message` (an English sentence with {named} fields) in `language`, filled."""
    text = _catalogue(language).gettext(message)
    return text.format(**fields) if fields else text
