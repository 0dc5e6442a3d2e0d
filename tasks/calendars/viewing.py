"""A year of the company's calendar, day by day, as people look at it."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.access import Actor, Permission
from models.accounts import Company
from models.calendars import DaySource, SpecialDay, WorkCalendar
from models.db import db
from models.errors import NotFound
from tasks.boundary import query
from tasks.calendars.loading import load, special_days

FIRST_YEAR, LAST_YEAR = 2000, 2100


class DayKind(StrEnum):
    WORK = "work"
    REST = "rest"  # of the week
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"  # a day of rest that is worked


@dataclass(frozen=True)
class DayView:
    day: date
    kind: DayKind
    name: str
    is_own: bool


@dataclass(frozen=True)
class YearView:
    """`months` holds the weeks of each month, Monday first, None for days of other months.

    `is_imported`: the company's own file gave the holidays of the year, not the shipped one.
    """

    year: int
    calendar: WorkCalendar
    months: Sequence[Sequence[Sequence[DayView | None]]]
    own_days: Sequence[SpecialDay]
    is_imported: bool
    has_national_holidays: bool


@query(Permission.COMPANY_READ)
def read_year(actor: Actor, year: int) -> YearView:
    """A year of the actor's company. Raises `NotFound` outside 2000 to 2100."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NotFound(
            "The calendar shows the years from {first} to {last}.",
            code="calendar.year",
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
    company = db.session.get_one(Company, actor.company_id)
    days, calendar = special_days(company.id), load(company.id)
    of_year = [days[day] for day in sorted(days) if day.year == year]
    return YearView(
        year,
        calendar,
        [_month(year, month, calendar, days) for month in range(1, 13)],
        own_days=[day for day in of_year if day.source is DaySource.OWN],
        is_imported=any(day.source is DaySource.IMPORTED for day in of_year),
        has_national_holidays=company.has_national_holidays,
    )


def _month(year: int, month: int, calendar: WorkCalendar, days: dict[date, SpecialDay]) -> list[list[DayView | None]]:
    weeks = Calendar().monthdatescalendar(year, month)
    return [[_view(day, calendar, days.get(day)) if day.month == month else None for day in week] for week in weeks]


def _view(day: date, calendar: WorkCalendar, special: SpecialDay | None) -> DayView:
    kind = _kind(calendar.is_workday(day), is_usual=day.weekday() in calendar.weekdays, is_special=special is not None)
    is_own = special is not None and special.source is DaySource.OWN
    return DayView(day, kind, special.name if special else "", is_own)


def _kind(is_worked: bool, *, is_usual: bool, is_special: bool) -> DayKind:
    if is_worked:
        return DayKind.WORK if is_usual else DayKind.MAKE_UP
    return DayKind.HOLIDAY if is_special else DayKind.REST
