"""The files of a draft: read, save, go back and forth. A text that was saved once is never lost."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, undefer

from models.access import Actor, Permission
from models.db import db, utc_now
from models.drafts import DraftEdit, DraftFile, EditKind, FlowDraft
from models.errors import Conflict, Invalid, NotFound
from tasks.boundary import command, query
from tasks.drafts.opening import lock_draft

MAX_BYTES = 2 * 1024 * 1024
# So many texts of a file are kept, the newest ones and the first.
MAX_EDITS = 500
# Half of a surrogate pair is no character, and PostgreSQL keeps no NUL.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True)
class Saved:
    """The number of the saved text. With `is_aside` it stands beside `current`, which somebody saved meanwhile."""

    number: int
    current: int
    is_aside: bool = False


@query(Permission.PROCESS_PUBLISH)
def read_file(actor: Actor, *, draft_id: int, name: str) -> DraftEdit:
    """The text that a file has now. Raises `NotFound`."""
    file = find_file(draft_id, name)
    return _edit(file, file.number)


@query(Permission.PROCESS_PUBLISH)
def read_edit(actor: Actor, *, draft_id: int, name: str, number: int) -> DraftEdit:
    """One of the texts that a file has had. Raises `NotFound`."""
    return _edit(find_file(draft_id, name), number)


@query(Permission.PROCESS_PUBLISH)
def list_edits(actor: Actor, *, draft_id: int, name: str, limit: int = 100) -> Sequence[DraftEdit]:
    """What was saved of a file, newest first, without the texts. Raises `NotFound`."""
    wanted = select(DraftEdit).where(DraftEdit.file_id == find_file(draft_id, name).id)
    wanted = wanted.options(joinedload(DraftEdit.user)).order_by(DraftEdit.number.desc()).limit(limit)
    return db.session.scalars(wanted).all()


@command(Permission.PROCESS_PUBLISH)
def save_file(
    actor: Actor, *, draft_id: int, name: str, text: str, based_on: int, kind: EditKind = EditKind.SAVE
) -> Saved:
    """Keep `text`, which was made from the text number `based_on`.

    When that is not the newest text any more, the file stays as it is and `text` is kept aside, for its author to
    compare. Raises `NotFound`, `Conflict` for a draft that is closed, and `Invalid` for what cannot be kept.
    """
    _check_text(text)
    draft, file = _lock(draft_id, name)
    current = _edit(file, file.number)
    if current.text == text:
        return Saved(current.number, current.number)
    is_aside = based_on != current.number
    edit = DraftEdit(
        file=file,
        number=_newest(file) + 1,
        parent=based_on if is_aside else current.number,
        kind=EditKind.ASIDE if is_aside else kind,
        text=text,
        user_id=actor.user_id,
    )
    db.session.add(edit)
    if not is_aside:
        file.number = edit.number
    _touch(actor, draft)
    _forget_oldest(file, edit.number)
    return Saved(edit.number, file.number, is_aside)


@command(Permission.PROCESS_PUBLISH)
def undo_edit(actor: Actor, *, draft_id: int, name: str) -> DraftEdit:
    """Go back to the text before. Raises `NotFound`, and `Conflict` when there is none."""
    draft, file = _lock(draft_id, name)
    parent = _edit(file, file.number).parent
    if parent is None:
        raise Conflict("There is nothing left to undo.", code="draft.first")
    return _go_to(actor, draft, file, parent)


@command(Permission.PROCESS_PUBLISH)
def redo_edit(actor: Actor, *, draft_id: int, name: str) -> DraftEdit:
    """Go forward again to the text that was taken back last. Raises `NotFound`, and `Conflict` when there is none."""
    draft, file = _lock(draft_id, name)
    children = select(func.max(DraftEdit.number)).where(
        DraftEdit.file_id == file.id, DraftEdit.parent == file.number, DraftEdit.kind != EditKind.ASIDE
    )
    newest = db.session.scalar(children)
    if newest is None:
        raise Conflict("There is nothing to do again.", code="draft.newest")
    return _go_to(actor, draft, file, newest)


@command(Permission.PROCESS_PUBLISH)
def restore_edit(actor: Actor, *, draft_id: int, name: str, number: int) -> DraftEdit:
    """Go to any text that the file has had, also one that was kept aside. Raises `NotFound` and `Conflict`."""
    draft, file = _lock(draft_id, name)
    return _go_to(actor, draft, file, number)


def find_file(draft_id: int, name: str) -> DraftFile:
    """Raises `NotFound`."""
    wanted = select(DraftFile).where(DraftFile.draft_id == draft_id, DraftFile.name == name)
    file = db.session.scalars(wanted).one_or_none()
    if file is None:
        raise NotFound("This draft has no file of that name.", code="draft.no_file")
    return file


def current_texts(draft: FlowDraft) -> dict[str, str]:
    """The texts that the files of a draft have now, by name."""
    is_current = (DraftEdit.file_id == DraftFile.id) & (DraftEdit.number == DraftFile.number)
    rows = db.session.execute(
        select(DraftFile.name, DraftEdit.text).join(DraftEdit, is_current).where(DraftFile.draft_id == draft.id)
    )
    return {row.name: row.text for row in rows}


def split_texts(draft: FlowDraft) -> tuple[bytes, list[bytes]]:
    """The diagram and the decision files that a draft has now."""
    texts = current_texts(draft)
    tables = [text.encode() for name, text in texts.items() if name.endswith(".dmn")]
    return texts[f"{draft.key}.bpmn"].encode(), tables


def _lock(draft_id: int, name: str) -> tuple[FlowDraft, DraftFile]:
    draft = lock_draft(draft_id)
    draft.require_open()
    file = find_file(draft_id, name)
    db.session.refresh(file)
    return draft, file


def _edit(file: DraftFile, number: int) -> DraftEdit:
    wanted = select(DraftEdit).where(DraftEdit.file_id == file.id, DraftEdit.number == number)
    edit = db.session.scalars(wanted.options(undefer(DraftEdit.text))).one_or_none()
    if edit is None:
        raise NotFound("This text is not kept any more.", code="draft.no_edit")
    return edit


def _newest(file: DraftFile) -> int:
    return db.session.scalar(select(func.max(DraftEdit.number)).where(DraftEdit.file_id == file.id)) or 0


def _go_to(actor: Actor, draft: FlowDraft, file: DraftFile, number: int) -> DraftEdit:
    edit = _edit(file, number)
    file.number = edit.number
    _touch(actor, draft)
    return edit


def _touch(actor: Actor, draft: FlowDraft) -> None:
    draft.edited_by_id, draft.edited_at = actor.user_id, utc_now()


def _check_text(text: str) -> None:
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise Invalid("The file is larger than {limit} bytes.", code="xml.too_large", field="text", limit=MAX_BYTES)
    if _NO_TEXT.search(text):
        raise Invalid("The file has characters that no file may have.", code="draft.no_text", field="text")


def _forget_oldest(file: DraftFile, newest: int) -> None:
    """Past `MAX_EDITS`, the oldest but the first, and never the one that the file has. Undo ends there."""
    oldest = newest - MAX_EDITS
    if oldest <= 1:
        return
    gone = select(DraftEdit).where(
        DraftEdit.file_id == file.id, DraftEdit.number > 1, DraftEdit.number <= oldest, DraftEdit.number != file.number
    )
    for edit in db.session.scalars(gone):
        db.session.delete(edit)
