"""What people did about a request, written down as they do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from models.access import Actor
from models.db import db, utc_now
from models.later import write_later
from models.processes import ADD_ACTION, HumanTask
from models.requests import InvoiceRequest
from tasks.requests.reading import KIND
from tasks.requests.rounds import Change
from tasks.requests.values import CommentFile


def note(
    actor: Actor,
    request: InvoiceRequest,
    action: str,
    *,
    comment: str = "",
    task: HumanTask | None = None,
    about: int | None = None,
    outsider: str = "",
    changes: Sequence[Change] = (),
    files: Sequence[CommentFile] = (),
) -> None:
    """Add to the timeline of `request` what the actor just did, to the user `about` or to an `outsider`."""
    if request.id is None:
        db.session.flush()
    write_later(
        ADD_ACTION,
        company_id=request.company_id,
        subject_kind=KIND,
        subject_id=request.id,
        task_id=task.id if task else None,
        title=task.title if task else "",
        title_zh=task.title_zh if task else "",
        action=action,
        comment=comment,
        user_id=actor.user_id,
        about_id=about,
        outsider=outsider or actor.outsider,
        at=utc_now(),
        changes=[asdict(change) for change in changes] or None,
        files=[asdict(file) for file in files] or None,
    )
