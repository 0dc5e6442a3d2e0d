"""Importing a diagram of another system as a designer."""

from pathlib import Path

import pytest

from models.access import Actor
from models.errors import Invalid, NotAllowed
from tasks import processes

FOREIGN = Path(__file__).parents[1] / "engine" / "imports" / "camunda7.bpmn"


def test_a_designer_gets_the_diagram_in_our_words_and_what_is_left_to_decide(
    session: None, people: dict[str, Actor]
) -> None:
    imported = processes.import_diagram(people["dora"], bpmn=FOREIGN.read_bytes())
    assert imported.dialect == "camunda7"
    assert imported.renamed == {"Start": "Start_2", "End": "End_2"}
    assert {change.code for change in imported.changes} >= {"import.candidates", "import.translated"}
    assert [point.severity for point in imported.open_points] == sorted(
        point.severity for point in imported.open_points
    )
    findings = processes.check_upload(people["dora"], bpmn=imported.bpmn, tables=[])
    assert "service.unknown" in {finding.code for finding in findings}


def test_only_those_who_may_publish_may_import(session: None, people: dict[str, Actor]) -> None:
    for name in ("alice", "bob", "otto"):
        with pytest.raises(NotAllowed):
            processes.import_diagram(people[name], bpmn=FOREIGN.read_bytes())


def test_a_file_that_cannot_be_read_is_refused(session: None, people: dict[str, Actor]) -> None:
    with pytest.raises(Invalid) as refusal:
        processes.import_diagram(people["dora"], bpmn=b"<a/>")
    assert refusal.value.code == "import.no_process"
