"""Batches of moves, started and worked off as the queue would."""

import pytest
from flask import Flask

from models.access import Actor
from models.db import db, is_sqlite
from models.errors import Conflict
from models.moves import ItemState, MoveItem
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import moves, processes
from tasks.jobs import prepare_queue
from tasks.moves import working

JOB = Actor(None, is_system=True, origin="job")


def prepare(app: Flask) -> None:
    """An empty queue."""
    with app.app_context():
        prepare_queue(JOB)
        if not is_sqlite(db.session()):
            with db.engine.begin() as connection:
                connection.exec_driver_sql("TRUNCATE procrastinate_jobs CASCADE")


def start(app: Flask, actor: Actor, to_id: int, note: str = "", **ids: str) -> int:
    """A batch that nobody has begun to work off; its id."""
    with app.app_context():
        return moves.start_move(actor, to_id=to_id, id_map=ids, note=note).id


def work(app: Flask, batch_id: int) -> None:
    with app.app_context():
        moves.work_off(JOB, batch_id=batch_id)


def break_off(app: Flask, batch_id: int, after: int, how: BaseException) -> None:
    """The worker ends as by a kill, or with its database, when it has moved some."""
    done: list[int] = []

    def move_some(actor: Actor, *, item_id: int) -> None:
        if len(done) == after:
            raise how
        move(actor, item_id=item_id)
        done.append(item_id)

    move = working._move
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(working, "_move", move_some)
        with pytest.raises(type(how)):
            work(app, batch_id)


def move(app: Flask, actor: Actor, to_id: int, **ids: str) -> processes.MigrationReport:
    """All that runs elsewhere, moved; what became of each instance."""
    prepare(app)
    try:
        batch_id = start(app, actor, to_id, **ids)
    except Conflict as refusal:
        if refusal.code != "move.nothing":
            raise
        return processes.MigrationReport(())
    work(app, batch_id)
    with app.app_context():
        items = moves.list_items(actor, batch_id=batch_id, limit=None).items
        return processes.MigrationReport(tuple(_told(item) for item in items))


def back(app: Flask, actor: Actor, batch_id: int) -> int:
    """A batch taken back; the id of the batch that did."""
    with app.app_context():
        way_back = moves.roll_back_move(actor, batch_id=batch_id).id
    work(app, way_back)
    return way_back


def states(app: Flask, batch_id: int) -> list[ItemState]:
    """How each instance of a batch stands, oldest first."""
    with app.app_context():
        serve_company(ALL_COMPANIES)
        rows = db.session.query(MoveItem).filter_by(batch_id=batch_id).order_by(MoveItem.id)
        return [row.state for row in rows]


def _told(item: MoveItem) -> processes.InstanceMove:
    about = (item.instance.subject_kind, item.instance.subject_id)
    reasons = tuple(moves.reasons_of(item))
    return processes.InstanceMove(item.instance_id, item.from_version.version, about, (), reasons)
