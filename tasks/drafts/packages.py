"""Files from elsewhere into a draft, and a draft as one package to take elsewhere."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from engine.language import Sentence
from models.access import Actor, Permission
from models.db import db
from models.drafts import DraftEdit, DraftFile, EditKind, FlowDraft
from models.errors import Invalid
from tasks import processes
from tasks.boundary import command, query
from tasks.drafts.files import MAX_BYTES, current_texts, save_file
from tasks.drafts.opening import get_draft, lock_draft

MAX_FILES = 50
# The same content is always the same package.
_MOMENT = (2020, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class ImportedFile:
    """A file that was taken: what was put into our words, and what the designer has to decide."""

    name: str
    changes: Sequence[processes.Change] = ()
    open_points: Sequence[processes.Finding] = ()


@command(Permission.PROCESS_PUBLISH)
def import_files(actor: Actor, *, draft_id: int, files: Sequence[tuple[str, bytes]]) -> list[ImportedFile]:
    """Take files into a draft: a diagram, decision files, or packages of them; each can be undone.

    A diagram of another tool is put into our words first. Raises `NotFound`, `Conflict`, and `Invalid` naming the file
    that cannot be taken; then none is.
    """
    draft = lock_draft(draft_id)
    draft.require_open()
    given = list(_unpacked(files))
    diagrams = [name for name, _ in given if name.endswith((".bpmn", ".xml"))]
    if not given or len(diagrams) > 1:
        raise Invalid("Choose one diagram (.bpmn), decision files (.dmn), or a package (.zip).", code="draft.files")
    return [_take(actor, draft, name, data) for name, data in given]


@query(Permission.PROCESS_PUBLISH)
def export_draft(actor: Actor, *, draft_id: int) -> bytes:
    """All files of a draft as a package (.zip). Raises `NotFound`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(current_texts(get_draft(actor, draft_id)).items()):
            archive.writestr(zipfile.ZipInfo(name, _MOMENT), text)
    return packed.getvalue()


def _take(actor: Actor, draft: FlowDraft, name: str, data: bytes) -> ImportedFile:
    try:
        if name.endswith(".dmn"):
            return _take_table(actor, draft, name, data)
        return _take_diagram(actor, draft, data)
    except Invalid as error:
        raise Invalid(
            "{file}: {reason}", code=error.code, file=name[:200], reason=Sentence(error.message, error.fields)
        ) from error


def _take_diagram(actor: Actor, draft: FlowDraft, data: bytes) -> ImportedFile:
    found = processes.normalise_diagram(data, key=draft.key)
    name = f"{draft.key}.bpmn"
    _keep(actor, draft, name, found.bpmn)
    return ImportedFile(name, found.changes, found.open_points)


def _take_table(actor: Actor, draft: FlowDraft, name: str, data: bytes) -> ImportedFile:
    """A file with the decisions of one that is there takes its place, whatever it is called."""
    ids = processes.decision_ids(data)
    if not ids:
        problems = [finding for finding in processes.check_tables(data) if finding.severity == "error"]
        first = problems[0]
        raise Invalid.of(first.message, first.fields, code=first.code, remedy=first.fix)
    same = [
        known
        for known, text in current_texts(draft).items()
        if known.endswith(".dmn") and processes.decision_ids(text.encode()) & ids
    ]
    target = next(iter(same), f"{min(ids)}.dmn")
    _keep(actor, draft, target, data)
    return ImportedFile(target)


def _keep(actor: Actor, draft: FlowDraft, name: str, data: bytes) -> None:
    text = data.decode("utf-8-sig")
    file = next((file for file in draft.files if file.name == name), None)
    if file is None:
        file = DraftFile(draft=draft, name=name)
        db.session.add(DraftEdit(file=file, number=1, kind=EditKind.IMPORT, text=text, user_id=actor.user_id))
        db.session.flush()
        return
    save_file(actor, draft_id=draft.id, name=name, text=text, based_on=file.number, kind=EditKind.IMPORT)


def _unpacked(files: Sequence[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    for name, data in files:
        suffix = PurePosixPath(name).suffix.lower()
        if suffix == ".zip":
            yield from _members(name, data)
        elif suffix in (".bpmn", ".xml", ".dmn"):
            yield name.lower(), data
        else:
            raise Invalid("{file}: this kind of file cannot be taken.", code="draft.kind", file=name[:200])


def _members(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a package. Their names decide nothing but their kind, and no more is unpacked than may be kept."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if member.filename.lower().endswith((".bpmn", ".dmn"))]
            if len(members) > MAX_FILES:
                raise Invalid(
                    "{file} has more than {limit} files.", code="draft.many", file=name[:200], limit=MAX_FILES
                )
            for member in members:
                with archive.open(member) as file:
                    yield PurePosixPath(member.filename.lower()).name, file.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise Invalid("{file} is no package that can be read.", code="draft.package", file=name[:200]) from error
