"""Time travel: due times over holidays and changed clocks, and what a clock does that stood still meanwhile.

The first step of the shipped chain is due after 16 working hours; here it is reported 2 hours later, and the chain
decides by itself 24 hours after it asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.accounts import Company, User
from models.db import db
from models.notices import NoticeEvent
from models.processes import HumanTask
from models.tenancy import serve_company
from tasks import calendars, inbox, processes
from tests.conftest import Browser
from tests.support.approvals import approval_of, ask_all, step_of, submit

People = dict[str, Actor]
CLOCK = Actor(None, is_system=True, origin="clock")
SHANGHAI, BERLIN, NEW_YORK = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York"))
NIGHT = [(time(1), time(4))]
ABOUT = ("task.overdue", "task.escalated", "request.waiting_long", "request.returned")


@dataclass(frozen=True)
class Moments:
    """What a task says of itself, on the clock of its company."""

    due: str
    remind: str
    escalate: str
    auto: str


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def ask(app: Flask, people: People, at: datetime, **changes: str) -> int:
    """A request of Alice that Bob is asked about at a moment; its id."""
    entries = {
        "remind_hours": "1",
        "escalate_hours": "2",
        "escalate_to": str(people["bea"].user_id),
        "auto": '"return"',
        "auto_hours": "24",
    } | changes
    with time_machine.travel(at, tick=False):
        ask_all(app, people["dora"], step_of("all", [people["bob"].user_id], **entries))
        return submit(app, people["alice"])


def moments_of(app: Flask, people: People, request_id: int, zone: ZoneInfo = SHANGHAI) -> Moments:
    with app.app_context():
        serve_company(people["ada"].company_id)
        task = db.session.scalars(select(HumanTask).where(HumanTask.subject_id == request_id)).one()
        found = (task.due_at, task.remind_at, task.escalate_at, task.auto_at)
        return Moments(*(f"{at.astimezone(zone):%m-%d %H:%M}" for at in found if at is not None))


def look(app: Flask, at: datetime) -> dict[str, int]:
    """What a clock does about late tasks at a moment."""
    with time_machine.travel(at, tick=False), app.app_context():
        return dict(+inbox.act_on_late(CLOCK))


def told(app: Flask, people: People) -> list[str]:
    """The topics of what people were told about late tasks, in the order in which it happened."""
    with app.app_context():
        serve_company(people["ada"].company_id)
        topics = db.session.scalars(select(NoticeEvent.topic).order_by(NoticeEvent.id))
        return [topic for topic in topics if topic in ABOUT]


@pytest.mark.parametrize(
    ("asked", "moments"),
    [
        pytest.param(
            "2026-11-27 17:00", Moments("12-01 17:00", "12-01 16:00", "12-02 10:00", "12-02 17:00"), id="weekend"
        ),
        pytest.param(
            "2026-09-30 17:00",
            Moments("10-09 17:00", "10-09 16:00", "10-10 10:00", "10-10 17:00"),
            id="National Day, and a Saturday that makes up for it",
        ),
        pytest.param(
            "2026-09-18 17:00",
            Moments("09-21 17:00", "09-21 16:00", "09-22 10:00", "09-22 17:00"),
            id="a Sunday that is worked",
        ),
        pytest.param(
            "2026-02-27 17:00", Moments("03-02 17:00", "03-02 16:00", "03-03 10:00", "03-03 17:00"), id="month end"
        ),
        pytest.param(
            "2026-12-31 17:00",
            Moments("01-04 17:00", "01-04 16:00", "01-05 10:00", "01-05 17:00"),
            id="year end, into a year without data: 1 January is a Friday like others",
        ),
    ],
)
def test_moments_lie_in_working_time_and_what_was_missed_happens_once(
    app: Flask, people: People, asked: str, moments: Moments
) -> None:
    request_id = ask(app, people, local(asked))
    assert moments_of(app, people, request_id) == moments
    back = local(asked) + timedelta(days=40)  # nobody looked for weeks
    assert look(app, back) == {"remind": 1, "escalate": 1, "decide": 1}
    assert look(app, back + timedelta(minutes=1)) == {}
    assert told(app, people) == ["task.overdue", "task.escalated", "request.returned"]
    assert approval_of(app, people["alice"], request_id) == "returned"


def test_a_clock_that_looks_all_the_time_does_the_same_as_one_that_stood_still(app: Flask, people: People) -> None:
    ask(app, people, local("2026-09-30 17:00"))
    now, done = local("2026-09-30 17:00"), []
    while now < local("2026-10-12 09:00"):
        done += [(f"{now:%m-%d %H:%M}", *found) for found in look(app, now).items()]
        now += timedelta(minutes=30)
    assert done == [("10-09 16:30", "remind", 1), ("10-10 10:30", "escalate", 1), ("10-10 17:30", "decide", 1)]
    assert told(app, people) == ["task.overdue", "task.escalated", "request.returned"]


def test_nobody_is_reminded_of_what_was_decided_for_them_before(app: Flask, people: People) -> None:
    ask(app, people, local("2026-11-27 17:00"), auto_hours="8")
    assert look(app, local("2026-12-20 09:00")) == {"decide": 1}
    assert told(app, people) == ["request.returned"]


def test_of_one_moment_the_reminder_comes_first(app: Flask, people: People) -> None:
    request_id = ask(app, people, local("2026-11-27 17:00"), remind_hours="0", auto_hours="16")
    moments = moments_of(app, people, request_id)
    assert moments.remind == moments.auto == moments.due
    assert look(app, local("2026-12-20 09:00")) == {"remind": 1, "decide": 1}


def test_several_late_tasks_are_dealt_with_by_the_time_they_were_due(app: Flask, people: People) -> None:
    ask(app, people, local("2026-11-26 17:00"), escalate_hours="2", auto_hours="80")
    ask(app, people, local("2026-11-24 17:00"), remind_hours="0", escalate_hours="40", auto_hours="20")
    look(app, local("2026-12-31 09:00"))
    assert told(app, people) == [
        "task.overdue",  # the second, on the 26th
        "request.returned",  # the second, on the 27th
        "task.overdue",  # the first, on the 30th
        "task.escalated",
        "request.returned",
    ]


def test_a_step_that_the_clock_began_gets_its_own_time(app: Flask, people: People) -> None:
    """After a standstill the next step is not late at once."""
    request_id = ask(app, people, local("2026-11-27 17:00"), auto='"approve"')
    back = local("2026-12-21 09:00")
    assert look(app, back) == {"remind": 1, "escalate": 1, "decide": 1}
    assert look(app, back + timedelta(hours=1)) == {}
    with app.app_context():
        serve_company(people["ada"].company_id)
        tasks = select(HumanTask.created_at).where(HumanTask.subject_id == request_id).order_by(HumanTask.id)
        assert db.session.scalars(tasks).all()[-1] == back


def test_a_timer_of_the_diagram_that_was_missed_for_weeks_fires_once(app: Flask, people: People) -> None:
    ask(app, people, local("2026-09-30 17:00"))
    for minutes, woken in ((0, 1), (1, 0)):
        at = local("2026-11-02 09:00") + timedelta(minutes=minutes)
        with time_machine.travel(at, tick=False), app.app_context():
            assert processes.wake_due(CLOCK) == woken
    assert told(app, people) == ["request.waiting_long"]


@pytest.mark.parametrize(
    ("zone", "asked", "remind"),
    [
        pytest.param(BERLIN, "2026-03-29 00:30", "2026-03-29T02:00Z", id="Berlin skips 02:00 to 03:00: at 04:00"),
        pytest.param(BERLIN, "2026-10-25 00:30", "2026-10-25T01:00Z", id="Berlin doubles it: at 02:00, the second"),
        pytest.param(NEW_YORK, "2026-03-08 00:30", "2026-03-08T08:00Z", id="New York skips 02:00 to 03:00: at 04:00"),
        pytest.param(NEW_YORK, "2026-11-01 00:30", "2026-11-01T07:00Z", id="New York doubles 01:00: at 02:00"),
    ],
)
def test_where_clocks_are_changed_a_reminder_comes_once_after_hours_that_passed(
    app: Flask, people: People, zone: ZoneInfo, asked: str, remind: str
) -> None:
    """Work is from one to four at night; the reminder is for two hours that were really worked."""
    with app.app_context():
        calendars.set_hours(people["ada"], hours=NIGHT, weekdays=range(7), has_national_holidays=False)
        db.session.scalars(select(Company).where(Company.id == people["ada"].company_id)).one().time_zone = zone.key
        db.session.commit()
    ask(app, people, local(asked, zone), remind_hours="14")
    now, done = local(asked, zone).astimezone(UTC), []
    for _ in range(6 * 12):
        done += [now for _name in look(app, now)]
        now += timedelta(minutes=10)
    assert done == [datetime.fromisoformat(remind) + timedelta(minutes=10)]


def test_a_year_without_data_counts_weekdays_and_its_page_says_so_until_it_is_imported(
    app: Flask, people: People, as_user: Callable[[str], Browser]
) -> None:
    alice, asked = as_user("alice"), local("2026-12-31 17:00")
    assert moments_of(app, people, ask(app, people, asked)).due == "01-04 17:00"
    assert "No holidays are known for 2027" in alice.get("/calendar/2027").text
    with app.app_context():
        file = b"date,kind,name\n2027-01-01,holiday,New Year\n2027-01-03,workday,New Year\n"
        calendars.import_year(people["ada"], year=2027, data=file)
    assert "No holidays are known" not in alice.get("/calendar/2027").text
    asked_later = local("2026-12-31 17:30")
    assert moments_of(app, people, ask(app, people, asked_later)).due == "01-04 17:30"
    with app.app_context():
        calendars.set_day(people["ada"], day=date(2027, 1, 4), is_workday=False, name="Stocktaking")
    assert moments_of(app, people, ask(app, people, asked_later)).due == "01-05 17:30"


def test_in_chinese_the_page_says_so_too(app: Flask, people: People, as_user: Callable[[str], Browser]) -> None:
    with app.app_context():
        db.session.get_one(User, people["alice"].user_id).language = "zh"
        db.session.commit()
    assert "没有 2027 年的节假日数据。" in as_user("alice").get("/calendar/2027").text
