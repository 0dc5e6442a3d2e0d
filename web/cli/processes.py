"""`piaoflow process`: check, import and publish diagrams."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from tasks import console, processes, service_tasks
from tasks.language import LANGUAGES, translate
from web.cli.application import OPERATOR, in_app

_File = click.Path(exists=True, dir_okay=False, path_type=Path)
_language: Callable[[Any], Any] = click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="The language of the sentences."
)


@click.group
def process() -> None:
    """Diagrams: check, import, publish."""


@process.command
@click.argument("files", nargs=-1, required=True, type=_File)
@_language
def check(files: Sequence[Path], language: str) -> None:
    """Check BPMN files, with the DMN files among them; print one JSON object for each fault, exit 1 on errors.

    Needs no database.
    """
    service_tasks.register_all()
    tables = {path: path.read_bytes() for path in files if path.suffix == ".dmn"}
    known = frozenset().union(*(processes.decision_ids(table, tables.values()) for table in tables.values()))
    found = [
        (path, finding) for path, table in tables.items() for finding in processes.check_tables(table, tables.values())
    ]
    for path in files:
        if path not in tables:
            found += [(path, finding) for finding in processes.check_diagram(path.read_bytes(), known)]
    for path, finding in found:
        _print({"file": str(path)} | _fault(finding, language))
    if any(finding.severity == "error" for _, finding in found):
        raise SystemExit(1)


@process.command("import")
@click.argument("file", type=_File)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: NAME.imported.bpmn beside FILE."
)
@_language
def import_(file: Path, output: Path | None, language: str) -> None:
    """Turn a diagram of Camunda, Flowable, Activiti, Signavio or plain BPMN into ours.

    Prints one JSON object for each change and each point that is left to you, and writes the result. Needs no database.
    """
    imported = processes.normalise_diagram(file.read_bytes())
    target = output or file.with_name(f"{file.stem}.imported.bpmn")
    try:
        target.write_bytes(imported.bpmn)
    except OSError as error:
        raise click.FileError(str(target), hint=error.strerror) from error
    for change in imported.changes:
        message = translate(change.message, language, **change.fields)
        _print({"kind": "change", "code": change.code, "element": change.element_id, "message": message})
    for point in imported.open_points:
        _print({"kind": "open"} | _fault(point, language))
    said = (
        f"{target}: from {imported.dialect}, {len(imported.changes)} changes, {len(imported.open_points)} open points."
    )
    click.echo(said, err=True)


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


def _print(said: dict[str, str]) -> None:
    click.echo(json.dumps(said, ensure_ascii=False))


def _fault(finding: processes.Finding, language: str) -> dict[str, str]:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "element": finding.element_id,
        "message": translate(finding.message, language, **finding.fields),
        "fix": translate(finding.fix, language, **finding.fields) if finding.fix else "",
    }
