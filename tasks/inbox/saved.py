"""Views of the inbox that people have given a name, for themselves or for everybody in the company."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission
from models.db import db
from models.errors import Invalid, NotFound
from models.inbox import SavedView
from tasks.boundary import command, query
from tasks.requests.drafts import person

MOST_VIEWS = 50
NAME_LIMIT = 40
QUERY_LIMIT = 500


@command(Permission.TASK_READ)
def save_view(actor: Actor, *, name: str, address: str, is_shared: bool = False) -> SavedView:
    """Keep a view under a name; a view of one's own with the same name is replaced. Raises `Invalid`."""
    name = name.strip()
    if not 0 < len(name) <= NAME_LIMIT:
        raise Invalid(
            "Give the view a name of at most {limit} characters.", code="view.name", field="name", limit=NAME_LIMIT
        )
    if len(address) > QUERY_LIMIT:
        raise Invalid("The filters of this view are too long to be kept.", code="view.query", field="name")
    own = select(SavedView).where(SavedView.owner_id == actor.user_id)
    view = db.session.scalars(own.where(SavedView.name == name)).one_or_none()
    if view is None:
        if (db.session.scalar(select(func.count()).select_from(own.subquery())) or 0) >= MOST_VIEWS:
            raise Invalid(
                "You have {limit} views. Delete one first.", code="view.too_many", field="name", limit=MOST_VIEWS
            )
        view = SavedView(owner_id=person(actor), name=name)
        db.session.add(view)
    view.query, view.is_shared = address, is_shared
    db.session.flush()
    return view


@command(Permission.TASK_READ)
def delete_view(actor: Actor, *, view_id: int) -> SavedView:
    """Forget a view of one's own. Raises `NotFound`."""
    view = db.session.scalars(
        select(SavedView).where(SavedView.id == view_id, SavedView.owner_id == actor.user_id)
    ).one_or_none()
    if view is None:
        raise NotFound("There is no such view of yours.", code="view.not_found")
    db.session.delete(view)
    return view


@query(Permission.TASK_READ)
def list_views(actor: Actor) -> Sequence[SavedView]:
    """One's own views, and those that others share, by name."""
    return db.session.scalars(
        select(SavedView)
        .options(joinedload(SavedView.owner))
        .where(or_(SavedView.owner_id == actor.user_id, SavedView.is_shared))
        .order_by(SavedView.name, SavedView.id)
    ).all()
