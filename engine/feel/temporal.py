"""Dates, times and durations from text and in arithmetic (DMN 1.5, 10.3.2.3 and 10.3.4.1)."""

import re
from decimal import ROUND_HALF_EVEN, Decimal

from engine.feel.limits import DECIMAL
from engine.feel.values import (
    MAX_YEAR,
    NANOSECONDS,
    SECONDS_PER_DAY,
    Date,
    DateTime,
    DaysTime,
    Time,
    Unsuitable,
    YearsMonths,
    Zone,
    offset_seconds,
    zone_info,
)

Temporal = Date | Time | DateTime | YearsMonths | DaysTime

_DATE = r"(-?(?:[1-9][0-9]{4,8}|[0-9]{4}))-([0-9]{2})-([0-9]{2})"
_TIME = r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z0-9_+/-]+)?"
_DATE_PATTERN = re.compile(_DATE)
_TIME_PATTERN = re.compile("T?" + _TIME)
_DATE_TIME_PATTERN = re.compile(_DATE + "T" + _TIME)
_YEARS_MONTHS = re.compile(r"(-)?P(?=[0-9])(?:([0-9]+)Y)?(?:([0-9]+)M)?")
_DAYS_TIME = re.compile(
    r"(-)?P(?=[0-9T])(?:([0-9]+)D)?(?:T(?=[0-9.])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]*))?S)?)?"
)
MAX_OFFSET_SECONDS = 18 * 3600
_MAX_DURATION_DIGITS = 12
_MAX_TEXT = 120
_MAX_NANOSECONDS = (2 * MAX_YEAR + 2) * 366 * SECONDS_PER_DAY * NANOSECONDS
_MAX_MONTHS = (2 * MAX_YEAR + 2) * 12


def parse_date(text: str) -> Date:
    """`2026-01-31`. Raises Unsuitable, as all parsers here do."""
    match = _full_match(_DATE_PATTERN, text)
    return Date(int(match[1]), int(match[2]), int(match[3]))


def parse_time(text: str) -> Time:
    """`10:30:00`, with an optional fraction and zone."""
    return _time(*_full_match(_TIME_PATTERN, text).groups())


def parse_date_time(text: str) -> DateTime:
    """`2026-01-31T10:30:00`, or a date alone for its midnight. Hour 24 is the next day's midnight."""
    if _DATE_PATTERN.fullmatch(text[:_MAX_TEXT]):
        return DateTime(parse_date(text), Time(0, 0, 0))
    year, month, day, *clock = _full_match(_DATE_TIME_PATTERN, text).groups()
    date = Date(int(year), int(month), int(day))
    if clock[0] == "24" and clock[1] == clock[2] == "00" and not int(clock[3] or 0):
        return DateTime(Date.from_ordinal(date.ordinal() + 1), _time("00", "00", "00", None, clock[4]))
    return DateTime(date, _time(*clock))


def parse_duration(text: str) -> YearsMonths | DaysTime:
    """`P1Y2M` or `P1DT2H3M4.5S`."""
    if len(text) > _MAX_TEXT:
        raise Unsuitable
    match = _YEARS_MONTHS.fullmatch(text)
    if match and (match[2] or match[3]):
        return years_months((-1 if match[1] else 1) * (_digits(match[2]) * 12 + _digits(match[3])))
    match = _full_match(_DAYS_TIME, text)
    seconds = (
        _digits(match[2]) * SECONDS_PER_DAY + _digits(match[3]) * 3600 + _digits(match[4]) * 60 + _digits(match[5])
    )
    return days_time((-1 if match[1] else 1) * (seconds * NANOSECONDS + _fraction(match[6])))


def parse_at_literal(text: str) -> Temporal | None:
    """The value of @"…", null if the text fits none of the five kinds."""
    for parse in (parse_date, parse_date_time, parse_time, parse_duration):
        try:
            return parse(text)
        except Unsuitable:
            continue
    return None


def years_months(months: int) -> YearsMonths:
    """A duration within bounds. Raises Unsuitable past them."""
    if abs(months) > _MAX_MONTHS:
        raise Unsuitable
    return YearsMonths(months)


def days_time(nanoseconds: int) -> DaysTime:
    """A duration within bounds. Raises Unsuitable past them."""
    if abs(nanoseconds) > _MAX_NANOSECONDS:
        raise Unsuitable
    return DaysTime(nanoseconds)


def _full_match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text) if len(text) <= _MAX_TEXT else None
    if match is None:
        raise Unsuitable
    return match


def _digits(text: str | None) -> int:
    if text and len(text) > _MAX_DURATION_DIGITS:
        raise Unsuitable
    return int(text or 0)


def _fraction(text: str | None) -> int:
    return int((text or "")[:9].ljust(9, "0"))


def _time(hour: str, minute: str, second: str, fraction: str | None, zone: str | None) -> Time:
    return Time(int(hour), int(minute), int(second), _fraction(fraction), parse_zone(zone) if zone else None)


def parse_zone(text: str) -> Zone:
    """`Z`, `+08:00` or `@Asia/Shanghai`."""
    if text == "Z":
        return Zone(offset=0)
    if text.startswith("@"):
        if zone_info(text[1:]) is None:
            raise Unsuitable
        return Zone(name=text[1:])
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    total = hours * 3600 + minutes * 60 + sum(seconds)
    if total > MAX_OFFSET_SECONDS or minutes > 59:
        raise Unsuitable
    return Zone(offset=-total if text[0] == "-" else total)


def add(left: Temporal, right: Temporal) -> Temporal:
    """The sum of two temporal values. Raises Unsuitable if the kinds do not add up."""
    if isinstance(right, YearsMonths):
        return _plus_months(left, right.months)
    if isinstance(right, DaysTime):
        return _plus_nanoseconds(left, right.nanoseconds)
    if isinstance(left, YearsMonths | DaysTime):
        return add(right, left)
    raise Unsuitable


def _plus_months(left: Temporal, months: int) -> Temporal:
    match left:
        case YearsMonths():
            return years_months(left.months + months)
        case Date():
            return left.plus_months(months)
        case DateTime():
            return DateTime(left.date.plus_months(months), left.time)
        case _:
            raise Unsuitable


def _plus_nanoseconds(left: Temporal, nanoseconds: int) -> Temporal:
    match left:
        case DaysTime():
            return days_time(left.nanoseconds + nanoseconds)
        case Date():
            midnight = left.ordinal() * SECONDS_PER_DAY * NANOSECONDS
            return Date.from_ordinal((midnight + nanoseconds) // (SECONDS_PER_DAY * NANOSECONDS))
        case DateTime():
            return DateTime.from_local_nanoseconds(left.local_nanoseconds() + nanoseconds, left.time.zone)
        case Time():
            return Time.from_nanoseconds(left.nanoseconds() + nanoseconds, left.zone)
        case _:
            raise Unsuitable


def negate(value: Temporal) -> YearsMonths | DaysTime:
    """The duration the other way. Raises Unsuitable for a point in time."""
    if isinstance(value, YearsMonths):
        return YearsMonths(-value.months)
    if isinstance(value, DaysTime):
        return DaysTime(-value.nanoseconds)
    raise Unsuitable


def subtract(left: Temporal, right: Temporal) -> Temporal:
    """The difference of two points in time, or a point or duration less a duration."""
    if isinstance(right, YearsMonths | DaysTime):
        return add(left, negate(right))
    if isinstance(left, Time) and isinstance(right, Time):
        return DaysTime(comparable_time(left) - comparable_time(right))
    if isinstance(left, Date | DateTime) and isinstance(right, Date | DateTime):
        first, second = as_date_time(left), as_date_time(right)
        if (first.time.zone is None) != (second.time.zone is None) and isinstance(left, type(right)):
            raise Unsuitable
        return days_time(first.nanoseconds() - second.nanoseconds())
    raise Unsuitable


def as_date_time(value: Date | DateTime) -> DateTime:
    """A date stands for its midnight in UTC."""
    return value if isinstance(value, DateTime) else DateTime(value, Time(0, 0, 0, zone=Zone(offset=0)))


def comparable_time(value: Time) -> int:
    """Nanoseconds since midnight UTC; a local time counts as UTC."""
    return value.nanoseconds() - (offset_seconds(value) or 0) * NANOSECONDS


def scale(value: YearsMonths | DaysTime, factor: Decimal) -> YearsMonths | DaysTime:
    """A duration times a number, cut to whole months or nanoseconds."""
    if isinstance(value, YearsMonths):
        return years_months(int(DECIMAL.multiply(Decimal(value.months), factor)))
    product = DECIMAL.multiply(DECIMAL.create_decimal(value.nanoseconds), factor)
    return days_time(int(product.to_integral_value(ROUND_HALF_EVEN)))


def divide(value: YearsMonths | DaysTime, divisor: Temporal | Decimal) -> YearsMonths | DaysTime | Decimal:
    """A duration by a number, or by a duration of its own kind. Raises ArithmeticError for zero."""
    if isinstance(divisor, Decimal):
        if isinstance(value, YearsMonths):
            return years_months(int(DECIMAL.divide(Decimal(value.months), divisor)))
        quotient = DECIMAL.divide(DECIMAL.create_decimal(value.nanoseconds), divisor)
        return days_time(int(quotient.to_integral_value(ROUND_HALF_EVEN)))
    if isinstance(value, YearsMonths) and isinstance(divisor, YearsMonths):
        return DECIMAL.divide(Decimal(value.months), Decimal(divisor.months))
    if isinstance(value, DaysTime) and isinstance(divisor, DaysTime):
        return DECIMAL.divide(Decimal(value.nanoseconds), Decimal(divisor.nanoseconds))
    raise Unsuitable
