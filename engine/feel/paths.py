"""What stands behind a dot: entries of contexts, properties of temporal values and ranges, mapped over lists."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.feel.limits import Purse
from engine.feel.values import (
    NANOSECONDS,
    SECONDS_PER_DAY,
    Date,
    DateTime,
    DaysTime,
    Range,
    Time,
    YearsMonths,
    offset_seconds,
)

Property = Callable[[Any], Any]


def _truncated(total: int, unit: int, wrap: int | None = None) -> Decimal:
    amount = abs(total) // unit
    amount = amount % wrap if wrap else amount
    return Decimal(-amount if total < 0 else amount)


def _time_offset(value: Time | DateTime) -> DaysTime | None:
    seconds = offset_seconds(value)
    return None if seconds is None else DaysTime(seconds * NANOSECONDS)


def _timezone(value: Time | DateTime) -> str | None:
    zone = value.time.zone if isinstance(value, DateTime) else value.zone
    return zone.name if zone is not None and zone.name else None


_DATE: dict[str, Property] = {
    "year": lambda value: Decimal(value.year),
    "month": lambda value: Decimal(value.month),
    "day": lambda value: Decimal(value.day),
    "weekday": lambda value: Decimal(value.weekday()),
}
_TIME: dict[str, Property] = {
    "hour": lambda value: Decimal(value.hour),
    "minute": lambda value: Decimal(value.minute),
    "second": lambda value: Decimal(value.second),
}
_OFFSET: dict[str, Property] = {"time offset": _time_offset, "timezone": _timezone}
_MIDNIGHT: dict[str, Property] = {
    "hour": lambda _: Decimal(0),
    "minute": lambda _: Decimal(0),
    "second": lambda _: Decimal(0),
    "time offset": lambda _: DaysTime(0),
}
_YEARS_MONTHS: dict[str, Property] = {
    "years": lambda value: _truncated(value.months, 12),
    "months": lambda value: _truncated(value.months, 1, 12),
}
_DAYS_TIME: dict[str, Property] = {
    "days": lambda value: _truncated(value.nanoseconds, SECONDS_PER_DAY * NANOSECONDS),
    "hours": lambda value: _truncated(value.nanoseconds, 3600 * NANOSECONDS, 24),
    "minutes": lambda value: _truncated(value.nanoseconds, 60 * NANOSECONDS, 60),
    "seconds": lambda value: _truncated(value.nanoseconds, NANOSECONDS, 60),
}
_RANGE: dict[str, Property] = {
    "start": lambda value: None if value.operator == "!=" else value.low,
    "end": lambda value: None if value.operator == "!=" else value.high,
    "start included": lambda value: None if value.operator == "!=" else value.low_included,
    "end included": lambda value: None if value.operator == "!=" else value.high_included,
}
_PROPERTIES: dict[type, dict[str, Property]] = {
    Date: _DATE | _MIDNIGHT,
    Time: _TIME | _OFFSET,
    DateTime: {name: (lambda value, read=read: read(value.date)) for name, read in _DATE.items()}
    | {name: (lambda value, read=read: read(value.time)) for name, read in _TIME.items()}
    | _OFFSET,
    YearsMonths: _YEARS_MONTHS,
    DaysTime: _DAYS_TIME,
    Range: _RANGE,
}


def follow(value: Any, name: str, purse: Purse, depth: int = 0) -> Any:
    """`value.name`; null where there is no such thing, a list of results for a list."""
    kind = type(value)
    if kind is dict:
        return value.get(name)
    if kind is list:
        purse.charge_items(len(value))
        return [follow(item, name, purse, depth + 1) for item in value] if depth < 10 else None
    read = _PROPERTIES.get(kind, {}).get(name)
    return read(value) if read is not None else None
