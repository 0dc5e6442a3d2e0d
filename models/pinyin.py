"""Pinyin of names, for finding a customer by typing letters: 重庆长安 → cqca, chongqingchangan."""

from __future__ import annotations

import unicodedata

from pypinyin import Style, lazy_pinyin


def initials(text: str) -> str:
    """First letters of the syllables; Latin letters and digits stay, lower-cased; punctuation goes."""
    return "".join(syllable[0] for syllable in _syllables(text))


def full_pinyin(text: str) -> str:
    """All syllables without tones, run together; ü is written v."""
    return "".join(_syllables(text))


def _syllables(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).lower()
    found = lazy_pinyin(folded, style=Style.NORMAL, errors=_keep_letters_and_digits)  # type: ignore[arg-type]  # a list is taken apart
    return [plain for plain in map(_ascii, found) if plain]


def _keep_letters_and_digits(chunk: str) -> list[str]:
    return [character for character in chunk if character.isalnum()]


def _ascii(syllable: str) -> str:
    """A few rare syllables keep an accent (ê, m̀), which nobody types."""
    return unicodedata.normalize("NFKD", syllable).encode("ascii", "ignore").decode()
