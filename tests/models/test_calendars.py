"""Working hours through holidays, make-up days, the ends of months and years, and changes of the clocks."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.calendars import WorkCalendar, check_hours, check_weekdays, national_days
from models.errors import Invalid

SHANGHAI, BERLIN, NEW_YORK = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York"))
NATIONAL = {day.day: day.is_workday for day in national_days()}
CHINA = WorkCalendar(SHANGHAI, days=NATIONAL, years=frozenset({2026}))
NIGHT = ((time(1), time(4)),)
EVERY_DAY = frozenset(range(7))


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        pytest.param("2026-03-10 09:00", 8, "2026-03-10 18:00", id="a whole day ends at its closing"),
        pytest.param("2026-03-10 11:00", 2, "2026-03-10 14:00", id="over lunch"),
        pytest.param("2026-03-10 12:30", 1, "2026-03-10 14:00", id="asked at lunch"),
        pytest.param("2026-03-10 20:00", 1, "2026-03-11 10:00", id="asked at night"),
        pytest.param("2026-03-13 17:00", 2, "2026-03-16 10:00", id="over the weekend"),
        pytest.param("2026-03-14 10:00", 1, "2026-03-16 10:00", id="asked on a Saturday"),
        pytest.param("2026-03-31 17:00", 2, "2026-04-01 10:00", id="month end"),
        pytest.param("2026-02-13 17:00", 2, "2026-02-14 10:00", id="the Saturday before Spring Festival is worked"),
        pytest.param("2026-02-14 17:00", 2, "2026-02-24 10:00", id="Spring Festival"),
        pytest.param("2026-09-19 10:00", 1, "2026-09-20 10:00", id="a Sunday that is worked for National Day"),
        pytest.param("2026-09-30 17:00", 16, "2026-10-09 17:00", id="National Day, two days"),
        pytest.param("2026-10-09 17:00", 2, "2026-10-10 10:00", id="the Saturday after National Day is worked"),
        pytest.param("2026-12-31 17:00", 2, "2027-01-01 10:00", id="a year without data: 1 January is a Friday"),
        pytest.param("2027-10-01 17:00", 2, "2027-10-04 10:00", id="no holiday is known in 2027"),
    ],
)
def test_working_hours_pass_only_while_the_company_works(start: str, hours: int, due: str) -> None:
    assert CHINA.add_hours(local(start), Decimal(hours)) == local(due)
    assert CHINA.hours_between(local(start), local(due)) == hours


def test_a_year_without_data_says_so() -> None:
    assert (CHINA.knows(2026), CHINA.knows(2027)) == (True, False)
    assert CHINA.is_workday(date(2026, 10, 10))
    assert not CHINA.is_workday(date(2026, 10, 2))
    assert CHINA.is_workday(date(2027, 10, 1))
    assert not CHINA.is_workday(date(2027, 10, 2))


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [(BERLIN, "2026-03-29", 2), (BERLIN, "2026-10-25", 4), (NEW_YORK, "2026-03-08", 2), (NEW_YORK, "2026-11-01", 4)],
)
def test_a_shift_across_a_change_of_the_clocks_is_as_long_as_it_lasts(zone: ZoneInfo, day: str, hours: int) -> None:
    calendar = WorkCalendar(zone, hours=NIGHT, weekdays=EVERY_DAY)
    opening, closing = local(f"{day} 01:00", zone), local(f"{day} 04:00", zone)
    assert calendar.add_hours(opening, Decimal(hours)) == closing
    assert calendar.hours_between(opening - timedelta(hours=1), closing + timedelta(hours=9)) == hours


@pytest.mark.parametrize(
    ("day", "hours", "worked"),
    [
        ("2026-03-29", (time(2), time(3)), "0"),  # the whole interval is skipped
        ("2026-03-29", (time(2, 30), time(3, 15)), "0.25"),  # its beginning is
        ("2026-03-29", (time(1, 30), time(2, 30)), "0.5"),  # its end is
        ("2026-10-25", (time(1, 30), time(2, 30)), "1"),  # ends in the hour that comes twice
        ("2026-10-25", (time(2, 30), time(3, 30)), "2"),  # begins there
    ],
)
def test_a_skipped_hour_is_not_worked_and_a_doubled_one_counts_from_its_first_time(
    day: str, hours: tuple[time, time], worked: str
) -> None:
    calendar = WorkCalendar(BERLIN, hours=(hours,), weekdays=EVERY_DAY)
    begin = local(f"{day} 00:00", BERLIN)
    assert calendar.hours_between(begin, begin + timedelta(hours=20)) == Decimal(worked)


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
def test_office_hours_keep_to_the_local_clock_all_year(zone: ZoneInfo) -> None:
    calendar = WorkCalendar(zone)
    for month in range(1, 13):
        due = calendar.add_hours(local(f"2026-{month:02}-27 20:00", zone), Decimal(8))
        assert due.astimezone(zone).time() == time(18)


def test_the_end_of_the_day_may_be_midnight() -> None:
    calendar = WorkCalendar(SHANGHAI, hours=check_hours([(time(22), time(0)), (time(0), time(6))]))
    assert calendar.add_hours(local("2026-03-10 23:00"), Decimal(3)) == local("2026-03-11 02:00")


@pytest.mark.parametrize("calendar", [WorkCalendar(SHANGHAI, hours=()), WorkCalendar(SHANGHAI, weekdays=frozenset())])
def test_where_nobody_ever_works_nothing_is_ever_due(calendar: WorkCalendar) -> None:
    with pytest.raises(Invalid) as refused:
        calendar.add_hours(local("2026-03-10 09:00"), Decimal(1))
    assert refused.value.code == "calendar.endless"


def test_an_exception_may_be_the_only_day_of_work() -> None:
    calendar = WorkCalendar(SHANGHAI, days={date(2031, 5, 4): True}, weekdays=frozenset())
    assert calendar.next_opening(local("2026-03-10 09:00")) == local("2031-05-04 09:00")


@pytest.mark.parametrize("hours", ["-1", "NaN", "Infinity", "87600.5"])
def test_hours_that_make_no_sense_are_refused(hours: str) -> None:
    with pytest.raises(Invalid) as refused:
        CHINA.add_hours(local("2026-03-10 09:00"), Decimal(hours))
    assert refused.value.code == "calendar.hours_range"


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ([], "calendar.no_hours"),
        ([(time(9), time(9))], "calendar.hours"),
        ([(time(9), time(12)), (time(11), time(13))], "calendar.hours"),
        ([(time(9), time(0)), (time(22), time(23))], "calendar.hours"),
        ([(time(n), time(n, 30)) for n in range(1, 8)], "calendar.too_many_hours"),
    ],
)
def test_hours_of_a_day_must_follow_one_another(hours: list[tuple[time, time]], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_hours(hours)
    assert refused.value.code == code


def test_a_week_without_work_is_refused() -> None:
    with pytest.raises(Invalid):
        check_weekdays([7, 9])


MOMENTS = st.datetimes(datetime(2025, 6, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
HOURS = st.decimals(0, 3000, places=2)
CALENDARS = st.builds(
    WorkCalendar,
    zone=st.sampled_from([SHANGHAI, BERLIN, NEW_YORK]),
    hours=st.sampled_from(
        [CHINA.hours, NIGHT, ((time(0), time(6)), (time(22), time(0))), ((time(2, 30), time(3, 15)),)]
    ),
    days=st.one_of(
        st.just(NATIONAL), st.dictionaries(st.dates(date(2025, 6, 1), date(2028, 1, 1)), st.booleans(), max_size=20)
    ),
    weekdays=st.sets(st.integers(0, 6), min_size=1).map(frozenset),
)


@given(CALENDARS, MOMENTS, HOURS)
def test_what_is_added_lies_between(calendar: WorkCalendar, start: datetime, hours: Decimal) -> None:
    due = calendar.add_hours(start, hours)
    assert calendar.hours_between(start, due) == hours
    assert calendar.hours_between(due, start) == -hours


@given(CALENDARS, MOMENTS, st.integers(8, 120))
def test_a_long_time_is_the_sum_of_its_days(calendar: WorkCalendar, start: datetime, days: int) -> None:
    """Whole weeks are skipped at once; this counts day by day."""
    moments = [start + timedelta(days=n) for n in range(days + 1)]
    by_day = sum((calendar.hours_between(one, other) for one, other in pairwise(moments)), Decimal(0))
    assert calendar.hours_between(start, moments[-1]) == by_day


def test_ten_thousand_days_of_work_are_found_at_once() -> None:
    begun = perf_counter()
    due = CHINA.add_hours(local("2026-03-10 09:00"), Decimal(87_600))
    assert (due.year, perf_counter() - begun < 1) == (2068, True)


@given(CALENDARS, MOMENTS, HOURS, HOURS)
def test_more_hours_are_never_due_earlier(
    calendar: WorkCalendar, start: datetime, some: Decimal, more: Decimal
) -> None:
    assert calendar.add_hours(start, min(some, more)) <= calendar.add_hours(start, max(some, more))


@given(CALENDARS, MOMENTS, MOMENTS, HOURS)
def test_who_asks_later_gets_no_earlier_due_time(
    calendar: WorkCalendar, one: datetime, other: datetime, hours: Decimal
) -> None:
    assert calendar.add_hours(min(one, other), hours) <= calendar.add_hours(max(one, other), hours)


@given(CALENDARS, MOMENTS, HOURS.filter(bool))
def test_a_due_time_lies_in_working_time(calendar: WorkCalendar, start: datetime, hours: Decimal) -> None:
    due = calendar.add_hours(start, hours)
    just_before = due - timedelta(microseconds=1)
    assert calendar.next_opening(just_before) == just_before
