"""Files beside a request: what may come in, and how it is kept."""

from __future__ import annotations

from pathlib import PurePath

from models.access import Actor, Permission
from models.db import db
from models.errors import Invalid, NotFound
from models.requests import Attachment
from tasks import audit
from tasks.boundary import command, query
from tasks.files import FileStore
from tasks.requests.drafts import lock_editable, person
from tasks.requests.reading import get_request

MAX_ATTACHMENTS = 20
MAX_BYTES = 10 * 1024 * 1024
# The type is told from the first bytes; the name only says which of the zip-based formats it is.
_SIGNATURES: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"%PDF-", "application/pdf", (".pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", (".png",)),
    (b"\xff\xd8\xff", "image/jpeg", (".jpg", ".jpeg")),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)),
    (b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)),
    (b"PK\x03\x04", "application/ofd", (".ofd",)),
)


@command(Permission.REQUEST_SUBMIT)
def add_attachment(actor: Actor, *, store: FileStore, request_id: int, name: str, data: bytes) -> Attachment:
    """Keep a file beside a request that is still being written. Raises `Invalid` saying what may come in."""
    request = lock_editable(actor, request_id)
    if len(request.attachments) >= MAX_ATTACHMENTS:
        raise Invalid(
            "A request has at most {limit} attachments. Remove one first.",
            code="attachment.too_many",
            field="attachments",
            limit=MAX_ATTACHMENTS,
        )
    clean, media_type = check_file(name, data, field="attachments")
    attachment = Attachment(
        name=clean,
        media_type=media_type,
        size=len(data),
        sha256=store.put(data),
        uploaded_by_id=person(actor),
    )
    request.attachments.append(attachment)
    db.session.flush()
    audit.record(actor, "attachment.add", f"request:{request.id}", name=clean, sha256=attachment.sha256)
    return attachment


@command(Permission.REQUEST_SUBMIT)
def remove_attachment(actor: Actor, *, request_id: int, attachment_id: int) -> None:
    """Take a file away from a request that is still being written. Raises `NotFound`."""
    request = lock_editable(actor, request_id)
    attachment = _one_of(request.attachments, attachment_id)
    request.attachments.remove(attachment)
    audit.record(actor, "attachment.remove", f"request:{request.id}", name=attachment.name, sha256=attachment.sha256)


@query(Permission.REQUEST_READ)
def read_attachment(actor: Actor, *, store: FileStore, request_id: int, attachment_id: int) -> tuple[Attachment, bytes]:
    """A file of a request that the actor may see. Raises `NotFound`."""
    attachment = _one_of(get_request(actor, request_id).attachments, attachment_id)
    return attachment, store.get(attachment.sha256)


def _one_of(attachments: list[Attachment], attachment_id: int) -> Attachment:
    found = next((attachment for attachment in attachments if attachment.id == attachment_id), None)
    if found is None:
        raise NotFound("There is no such attachment.", code="attachment.not_found")
    return found


def check_file(name: str, data: bytes, *, field: str) -> tuple[str, str]:
    """The name to keep a file by, without folders, and its media type. Raises `Invalid` saying what may come in."""
    clean = PurePath(name.replace("\\", "/")).name[:200]
    if not data or len(data) > MAX_BYTES:
        raise Invalid(
            "“{name}” is empty or larger than {limit} MB.",
            code="attachment.size",
            field=field,
            name=clean,
            limit=MAX_BYTES // 1024 // 1024,
        )
    suffix = PurePath(clean).suffix.lower()
    for signature, media_type, suffixes in _SIGNATURES:
        if data.startswith(signature) and suffix in suffixes:
            return clean, media_type
    raise Invalid(
        "“{name}” is not a PDF, PNG, JPEG, OFD, XLSX or DOCX file, or its content is of another kind than its name.",
        code="attachment.type",
        field=field,
        name=clean,
    )
