"""kill -9 of the server while programs decide: what it confirmed is there, nothing twice, the books are whole."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.access import Actor
from models.audit import AuditEntry
from models.db import db
from models.invoices import Invoice
from models.processes import HumanTask, TaskAction, TaskStatus
from models.requests import InvoiceRequest
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import accounts, audit, register
from tests.conftest import SECRET_KEY, _settle, make_app
from tests.faults.decisions import Job, Worker, approve, make_drafts, open_tasks, submit, work_together
from tests.support import databases, postgres
from tests.support.server import ProductServer
from web import migrations

APPROVALS, ISSUES = 140, 60
SUBMITS = 20
CLIENTS = 4
KILLS = 4

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


def test_what_the_server_confirmed_survives_it(own: Flask, url: str, tmp_path: Path) -> None:
    people = _settle(url, tmp_path / "own")
    with own.app_context():
        jobs = _prepare(people)
        tokens = {name: accounts.create_token(people[name], name="test")[1] for name in ("alice", "bob", "fiona")}
    acknowledged = _work_and_kill(url, tmp_path, jobs, tokens)
    assert len(acknowledged) == len(set(acknowledged)), "a job was confirmed twice"
    assert len(acknowledged) >= len(jobs) - KILLS * CLIENTS, "more was lost on the way than was on the way"
    with own.app_context():
        serve_company(ALL_COMPANIES)
        _check_decisions(jobs, people)
        _check_numbers()
        _check_invoices()
    with own.app_context():
        assert audit.verify_audit(people["otto"]) is None
        check = register.check_register(people["otto"])
        assert (check.is_whole, check.entries) == (True, ISSUES)


def _prepare(people: dict[str, Actor]) -> list[Job]:
    """Requests at every stage, and what is to be done about them."""
    drafts = make_drafts(people["alice"], people["fiona"], APPROVALS + ISSUES + SUBMITS)
    to_approve, to_issue, to_submit = drafts[:APPROVALS], drafts[APPROVALS:-SUBMITS], drafts[-SUBMITS:]
    submit(people["alice"], to_approve + to_issue)
    approve(people["bob"], to_issue)
    approve(people["fiona"], to_issue)
    jobs = [Job("alice", f"/requests/{request_id}/submit", "") for request_id in to_submit]
    jobs += [Job("bob", _decision(task), "approve") for task in open_tasks(people["bob"], to_approve)]
    jobs += [Job("fiona", _decision(task), "issue") for task in open_tasks(people["fiona"], to_issue)]
    random.Random(7).shuffle(jobs)
    return jobs


def _decision(task_id: int) -> str:
    return f"/inbox/{task_id}/decision"


def _work_and_kill(url: str, folder: Path, jobs: list[Job], tokens: dict[str, str]) -> list[Job]:
    """Let several programs do everything; kill the server in the middle, start it again, go on."""
    chance = random.Random(3)
    acknowledged: list[Job] = []
    queue: Queue[Job] = Queue()
    for job in jobs:
        queue.put(job)
    for number in range(KILLS + 1):
        server = ProductServer(folder / "data", {"DATABASE_URL": url, "PIAOFLOW_SECRET_KEY": SECRET_KEY})
        server.start()
        workers = [Worker(server.url, tokens, queue) for _ in range(CLIENTS)]
        threads = work_together(workers)
        if number < KILLS:
            share = len(jobs) * (number + 1) // (KILLS + 1)
            _wait_until_confirmed(workers, share - len(acknowledged))
            time.sleep(chance.uniform(0, 0.05))
            server.kill()
        for thread in threads:
            thread.join()
        acknowledged += [job for worker in workers for job in worker.acknowledged]
        server.stop()
    assert queue.empty()
    return acknowledged


def _check_decisions(jobs: list[Job], people: dict[str, Actor]) -> None:
    """Every task was answered by whoever was to answer it, and the timeline and the audit log say so once."""
    for job in jobs:
        if not job.decision:
            continue
        task_id = int(job.path.split("/")[2])
        task = db.session.get_one(HumanTask, task_id)
        assert (task.status, task.outcome) == (TaskStatus.DONE, job.decision)
        assert task.closed_by_id == people[job.who].user_id
        actions = db.session.scalars(select(TaskAction.action).where(TaskAction.task_id == task_id)).all()
        assert list(actions) == [job.decision]
        audited = select(func.count()).where(
            AuditEntry.action == "task.decide", AuditEntry.subject == f"task:{task_id}"
        )
        assert db.session.scalar(audited) == 1


def _check_numbers() -> None:
    numbers = sorted(number for number in db.session.scalars(select(InvoiceRequest.number)) if number)
    sequence = [int(number.rpartition("-")[2]) for number in numbers]
    assert sequence == list(range(1, APPROVALS + ISSUES + SUBMITS + 1)), "the numbers have a gap"


def _check_invoices() -> None:
    invoices = db.session.execute(select(Invoice.request_id, Invoice.number)).all()
    assert len(invoices) == ISSUES
    assert len({row.request_id for row in invoices}) == len({row.number for row in invoices}) == ISSUES


def _wait_until_confirmed(workers: list[Worker], number: int) -> None:
    deadline = time.monotonic() + 120
    while sum(len(worker.acknowledged) for worker in workers) < number:
        assert time.monotonic() < deadline, "nobody decides"
        time.sleep(0.01)
