"""The values of FEEL that Python lacks: dates of any year, durations of two kinds, ranges and functions.

Null, booleans, numbers, strings, lists and contexts are None, bool, Decimal, str, list and dict.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NANOSECONDS = 1_000_000_000
SECONDS_PER_DAY = 86_400
MAX_YEAR = 999_999_999
_EPOCH_YEARS = 400
_DAYS_PER_400_YEARS = 146_097


class Unsuitable(Exception):
    """An operand or argument the operation does not accept; it becomes null before anybody outside sees it."""


@dataclass(frozen=True, slots=True, order=True)
class Date:
    """A day of the proleptic Gregorian calendar, years -999,999,999 to 999,999,999."""

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if not -MAX_YEAR <= self.year <= MAX_YEAR or not 1 <= self.month <= 12:
            raise Unsuitable
        if not 1 <= self.day <= days_in_month(self.year, self.month):
            raise Unsuitable

    def ordinal(self) -> int:
        """Days since 0000-03-01, which may be negative."""
        year = self.year - (self.month <= 2)
        era, year_of_era = divmod(year, _EPOCH_YEARS)
        day_of_year = (153 * ((self.month + 9) % 12) + 2) // 5 + self.day - 1
        day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
        return era * _DAYS_PER_400_YEARS + day_of_era

    @classmethod
    def from_ordinal(cls, ordinal: int) -> "Date":
        """The inverse of `ordinal`. Raises Unsuitable when the year is out of range."""
        era, day_of_era = divmod(ordinal, _DAYS_PER_400_YEARS)
        year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
        day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
        shifted = (5 * day_of_year + 2) // 153
        month = shifted + 3 if shifted < 10 else shifted - 9
        day = day_of_year - (153 * shifted + 2) // 5 + 1
        return cls(year_of_era + era * _EPOCH_YEARS + (month <= 2), month, day)

    def weekday(self) -> int:
        """1 is Monday, 7 is Sunday (ISO 8601)."""
        return (self.ordinal() + 2) % 7 + 1

    def plus_months(self, months: int) -> "Date":
        """The same day that many months later, or the last day of a shorter month."""
        years, month0 = divmod(self.month - 1 + months, 12)
        year = self.year + years
        if not -MAX_YEAR <= year <= MAX_YEAR:
            raise Unsuitable
        return Date(year, month0 + 1, min(self.day, days_in_month(year, month0 + 1)))

    def __str__(self) -> str:
        sign = "-" if self.year < 0 else ""
        return f"{sign}{abs(self.year):04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Zone:
    """An offset from UTC in seconds, or a named zone of the IANA database."""

    offset: int | None = None
    name: str = ""

    def __str__(self) -> str:
        if self.name:
            return f"@{self.name}"
        seconds = abs(self.offset or 0)
        if not seconds:
            return "Z"
        text = f"{'-' if (self.offset or 0) < 0 else '+'}{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
        return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day with nanoseconds, local unless it has a zone."""

    hour: int
    minute: int
    second: int
    nanosecond: int = 0
    zone: Zone | None = None

    def __post_init__(self) -> None:
        if not (0 <= self.hour <= 23 and 0 <= self.minute <= 59 and 0 <= self.second <= 59):
            raise Unsuitable

    def nanoseconds(self) -> int:
        """Nanoseconds since midnight, by its own clock."""
        return (self.hour * 3600 + self.minute * 60 + self.second) * NANOSECONDS + self.nanosecond

    @classmethod
    def from_nanoseconds(cls, total: int, zone: Zone | None) -> "Time":
        """The inverse of `nanoseconds`, round the clock."""
        seconds, nanosecond = divmod(total % (SECONDS_PER_DAY * NANOSECONDS), NANOSECONDS)
        return cls(seconds // 3600, seconds // 60 % 60, seconds % 60, nanosecond, zone)

    def __str__(self) -> str:
        fraction = f".{self.nanosecond:09d}".rstrip("0") if self.nanosecond else ""
        return f"{self.hour:02d}:{self.minute:02d}:{self.second:02d}{fraction}{self.zone or ''}"


@dataclass(frozen=True, slots=True)
class DateTime:
    """A day and a time of day."""

    date: Date
    time: Time

    def local_nanoseconds(self) -> int:
        """Nanoseconds since 0000-03-01 by its own clock."""
        return self.date.ordinal() * SECONDS_PER_DAY * NANOSECONDS + self.time.nanoseconds()

    def nanoseconds(self) -> int:
        """Nanoseconds since 0000-03-01 UTC; a local date and time counts as UTC."""
        return self.local_nanoseconds() - (offset_seconds(self) or 0) * NANOSECONDS

    @classmethod
    def from_local_nanoseconds(cls, total: int, zone: Zone | None) -> "DateTime":
        """The inverse of `local_nanoseconds`."""
        days, rest = divmod(total, SECONDS_PER_DAY * NANOSECONDS)
        return cls(Date.from_ordinal(days), Time.from_nanoseconds(rest, zone))

    def __str__(self) -> str:
        return f"{self.date}T{self.time}"


@dataclass(frozen=True, slots=True, order=True)
class YearsMonths:
    """A duration of whole months."""

    months: int

    def __str__(self) -> str:
        years, months = divmod(abs(self.months), 12)
        text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
        return f"{'-' if self.months < 0 else ''}P{text or '0M'}"


@dataclass(frozen=True, slots=True, order=True)
class DaysTime:
    """A duration of exact length, in nanoseconds."""

    nanoseconds: int

    def __str__(self) -> str:
        total, nanosecond = divmod(abs(self.nanoseconds), NANOSECONDS)
        days, rest = divmod(total, SECONDS_PER_DAY)
        fraction = f".{nanosecond:09d}".rstrip("0") if nanosecond else ""
        parts = ((rest // 3600, "H"), (rest // 60 % 60, "M"))
        clock = "".join(f"{count}{unit}" for count, unit in parts if count)
        if rest % 60 or fraction:
            clock += f"{rest % 60}{fraction}S"
        text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
        return f"{'-' if self.nanoseconds < 0 else ''}P{text or 'T0S'}"


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends; an end of None is open. `operator` is kept for `= x` and `!= x` written alone."""

    low: Any
    high: Any
    low_included: bool
    high_included: bool
    operator: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """Something that can be called: built in, or written in FEEL. `call` takes (scope, positional, named)."""

    name: str
    parameters: tuple[str, ...]
    call: Callable[[Any, list[Any], dict[str, Any] | None], Any]
    parameter_types: tuple[Any, ...] = ()
    result_type: Any = None


def is_leap_year(year: int) -> bool:
    """By the Gregorian rule, also before 1582."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    if month == 2:
        return 29 if is_leap_year(year) else 28
    return 30 if month in {4, 6, 9, 11} else 31


@lru_cache(maxsize=600)
def zone_info(name: str) -> tzinfo | None:
    """The named zone, or None if the database has no such name."""
    if name in {"Z", "UTC"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def offset_seconds(value: DateTime | Time) -> int | None:
    """The offset from UTC at that moment, None for a local time. A time with a named zone has today's winter offset."""
    zone = value.time.zone if isinstance(value, DateTime) else value.zone
    if zone is None:
        return None
    if zone.offset is not None:
        return zone.offset
    info = zone_info(zone.name)
    moment = _native_moment(value)
    offset = info.utcoffset(moment.replace(tzinfo=info)) if info else None
    return int(offset.total_seconds()) if offset is not None else 0


def _native_moment(value: DateTime | Time) -> datetime:
    if isinstance(value, Time):
        return datetime(2000, 1, 1, value.hour, value.minute, value.second, tzinfo=UTC)
    # The zone database has rules per weekday and repeats after 400 years, so a distant year stands for a near one.
    year = value.date.year
    near = year if 1 < year < 9999 else year % _EPOCH_YEARS + 2000
    time = value.time
    return datetime(near, value.date.month, value.date.day, time.hour, time.minute, time.second, tzinfo=UTC)


def zone_of(moment: datetime) -> Zone | None:
    """The zone of a Python datetime, by name if it has one."""
    if moment.tzinfo is None:
        return None
    key = getattr(moment.tzinfo, "key", "")
    if key:
        return Zone(name=key)
    return Zone(offset=int((moment.utcoffset() or timedelta()).total_seconds()))


def from_datetime(moment: datetime) -> DateTime:
    """A Python datetime as a FEEL date and time."""
    date = Date(moment.year, moment.month, moment.day)
    time = Time(moment.hour, moment.minute, moment.second, moment.microsecond * 1000, zone_of(moment))
    return DateTime(date, time)


def to_datetime(value: DateTime) -> datetime:
    """A Python datetime, naive if the value is local, cut to microseconds. Raises ValueError for distant years."""
    time, zone = value.time, value.time.zone
    info: tzinfo | None = None
    if zone is not None:
        info = zone_info(zone.name) if zone.name else timezone(timedelta(seconds=zone.offset or 0))
    date = value.date
    return datetime(
        date.year, date.month, date.day, time.hour, time.minute, time.second, time.nanosecond // 1000, tzinfo=info
    )
