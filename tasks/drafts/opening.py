"""Begin a draft from the version that runs, find it again, put it away and take it up again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.db import db, utc_now
from models.drafts import DraftEdit, DraftFile, DraftState, EditKind, FlowDraft
from models.errors import Conflict, NotFound
from models.processes import ProcessDefinition
from tasks import audit, processes
from tasks.boundary import command, query


@command(Permission.PROCESS_PUBLISH)
def open_draft(actor: Actor, *, key: str) -> FlowDraft:
    """The open draft of process `key`; a new one, from the newest version, where there is none. Raises `NotFound`."""
    found = _find_open(key)
    if found is not None:
        return found
    base = processes.latest(actor, key)
    draft = FlowDraft(key=key, base=base, started_by_id=actor.user_id, edited_by_id=actor.user_id)
    db.session.add(draft)
    db.session.flush()
    for name, content in files_of(base).items():
        file = DraftFile(draft=draft, name=name)
        db.session.add(DraftEdit(file=file, number=1, kind=EditKind.START, text=content, user_id=actor.user_id))
    audit.record(actor, "draft.open", f"process:{key}", version=base.version)
    db.session.flush()
    return draft


@query(Permission.PROCESS_PUBLISH)
def list_drafts(actor: Actor) -> Sequence[FlowDraft]:
    """The open drafts, with who edited them last."""
    wanted = select(FlowDraft).where(FlowDraft.state == DraftState.OPEN)
    return db.session.scalars(wanted.options(joinedload(FlowDraft.edited_by)).order_by(FlowDraft.key)).all()


@query(Permission.PROCESS_PUBLISH)
def get_draft(actor: Actor, draft_id: int) -> FlowDraft:
    """A draft with its files, whatever its state. Raises `NotFound`."""
    loaded = selectinload(FlowDraft.files)
    draft = db.session.scalars(select(FlowDraft).where(FlowDraft.id == draft_id).options(loaded)).one_or_none()
    if draft is None:
        raise NotFound("There is no such draft.", code="draft.not_found")
    return draft


@command(Permission.PROCESS_PUBLISH)
def discard_draft(actor: Actor, draft_id: int) -> None:
    """Put a draft away; `reopen_draft` brings it back. Raises `NotFound`, and `Conflict` when it is not open."""
    draft = lock_draft(draft_id)
    draft.require_open()
    close_draft(actor, draft, DraftState.DISCARDED)
    audit.record(actor, "draft.discard", f"process:{draft.key}", draft=draft.id)


@command(Permission.PROCESS_PUBLISH)
def reopen_draft(actor: Actor, draft_id: int) -> FlowDraft:
    """Take up a discarded draft again. Raises `NotFound`, and `Conflict` when there is another one by now."""
    draft = lock_draft(draft_id)
    if draft.state is not DraftState.DISCARDED:
        draft.require_open()
        return draft
    if _find_open(draft.key) is not None:
        raise Conflict("Another draft of this flow was begun. Discard that one first.", code="draft.another")
    draft.state, draft.closed_at = DraftState.OPEN, None
    audit.record(actor, "draft.reopen", f"process:{draft.key}", draft=draft.id)
    return draft


def lock_draft(draft_id: int) -> FlowDraft:
    """The draft, which nobody else changes before this transaction ends. Raises `NotFound`."""
    wanted = select(FlowDraft).where(FlowDraft.id == draft_id).with_for_update()
    draft = db.session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if draft is None:
        raise NotFound("There is no such draft.", code="draft.not_found")
    return draft


def close_draft(actor: Actor, draft: FlowDraft, state: DraftState) -> None:
    """Let nobody edit it any more."""
    draft.state, draft.closed_at, draft.edited_by_id = state, utc_now(), actor.user_id


def files_of(definition: ProcessDefinition) -> dict[str, str]:
    """The files of a version by their names. A file with several decisions is called after the first of them."""
    names: dict[str, str] = {}
    for key, content in sorted(definition.decisions.items()):
        names.setdefault(content, f"{key}.dmn")
    return {f"{definition.key}.bpmn": definition.bpmn} | {name: content for content, name in names.items()}


def _find_open(key: str) -> FlowDraft | None:
    wanted = select(FlowDraft).where(FlowDraft.key == key, FlowDraft.state == DraftState.OPEN)
    return db.session.scalars(wanted).one_or_none()
