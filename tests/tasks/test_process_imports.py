"""Importing a diagram of another system as a designer."""

from pathlib import Path

import pytest

from models.access import Actor
from models.errors import Invalid
from tasks import processes

FOREIGN = Path(__file__).parents[1] / "engine" / "imports" / "camunda7.bpmn"


def test_a_designer_gets_the_diagram_in_our_words_and_what_is_left_to_decide(
    session: None, people: dict[str, Actor]
) -> None:
    imported = processes.normalise_diagram(FOREIGN.read_bytes())
    assert imported.dialect == "camunda7"
    assert imported.renamed == {"Start": "Start_2", "End": "End_2"}
    assert {change.code for change in imported.changes} >= {"import.candidates", "import.translated"}
    assert [point.severity for point in imported.open_points] == sorted(
        point.severity for point in imported.open_points
    )
    findings = processes.check_upload(people["dora"], bpmn=imported.bpmn, tables=[])
    assert "service.unknown" in {finding.code for finding in findings}


def test_a_file_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(Invalid) as refusal:
        processes.normalise_diagram(b"<a/>")
    assert refusal.value.code == "import.no_process"
