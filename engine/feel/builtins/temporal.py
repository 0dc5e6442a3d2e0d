"""Dates, times and durations: conversions and calendar functions (DMN 1.5, 10.3.4.1 and 10.3.4.6)."""

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from engine.feel import temporal
from engine.feel.builtins.signature import built_in
from engine.feel.limits import DECIMAL
from engine.feel.scope import Scope
from engine.feel.values import NANOSECONDS, Date, DateTime, DaysTime, Time, Unsuitable, YearsMonths, Zone, from_datetime

_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_UTC = Zone(offset=0)


def _whole(number: Decimal) -> int:
    if number != number.to_integral_value() or number.adjusted() > 10:
        raise Unsuitable
    return int(number)


def _date_of(_: Scope, value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


def _date_from_text(_: Scope, text: str) -> Date:
    return temporal.parse_date(text)


def _date_from_parts(_: Scope, year: Decimal, month: Decimal, day: Decimal) -> Date:
    return Date(_whole(year), _whole(month), _whole(day))


def _time_of(_: Scope, value: Time | DateTime | Date) -> Time:
    if isinstance(value, DateTime):
        return value.time
    return Time(0, 0, 0, zone=_UTC) if isinstance(value, Date) else value


def _time_from_text(_: Scope, text: str) -> Time:
    return temporal.parse_time(text)


def _time_from_parts(_: Scope, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None = None) -> Time:
    whole_second = second.to_integral_value(ROUND_FLOOR)
    nanosecond = int(DECIMAL.multiply(DECIMAL.subtract(second, whole_second), Decimal(NANOSECONDS)))
    zone = None if offset is None else _zone_from_offset(offset)
    return Time(_whole(hour), _whole(minute), _whole(whole_second), nanosecond, zone)


def _zone_from_offset(offset: DaysTime) -> Zone:
    seconds = abs(offset.nanoseconds) // NANOSECONDS
    if seconds > temporal.MAX_OFFSET_SECONDS:
        raise Unsuitable
    return Zone(offset=-seconds if offset.nanoseconds < 0 else seconds)


def _date_time_of(_: Scope, value: Date | DateTime) -> DateTime:
    return value if isinstance(value, DateTime) else DateTime(value, Time(0, 0, 0))


def _date_time_from_text(_: Scope, text: str) -> DateTime:
    return temporal.parse_date_time(text)


def _date_time_from_parts(scope: Scope, date: Date | DateTime, time: Time) -> DateTime:
    return DateTime(_date_of(scope, date), time)


def _duration(_: Scope, text: str) -> YearsMonths | DaysTime:
    return temporal.parse_duration(text)


def _years_and_months(_: Scope, start: Date | DateTime, end: Date | DateTime) -> YearsMonths:
    first, last = temporal.as_date_time(start), temporal.as_date_time(end)
    months = (last.date.year - first.date.year) * 12 + last.date.month - first.date.month
    first_rest = (first.date.day, first.time.nanoseconds())
    last_rest = (last.date.day, last.time.nanoseconds())
    if months > 0 and last_rest < first_rest:
        months -= 1
    elif months < 0 and last_rest > first_rest:
        months += 1
    return temporal.years_months(months)


def _now(scope: Scope) -> DateTime:
    return from_datetime(scope.run.now)


def _today(scope: Scope) -> Date:
    return from_datetime(scope.run.now).date


def _on_date(compute: Callable[[Date], Any]) -> Callable[[Scope, Date | DateTime], Any]:
    return lambda scope, value: compute(_date_of(scope, value))


def _day_of_year(date: Date) -> int:
    return date.ordinal() - Date(date.year, 1, 1).ordinal() + 1


def _week_of_year(date: Date) -> int:
    """The ISO 8601 week: the one that holds the Thursday."""
    thursday = Date.from_ordinal(date.ordinal() + 4 - date.weekday())
    return (_day_of_year(thursday) - 1) // 7 + 1


_POINT = "date|date and time"

TEMPORAL_FUNCTIONS = (
    built_in(
        "date",
        ("from: string", _date_from_text),
        (f"from: {_POINT}", _date_of),
        ("year: number, month: number, day: number", _date_from_parts),
    ),
    built_in(
        "time",
        ("from: string", _time_from_text),
        (f"from: time|{_POINT}", _time_of),
        ("hour: number, minute: number, second: number, offset?: days and time duration?", _time_from_parts),
    ),
    built_in(
        "date and time",
        ("from: string", _date_time_from_text),
        (f"from: {_POINT}", _date_time_of),
        (f"date: {_POINT}, time: time", _date_time_from_parts),
    ),
    built_in("duration", ("from: string", _duration)),
    built_in("years and months duration", (f"from: {_POINT}, to: {_POINT}", _years_and_months)),
    built_in("now", ("", _now)),
    built_in("today", ("", _today)),
    built_in("day of year", (f"date: {_POINT}", _on_date(lambda date: Decimal(_day_of_year(date))))),
    built_in("day of week", (f"date: {_POINT}", _on_date(lambda date: _DAY_NAMES[date.weekday() - 1]))),
    built_in("month of year", (f"date: {_POINT}", _on_date(lambda date: _MONTH_NAMES[date.month - 1]))),
    built_in("week of year", (f"date: {_POINT}", _on_date(lambda date: Decimal(_week_of_year(date))))),
)
