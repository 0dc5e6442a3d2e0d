"""`piaoflow process`: check and publish diagrams."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from tasks import console, processes, service_tasks
from web.cli.application import OPERATOR, in_app

_File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group
def process() -> None:
    """Diagrams: check, publish."""


@process.command
@click.argument("files", nargs=-1, required=True, type=_File)
def check(files: Sequence[Path]) -> None:
    """Check BPMN files, with the DMN files among them; print one JSON object for each fault, exit 1 on errors.

    Needs no database.
    """
    service_tasks.register_all()
    tables = {path: path.read_bytes() for path in files if path.suffix == ".dmn"}
    known = frozenset().union(*(processes.decision_ids(table, tables.values()) for table in tables.values()))
    faults = [
        _fault(path, finding)
        for path, table in tables.items()
        for finding in processes.check_tables(table, tables.values())
    ]
    for path in files:
        if path not in tables:
            faults += [_fault(path, finding) for finding in processes.check_diagram(path.read_bytes(), known)]
    for fault in faults:
        click.echo(json.dumps(fault, ensure_ascii=False))
    if any(fault["severity"] == "error" for fault in faults):
        raise SystemExit(1)


@process.command
@click.argument("file", type=_File)
@click.option("--company", help="The company, if the person belongs to several.")
@click.option("--user", "email", required=True, help="The mail address of the person who publishes.")
@click.option("--decision", "decisions", multiple=True, type=_File, help="A DMN file the diagram calls; repeatable.")
@click.option("--note", default="", help="What has changed.")
@in_app
def publish(file: Path, company: str | None, email: str, decisions: Sequence[Path], note: str) -> None:
    """Make FILE the newest version of its process."""
    actor = console.find_actor(OPERATOR, email=email, company=company)
    tables = [path.read_bytes() for path in decisions]
    definition = processes.publish_process(actor, bpmn=file.read_bytes(), tables=tables, note=note)
    click.echo(f"{definition.key} is published as version {definition.version}.")


def _fault(path: Path, finding: processes.Finding) -> dict[str, object]:
    return {
        "file": str(path),
        "severity": finding.severity,
        "code": finding.code,
        "element": finding.element_id,
        "message": finding.message.format(**finding.fields),
    }
