"""The clock: every day once, nothing missed, nothing twice, one leader at a time."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.access import Actor
from models.accounts import Company
from models.db import db, is_sqlite, utc_now
from models.jobs import FiredSlot, Job
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import clock, schedule
from tasks.clock import CLOCK, Clock, Daily, Sweep, fire_days, latest_slot
from tasks.handlers import HANDLERS
from tasks.jobs import prepare_queue
from tasks.leader import FileLeader, Leader, PostgresLeader
from tasks.site import Site

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = {"backup": Daily(time(2, 30), "backup.take")}
START = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)


@pytest.fixture
def traveller(app: Flask) -> Iterator[Any]:
    """An installation whose clock has looked for the first time."""
    with app.app_context():
        prepare_queue(Actor(None, is_system=True))
        if not is_sqlite(db.session()):
            with db.engine.begin() as connection:
                connection.exec_driver_sql("TRUNCATE procrastinate_jobs CASCADE")
    with time_machine.travel(START, tick=False) as traveller:
        assert look(app) == []
        yield traveller


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(attachments_dir=tmp_path, backups_dir=tmp_path, secret_key="secret", backup_keep="7d", channels={})


def look(app: Flask) -> list[str]:
    with app.app_context():
        return fire_days(CLOCK, DAYS)


def work_in_queue(app: Flask) -> int:
    with app.app_context():
        if is_sqlite(db.session()):
            return db.session.scalar(select(func.count()).select_from(Job)) or 0
        return int(db.session.connection().exec_driver_sql("SELECT count(*) FROM procrastinate_jobs").scalar_one())


def test_a_new_installation_does_not_make_up_for_days_before_it(app: Flask, traveller: Any) -> None:
    assert work_in_queue(app) == 0


def test_a_day_fires_once_and_puts_its_work_into_the_queue(app: Flask, traveller: Any) -> None:
    traveller.move_to(datetime(2026, 3, 11, 2, 29, 59, tzinfo=SHANGHAI))
    assert look(app) == []
    traveller.shift(1)
    assert look(app) == ["backup"]
    assert look(app) == []
    traveller.shift(timedelta(hours=23))
    assert look(app) == []
    assert work_in_queue(app) == 1


def test_thirty_days_fire_thirty_times(app: Flask, traveller: Any) -> None:
    fired = 0
    for _ in range(30 * 3):
        traveller.shift(timedelta(hours=8))
        fired += len(look(app))
    assert fired == 30
    assert work_in_queue(app) == 30


def test_after_an_outage_only_the_latest_of_the_missed_days_fires(app: Flask, traveller: Any) -> None:
    traveller.shift(timedelta(days=9))
    assert look(app) == ["backup"]
    assert look(app) == []
    with app.app_context():
        latest = db.session.scalar(select(func.max(FiredSlot.slot)))
    assert latest == datetime(2026, 3, 19, 2, 30, tzinfo=SHANGHAI)


def test_the_day_is_the_companys_day(app: Flask, people: dict[str, Actor], traveller: Any) -> None:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        db.session.scalars(select(Company).order_by(Company.id)).first().time_zone = "America/New_York"
        db.session.commit()
    traveller.move_to(datetime(2026, 3, 10, 12, 0, tzinfo=ZoneInfo("America/New_York")))
    assert look(app) == ["backup"]
    traveller.move_to(datetime(2026, 3, 11, 2, 29, tzinfo=ZoneInfo("America/New_York")))
    assert look(app) == []
    traveller.shift(60)
    assert look(app) == ["backup"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"])
@pytest.mark.parametrize("at", [time(2, 30), time(1, 45), time(3, 0), time(0, 0)])
def test_each_date_has_one_slot_also_where_clocks_are_changed(zone: str, at: time) -> None:
    slots = []
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for _ in range(365 * 24):
        slot = latest_slot(at, ZoneInfo(zone), now)
        if not slots or slot != slots[-1]:
            slots.append(slot)
        now += timedelta(hours=1)
    assert slots == sorted(set(slots))
    assert all(timedelta(hours=22) < b - a < timedelta(hours=26) for a, b in pairwise(slots))
    assert len(slots) in (365, 366)


def test_a_skipped_time_fires_an_hour_late_and_a_repeated_one_the_first_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = datetime(2026, 3, 29, 12, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC)
    assert latest_slot(time(2, 30), berlin, spring) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert latest_slot(time(2, 30), berlin, autumn) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_two_clocks_at_once_fire_a_day_once(app: Flask, traveller: Any) -> None:
    traveller.shift(timedelta(days=1))
    together, fired = threading.Barrier(4), []

    def look_together() -> None:
        together.wait()
        fired.extend(look(app))

    threads = [threading.Thread(target=look_together) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fired == ["backup"]
    assert work_in_queue(app) == 1


@pytest.fixture
def leaders(app: Flask, tmp_path: Path) -> Iterator[tuple[Leader, Leader]]:
    with app.app_context():
        pair: tuple[Leader, Leader]
        if is_sqlite(db.session()):
            pair = FileLeader(tmp_path / "clock.lock"), FileLeader(tmp_path / "clock.lock")
        else:
            pair = PostgresLeader(db.engine), PostgresLeader(db.engine)
    yield pair
    for leader in pair:
        leader.release()


def test_one_clock_leads_until_it_lets_go(leaders: tuple[Leader, Leader]) -> None:
    first, second = leaders
    assert first.holds()
    assert not second.holds()
    assert first.holds()
    first.release()
    assert second.holds()
    assert not first.holds()


def test_only_the_leader_looks_and_the_other_takes_over(app: Flask, site: Site, leaders: tuple[Leader, Leader]) -> None:
    looks = []
    sweep = Sweep(1, lambda _actor, _site: looks.append(1))
    leading, waiting = (Clock(leader, site, app.app_context, {}) for leader in leaders)
    leading.look("x", sweep)
    waiting.look("x", sweep)
    assert len(looks) == 1
    assert (leading.state()["state"], waiting.state()["state"]) == ("leader", "standby")
    leaders[0].release()
    waiting.look("x", sweep)
    assert len(looks) == 2
    assert waiting.state()["state"] == "leader"


def test_a_look_that_fails_does_not_stop_the_clock(
    app: Flask, site: Site, leaders: tuple[Leader, Leader], caplog: pytest.LogCaptureFixture
) -> None:
    looked = threading.Event()
    looks = []

    def fail_first(_actor: Actor, _site: Site) -> None:
        looks.append(1)
        if len(looks) == 1:
            raise ValueError("the first look")
        looked.set()

    running = Clock(leaders[0], site, app.app_context, {"x": Sweep(1, fail_first)})
    running.start()
    assert looked.wait(10)
    running.stop(5)
    assert "the clock failed at x" in caplog.text


def test_a_clock_that_stops_waits_for_the_look_under_way_and_frees_the_lead(
    app: Flask, site: Site, leaders: tuple[Leader, Leader]
) -> None:
    begun, done = threading.Event(), []

    def take_a_while(_actor: Actor, _site: Site) -> None:
        begun.set()
        threading.Event().wait(0.2)
        done.append(1)

    running = Clock(leaders[0], site, app.app_context, {"x": Sweep(60, take_a_while)})
    running.start()
    assert begun.wait(10)
    running.stop(5)
    assert done == [1]
    assert leaders[1].holds()


def test_all_that_fires_daily_has_somebody_who_does_it() -> None:
    assert {daily.kind for daily in schedule.DAYS.values()} <= HANDLERS.keys()


def test_every_look_of_the_table_works_on_an_empty_installation(app: Flask, site: Site, traveller: Any) -> None:
    for sweep in schedule.SWEEPS.values():
        with app.app_context():
            sweep.run(clock.CLOCK, site)


def test_old_rows_are_removed_and_new_ones_stay(app: Flask, site: Site, traveller: Any) -> None:
    with app.app_context():
        db.session.add(FiredSlot(name="old", slot=START, at=START - timedelta(days=500)))
        db.session.add(FiredSlot(name="new", slot=START, at=utc_now()))
        db.session.commit()
    with app.app_context():
        HANDLERS["cleanup"].run(clock.CLOCK, site, {})
    with app.app_context():
        assert set(db.session.scalars(select(FiredSlot.name))) == {"backup", "new"}
