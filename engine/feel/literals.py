"""Plain data as FEEL text, so that a person can read a value, change it and have it read again."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

_ESCAPES: Final = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}

_MOST_DIGITS: Final = 40  # longer numbers are written with an exponent


def as_text(value: Any) -> str:
    """FEEL text whose value is `value`: plain data, as `to_python` gives it. Raises TypeError for anything else."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return format(value, "f" if abs(value.adjusted()) < _MOST_DIGITS else "E")
        case str():
            return _quoted(value)
        case datetime():
            return f'date and time("{value.isoformat()}")'
        case date():
            return f'date("{value.isoformat()}")'
        case time():
            return f'time("{value.isoformat()}")'
        case timedelta():
            return f'duration("{_duration(value)}")'
        case list():
            return f"[{', '.join(as_text(item) for item in value)}]"
        case Mapping():
            return f"{{{', '.join(f'{_quoted(key)}: {as_text(value[key])}' for key in value)}}}"
        case _:
            raise TypeError(f"{type(value).__name__} is not plain data")


def _quoted(text: str) -> str:
    return f'"{"".join(_ESCAPES.get(char) or _escaped(char) for char in text)}"'


def _escaped(char: str) -> str:
    return char if char >= " " else f"\\u{ord(char):04x}"


def _duration(value: timedelta) -> str:
    sign, value = ("-", -value) if value < timedelta() else ("", value)
    fraction = f".{value.microseconds:06}" if value.microseconds else ""
    return f"{sign}P{value.days}DT{value.seconds}{fraction}S"
