"""What is wrong with a draft as it stands: the same checks that publishing makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.access import Actor, Permission
from tasks import processes
from tasks.boundary import query
from tasks.drafts.files import current_texts, read_file
from tasks.drafts.opening import get_draft


@query(Permission.PROCESS_PUBLISH)
def list_decisions(actor: Actor, *, draft_id: int) -> list[str]:
    """The ids of the decisions in the draft's files, those that a step of its diagram may ask. Raises `NotFound`."""
    texts = {name: text.encode() for name, text in current_texts(get_draft(actor, draft_id)).items()}
    return sorted(_decisions(_tables(texts)))


@query(Permission.PROCESS_PUBLISH)
def list_variables(actor: Actor, *, draft_id: int, name: str) -> Mapping[str, Mapping[str, str]]:
    """For each element of a diagram the variables that its expressions can read, with the id of what sets each.

    Empty for a text that is no diagram. Raises `NotFound`.
    """
    return processes.known_variables(read_file(actor, draft_id=draft_id, name=name).text.encode())


@query(Permission.PROCESS_PUBLISH)
def check_draft(actor: Actor, *, draft_id: int) -> Mapping[str, Sequence[processes.Finding]]:
    """Every fault of each file, by its name, errors first. Raises `NotFound`."""
    texts = {name: text.encode() for name, text in current_texts(get_draft(actor, draft_id)).items()}
    tables = _tables(texts)
    known = _decisions(tables)
    return {
        name: processes.check_tables(text, [table for table in tables if table is not text])
        if name.endswith(".dmn")
        else processes.check_diagram(text, known)
        for name, text in texts.items()
    }


def _tables(texts: Mapping[str, bytes]) -> list[bytes]:
    return [text for name, text in texts.items() if name.endswith(".dmn")]


def _decisions(tables: Sequence[bytes]) -> frozenset[str]:
    return frozenset[str]().union(*(processes.decision_ids(table, tables) for table in tables))
