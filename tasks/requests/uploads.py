"""Files beside a comment: each is sent first, and becomes part of the timeline with the comment that names it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, delete, select

from models.access import Actor, Permission
from models.db import db
from models.errors import Invalid, NotFound
from models.inbox import Upload
from models.processes import TaskAction
from models.requests import InvoiceRequest
from tasks import audit
from tasks.boundary import command, query
from tasks.files import FileStore
from tasks.requests.attachments import MAX_ATTACHMENTS, check_file
from tasks.requests.drafts import person
from tasks.requests.reading import KIND, get_request
from tasks.requests.values import CommentFile


@command(Permission.TASK_DECIDE)
def add_upload(actor: Actor, *, store: FileStore, request_id: int, name: str, data: bytes) -> Upload:
    """Keep a file for a comment on a request that is still to be written. Raises `Invalid` and `NotFound`."""
    request = get_request(actor, request_id)
    clean, media_type = check_file(name, data, field="files")
    upload = Upload(
        subject_kind=KIND,
        subject_id=request.id,
        user_id=person(actor),
        name=clean,
        media_type=media_type,
        size=len(data),
        sha256=store.put(data),
    )
    db.session.add(upload)
    db.session.flush()
    audit.record(actor, "upload.add", f"request:{request.id}", name=clean, sha256=upload.sha256)
    return upload


@query(Permission.TASK_DECIDE)
def list_uploads(actor: Actor, *, request_id: int, ids: Sequence[int]) -> Sequence[Upload]:
    """Which of `ids` the actor has sent for a comment on the request that is still to be written. Raises `NotFound`."""
    request = get_request(actor, request_id)
    return db.session.scalars(select(Upload).where(_waiting(actor, request, ids)).order_by(Upload.id)).all()


@query(Permission.REQUEST_READ)
def read_comment_file(
    actor: Actor, *, store: FileStore, request_id: int, action_id: int, number: int
) -> tuple[CommentFile, bytes]:
    """A file of a line in the timeline of a request that the actor may see, counted from 1. Raises `NotFound`."""
    request = get_request(actor, request_id)
    files = db.session.scalar(
        select(TaskAction.files).where(
            TaskAction.id == action_id, TaskAction.subject_kind == KIND, TaskAction.subject_id == request.id
        )
    )
    if not files or not 1 <= number <= len(files):
        raise NotFound("There is no such attachment.", code="attachment.not_found")
    found = CommentFile(**files[number - 1])
    return found, store.get(found.sha256)


def take_uploads(actor: Actor, request: InvoiceRequest, ids: Sequence[int]) -> tuple[CommentFile, ...]:
    """The files that the actor has sent for what they now say about `request`; they belong to that from here on.

    Raises `Invalid` for too many, and `NotFound` for one that is not theirs, was used, or has waited for too long.
    """
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return ()
    if len(wanted) > MAX_ATTACHMENTS:
        raise Invalid(
            "A comment has at most {limit} files. Leave some out.",
            code="upload.too_many",
            field="files",
            limit=MAX_ATTACHMENTS,
        )
    waiting = _waiting(actor, request, wanted)
    found = db.session.scalars(select(Upload).where(waiting).order_by(Upload.id)).all()
    if len(found) != len(wanted):
        raise NotFound(
            "One of the files is not there any more. Attach it again.", code="upload.not_found", field="files"
        )
    files = tuple(CommentFile(file.name, file.media_type, file.size, file.sha256) for file in found)
    db.session.execute(delete(Upload).where(waiting))
    return files


def _waiting(actor: Actor, request: InvoiceRequest, ids: Sequence[int]) -> ColumnElement[bool]:
    return and_(
        Upload.id.in_(ids),
        Upload.subject_kind == KIND,
        Upload.subject_id == request.id,
        Upload.user_id == actor.user_id,
    )
