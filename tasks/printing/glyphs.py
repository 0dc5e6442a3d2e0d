"""Which characters the fonts can draw, so that a rare one is printed as its code point and never as an empty box."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

# Joiners, variation selectors and accents have no shape of their own; typst combines them with what they stand on.
_SHAPELESS = frozenset({"Cf", "Mn", "Me"})


def spell_out_missing(text: str, fonts_dir: Path) -> str:
    """`text` with each character that no font in the folder has replaced by its code, as in 〔U+1F600〕."""
    covered = covered_characters(fonts_dir)
    missing = [char for char in set(text) if ord(char) > 0x7F and ord(char) not in covered]
    return text.translate({ord(char): f"〔U+{ord(char):04X}〕" for char in missing if not _is_shapeless(char)})


def _is_shapeless(char: str) -> bool:
    return unicodedata.category(char) in _SHAPELESS


@lru_cache(maxsize=4)
def covered_characters(fonts_dir: Path) -> frozenset[int]:
    """The code points of all TrueType fonts in the folder together."""
    return frozenset(code for path in sorted(fonts_dir.glob("*.ttf")) for code in _characters_of(path.read_bytes()))


def _characters_of(font: bytes) -> Iterator[int]:
    """The code points in the segmented-coverage subtables (format 12) of the OpenType table ``cmap``."""
    cmap = _table_offset(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for position in range(count):
        _platform, _encoding, offset = struct.unpack_from(">HHI", font, cmap + 4 + 8 * position)
        (subtable_format,) = struct.unpack_from(">H", font, cmap + offset)
        if subtable_format == 12:
            yield from _segments(font, cmap + offset)


def _segments(font: bytes, offset: int) -> Iterator[int]:
    (count,) = struct.unpack_from(">I", font, offset + 12)
    for first, last, _glyph in struct.iter_unpack(">III", font[offset + 16 : offset + 16 + 12 * count]):
        yield from range(first, last + 1)


def _table_offset(font: bytes, wanted: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for position in range(count):
        tag, _checksum, offset, _length = struct.unpack_from(">4sIII", font, 12 + 16 * position)
        if tag == wanted:
            return int(offset)
    raise ValueError(f"The font has no table {wanted!r}.")
