"""A batch worked off: every instance with the row that says so in one transaction, so that a kill loses nothing.

It may be begun again, or by two workers at once: whoever comes second to an instance finds it settled.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import func, select

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import AppError
from models.moves import BatchState, ItemState, MoveBatch, MoveClass, MoveItem
from tasks import audit, processes
from tasks.boundary import command, job, query, separate
from tasks.processes import Finding

WORK = "moves.work"
_TRIES = 5
_log = logging.getLogger(__name__)


@job
def work_off(actor: Actor, *, batch_id: int) -> None:
    """Move the instances of a batch that are left, oldest first, until there is none or somebody stops it.

    A database that is away ends it, and nothing of what was done is lost: the queue begins it again.
    """
    with separate():
        acting = _as_starter(actor, batch_id=batch_id)
    while True:
        with separate():
            item_id = _next(acting, batch_id=batch_id)
        if item_id is None:
            break
        _move_apart(acting, item_id)
    with separate():
        _finish(acting, batch_id=batch_id)


@query(Permission.PROCESS_PUBLISH)
def _as_starter(actor: Actor, *, batch_id: int) -> Actor:
    """What is done is done in the name of whoever started the batch."""
    batch = db.session.get_one(MoveBatch, batch_id)
    return replace(actor, company_id=batch.company_id, user_id=batch.started_by_id)


@query(Permission.PROCESS_PUBLISH)
def _next(_actor: Actor, *, batch_id: int) -> int | None:
    return db.session.scalar(
        select(func.min(MoveItem.id))
        .join(MoveBatch, MoveItem.batch_id == MoveBatch.id)
        .where(MoveItem.batch_id == batch_id, MoveItem.state == ItemState.TODO, MoveBatch.state == BatchState.RUNNING)
    )


def _move_apart(actor: Actor, item_id: int) -> None:
    reason = _tried(actor, item_id)
    for _ in range(_TRIES):
        if reason is None:
            return
        if reason.code != "stale":  # else somebody was faster: look again
            break
        reason = _tried(actor, item_id)
    if reason is not None:
        with separate():
            _refuse(actor, item_id=item_id, reason=reason)


def _tried(actor: Actor, item_id: int) -> Finding | None:
    """None when the instance was moved, or refused by its plan; else what went wrong meanwhile."""
    with separate():
        try:
            _move(actor, item_id=item_id)
        except processes.INTERRUPTIONS:
            raise
        except AppError as error:
            return processes.refusal_of(error)
        except Exception as error:  # whatever is wrong with one instance, the others must move
            _log.exception("item %s could not be moved", item_id)
            return processes.refusal_of(error)
    return None


@command(Permission.PROCESS_PUBLISH)
def _move(actor: Actor, *, item_id: int) -> None:
    instance_id = db.session.scalars(select(MoveItem.instance_id).where(MoveItem.id == item_id)).one()
    # First of all, as whoever comes to an instance does; held, or the session would forget it and read it again.
    instance = processes.lock_instance(instance_id)
    item = _lock(item_id)
    if item.state is not ItemState.TODO or _state_of(item.batch_id) is not BatchState.RUNNING:
        return
    move = processes.migrate_instance(
        actor, instance_id=instance.id, from_id=item.from_id, to_id=item.to_id, id_map=_ids(item)
    )
    happened = [step.as_dict() for step in move.moves]
    item.settle(move.kind, happened=happened, reasons=[_plain(reason) for reason in move.reasons], at=utc_now())


@command(Permission.PROCESS_PUBLISH)
def _refuse(_actor: Actor, *, item_id: int, reason: Finding) -> None:
    item = _lock(item_id)
    if item.state is ItemState.TODO:
        item.settle(MoveClass.BLOCKED, happened=[], reasons=[_plain(reason)], at=utc_now())


@command(Permission.PROCESS_PUBLISH)
def _finish(actor: Actor, *, batch_id: int) -> None:
    """The end of a batch in which nothing is left to do. Two workers may come here; one of them ends it."""
    wanted = select(MoveBatch).where(MoveBatch.id == batch_id).with_for_update()
    batch = db.session.scalars(wanted).one()
    if batch.state is not BatchState.RUNNING or _next(actor, batch_id=batch_id) is not None:
        return
    batch.end(BatchState.DONE, by=None, at=utc_now())
    counts = select(MoveItem.state, func.count()).where(MoveItem.batch_id == batch_id).group_by(MoveItem.state)
    done = {state.value: count for state, count in db.session.execute(counts)}
    audit.record(actor, "process.move_end", f"process:{batch.key}", batch=batch_id, **done)


def _ids(item: MoveItem) -> dict[str, str]:
    """The map of the batch; on the way back its reverse, and for what was open in the instance what it was before.

    Two elements that went over to one can be told apart only where one of them was open.
    """
    if item.undoes is None:
        return item.batch.id_map
    there = item.undoes.batch.id_map
    arrived = Counter(there.values())
    back = {new: old for old, new in there.items() if arrived[new] == 1}
    kept = [(step["element"], step["target"]) for step in item.undoes.happened if step["effect"] == "kept"]
    return back | {new: old for old, new in kept if old != new}


def _lock(item_id: int) -> MoveItem:
    wanted = select(MoveItem).where(MoveItem.id == item_id).with_for_update()
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one()


def _state_of(batch_id: int) -> BatchState:
    return db.session.scalars(select(MoveBatch.state).where(MoveBatch.id == batch_id)).one()


def _plain(reason: Finding) -> dict[str, Any]:
    return asdict(reason) | {"fields": {name: str(value) for name, value in reason.fields.items()}}
