"""A company's working calendar: which days and hours are worked, and the arithmetic of working hours.

Wall-clock hours become moments day by day, in the company's zone; `WorkCalendar` says what happens where clocks change.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.db import Model, enum_type
from models.errors import Invalid
from models.language import N_
from models.tenancy import CompanyScoped

Interval = tuple[time, time]
Span = tuple[datetime, datetime]

STANDARD_HOURS: tuple[Interval, ...] = ((time(9), time(12)), (time(13), time(18)))
STANDARD_WEEK = frozenset(range(5))  # Monday is 0
LONGEST_HOURS = Decimal(87_600)
MOST_INTERVALS = 6

_MIDNIGHT = time()
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_FURTHEST = timedelta(days=36_525)  # a hundred years
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_AN_HOUR = Decimal(3_600_000_000)

# The holidays that the shipped files name, for translation.
HOLIDAY_NAMES = (
    N_("New Year's Day"),
    N_("Spring Festival"),
    N_("Tomb-sweeping Day"),
    N_("Labour Day"),
    N_("Dragon Boat Festival"),
    N_("Mid-autumn Festival"),
    N_("National Day"),
)


class DaySource(StrEnum):
    """Where a day comes from; a later one goes before an earlier one."""

    NATIONAL = "national"  # shipped with the program; never a row
    IMPORTED = "imported"
    OWN = "own"


class CalendarDay(CompanyScoped, Model):
    """A day on which the company works or rests against the rule of its week: `source` is IMPORTED or OWN."""

    __table_args__ = (UniqueConstraint("company_id", "day", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date]
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(default="")
    source: Mapped[DaySource] = mapped_column(enum_type(DaySource))


@dataclass(frozen=True)
class SpecialDay:
    """A day against the rule of the week, and why: `name` is the holiday that it is or makes up for."""

    day: date
    is_workday: bool
    name: str
    source: DaySource


@dataclass(frozen=True)
class WorkCalendar:
    """Working time: the intervals of `hours` on each working day, by the clocks of `zone`.

    `days` holds what differs from `weekdays` (True: worked); `years` are those whose holidays are known.
    A closing time of 00:00 is the end of the day. Where clocks change: a time that comes twice counts the first time, a
    time that is skipped is the moment of the change, and an interval across a change is as long as it lasts, so that
    skipped hours are not worked and doubled ones are worked twice.
    """

    zone: ZoneInfo
    hours: tuple[Interval, ...] = STANDARD_HOURS
    days: Mapping[date, bool] = field(default_factory=dict)
    weekdays: frozenset[int] = STANDARD_WEEK
    years: frozenset[int] = frozenset()

    def knows(self, year: int) -> bool:
        """Whether the holidays of `year` are known; if not, the days of the week alone decide."""
        return year in self.years

    def is_workday(self, day: date) -> bool:
        return self.days.get(day, day.weekday() in self.weekdays)

    def next_opening(self, moment: datetime) -> datetime:
        """`moment` itself in working time (a closing is outside), else when working time next begins. In UTC."""
        return self.add_hours(moment, Decimal(0))

    def add_hours(self, start: datetime, hours: Decimal) -> datetime:
        """When `hours` working hours after `start` have passed, in UTC; the last of them may end at a closing.

        Raises `Invalid` for hours below zero or above `LONGEST_HOURS`, and when it would take more than a hundred
        years, which is so too where nobody ever works.
        """
        left = _span(hours)
        day = first = _local_day(start, self.zone)
        last = _no_later(first, _FURTHEST)
        while day <= last:
            if day > first and left > self._week_length and self._is_plain_week(day):
                left -= self._week_length
                day += _WEEK
                continue
            for opening, closing in self._open_after(day, start):
                if left <= closing - opening:
                    return opening + left
                left -= closing - opening
            day += _DAY
        raise Invalid(
            "With the working days and hours of the company’s calendar, {hours} working hours end more than a hundred "
            "years from now. Ask an administrator to check the calendar.",
            code="calendar.endless",
            field="hours",
            hours=hours,
        )

    def hours_between(self, start: datetime, end: datetime) -> Decimal:
        """Working hours from `start` to `end`; below zero when `end` comes first."""
        if end < start:
            return -self.hours_between(end, start)
        worked = timedelta()
        day = first = _local_day(start, self.zone)
        last = end.astimezone(self.zone).date()
        while day <= last:
            if day > first and last - day > _WEEK and self._is_plain_week(day):
                worked += self._week_length
                day += _WEEK
                continue
            for opening, closing in self._open_after(day, start):
                worked += max(timedelta(), min(closing, end) - opening)
            day += _DAY
        return Decimal(worked // _MICROSECOND) / _MICROSECONDS_AN_HOUR

    @property
    def _week_length(self) -> timedelta:
        """What is worked in a week without exceptions and without a change of the clocks."""
        return len(self.weekdays) * sum((_length(interval) for interval in self.hours), timedelta())

    def _is_plain_week(self, day: date) -> bool:
        """Whether the week from `day` has neither an exception nor a change of the clocks."""
        if any(day + n * _DAY in self.days for n in range(7)):
            return False
        return _offset(day, self.zone) == _offset(day + _WEEK, self.zone)

    def _open_after(self, day: date, start: datetime) -> Iterator[Span]:
        """Openings and closings of `day`, in UTC, without what lies before `start`."""
        if not self.is_workday(day):
            return
        for opens, closes in self.hours:
            opening = max(_moment(day, opens, self.zone), start.astimezone(UTC))
            closing = _moment(day + _DAY if closes == _MIDNIGHT else day, closes, self.zone)
            if opening < closing:
                yield opening, closing


def check_hours(hours: Iterable[Interval]) -> tuple[Interval, ...]:
    """The intervals of a working day in order; raises `Invalid` naming the one that cannot be."""
    ordered = tuple(sorted(hours))
    if not ordered:
        raise Invalid("Enter at least one pair of working hours.", code="calendar.no_hours", field="hours")
    if len(ordered) > MOST_INTERVALS:
        raise Invalid(
            "A day has at most {most} pairs of working hours.",
            code="calendar.too_many_hours",
            field="hours",
            most=MOST_INTERVALS,
        )
    free_from = _MIDNIGHT
    for position, (opens, closes) in enumerate(ordered):
        if closes <= opens and closes != _MIDNIGHT:
            raise _wrong_hours("{opens} to {closes}: the end must come after the beginning.", opens, closes)
        if opens < free_from or (position and free_from == _MIDNIGHT):
            raise _wrong_hours("{opens} to {closes} overlaps with other working hours of the day.", opens, closes)
        free_from = closes
    return ordered


def check_weekdays(weekdays: Iterable[int]) -> frozenset[int]:
    """The working days of the week; raises `Invalid` when there is none."""
    chosen = frozenset(weekdays) & frozenset(range(7))
    if not chosen:
        raise Invalid("Choose at least one working day of the week.", code="calendar.no_weekday", field="weekdays")
    return chosen


def written_hours(hours: Iterable[Interval]) -> list[list[str]]:
    """Intervals as a row keeps them."""
    return [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in hours]


def read_hours(written: Iterable[Iterable[str]]) -> tuple[Interval, ...]:
    """Intervals as `written_hours` wrote them."""
    return tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in written)


@lru_cache(maxsize=1)
def national_days() -> tuple[SpecialDay, ...]:
    """The holidays and make-up days of mainland China that are shipped."""
    shipped = sorted(
        (file for file in (files("models") / "data").iterdir() if file.name.startswith("cn_workdays_")),
        key=lambda file: file.name,
    )
    return tuple(
        SpecialDay(date.fromisoformat(row["date"]), row["kind"] == "workday", row["name"], DaySource.NATIONAL)
        for file in shipped
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    )


def _wrong_hours(message: str, opens: time, closes: time) -> Invalid:
    return Invalid(message, code="calendar.hours", field="hours", opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}")


def _span(hours: Decimal) -> timedelta:
    if not hours.is_finite() or not 0 <= hours <= LONGEST_HOURS:
        raise Invalid(
            "{hours} is no number of working hours; it must be from 0 to {most}.",
            code="calendar.hours_range",
            field="hours",
            hours=str(hours)[:40],
            most=LONGEST_HOURS,
        )
    return timedelta(microseconds=int((hours * _MICROSECONDS_AN_HOUR).to_integral_value()))


def _length(interval: Interval) -> timedelta:
    opens, closes = (timedelta(hours=at.hour, minutes=at.minute, seconds=at.second) for at in interval)
    return (closes or _DAY) - opens


def _local_day(moment: datetime, zone: ZoneInfo) -> date:
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime {moment!r}: attach a time zone first")
    return moment.astimezone(zone).date()


def _no_later(day: date, span: timedelta) -> date:
    """`day` after `span`, or the last day that leaves room to look a week ahead."""
    return min(day, date.max - span - 2 * _WEEK) + span


def _offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime.combine(day, _MIDNIGHT, zone).utcoffset()


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When it is `at` on `day`: the first time if twice, the moment of the change if never."""
    wall = datetime.combine(day, at, zone)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    return first if first <= second else _change(second, first, zone)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first moment after a change of the clocks that lies between two moments."""
    offset = before.astimezone(zone).utcoffset()
    while after - before > _MICROSECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
