"""The working calendar of a company as its rows and the shipped holidays give it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select

from models.accounts import Company
from models.calendars import CalendarDay, DaySource, SpecialDay, WorkCalendar, national_days, read_hours
from models.db import db
from models.setup import Remembered

_CALENDARS: Remembered[WorkCalendar] = Remembered()


def load(company_id: int) -> WorkCalendar:
    """The calendar of a company, read when it is asked for first and when the company's setup has changed."""

    def read() -> WorkCalendar:
        company, days = _read(company_id)
        return as_calendar(company, _ranked(company, days))

    return _CALENDARS.get(company_id, read)


def special_days(company_id: int) -> dict[date, SpecialDay]:
    """Every day against the rule of the week: an imported year replaces the shipped one, an own day precedes both."""
    return _ranked(*_read(company_id))


def _read(company_id: int) -> tuple[Company, list[SpecialDay]]:
    rows = db.session.execute(
        select(Company, CalendarDay)
        .outerjoin(CalendarDay, CalendarDay.company_id == Company.id)
        .where(Company.id == company_id)
    ).all()
    days = [SpecialDay(day.day, day.is_workday, day.name, day.source) for _company, day in rows if day is not None]
    return rows[0][0], days


def _ranked(company: Company, rows: list[SpecialDay]) -> dict[date, SpecialDay]:
    imported = known_years(rows)
    shipped = [day for day in national_days() if company.has_national_holidays and day.day.year not in imported]
    ranked = sorted([*shipped, *rows], key=lambda day: day.source is DaySource.OWN)
    return {day.day: day for day in ranked}


def known_years(days: Iterable[SpecialDay]) -> frozenset[int]:
    """The years whose holidays are known; days of the company's own make no year known."""
    return frozenset(day.day.year for day in days if day.source is not DaySource.OWN)


def as_calendar(company: Company, days: dict[date, SpecialDay]) -> WorkCalendar:
    """The calendar of loaded rows."""
    return WorkCalendar(
        zone=ZoneInfo(company.time_zone),
        hours=read_hours(company.working_hours),
        days={day: special.is_workday for day, special in days.items()},
        weekdays=frozenset(company.working_weekdays),
        years=known_years(days.values()),
    )
