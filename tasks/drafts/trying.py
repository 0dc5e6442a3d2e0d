"""A draft tried out before it is published: with the flow's test cases, and with requests of the past."""

from __future__ import annotations

from models.access import Actor, Permission
from tasks import processes, replays
from tasks.boundary import query
from tasks.drafts.files import split_texts
from tasks.drafts.opening import get_draft

# As long as a page may keep its reader waiting, in seconds.
_PATIENCE = 20


@query(Permission.PROCESS_PUBLISH)
def try_cases(actor: Actor, *, draft_id: int) -> list[replays.CaseResult]:
    """What becomes of each test case of the flow on the draft. Raises `NotFound`; `Invalid` for a draft with faults."""
    draft = get_draft(actor, draft_id)
    bpmn, decisions = _parts(draft_id, actor)
    return replays.run_cases(bpmn, decisions, replays.shipped_cases(draft.key))


@query(Permission.PROCESS_PUBLISH)
def replay_draft(actor: Actor, *, draft_id: int, limit: int = 100, version: int | None = None) -> replays.Report:
    """What the draft would have made of the newest finished requests. Raises as `try_cases`."""
    draft = get_draft(actor, draft_id)
    bpmn, decisions = _parts(draft_id, actor)
    return replays.replay_requests(
        actor, key=draft.key, bpmn=bpmn, decisions=decisions, limit=limit, version=version, seconds=_PATIENCE
    )


def _parts(draft_id: int, actor: Actor) -> tuple[str, dict[str, str]]:
    bpmn, tables = split_texts(get_draft(actor, draft_id))
    return bpmn.decode(), {key: table.decode() for key, table in processes.keyed_tables(tables).items()}
