"""kill -9 of whoever moves running flows to another version: none is lost, and none moves twice.

`PIAOFLOW_MOVE_KILLS` (1) says how often the worker is killed on each database, on the way there and on the way back.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select

from models.access import Actor
from models.audit import AuditEntry
from models.db import db
from models.moves import BatchState, ItemState, MoveBatch, MoveItem
from models.processes import HumanTask, ProcessInstance, ProcessWait, TaskStatus
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import audit, moves
from tests.faults.processes import spawn, work
from tests.faults.test_kill_workers import wait_until
from tests.support.flows import NEW_ID, SOONER, publish, running
from tests.support.moves import prepare, start

People = dict[str, Actor]
pytestmark = pytest.mark.faults
KILLS = int(os.environ.get("PIAOFLOW_MOVE_KILLS", "1"))
FLOWS = max(60, 15 * KILLS)


class Mover:
    """The one process that does the jobs; somebody new comes when it is killed."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder
        self._process = self._begin()

    def _begin(self) -> BaseProcess:
        return spawn(work, self._url, str(self._folder))

    def kill(self) -> None:
        self.stop()
        self._process = self._begin()

    def stop(self) -> None:
        self._process.kill()
        self._process.join()


@pytest.fixture
def mover(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Mover]:
    prepare(app)
    mover = Mover(database_url, tmp_path)
    yield mover
    mover.stop()


def test_flows_that_move_and_come_back_are_not_lost_nor_moved_twice(app: Flask, people: People, mover: Mover) -> None:
    running(app, people["alice"], FLOWS)
    before = waits_and_tasks(app)
    batch = start(app, people["dora"], publish(app, people["dora"], SOONER, NEW_ID))
    work_through_kills(app, batch, mover)
    assert counts(app) == {"moved": FLOWS}
    with app.app_context():
        way_back = moves.roll_back_move(people["dora"], batch_id=batch).id
    work_through_kills(app, way_back, mover)
    assert counts(app) == {"returned": FLOWS, "moved": FLOWS}
    assert waits_and_tasks(app) == before
    with app.app_context():
        serve_company(ALL_COMPANIES)
        assert Counter(row.definition.version for row in db.session.scalars(select(ProcessInstance))) == {1: FLOWS}
        logged = Counter(db.session.scalars(select(AuditEntry.action)))
        assert (logged["process.migrate"], logged["process.move_end"]) == (2 * FLOWS, 2)
    with app.app_context():
        assert audit.verify_audit(people["ada"]) is None


def work_through_kills(app: Flask, batch_id: int, mover: Mover) -> None:
    """Kill the worker each time it has moved some more, until the batch is done."""
    chance = Random(batch_id)
    for number in range(KILLS):
        share = FLOWS * (number + 1) // (KILLS + 1)
        wait_until(lambda share=share: settled(app, batch_id) >= share)
        time.sleep(chance.uniform(0, 0.05))
        mover.kill()
    wait_until(lambda: state(app, batch_id) is BatchState.DONE)


def settled(app: Flask, batch_id: int) -> int:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        of_batch = select(func.count(MoveItem.id)).where(MoveItem.batch_id == batch_id)
        return db.session.scalar(of_batch.where(MoveItem.state != ItemState.TODO)) or 0


def state(app: Flask, batch_id: int) -> BatchState:
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return db.session.get_one(MoveBatch, batch_id).state


def counts(app: Flask) -> dict[str, int]:
    """How many items of all batches are in each state."""
    with app.app_context():
        serve_company(ALL_COMPANIES)
        return dict(Counter(item.value for item in db.session.scalars(select(MoveItem.state))))


def waits_and_tasks(app: Flask) -> list[tuple[object, ...]]:
    """Everything that every flow waits for."""
    with app.app_context():
        serve_company(ALL_COMPANIES)
        tasks = select(HumanTask.instance_id, HumanTask.element_id, HumanTask.due_at)
        waits = select(ProcessWait.instance_id, ProcessWait.element_id, ProcessWait.due_at)
        found = [*db.session.execute(tasks.where(HumanTask.status == TaskStatus.OPEN)), *db.session.execute(waits)]
        return sorted(tuple(row) for row in found)
