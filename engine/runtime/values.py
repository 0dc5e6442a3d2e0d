"""Process data as JSON and back, without losing a type: Decimal, date, aware datetime, time, duration.

A Decimal is a number with a point or an exponent, which an int never has; there are no floats. Any other value that
JSON has no word for becomes `{"$": type, "v": text}`; a mapping of the user that has a key `$` is wrapped, so nothing a
user sends can pose as one of ours.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from engine.errors import AnswerInvalid, StateInvalid

MAX_DEPTH: Final = 64
# Entries of lists and contexts, and characters of texts and keys, of one answer or result; digits of a whole number.
MAX_ENTRIES: Final = 20_000
MAX_CHARACTERS: Final = 1_000_000
MAX_DIGITS: Final = 1000
_TAG: Final = "$"
_TAG_TEXT: Final = b'"$"'
_read: Final = msgspec.json.Decoder(float_hook=Decimal).decode
_PLAIN: Final = frozenset({str, bool, int, type(None)})
_TOO_LARGE: Final = 10**MAX_DIGITS
# Half a character: no encoding has it, so that neither a file nor a database can hold it.
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def plain(value: Any, *, name: str = "") -> Any:
    """A deep copy of `value` in the types that process data may hold.

    Raises `AnswerInvalid` for a float, a naive datetime, a key that is not text, text that no file can hold, an object,
    and for what is nested too deeply or is too large.
    """
    return _Copy().of(value, name, 0)


class _Copy:
    """Copies one value and counts what it holds."""

    __slots__ = ("_characters", "_entries")

    def __init__(self) -> None:
        self._entries = MAX_ENTRIES
        self._characters = MAX_CHARACTERS

    def of(self, value: Any, name: str, depth: int) -> Any:
        kind = type(value)
        if kind is str:
            return self._text(value, name)
        if kind is int:
            return _whole(value, name)
        if kind in _PLAIN:
            return value
        if isinstance(value, Mapping):
            self._count(len(value), name, depth)
            return {self._key(key, name): self.of(item, name or key, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            self._count(len(value), name, depth)
            return [self.of(item, name, depth + 1) for item in value]
        return _moment_or_number(value, name)

    def _count(self, entries: int, name: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _refused(name, "The value of “{name}” is nested too deeply.")
        self._entries -= entries
        if self._entries < 0:
            raise _refused(name, "The value of “{name}” has more than {limit} entries.", limit=MAX_ENTRIES)

    def _key(self, key: Any, name: str) -> str:
        if not isinstance(key, str):
            raise _refused(name, "The value of “{name}” has a key that is not text.")
        return self._text(key, name)

    def _text(self, text: str, name: str) -> str:
        self._characters -= len(text)
        if self._characters < 0:
            raise _refused(name, "The value of “{name}” has more than {limit} characters.", limit=MAX_CHARACTERS)
        if not text.isascii() and _SURROGATE.search(text):
            raise _refused(name, "The value of “{name}” has a character that cannot be stored.")
        return text


def _whole(value: int, name: str) -> int:
    if abs(value) >= _TOO_LARGE:
        raise _refused(name, "The value of “{name}” has more than {limit} digits.", limit=MAX_DIGITS)
    return value


def _moment_or_number(value: Any, name: str) -> Any:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise _refused(name, "The value of “{name}” is a time without a time zone.")
    if isinstance(value, Decimal) and not value.is_finite():
        raise _refused(name, "The value of “{name}” is not a finite number.")
    if type(value) is Decimal or type(value) in _ENCODERS:
        return value
    raise _refused(
        name, "Process data cannot hold the value of “{name}”: its type is {type}.", type=type(value).__name__
    )


def encode(value: Any) -> Any:
    """`value`, which `plain` has passed, as JSON-able data."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is Decimal:
        return msgspec.Raw(_number(value))
    if kind is list:
        return [item if type(item) in _PLAIN else encode(item) for item in value]
    if kind is dict:
        encoded = {key: item if type(item) in _PLAIN else encode(item) for key, item in value.items()}
        return {_TAG: "map", "v": encoded} if _TAG in value else encoded
    tag, to_text = _ENCODERS[kind]
    return {_TAG: tag, "v": to_text(value)}


def decode(value: Any) -> Any:
    """What `encode` was given. Raises `StateInvalid`."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if _TAG not in value:
        return {key: decode(item) for key, item in value.items()}
    tag, content = value[_TAG], value.get("v")
    if tag == "map" and isinstance(content, dict):
        return {key: decode(item) for key, item in content.items()}
    try:
        return _DECODERS[tag](content)
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise StateInvalid(
            "The stored state holds a value that cannot be read: {value}", value=str(value)[:80]
        ) from error


def to_text(value: Any) -> bytes:
    """`value`, which `plain` has passed, as JSON."""
    return msgspec.json.encode(encode(value))


def from_text(text: bytes) -> Any:
    """What `to_text` was given. Raises `StateInvalid`."""
    try:
        value = _read(text)
    except (msgspec.MsgspecError, ArithmeticError) as error:
        raise StateInvalid("The stored state cannot be read.") from error
    return decode(value) if _TAG_TEXT in text else value


def digest(value: Any) -> str:
    """A short text that is the same for equal values, which `plain` has passed."""
    return hashlib.blake2b(to_text(value), digest_size=12).hexdigest()


class Packed:
    """Values put aside for later, in order. Each stays encoded until it is taken."""

    __slots__ = ("texts",)

    def __init__(self, texts: Iterable[bytes] = ()) -> None:
        self.texts = list(texts)

    def __len__(self) -> int:
        return len(self.texts)

    def add(self, value: Any) -> None:
        """Put `value`, which `plain` has passed, behind the others."""
        self.texts.append(to_text(value))

    def take(self, count: int) -> list[Any]:
        """Take the first `count` values away."""
        taken, self.texts = self.texts[:count], self.texts[count:]
        return [from_text(text) for text in taken]


def _number(value: Decimal) -> bytes:
    text = str(value)
    return (text if "." in text or "E" in text else text + "E0").encode()


def _duration_text(value: timedelta) -> str:
    return f"{value.days} {value.seconds} {value.microseconds}"


def _duration(text: str) -> timedelta:
    days, seconds, microseconds = map(int, text.split())
    return timedelta(days, seconds, microseconds)


_ENCODERS: Final[dict[type, tuple[str, Callable[[Any], str]]]] = {
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("duration", _duration_text),
}
_DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "duration": _duration,
}


def _refused(name: str, message: str, **fields: Any) -> AnswerInvalid:
    return AnswerInvalid(message, code="data.value", name=name or "?", **fields)
