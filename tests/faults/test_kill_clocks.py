"""Four clocks on one database, and kill -9 of whichever leads: every reminder and every decision happens once.

`PIAOFLOW_CLOCK_KILLS` (6) says how often the leader is killed on each database.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest
import time_machine
from flask import Flask
from sqlalchemy import delete, func, select, update

from models.access import Actor
from models.audit import AuditEntry
from models.db import db
from models.notices import NoticeEvent, Notification, OutboxMessage
from models.processes import HumanTask, TaskAction, TaskStatus
from models.requests import Approval, InvoiceRequest
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import audit
from tests.faults.processes import keep_late_tasks, spawn
from tests.faults.test_kill_workers import wait_until
from tests.support.approvals import ask_all, step_of, submit

People = dict[str, Actor]
pytestmark = pytest.mark.faults
KILLS = int(os.environ.get("PIAOFLOW_CLOCK_KILLS", "6"))
CLOCKS, REQUESTS = 4, max(20, 3 * KILLS)
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
# Everything is due by then: reminder, report, decision, and the diagram's own timer after five days.
LATER = datetime(2026, 12, 3, 1, tzinfo=UTC)

TOPICS = (
    "task.open",
    "task.overdue",
    "task.escalated",
    "request.waiting_long",
    "request.returned",
    "task.settled_returned",
)


class Clocks:
    """Processes that are clocks; somebody new comes for each that is killed."""

    def __init__(self, url: str, folder: Path, *, has_rivals: bool) -> None:
        self._url, self._folder, self._has_rivals = url, folder, has_rivals
        self._running: dict[int | None, BaseProcess] = {}
        for _ in range(CLOCKS):
            self._begin()

    def _begin(self) -> None:
        process = spawn(keep_late_tasks, self._url, str(self._folder), LATER, has_rivals=self._has_rivals)
        self._running[process.pid] = process

    def kill_leader(self) -> None:
        reign = self._folder / "reign"
        wait_until(lambda: reign.exists() and int(reign.read_text()) in self._running)
        leader = self._running.pop(int(reign.read_text()))
        leader.kill()
        leader.join()
        self._begin()

    def stop(self) -> None:
        for process in self._running.values():
            process.kill()
            process.join()


@pytest.fixture(params=["one leads", "all lead"])
def clocks(
    app: Flask, people: People, database_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Clocks]:
    """Four clocks that find requests of which nobody was told and everything is late; even if each thinks it leads."""
    late = {"escalate_hours": "2", "escalate_to": str(people["fiona"].user_id)}
    step = step_of("all", [people["bob"].user_id, people["bea"].user_id], auto='"return"', auto_hours="24", **late)
    with time_machine.travel(MONDAY, tick=False):
        ask_all(app, people["dora"], step)
        for _ in range(REQUESTS):
            submit(app, people["alice"])
    with app.app_context():
        serve_company(ALL_COMPANIES)
        db.session.execute(delete(NoticeEvent))
        db.session.execute(update(HumanTask).values(announced_at=None))
        db.session.commit()
    running = Clocks(database_url, tmp_path, has_rivals=request.param == "all lead")
    yield running
    running.stop()


def test_what_is_late_is_told_and_decided_once_though_the_leader_dies(
    app: Flask, people: People, clocks: Clocks
) -> None:
    chance = Random(7)
    for number in range(KILLS):
        share = len(TOPICS) * REQUESTS * (number + 1) // (KILLS + 1)
        wait_until(lambda share=share: happened(app) >= share)
        time.sleep(chance.uniform(0, 0.05))
        clocks.kill_leader()
    wait_until(lambda: happened(app) >= len(TOPICS) * REQUESTS and unexpanded(app) == 0)
    clocks.stop()
    with app.app_context():
        serve_company(ALL_COMPANIES)
        _check_events()
        _check_letters(people)
        _check_rows()
    with app.app_context():
        assert audit.verify_audit(people["ada"]) is None


def happened(app: Flask) -> int:
    """How many occasions the clocks have told people of, in the end as many as there are topics for each request."""
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return db.session.scalar(select(func.count(NoticeEvent.id))) or 0


def unexpanded(app: Flask) -> int:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return db.session.scalar(select(func.count(NoticeEvent.id)).where(NoticeEvent.expanded_at.is_(None))) or 0


def _check_events() -> None:
    """Each occasion once for each task or request, and of a task the reminder before the report."""
    events = db.session.execute(select(NoticeEvent.topic, NoticeEvent.subject).order_by(NoticeEvent.id)).all()
    assert set(Counter(events).values()) == {1}
    assert Counter(topic for topic, _subject in events) == Counter(dict.fromkeys(TOPICS, REQUESTS))
    reminded = [subject for topic, subject in events if topic == "task.overdue"]
    assert reminded == [subject for topic, subject in events if topic == "task.escalated"]


def _check_letters(people: People) -> None:
    """What follows from the occasions: a note and a mail to each person, once."""
    asked, above, applicant = 3 * [people["bob"], people["bea"]], [people["fiona"]], 2 * [people["alice"]]
    expected = Counter(actor.user_id for actor in [*asked, *above, *applicant])
    notes = Counter(db.session.scalars(select(Notification.user_id)))
    assert notes == Counter({person: number * REQUESTS for person, number in expected.items()})
    mails = Counter(db.session.scalars(select(OutboxMessage.key)))
    assert (set(mails.values()), len(mails)) == ({1}, sum(notes.values()))


def _check_rows() -> None:
    """Every task was returned by the clock, with one line in the timeline and in the log for each thing done."""
    tasks = db.session.scalars(select(HumanTask).where(HumanTask.form_key == "approval")).all()
    assert {(task.status, task.outcome, task.closed_by_id) for task in tasks} == {(TaskStatus.DONE, "return", None)}
    assert set(db.session.scalars(select(InvoiceRequest.approval))) == {Approval.RETURNED}
    done = Counter(db.session.scalars(select(TaskAction.action)))
    assert (done["escalate"], done["auto_return"]) == (REQUESTS, REQUESTS)
    logged = Counter(db.session.scalars(select(AuditEntry.action)))
    assert (logged["task.escalate"], logged["task.auto"], logged["request.returned"]) == (REQUESTS, REQUESTS, REQUESTS)
