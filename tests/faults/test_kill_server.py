"""kill -9 of the server while people decide: every decision it confirmed is there, none twice, the books are whole."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Queue

import pytest
from flask import Flask
from sqlalchemy import Select, func, select

from models.access import Actor
from models.audit import AuditEntry
from models.db import db
from models.processes import HumanTask, TaskAction, TaskStatus
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import audit, register
from tasks.accounts.login import begin_session
from tests.conftest import SECRET_KEY, _settle, make_app
from tests.faults.decisions import Approver, approve_together, submit_requests, waiting_tasks
from tests.support import databases, postgres
from tests.support.server import ProductServer
from web import migrations

DECISIONS = 200
CLIENTS = 4
KILLS = 5

pytestmark = pytest.mark.faults


@pytest.fixture(params=databases.selected())
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'piaoflow.db'}"
        return
    url = postgres.server().create_database()
    yield url
    postgres.server().drop_database(url)


@pytest.fixture
def own(url: str, tmp_path: Path) -> Iterator[Flask]:
    """This process's view of the database that the server works on."""
    app = make_app(url, tmp_path / "own")
    migrations.upgrade(app)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_decisions_survive_the_server(own: Flask, url: str, tmp_path: Path) -> None:
    people = _settle(url, tmp_path / "own")
    with own.app_context():
        submit_requests(people["alice"], people["fiona"], DECISIONS)
        tasks = waiting_tasks(people["bob"])
        assert len(tasks) == DECISIONS
        logins = [begin_session(_user(people["bob"])) for _ in range(CLIENTS)]
    acknowledged = _decide_and_kill(url, tmp_path, tasks, logins)
    assert len(acknowledged) > DECISIONS // 2
    with own.app_context():
        serve_company(ALL_COMPANIES)
        _check_decisions(acknowledged)
    with own.app_context():
        assert audit.verify_audit(people["otto"]) is None
    with own.app_context():
        assert register.verify_register(people["otto"]) is None


def _decide_and_kill(url: str, folder: Path, tasks: list[int], logins: list[str]) -> set[int]:
    """Let several people approve everything; kill the server in the middle, start it again, go on."""
    chance = random.Random(3)
    acknowledged: set[int] = set()
    queue: Queue[int] = Queue()
    for task_id in tasks:
        queue.put(task_id)
    for number in range(KILLS + 1):
        server = ProductServer(folder / "data", {"DATABASE_URL": url, "PIAOFLOW_SECRET_KEY": SECRET_KEY})
        server.start()
        approvers = [Approver(server.url, login, queue) for login in logins]
        threads = approve_together(approvers)
        if number < KILLS:
            left = len(tasks) * (KILLS - number) // (KILLS + 1)
            _wait_for(lambda left=left: queue.qsize() <= left)
            time.sleep(chance.uniform(0, 0.05))
            server.kill()
        for thread in threads:
            thread.join()
        acknowledged.update(task_id for approver in approvers for task_id in approver.acknowledged)
        server.stop()
    return acknowledged


def _check_decisions(acknowledged: set[int]) -> None:
    done = set(db.session.scalars(select(HumanTask.id).where(HumanTask.outcome == "approve")))
    assert acknowledged <= done, "a confirmed decision is lost"
    for noted in (select(TaskAction.task_id).where(TaskAction.action == "approve"), _audited()):
        counts = list(db.session.scalars(noted))
        assert len(counts) == len(set(counts)), "a decision was noted twice"
        assert len(counts) == len(done), "a decision and its note do not belong together"
    still_open = db.session.scalar(select(func.count(HumanTask.id)).where(HumanTask.status == TaskStatus.OPEN))
    assert still_open == DECISIONS, "each request waits for exactly one person"


def _audited() -> Select[str]:
    return select(AuditEntry.subject).where(AuditEntry.action == "task.decide")


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "nobody decides"
        time.sleep(0.01)


def _user(actor: Actor) -> int:
    assert actor.user_id is not None
    return actor.user_id
