"""What an editor's script reads: findings in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.errors import Invalid
from tasks.drafts import ImportedFile
from tasks.processes import Finding
from web.forms import remedy, sentence


def say_findings(found: Mapping[str, Sequence[Finding]]) -> list[dict[str, Any]]:
    """Each finding with its file, element, severity, sentence and remedy; errors first."""
    said = [
        {"file": name, "element": finding.element_id, "severity": finding.severity, "code": finding.code}
        | _said(finding)
        for name, findings in found.items()
        for finding in findings
    ]
    return sorted(said, key=lambda row: row["severity"] != "error")


def _said(finding: Finding) -> dict[str, str]:
    problem = Invalid.of(finding.message, finding.fields, code=finding.code, remedy=finding.fix)
    return {"message": sentence(problem), "fix": remedy(problem)}


def say_changes_of(taken: ImportedFile) -> list[tuple[str, str]]:
    """Element and sentence of everything that an import put into our words."""
    return [
        (change.element_id, sentence(Invalid.of(change.message, change.fields, code=change.code)))
        for change in taken.changes
    ]
