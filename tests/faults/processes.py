"""What runs in the processes that the tests kill. Kept apart so that they load no test tools."""

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import time_machine
from flask import Flask

from models.access import Actor
from models.accounts import LoginThrottle
from models.db import db, utc_now
from models.jobs import FiredSlot
from tasks import moves
from tasks.clock import Clock, Sweep
from tasks.handlers import HANDLERS
from tasks.jobs import Handler, JobThreads, JobWorker
from tasks.leader import FileLeader, PostgresLeader
from tasks.schedule import SWEEPS
from tasks.site import Site
from web.app import create_app
from web.settings import Settings

# What the clock does about tasks and their notices; it sends nothing.
LATE = ("timers", "announcements", "late tasks", "notices", "digests")


def spawn(run: Callable[..., object], *arguments: object, **named: object) -> BaseProcess:
    """A process of its own, with everything loaded already, so that it starts in milliseconds."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=run, args=arguments, kwargs=named, daemon=True)
    process.start()
    return process


def open_app(url: str, folder: str) -> Flask:
    settings = Settings(data_dir=Path(folder), database_url=url, secret_key="a key of the tests", log_level="ERROR")
    return create_app(settings)


def a_site(folder: str) -> Site:
    return Site(
        attachments_dir=Path(folder), backups_dir=Path(folder), secret_key="secret", backup_keep="7d", channels={}
    )


def count_slowly(_actor: Actor, _site: Site, payload: Mapping[str, Any]) -> None:
    """The effect on both sides of a wait, so that a kill can come in between."""
    db.session.add(LoginThrottle(key=payload["row"], failures=0))
    db.session.flush()
    time.sleep(random.uniform(0, 0.01))
    db.session.get_one(LoginThrottle, payload["row"]).failures += 1


def make_jobs(url: str, app: Flask, folder: str) -> JobThreads | JobWorker:
    """Workers that notice within a second that another one died."""
    handlers = {"count": Handler(count_slowly), moves.WORK: HANDLERS[moves.WORK]}
    if url.startswith("sqlite"):
        return JobThreads(handlers, a_site(folder), app.app_context, lease_seconds=0.5, poll_seconds=0.05)
    return JobWorker(
        handlers, a_site(folder), app.app_context, database_url=url, heartbeat_seconds=0.2, stalled_seconds=1.0
    )


def work(url: str, folder: str) -> None:
    """Do jobs until killed."""
    make_jobs(url, open_app(url, folder), folder).start()
    while True:
        time.sleep(60)


def keep_time(url: str, folder: str) -> None:
    """Be a clock until killed; each look leaves a row with the id of this process."""
    app = open_app(url, folder)
    clock = Clock(make_leader(url, folder, app), a_site(folder), app.app_context, {})

    def sign(_actor: Actor, _site: Site) -> None:
        db.session.add(FiredSlot(name=str(os.getpid()), slot=utc_now()))
        db.session.commit()

    while True:
        clock.look("sign", Sweep(1, sign))
        time.sleep(0.02)


class Rival:
    """The lead of a clock that does not see that others lead too."""

    def holds(self) -> bool:
        return True

    def release(self) -> None:
        """It never had it."""


def keep_late_tasks(url: str, folder: str, now: datetime, *, has_rivals: bool) -> None:
    """Be a clock at a moment long after tasks were due, and do all about them until killed.

    The file `reign` names who leads. With rivals every clock leads.
    """
    with time_machine.travel(now, tick=False):
        app = open_app(url, folder)
        leader = Rival() if has_rivals else make_leader(url, folder, app)
        clock = Clock(leader, a_site(folder), app.app_context, {})

        def look_at_all(actor: Actor, site: Site) -> None:
            """In one look, so that nobody who comes to lead in the middle decides before what is new was told."""
            sign_reign(folder)
            for name in LATE:
                SWEEPS[name].run(actor, site)

        while True:
            clock.look("late", Sweep(1, look_at_all))
            time.sleep(0.005)


def sign_reign(folder: str) -> None:
    own = Path(folder) / f"reign.{os.getpid()}"
    own.write_text(str(os.getpid()))
    own.replace(Path(folder) / "reign")


def make_leader(url: str, folder: str, app: Flask) -> FileLeader | PostgresLeader:
    return FileLeader(Path(folder) / "clock.lock") if url.startswith("sqlite") else _postgres_leader(app)


def _postgres_leader(app: Flask) -> PostgresLeader:
    with app.app_context():
        return PostgresLeader(db.engine)
