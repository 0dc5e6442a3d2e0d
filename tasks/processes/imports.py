"""Diagrams of other systems in our words: what was changed, and what the designer has to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.bpmn.imports import normalise
from tasks.processes.bridge import translated
from tasks.processes.definitions import Finding, findings_of


@dataclass(frozen=True)
class Change:
    """One thing that the import put into our words: where, and a translatable sentence."""

    element_id: str
    code: str
    message: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class ImportedDiagram:
    """The diagram as it can be edited here. `dialect` is the system that wrote it; `renamed` maps old ids to new."""

    bpmn: bytes
    dialect: str
    changes: Sequence[Change]
    open_points: Sequence[Finding]
    renamed: Mapping[str, str]


def normalise_diagram(bpmn: bytes, *, key: str = "") -> ImportedDiagram:
    """Translate a diagram, whose process is called `key` afterwards. Pure. Raises `Invalid` for an unreadable file."""
    with translated():
        found = normalise(bpmn, key=key)
    changes = [Change(change.element_id, change.code, change.message, change.fields) for change in found.changes]
    return ImportedDiagram(found.bpmn, found.source_dialect, changes, findings_of(found.open_points), found.renamed)
