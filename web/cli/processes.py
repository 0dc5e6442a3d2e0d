"""`piaoflow process`: check, import and publish diagrams, compare versions, move running instances."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from models.access import Actor
from models.errors import Conflict
from tasks import console, moves, processes, service_tasks
from tasks.language import LANGUAGES, translate
from web.cli.application import OPERATOR, in_app

_File = click.Path(exists=True, dir_okay=False, path_type=Path)
_language: Callable[[Any], Any] = click.option(
    "--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="The language of the sentences."
)

# Of an instance: its id, its version, what was open in it, and every reason not to move it.
_Told = tuple[int, int, Sequence[Mapping[str, str]], Sequence[processes.Finding]]
_company: Callable[[Any], Any] = click.option("--company", help="The company, if there are several.")
_user: Callable[[Any], Any] = click.option(
    "--user", "email", help="The mail address of the person who acts; the operator if left out."
)


@click.group
def process() -> None:
    """Diagrams: check, import, publish, compare, migrate."""


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
@_company
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


@process.command
@click.argument("key")
@click.option("--from", "old", type=int, required=True, help="The older version.")
@click.option("--to", "new", type=int, required=True, help="The newer version.")
@_company
@_user
@_language
@in_app
def diff(key: str, old: int, new: int, company: str | None, email: str | None, language: str) -> None:
    """Print one JSON object for each change between two published versions of the process KEY."""
    actor = _actor(email, company)
    ids = [processes.find_version(actor, key=key, version=version).id for version in (old, new)]
    for change in processes.compare_definitions(actor, old_id=ids[0], new_id=ids[1]).changes:
        message = translate(change.message, language, element=change.title, **change.fields)
        _print(change.as_dict() | {"message": message})


@process.command
@click.argument("key")
@click.option("--to", "version", type=int, required=True, help="The version to go on with.")
@click.option("--map", "pairs", multiple=True, metavar="OLD=NEW", help="The new id for an old one; repeatable.")
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@_company
@_user
@_language
@in_app
def migrate(
    key: str,
    version: int,
    pairs: Sequence[str],
    dry_run: bool,
    company: str | None,
    email: str | None,
    language: str,
) -> None:
    """Let the running instances of KEY go on under another version; those that cannot stay as they are.

    Prints one JSON object for each instance, exit 1 when one could not be moved.
    """
    actor, id_map = _actor(email, company), dict(_pair(text) for text in pairs)
    to_id = processes.find_version(actor, key=key, version=version).id
    if dry_run:
        planned = processes.plan_migration(actor, to_id=to_id, id_map=id_map).instances
        found: list[_Told] = [
            (item.instance_id, item.version, [move.as_dict() for move in item.moves], item.reasons) for item in planned
        ]
    else:
        found = _moved(actor, to_id, id_map)
    for instance, old, happened, reasons in found:
        said = [_fault(reason, language) for reason in reasons]
        _print({"instance": instance, "version": old, "safe": not said, "moves": happened, "reasons": said})
    refused = sum(bool(reasons) for *_, reasons in found)
    click.echo(f"{len(found) - refused} {'would move' if dry_run else 'moved'}, {refused} cannot.", err=True)
    if refused:
        raise SystemExit(1)


def _moved(actor: Actor, to_id: int, id_map: Mapping[str, str]) -> list[_Told]:
    """Work off a batch here and now. A worker that runs already may join in; nothing moves twice."""
    try:
        batch_id = moves.start_move(actor, to_id=to_id, id_map=id_map).id
    except Conflict as error:
        if error.code == "move.nothing":
            return []
        raise
    moves.work_off(actor, batch_id=batch_id)
    items = moves.list_items(actor, batch_id=batch_id, limit=None).items
    return [(item.instance_id, item.from_version.version, item.happened, moves.reasons_of(item)) for item in items]


def _actor(email: str | None, company: str | None) -> Actor:
    if email is None:
        return console.at_company(OPERATOR, company=company)
    return console.find_actor(OPERATOR, email=email, company=company)


def _pair(text: str) -> tuple[str, str]:
    old, separator, new = text.partition("=")
    if not (old and separator and new):
        raise click.BadParameter(f"{text!r} is not OLD=NEW.", param_hint="--map")
    return old, new


def _print(said: dict[str, Any]) -> None:
    click.echo(json.dumps(said, ensure_ascii=False))


def _fault(finding: processes.Finding, language: str) -> dict[str, str]:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "element": finding.element_id,
        "message": translate(finding.message, language, **finding.fields),
        "fix": translate(finding.fix, language, **finding.fields) if finding.fix else "",
    }
