"""How a batch of moves stands: figures while it runs, what was refused and why, each of its instances."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import NotFound
from models.moves import BatchState, ItemState, MoveBatch, MoveItem
from models.requests import InvoiceRequest
from tasks import requests
from tasks.boundary import query
from tasks.processes import Finding

_WINDOW_SECONDS = 20.0
_QUIET_SECONDS = 45  # a worker that was killed is replaced within thirty


@dataclass(frozen=True)
class MoveProgress:
    """Figures of a batch. `per_second` is None while nothing was done lately, and at the end; `time_left` as well.

    `is_quiet`: it runs, but for a while nobody has worked on it.
    """

    batch: MoveBatch
    todo: int
    moved: int
    refused: int
    returned: int
    per_second: float | None = None
    time_left: timedelta | None = None
    is_quiet: bool = False

    @property
    def total(self) -> int:
        return self.todo + self.done

    @property
    def done(self) -> int:
        return self.moved + self.refused + self.returned


@dataclass(frozen=True)
class ItemPage:
    """Instances of a batch, oldest first. `next_after` is the id to continue behind; None on the last page."""

    items: Sequence[MoveItem]
    next_after: int | None


@query(Permission.PROCESS_PUBLISH)
def get_move(actor: Actor, batch_id: int) -> MoveBatch:
    """Raises `NotFound`."""
    batch = db.session.get(MoveBatch, batch_id)
    if batch is None:
        raise NotFound("There is no such batch.", code="move.not_found")
    return batch


@query(Permission.PROCESS_PUBLISH)
def find_running_move(actor: Actor, *, key: str) -> MoveBatch | None:
    """The batch that moves instances of the flow `key` now, or None."""
    wanted = select(MoveBatch).where(MoveBatch.key == key, MoveBatch.state == BatchState.RUNNING)
    return db.session.scalars(wanted).one_or_none()


@query(Permission.PROCESS_PUBLISH)
def list_moves(actor: Actor, *, key: str, limit: int = 10) -> list[MoveProgress]:
    """The latest batches of the flow `key` with their figures, newest first."""
    wanted = select(MoveBatch).where(MoveBatch.key == key).order_by(MoveBatch.id.desc()).limit(limit)
    batches = db.session.scalars(wanted.options(joinedload(MoveBatch.target), joinedload(MoveBatch.started_by))).all()
    counts = _count([batch.id for batch in batches])
    return [_figures(batch, counts[batch.id]) for batch in batches]


@query(Permission.PROCESS_PUBLISH)
def read_progress(actor: Actor, *, batch_id: int) -> MoveProgress:
    """How far a batch is, how fast it goes, and how long it still takes at that rate. Raises `NotFound`."""
    batch = get_move(actor, batch_id)
    counts = _count([batch_id])[batch_id]
    if batch.state is not BatchState.RUNNING:
        return _figures(batch, counts)
    now = utc_now()
    since = max(batch.resumed_at, now - timedelta(seconds=_WINDOW_SECONDS))
    of_batch = MoveItem.batch_id == batch_id
    lately = db.session.scalar(select(func.count()).where(of_batch, MoveItem.at > since)) or 0
    last = db.session.scalars(select(MoveItem.at).where(of_batch).order_by(MoveItem.at.desc()).limit(1)).first()
    per_second = lately / max((now - since).total_seconds(), 1.0)
    is_quiet = now - max(batch.resumed_at, last or batch.resumed_at) > timedelta(seconds=_QUIET_SECONDS)
    return _figures(batch, counts, per_second=per_second, is_quiet=is_quiet)


@query(Permission.PROCESS_PUBLISH)
def list_refusals(actor: Actor, *, batch_id: int) -> list[tuple[Finding, int]]:
    """Why instances of a batch were refused, and how many of them, the most frequent first. Raises `NotFound`."""
    get_move(actor, batch_id)
    count, sample = func.count(), func.min(MoveItem.id)
    groups = db.session.execute(
        select(count, sample)
        .where(MoveItem.batch_id == batch_id, MoveItem.state == ItemState.REFUSED)
        .group_by(MoveItem.code, MoveItem.element_id)
        .order_by(count.desc(), sample)
    ).all()
    samples = select(MoveItem).where(MoveItem.id.in_([item_id for _, item_id in groups]))
    items = {item.id: item for item in db.session.scalars(samples)}
    return [(reasons_of(items[item_id])[0], number) for number, item_id in groups]


@query(Permission.PROCESS_PUBLISH)
def list_items(
    actor: Actor, *, batch_id: int, state: ItemState | None = None, after: int = 0, limit: int | None = 50
) -> ItemPage:
    """The instances of a batch, those in one state if it is given; without `limit` all. Raises `NotFound`."""
    get_move(actor, batch_id)
    wanted = (
        select(MoveItem)
        .options(joinedload(MoveItem.instance), joinedload(MoveItem.from_version), joinedload(MoveItem.to_version))
        .where(MoveItem.batch_id == batch_id, MoveItem.id > after)
        .order_by(MoveItem.id)
        .limit(None if limit is None else limit + 1)
    )
    if state is not None:
        wanted = wanted.where(MoveItem.state == state)
    rows = db.session.scalars(wanted).all()
    if limit is None or len(rows) <= limit:
        return ItemPage(rows, None)
    return ItemPage(rows[:limit], rows[limit - 1].id)


@query(Permission.PROCESS_PUBLISH)
def name_subjects(actor: Actor, *, subjects: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The numbers of the requests among the records that instances are about, as far as the actor may see them."""
    ids = [subject_id for kind, subject_id in subjects if kind == requests.KIND]
    wanted = select(InvoiceRequest.id, InvoiceRequest.number).where(
        InvoiceRequest.id.in_(ids), requests.visible_to(actor)
    )
    return {(requests.KIND, row[0]): row[1] or "" for row in db.session.execute(wanted)}


def reasons_of(item: MoveItem) -> list[Finding]:
    """Why an instance was refused; nothing when it was not."""
    return [Finding(**reason) for reason in item.reasons]


def _figures(
    batch: MoveBatch, counts: dict[ItemState, int], *, per_second: float = 0, is_quiet: bool = False
) -> MoveProgress:
    todo = counts[ItemState.TODO]
    return MoveProgress(
        batch,
        todo,
        moved=counts[ItemState.MOVED],
        refused=counts[ItemState.REFUSED],
        returned=counts[ItemState.RETURNED],
        per_second=per_second or None,
        time_left=timedelta(seconds=ceil(todo / per_second)) if per_second else None,
        is_quiet=is_quiet,
    )


def _count(batch_ids: Sequence[int]) -> dict[int, dict[ItemState, int]]:
    counts = {batch_id: dict.fromkeys(ItemState, 0) for batch_id in batch_ids}
    wanted = select(MoveItem.batch_id, MoveItem.state, func.count()).where(MoveItem.batch_id.in_(batch_ids))
    for batch_id, state, count in db.session.execute(wanted.group_by(MoveItem.batch_id, MoveItem.state)):
        counts[batch_id][state] = count
    return counts
