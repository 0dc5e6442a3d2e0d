"""The company's calendar through its operations: read, own days, import, hours, permission, audit."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from sqlalchemy import event

from models.access import Actor, Permission
from models.calendars import STANDARD_HOURS, WorkCalendar
from models.db import db
from models.errors import Invalid, NotAllowed, NotFound
from tasks import calendars
from tasks.boundary import command
from tests.support.accounts import actions

pytestmark = pytest.mark.usefixtures("session")
People = dict[str, Actor]
FILE = "date,kind,name\n2027-01-01,holiday,New Year\n2027-01-03,workday,New Year\n"


def calendar_of(actor: Actor) -> WorkCalendar:
    return calendars.read_year(actor, 2027).calendar


def test_a_new_company_works_eight_hours_on_weekdays_and_keeps_the_national_holidays(people: People) -> None:
    calendar = calendar_of(people["alice"])
    assert (calendar.hours, calendar.knows(2026), calendar.knows(2027)) == (STANDARD_HOURS, True, False)
    assert not calendar.is_workday(date(2026, 10, 1))
    assert calendar.is_workday(date(2026, 10, 10))


def test_an_own_day_goes_before_the_holiday_until_it_is_taken_back(people: People) -> None:
    ada, day = people["ada"], date(2026, 10, 1)
    calendars.set_day(ada, day=day, is_workday=True, name="Stocktaking")
    assert calendar_of(ada).is_workday(day)
    assert [own.name for own in calendars.read_year(ada, 2026).own_days] == ["Stocktaking"]
    calendars.unset_day(ada, day=day)
    assert not calendar_of(ada).is_workday(day)
    with pytest.raises(NotFound):
        calendars.unset_day(ada, day=day)
    assert actions(ada)[:2] == ["calendar.day", "calendar.day"]


def test_an_own_day_is_nobody_elses(people: People) -> None:
    calendars.set_day(people["ada"], day=date(2026, 10, 1), is_workday=True)
    calendars.import_year(people["ada"], year=2027, data=FILE.encode())
    db.session.remove()
    other = calendar_of(people["carl"])
    assert (other.is_workday(date(2026, 10, 1)), other.knows(2027)) == (False, False)


def test_an_own_day_makes_no_year_known(people: People) -> None:
    calendars.set_day(people["ada"], day=date(2027, 5, 3), is_workday=False)
    assert not calendar_of(people["ada"]).knows(2027)


def test_an_imported_year_is_known_and_replaces_the_former_import(people: People) -> None:
    ada = people["ada"]
    assert calendars.import_year(ada, year=2027, data=FILE.encode()) == 2
    calendar = calendar_of(ada)
    assert (calendar.knows(2027), calendar.is_workday(date(2027, 1, 1)), calendar.is_workday(date(2027, 1, 3))) == (
        True,
        False,
        True,
    )
    calendars.import_year(ada, year=2027, data=FILE.replace("01-01", "01-04").encode())
    assert calendar_of(ada).is_workday(date(2027, 1, 1))
    calendars.drop_year(ada, year=2027)
    assert not calendar_of(ada).knows(2027)
    assert actions(ada)[:3] == ["calendar.drop", "calendar.import", "calendar.import"]


def test_an_import_of_a_shipped_year_replaces_it_whole(people: People) -> None:
    calendars.import_year(people["ada"], year=2026, data=b"date,kind,name\n2026-10-05,holiday,x\n")
    calendar = calendar_of(people["ada"])
    assert [calendar.is_workday(date(2026, 10, day)) for day in (2, 5, 10)] == [True, False, False]


def test_every_row_at_fault_is_named_and_nothing_is_imported(people: People) -> None:
    faulty = FILE + "2026-12-31,holiday,x\n2027-01-01,holiday,x\nsoon,holiday,x\n2027-02-02,party,x\n"
    with pytest.raises(Invalid) as refused:
        calendars.import_year(people["ada"], year=2027, data=faulty.encode())
    said = [str(problem) for problem in refused.value.problems]
    assert len(said) == 4
    for place, words in zip(said, ("Row 4", "Row 5", "A6", "B7"), strict=True):
        assert words in place
    assert not calendar_of(people["ada"]).knows(2027)


@pytest.mark.parametrize("data", [b"", b"1,2\n3,4\n", b"date,kind,name\n"])
def test_a_file_without_days_is_refused(people: People, data: bytes) -> None:
    with pytest.raises(Invalid):
        calendars.import_year(people["ada"], year=2027, data=data)


def test_hours_week_and_holidays_are_the_companys(people: People) -> None:
    ada = people["ada"]
    calendars.set_hours(ada, hours=[(time(8), time(14))], weekdays=[0, 6], has_national_holidays=False)
    calendar = calendar_of(ada)
    assert (calendar.is_workday(date(2026, 10, 4)), calendar.is_workday(date(2026, 10, 6))) == (True, False)
    start = datetime(2026, 10, 4, 1, tzinfo=UTC)  # a Sunday, 9:00
    assert calendar.add_hours(start, Decimal(6)) == datetime(2026, 10, 5, 1, tzinfo=UTC)
    for hours, weekdays in (([], [0]), ([(time(8), time(14))], [])):
        with pytest.raises(Invalid):
            calendars.set_hours(ada, hours=hours, weekdays=weekdays, has_national_holidays=True)
    assert calendar_of(ada).hours == ((time(8), time(14)),)


def test_everybody_reads_and_only_administrators_change(people: People) -> None:
    for name in ("alice", "otto", "dora"):
        db.session.remove()
        assert calendars.read_year(people[name], 2026).calendar.knows(2026)
        with pytest.raises(NotAllowed):
            calendars.set_day(people[name], day=date(2026, 10, 1), is_workday=True)
        with pytest.raises(NotAllowed):
            calendars.import_year(people[name], year=2027, data=FILE.encode())


def test_the_calendar_is_read_once_until_it_changes(people: People) -> None:
    company = people["ada"].company_id
    statements: list[str] = []
    assert company is not None
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    first = calendars.load(company)
    assert calendars.load(company) is first
    assert sum(statement.startswith("SELECT") for statement in statements) == 2  # the stamp, then the calendar
    db.session.remove()
    assert calendars.load(company) is first
    calendars.set_day(people["ada"], day=date(2026, 10, 1), is_workday=True)
    assert calendars.load(company).is_workday(date(2026, 10, 1))


def test_a_command_that_changes_the_calendar_sees_its_own_change(people: People) -> None:
    day = date(2026, 10, 1)

    @command(Permission.COMPANY_EDIT)
    def change(actor: Actor) -> list[bool]:
        seen = [calendars.load(actor.company_id or 0).is_workday(day)]
        calendars.set_day(actor, day=day, is_workday=True)
        return [*seen, calendars.load(actor.company_id or 0).is_workday(day)]

    assert change(people["ada"]) == [False, True]
