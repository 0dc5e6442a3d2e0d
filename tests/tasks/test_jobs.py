"""Jobs: asked for inside a transaction, done after it, once."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

from models.access import Actor, Permission
from models.accounts import LoginThrottle
from models.db import db, is_sqlite, utc_now
from models.jobs import Job, JobDone, JobState
from tasks.boundary import command
from tasks.jobs import Handler, JobThreads, JobWorker, enqueue, prepare_queue, run_pending
from tasks.jobs import threads as job_threads
from tasks.jobs import work as job_work
from tasks.site import Site

SYSTEM = Actor(None, is_system=True, origin="test")


class Broken(Exception):
    pass


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(
        attachments_dir=tmp_path / "attachments",
        backups_dir=tmp_path / "backups",
        secret_key="secret",
        backup_keep="7d",
        channels={},
    )


@pytest.fixture(autouse=True)
def queue(app: Flask) -> None:
    with app.app_context():
        prepare_queue(SYSTEM)
        if not is_sqlite(db.session()):
            with db.engine.begin() as connection:
                connection.exec_driver_sql("TRUNCATE procrastinate_jobs CASCADE")


@pytest.fixture
def run(app: Flask, site: Site) -> Callable[[Mapping[str, Handler]], None]:
    """Do all work that is due, as the installation on this database does it."""

    def run_all(handlers: Mapping[str, Handler]) -> None:
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        if url.startswith("sqlite"):
            run_pending(handlers, site, app.app_context)
        else:
            JobWorker(handlers, site, app.app_context, database_url=url).run_pending()

    return run_all


def count(_actor: Actor, _site: Site, payload: Mapping[str, Any]) -> None:
    """An effect that shows when it happens twice."""
    insert = sqlite.insert if is_sqlite(db.session()) else postgresql.insert
    first = insert(LoginThrottle).values(key=payload["row"], failures=1, last_failure_at=utc_now())
    # Counted in one statement: workers of PostgreSQL may do two jobs at once, and neither may undo the other.
    again = {"failures": LoginThrottle.failures + 1}
    db.session.execute(first.on_conflict_do_update(index_elements=["key"], set_=again))


def break_off(actor: Actor, site: Site, payload: Mapping[str, Any]) -> None:
    count(actor, site, payload)
    raise Broken("half-way")


COUNT = {"count": Handler(count)}
BREAK = {"count": Handler(break_off)}


@command(Permission.CLOCK_RUN)
def ask(_actor: Actor, row: str = "a", key: str = "k", fail: bool = False, **options: Any) -> None:
    enqueue("count", {"row": row}, key=key, **options)
    if fail:
        raise Broken("the transaction that asked")


def counted(app: Flask, row: str = "a") -> int:
    with app.app_context():
        return db.session.scalar(select(LoginThrottle.failures).where(LoginThrottle.key == row)) or 0


def asked(app: Flask, **options: Any) -> None:
    with app.app_context():
        ask(SYSTEM, **options)


def test_work_is_done_after_the_transaction_that_asked_for_it(app: Flask, run: Callable[..., None]) -> None:
    asked(app)
    assert counted(app) == 0
    run(COUNT)
    assert counted(app) == 1


def test_work_asked_for_by_a_transaction_that_fails_is_never_done(app: Flask, run: Callable[..., None]) -> None:
    with pytest.raises(Broken):
        asked(app, fail=True)
    run(COUNT)
    assert counted(app) == 0


def test_asking_twice_under_one_key_does_the_work_once(app: Flask, run: Callable[..., None]) -> None:
    asked(app)
    asked(app)
    run(COUNT)
    asked(app)
    run(COUNT)
    assert counted(app) == 1


def test_work_that_is_handed_out_twice_happens_once(app: Flask, site: Site) -> None:
    """As when a worker dies between the effect and the note in a queue that it cannot write in one transaction."""
    work = job_work.Work("count", "k", {"row": "a"}, None)
    job_work.perform(work, COUNT, site, app.app_context)
    job_work.perform(work, COUNT, site, app.app_context)
    assert counted(app) == 1


def test_different_keys_are_different_work(app: Flask, run: Callable[..., None]) -> None:
    asked(app, key="one")
    asked(app, key="two")
    run(COUNT)
    assert counted(app) == 2


def test_work_for_later_waits(app: Flask, run: Callable[..., None]) -> None:
    asked(app, run_at=utc_now() + timedelta(hours=1))
    run(COUNT)
    assert counted(app) == 0


def test_a_job_that_fails_keeps_nothing_and_is_done_again(
    app: Flask, run: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_work, "_LONGEST_WAIT_SECONDS", 0.0)
    tries = []

    def fail_twice(actor: Actor, site: Site, payload: Mapping[str, Any]) -> None:
        tries.append(1)
        (count if len(tries) > 2 else break_off)(actor, site, payload)

    asked(app)
    for _ in range(3):
        run({"count": Handler(fail_twice)})
    assert counted(app) == 1
    assert len(tries) == 3


def test_after_twelve_failures_a_job_is_given_up_with_an_alarm(
    app: Flask, run: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(job_work, "_LONGEST_WAIT_SECONDS", 0.0)
    tries = []

    def fail(actor: Actor, site: Site, payload: Mapping[str, Any]) -> None:
        tries.append(1)
        break_off(actor, site, payload)

    asked(app)
    for _ in range(13):
        run({"count": Handler(fail)})
    assert len(tries) == 12
    alarms = [
        record for record in caplog.records if record.levelno >= logging.ERROR and record.name.startswith("tasks")
    ]
    assert any("given up" in record.getMessage() for record in alarms)
    assert counted(app) == 0


def test_a_job_serves_the_company_that_asked(app: Flask, people: dict[str, Actor], run: Callable[..., None]) -> None:
    seen = []
    company_id = people["alice"].company_id
    with app.app_context():
        ask(people["alice"].as_process(), company_id=company_id)
    run({"count": Handler(lambda actor, _site, _payload: seen.append((actor.company_id, actor.is_system)))})
    assert seen == [(company_id, True)]


def test_long_work_holds_no_transaction_and_is_noted_as_done(app: Flask, run: Callable[..., None]) -> None:
    def look(_actor: Actor, _site: Site, payload: Mapping[str, Any]) -> None:
        assert not db.session().in_transaction() or not db.session().info.get("transaction_open")
        command(Permission.CLOCK_RUN)(lambda actor: count(actor, _site, payload))(SYSTEM)

    asked(app)
    run({"count": Handler(look, is_long=True)})
    run({"count": Handler(look, is_long=True)})
    assert counted(app) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(JobDone)) == 1


def test_a_worker_does_what_is_asked_for_while_it_waits(app: Flask, site: Site) -> None:
    done = threading.Event()
    handlers = {"count": Handler(lambda *_arguments: done.set())}
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    jobs: JobThreads | JobWorker = (
        JobThreads(handlers, site, app.app_context, poll_seconds=60)
        if url.startswith("sqlite")
        else JobWorker(handlers, site, app.app_context, database_url=url)
    )
    jobs.start()
    try:
        asked(app)
        assert done.wait(10)
    finally:
        jobs.stop(5)


class TestOnSqlite:
    """The lease and the fence of our own table."""

    @pytest.fixture
    def available(self, sqlite: Any) -> Any:
        return sqlite

    def test_a_job_whose_worker_died_is_done_by_another_after_the_lease(self, app: Flask, site: Site) -> None:
        asked(app)
        with time_machine.travel(utc_now(), tick=False) as traveller:
            with pytest.raises(KeyboardInterrupt):
                run_pending({"count": Handler(_die)}, site, app.app_context)
            assert run_pending(COUNT, site, app.app_context) == 0
            traveller.shift(31)
            assert run_pending(COUNT, site, app.app_context) == 1
        assert counted(app) == 1

    def test_a_worker_that_lost_its_lease_keeps_nothing(self, app: Flask, site: Site) -> None:
        asked(app)
        with time_machine.travel(utc_now(), tick=False) as traveller:

            def be_overtaken(actor: Actor, site: Site, payload: Mapping[str, Any]) -> None:
                traveller.shift(31)
                assert run_pending(COUNT, site, app.app_context) == 1

            run_pending({"count": Handler(be_overtaken, is_long=True)}, site, app.app_context)
        assert counted(app) == 1
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Job)) == 0

    def test_a_worker_that_lost_its_lease_does_not_finish_for_the_one_that_has_it(self, app: Flask, site: Site) -> None:
        asked(app)
        with time_machine.travel(utc_now(), tick=False) as traveller:

            def be_overtaken(_actor: Actor, _site: Site, _payload: Mapping[str, Any]) -> None:
                traveller.shift(31)
                with app.app_context():
                    job_threads._claim(SYSTEM, lease_seconds=30)

            run_pending({"count": Handler(be_overtaken, is_long=True)}, site, app.app_context)
            with app.app_context():
                assert db.session.scalar(select(func.count()).select_from(Job)) == 1
                assert db.session.scalar(select(func.count()).select_from(JobDone)) == 0

    def test_the_lease_of_long_work_is_renewed(self, app: Flask, site: Site) -> None:
        renewed = threading.Event()

        def wait_for_renewal(_actor: Actor, _site: Site, _payload: Mapping[str, Any]) -> None:
            first = _lease(app)
            for _ in range(200):
                if _lease(app) > first:
                    renewed.set()
                    return
                threading.Event().wait(0.01)

        asked(app)
        threads = JobThreads(
            {"count": Handler(wait_for_renewal, is_long=True)}, site, app.app_context, threads=1, lease_seconds=0.3
        )
        threads.start()
        try:
            assert renewed.wait(5)
        finally:
            threads.stop(5)

    def test_the_wait_grows_and_the_error_is_kept(self, app: Flask, site: Site) -> None:
        asked(app)
        waits = []
        with time_machine.travel(utc_now(), tick=False) as traveller:
            for _ in range(12):
                assert run_pending(BREAK, site, app.app_context) == 1
                with app.app_context():
                    job = db.session.scalars(select(Job)).one()
                    waits.append((job.run_at - utc_now()).total_seconds())
                    error, state = job.error, job.state
                traveller.shift(901)
        assert error == "Broken: half-way"
        assert state is JobState.DEAD
        assert all(0.1 * 2**n <= wait <= 0.3 * 2**n for n, wait in enumerate(waits[:11], start=1))
        assert waits[-1] <= 900

    def test_a_key_that_waits_is_not_put_in_again(self, app: Flask) -> None:
        asked(app)
        asked(app)
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(Job)) == 1


def _die(_actor: Actor, _site: Site, _payload: Mapping[str, Any]) -> None:
    raise KeyboardInterrupt


def _lease(app: Flask) -> Any:
    with app.app_context():
        return db.session.scalars(select(Job.lease_until)).one()
