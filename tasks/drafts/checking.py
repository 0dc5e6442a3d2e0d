"""What is wrong with a draft as it stands: the same checks that publishing makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.access import Actor, Permission
from tasks import processes
from tasks.boundary import query
from tasks.drafts.files import current_texts
from tasks.drafts.opening import get_draft


@query(Permission.PROCESS_PUBLISH)
def check_draft(actor: Actor, *, draft_id: int) -> Mapping[str, Sequence[processes.Finding]]:
    """Every fault of each file, by its name, errors first. Raises `NotFound`."""
    texts = {name: text.encode() for name, text in current_texts(get_draft(actor, draft_id)).items()}
    tables = [text for name, text in texts.items() if name.endswith(".dmn")]
    known = frozenset[str]().union(*(processes.decision_ids(table, tables) for table in tables))
    return {
        name: processes.check_tables(text, [table for table in tables if table is not text])
        if name.endswith(".dmn")
        else processes.check_diagram(text, known)
        for name, text in texts.items()
    }
