"""Changes of the calendar: hours and week, single days, the holidays of a year. Each goes to the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from models.access import Actor, Permission
from models.accounts import Company
from models.calendars import CalendarDay, DaySource, Interval, check_hours, check_weekdays, written_hours
from models.db import db
from models.errors import Invalid, NotFound
from tasks import audit
from tasks.boundary import command
from tasks.calendars.sheet import read_days
from tasks.calendars.viewing import FIRST_YEAR, LAST_YEAR


@command(Permission.COMPANY_EDIT)
def set_hours(actor: Actor, *, hours: Iterable[Interval], weekdays: Iterable[int], has_national_holidays: bool) -> None:
    """Say when the company works. Due times that stand already stay. Raises `Invalid` naming hours or weekdays."""
    company = _locked(actor)
    before = _settings(company)
    company.working_hours = written_hours(check_hours(hours))
    company.working_weekdays = sorted(check_weekdays(weekdays))
    company.has_national_holidays = has_national_holidays
    if _settings(company) != before:
        audit.record(actor, "calendar.hours", f"company:{company.id}", before=before, after=_settings(company))


@command(Permission.COMPANY_EDIT)
def set_day(actor: Actor, *, day: date, is_workday: bool, name: str = "") -> None:
    """Let the company work or rest on one day, whatever week and holidays say."""
    _check_year(day.year)
    _locked(actor)
    row = _own_day(day)
    before = None if row is None else row.is_workday
    if row is None:
        row = CalendarDay(day=day, source=DaySource.OWN)
        db.session.add(row)
    row.is_workday, row.name = is_workday, name.strip()
    audit.record(actor, "calendar.day", f"day:{day}", before=before, after=is_workday, name=row.name)


@command(Permission.COMPANY_EDIT)
def unset_day(actor: Actor, *, day: date) -> None:
    """Take back a day of the company's own: week and holidays decide again. Raises `NotFound`."""
    _locked(actor)
    row = _own_day(day)
    if row is None:
        raise NotFound("{day} is no day of the company’s own.", code="calendar.day_not_found", day=day.isoformat())
    db.session.delete(row)
    audit.record(actor, "calendar.day", f"day:{day}", before=row.is_workday, after=None, name=row.name)


@command(Permission.COMPANY_EDIT)
def import_year(actor: Actor, *, year: int, data: bytes) -> int:
    """Replace the holidays of a year by those of a file (date, kind, name); how many days it has.

    All or nothing: raises `Invalid` with a problem for each row at fault. Days of the company's own stay.
    """
    _check_year(year)
    days = read_days(year, data)
    _locked(actor)
    _drop(year)
    db.session.add_all(
        CalendarDay(day=day.day, is_workday=day.is_workday, name=day.name, source=DaySource.IMPORTED) for day in days
    )
    audit.record(actor, "calendar.import", f"year:{year}", days=len(days), holidays=sum(not d.is_workday for d in days))
    return len(days)


@command(Permission.COMPANY_EDIT)
def drop_year(actor: Actor, *, year: int) -> None:
    """Take back an import: the shipped holidays of the year hold again, if there are any. Raises `NotFound`."""
    _locked(actor)
    if not _drop(year):
        raise NotFound("No holidays were imported for {year}.", code="calendar.not_imported", year=year)
    audit.record(actor, "calendar.drop", f"year:{year}")


def _locked(actor: Actor) -> Company:
    """Changes of one company's calendar take turns."""
    return db.session.get_one(Company, actor.company_id, with_for_update={"key_share": True})


def _settings(company: Company) -> dict[str, object]:
    return {
        "hours": company.working_hours,
        "weekdays": company.working_weekdays,
        "national_holidays": company.has_national_holidays,
    }


def _own_day(day: date) -> CalendarDay | None:
    wanted = select(CalendarDay).where(CalendarDay.day == day, CalendarDay.source == DaySource.OWN)
    return db.session.scalars(wanted).one_or_none()


def _drop(year: int) -> int:
    rows = db.session.scalars(
        select(CalendarDay).where(
            CalendarDay.source == DaySource.IMPORTED,
            CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31)),
        )
    ).all()
    for row in rows:
        db.session.delete(row)
    db.session.flush()  # the old days must be gone before the new ones come
    return len(rows)


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(
            "Enter a year from {first} to {last}.",
            code="calendar.year",
            field="year",
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
