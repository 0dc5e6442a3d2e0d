"""DMN files of a flow: one may import another of the same version, and keeps it when only the diagram changes."""

from pathlib import Path

from click.testing import CliRunner

from models.access import Actor
from tasks import processes
from tests.engine.diagrams import chain, end, process, start
from tests.engine.dmn.models import decision, file, function
from web.cli import main

IMPORT = '<import namespace="library" name="lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
LIBRARY = file(function("net", "gross / 1.13", parameters="gross: number"), namespace="library")
TABLE = file(IMPORT, decision("cheap", "lib.net(amount) < 100", "*library#net"), namespace="prices")
DIAGRAM = process(
    start()
    + '<bpmn:businessRuleTask id="ask"><bpmn:extensionElements>'
    + "<spiffworkflow:calledDecisionId>cheap</spiffworkflow:calledDecisionId></bpmn:extensionElements>"
    + "</bpmn:businessRuleTask>"
    + end()
    + chain("start", "ask", "end"),
    process_id="pricing",
)


def cheap(actor: Actor, amount: int) -> object:
    return processes.decide(actor, process="pricing", decision="cheap", data={"amount": amount})


def test_a_published_table_may_import_from_a_file_beside_it(session: None, people: dict[str, Actor]) -> None:
    dora = people["dora"]
    processes.publish_process(dora, bpmn=DIAGRAM, tables=[TABLE, LIBRARY])
    assert (cheap(dora, 112), cheap(dora, 114)) == (True, False)

    processes.publish_process(dora, bpmn=DIAGRAM)
    assert cheap(dora, 112) is True


def test_a_table_whose_import_is_missing_is_refused(session: None, people: dict[str, Actor]) -> None:
    findings = processes.check_upload(people["dora"], bpmn=DIAGRAM, tables=[TABLE])

    assert "dmn.unknown_import" in [finding.code for finding in findings]


def test_the_command_checks_files_that_import_each_other_together(tmp_path: Path) -> None:
    files = {"pricing.bpmn": DIAGRAM, "prices.dmn": TABLE, "library.dmn": LIBRARY}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    together = CliRunner().invoke(main, ["process", "check", *(str(tmp_path / name) for name in files)])
    alone = CliRunner().invoke(main, ["process", "check", str(tmp_path / "prices.dmn")])

    assert (together.exit_code, together.stdout) == (0, "")
    assert alone.exit_code == 1
    assert "dmn.unknown_import" in alone.stdout
