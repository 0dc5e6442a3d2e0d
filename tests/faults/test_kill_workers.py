"""kill -9 of workers and clocks: what was acknowledged happens, once, and somebody always leads."""

import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.access import Actor, Permission
from models.accounts import LoginThrottle
from models.db import db, is_sqlite
from models.jobs import FiredSlot, JobDone
from tasks.boundary import command
from tasks.jobs import enqueue, prepare_queue
from tests.faults.processes import keep_time, make_jobs, spawn, work

SYSTEM = Actor(None, is_system=True, origin="test")
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.faults


@command(Permission.CLOCK_RUN)
def ask(_actor: Actor, row: str) -> None:
    enqueue("count", {"row": row}, key=f"key of {row}")


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def test_jobs_survive_their_workers_and_happen_once(app: Flask, database_url: str, tmp_path: Path) -> None:
    kills = 20 if database_url.startswith("sqlite") else 8
    chance = random.Random(7)
    with app.app_context():
        prepare_queue(SYSTEM)
        if not is_sqlite(db.session()):
            with db.engine.begin() as connection:
                connection.exec_driver_sql("TRUNCATE procrastinate_jobs CASCADE")
    acknowledged: set[str] = set()
    for number in range(kills):
        worker = spawn(work, database_url, str(tmp_path))
        done_before = count(app, JobDone)
        for place in range(10):
            row = f"{number}-{place}"
            with app.app_context():
                ask(SYSTEM, row)
            acknowledged.add(row)
        wait_until(lambda before=done_before: count(app, JobDone) > before)
        time.sleep(chance.uniform(0, 0.05))
        worker.kill()
        worker.join()
    finish(app, database_url, tmp_path, len(acknowledged))
    with app.app_context():
        effects = {row.key: row.failures for row in db.session.scalars(select(LoginThrottle))}
    assert effects == dict.fromkeys(acknowledged, 1)


def finish(app: Flask, database_url: str, tmp_path: Path, expected: int) -> None:
    jobs = make_jobs(database_url, app, str(tmp_path))
    jobs.start()
    try:
        wait_until(lambda: count(app, JobDone) >= expected)
    finally:
        jobs.stop(10)


def count(app: Flask, model: type[JobDone | LoginThrottle | FiredSlot]) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_when_the_leading_clock_is_killed_another_leads_and_never_two_at_once(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    clocks = {process.pid: process for process in (spawn(keep_time, database_url, str(tmp_path)) for _ in range(2))}
    killed = []
    try:
        for _ in range(8):
            leader = wait_for_leader(app, killed)
            clocks[leader].kill()
            clocks[leader].join()
            killed.append(leader)
            successor = spawn(keep_time, database_url, str(tmp_path))
            clocks[successor.pid] = successor
        wait_for_leader(app, killed)
    finally:
        for process in clocks.values():
            process.kill()
            process.join()
    with app.app_context():
        looks = [int(name) for name in db.session.scalars(select(FiredSlot.name).order_by(FiredSlot.slot))]
    reigns = Counter(after for before, after in pairwise([0, *looks]) if before != after)
    assert set(reigns.values()) == {1}, "a clock looked again after another one had looked"


def wait_for_leader(app: Flask, killed: list[int | None]) -> int:
    """The clock that looks now, once it has looked three times."""
    found: list[int] = []

    def looked() -> bool:
        with app.app_context():
            names = db.session.execute(select(FiredSlot.name, func.count()).group_by(FiredSlot.name)).all()
        found[:] = [int(name) for name, looks in names if looks >= 3 and int(name) not in killed]
        return bool(found)

    wait_until(looked)
    return found[0]
