"""Start a batch of moves, stop it, let it go on, take it back. The work itself happens in the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import func, select

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import Conflict
from models.moves import BatchState, ItemState, MoveBatch, MoveItem
from models.processes import ProcessDefinition
from tasks import audit, processes
from tasks.boundary import command
from tasks.jobs import enqueue
from tasks.moves.reading import find_running_move, get_move
from tasks.moves.working import WORK

_LONGEST_NOTE = 500


@command(Permission.PROCESS_PUBLISH)
def start_move(actor: Actor, *, to_id: int, id_map: Mapping[str, str] | None = None, note: str = "") -> MoveBatch:
    """Let the running instances of a flow's other versions go on under the version `to_id`, in the background.

    Each moves in a transaction of its own; one that cannot stays as it is and keeps no other from moving. `id_map` has
    new ids of elements by their old ones. Raises `NotFound`, `Invalid` for a map of elements that are not there, and
    `Conflict` when nothing runs elsewhere or instances of the flow are being moved already.
    """
    target = processes.get_definition(actor, to_id)
    _refuse_second(actor, target.key)
    found = processes.list_movable(actor, to_id=to_id, id_map=id_map)
    batch = MoveBatch(key=target.key, target_id=target.id, id_map=dict(id_map or {}), note=note[:_LONGEST_NOTE])
    items = [MoveItem(instance_id=one, from_id=from_id, to_id=target.id) for one, from_id in found]
    return _start(actor, batch, items, to_version=target.version)


@command(Permission.PROCESS_PUBLISH)
def roll_back_move(actor: Actor, *, batch_id: int, note: str = "") -> MoveBatch:
    """Let every instance that a batch has moved go back to the version it came from, in the background.

    One that has ended, moved on to another version, or come to where the older version has no place for it stays, and
    says why. Raises `NotFound`, and `Conflict` for a batch that is still running, has moved nothing that is not back
    already, or is itself a way back.
    """
    undone = get_move(actor, batch_id)
    _refuse_second(actor, undone.key)
    if undone.undoes_id is not None:
        raise Conflict("A way back is not taken back: move to the newer version again.", code="move.back")
    moved = db.session.scalars(
        select(MoveItem).where(MoveItem.batch_id == undone.id, MoveItem.state == ItemState.MOVED).order_by(MoveItem.id)
    )
    batch = MoveBatch(key=undone.key, undoes_id=undone.id, note=note[:_LONGEST_NOTE])
    items = [
        MoveItem(instance_id=item.instance_id, from_id=item.to_id, to_id=item.from_id, undoes_id=item.id)
        for item in moved
    ]
    return _start(actor, batch, items, undoes=undone.id)


@command(Permission.PROCESS_PUBLISH)
def stop_move(actor: Actor, *, batch_id: int) -> MoveBatch:
    """Move nothing more: the instance at hand is finished, all others stay where they are. Raises `NotFound`.

    Nothing happens to a batch that does not run any more.
    """
    batch = _lock(actor, batch_id)
    if batch.state is BatchState.RUNNING:
        batch.end(BatchState.STOPPED, by=actor.user_id, at=utc_now())
        audit.record(actor, "process.move_stop", f"process:{batch.key}", batch=batch.id)
    return batch


@command(Permission.PROCESS_PUBLISH)
def resume_move(actor: Actor, *, batch_id: int) -> MoveBatch:
    """Let a batch go on that was stopped, or whose work was given up. One that runs is joined: nothing moves twice.

    Raises `NotFound`, and `Conflict` when nothing is left to do or other instances of the flow are being moved.
    """
    batch = _lock(actor, batch_id)
    if batch.state is BatchState.DONE:
        raise Conflict("This batch is done; nothing is left to move.", code="move.done")
    if batch.state is BatchState.STOPPED:
        _refuse_second(actor, batch.key)
    audit.record(actor, "process.move_resume", f"process:{batch.key}", batch=batch.id)
    _put_to_work(batch)
    return batch


def _start(actor: Actor, batch: MoveBatch, items: list[MoveItem], **facts: int) -> MoveBatch:
    if not items:
        raise Conflict("There is nothing to move.", code="move.nothing")
    batch.started_by_id = actor.user_id
    batch.started_at = utc_now()
    _put_to_work(batch, items)
    audit.record(
        actor,
        "process.move_start",
        f"process:{batch.key}",
        batch=batch.id,
        instances=len(items),
        note=batch.note,
        map=batch.id_map,
        **facts,
    )
    return batch


def _put_to_work(batch: MoveBatch, items: Iterable[MoveItem] = ()) -> None:
    batch.begin(utc_now())
    db.session.add(batch)
    db.session.flush()
    for item in items:
        item.batch_id = batch.id
        db.session.add(item)
    db.session.flush()
    payload = {"batch": batch.id}
    enqueue(WORK, payload, key=f"{WORK}:{batch.id}:{batch.runs}", company_id=batch.company_id)


def _refuse_second(actor: Actor, key: str) -> None:
    """One batch at a time for each flow: two would move the same instances back and forth.

    Whoever starts one locks the flow's first version before they look, so that two at once cannot both see none.
    """
    first = select(func.min(ProcessDefinition.id)).where(ProcessDefinition.key == key).scalar_subquery()
    db.session.scalars(
        select(ProcessDefinition.id).where(ProcessDefinition.id == first).with_for_update(key_share=True)
    ).all()
    running = find_running_move(actor, key=key)
    if running is not None:
        raise Conflict(
            "Flows of “{key}” are being moved already (batch {batch}). Wait for its end, or stop it.",
            code="move.running",
            key=key,
            batch=running.id,
        )


def _lock(actor: Actor, batch_id: int) -> MoveBatch:
    get_move(actor, batch_id)
    wanted = select(MoveBatch).where(MoveBatch.id == batch_id).with_for_update()
    return db.session.scalars(wanted.execution_options(populate_existing=True)).one()
