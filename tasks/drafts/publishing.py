"""A draft becomes the next version of its flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from models.access import Actor, Permission
from models.drafts import DraftState
from models.errors import Conflict, Invalid
from models.processes import ProcessDefinition
from tasks import processes
from tasks.boundary import command, query
from tasks.drafts.checking import check_draft
from tasks.drafts.files import split_texts
from tasks.drafts.opening import close_draft, get_draft, lock_draft


@dataclass(frozen=True)
class Review:
    """What publishing a draft would do: the faults of each file, the changes, and the newest version if not its base.

    `changes` is None while a file cannot be read.
    """

    findings: Mapping[str, Sequence[processes.Finding]]
    changes: processes.Difference | None
    newer: ProcessDefinition | None

    @property
    def is_publishable(self) -> bool:
        return all(row.severity != "error" for rows in self.findings.values() for row in rows)


@query(Permission.PROCESS_PUBLISH)
def review_draft(actor: Actor, *, draft_id: int) -> Review:
    """Raises `NotFound`."""
    draft = get_draft(actor, draft_id)
    newest = processes.latest(actor, draft.key)
    bpmn, tables = split_texts(draft)
    changes = None
    with suppress(Invalid):  # which the findings say better
        changes = processes.compare_texts(actor, old_id=newest.id, bpmn=bpmn, tables=tables)
    return Review(
        findings=check_draft(actor, draft_id=draft_id),
        changes=changes,
        newer=newest if newest.id != draft.base_id else None,
    )


@command(Permission.PROCESS_PUBLISH)
def publish_draft(actor: Actor, draft_id: int, *, note: str = "", over: int | None = None) -> ProcessDefinition:
    """Publish the files of a draft and close it.

    When a version newer than its base is there, `over` must be the number of that version: the author has seen it.
    Raises `NotFound`, `Invalid` with every fault found, and `Conflict`.
    """
    draft = lock_draft(draft_id)
    draft.require_open()
    newest = processes.latest(actor, draft.key)
    if newest.id != draft.base_id and newest.version != over:
        raise Conflict(
            "Version {version} was published after this draft was begun. Look at what it changed before you publish.",
            code="draft.outdated",
            version=newest.version,
        )
    bpmn, tables = split_texts(draft)
    definition = processes.publish_process(actor, bpmn=bpmn, tables=tables, note=note)
    close_draft(actor, draft, DraftState.PUBLISHED)
    return definition
