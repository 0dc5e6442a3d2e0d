"""Who is at a draft: one tab edits, the others look on, and anybody may take over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission
from models.db import db, utc_now
from models.drafts import DraftState, DraftVisitor
from tasks.boundary import command
from tasks.drafts.opening import lock_draft

# A tab says every few seconds that it is there; one that was not heard of for so long is gone.
AWAY_AFTER = timedelta(seconds=15)


@dataclass(frozen=True)
class Visitor:
    """Another tab at the same draft."""

    name: str
    is_editing: bool
    is_me: bool


@dataclass(frozen=True)
class Presence:
    """Whether this tab may edit, who else is here, and the number of the text that each file has now."""

    may_edit: bool
    others: tuple[Visitor, ...]
    numbers: dict[str, int]


@command(Permission.PROCESS_PUBLISH)
def visit_draft(actor: Actor, *, draft_id: int, tab: str, takes_over: bool = False) -> Presence:
    """Say that `tab` shows the draft. It may edit if no other tab does, or if it `takes_over`. Raises `NotFound`."""
    draft, now = lock_draft(draft_id), utc_now()
    visitors = _visitors(draft_id)
    here = next((row for row in visitors if row.tab == tab and row.user_id == actor.user_id), None)
    for row in visitors:
        if row is not here and row.seen_at < now - AWAY_AFTER:
            db.session.delete(row)
    others = [row for row in visitors if row is not here and row.seen_at >= now - AWAY_AFTER]
    if here is None:
        here = DraftVisitor(draft_id=draft_id, tab=tab, user_id=actor.user_id)
        db.session.add(here)
    if takes_over:
        for row in others:
            row.is_editing = False
    here.seen_at = now
    here.is_editing = draft.state is DraftState.OPEN and not any(row.is_editing for row in others)
    return Presence(
        may_edit=here.is_editing,
        others=tuple(Visitor(row.user.name, row.is_editing, row.user_id == actor.user_id) for row in others),
        numbers={file.name: file.number for file in draft.files},
    )


@command(Permission.PROCESS_PUBLISH)
def leave_draft(actor: Actor, *, draft_id: int, tab: str) -> None:
    """Say that `tab` shows the draft no longer. Raises `NotFound`."""
    lock_draft(draft_id)
    for row in _visitors(draft_id):
        if row.tab == tab and row.user_id == actor.user_id:
            db.session.delete(row)


def _visitors(draft_id: int) -> list[DraftVisitor]:
    wanted = select(DraftVisitor).where(DraftVisitor.draft_id == draft_id).order_by(DraftVisitor.id)
    fresh = wanted.options(joinedload(DraftVisitor.user)).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))
