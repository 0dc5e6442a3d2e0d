"""Pages about two versions of a flow: what has changed, and moving what runs from one to the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from models.errors import AppError, Invalid
from models.processes import ProcessDefinition
from tasks import processes
from web.changes import say_changes
from web.errors import form_status
from web.forms import sentence
from web.htmx import see_other
from web.labels import local_title
from web.processes.room import bp
from web.security import current_actor

# So many are looked at, or moved, by one click: no page may take minutes.
_AT_ONCE = 200
_MAP = "map."


@dataclass(frozen=True)
class Group:
    """The instances of one version: how many can move, what happens to what is open in them, and why others cannot.

    `happenings` are effect, element, title, its new id and a count; `reasons` are element, sentence and a count.
    """

    version: int
    safe: int
    refused: int
    happenings: Sequence[tuple[str, str, str, str, int]]
    reasons: Sequence[tuple[str, str, int]]


@bp.get("/<int:definition_id>/changes")
def changes(definition_id: int) -> ResponseReturnValue:
    """Every change since another version: the one before, unless ``?since=`` names one."""
    actor = current_actor()
    definition = processes.get_definition(actor, definition_id)
    others = [row for row in processes.list_versions(actor, key=definition.key) if row.id != definition.id]
    since = request.args.get("since", type=int) or definition.version - 1
    base = next((row for row in others if row.version == since), next(iter(others), None))
    said = say_changes(processes.compare_definitions(actor, old_id=base.id, new_id=definition.id)) if base else []
    return render_template("processes/changes.html", definition=definition, others=others, base=base, changes=said)


@bp.get("/<int:definition_id>/move")
def plan(definition_id: int) -> ResponseReturnValue:
    definition = processes.get_definition(current_actor(), definition_id)
    return _page(definition, _id_map(request.args))


@bp.post("/<int:definition_id>/move")
def move(definition_id: int) -> ResponseReturnValue:
    """Move what can be moved; what cannot is shown again with its reasons."""
    actor, id_map = current_actor(), _id_map(request.form)
    definition = processes.get_definition(actor, definition_id)
    try:
        report = processes.migrate_instances(actor, to_id=definition_id, id_map=id_map, limit=_AT_ONCE)
    except Invalid as error:
        return _page(definition, id_map, refusal=error)
    moved, left = len(report.safe), len(report.refused) + report.remaining
    flash(ngettext("%(num)d flow moved.", "%(num)d flows moved.", moved), "success" if moved else "info")
    if left:
        flash(ngettext("%(num)d flow stays where it is.", "%(num)d flows stay where they are.", left), "warning")
    return see_other(url_for("processes.plan", definition_id=definition_id, **_as_query(id_map)))


def _page(
    definition: ProcessDefinition, id_map: Mapping[str, str], *, refusal: AppError | None = None
) -> ResponseReturnValue:
    actor = current_actor()
    report = processes.MigrationReport(())
    try:
        if refusal is None:
            report = processes.plan_migration(actor, to_id=definition.id, id_map=id_map, limit=_AT_ONCE)
    except Invalid as error:
        refusal = error
    page = render_template(
        "processes/move.html",
        definition=definition,
        groups=_groups(report.instances),
        safe=len(report.safe),
        remaining=report.remaining,
        id_map=_as_query(id_map),
        choices=_choices(definition, report, id_map),
        refusal=refusal,
    )
    return make_response(page, form_status(refusal) if refusal is not None else 200)


def _groups(instances: Iterable[processes.InstanceMove]) -> list[Group]:
    by_version: dict[int, list[processes.InstanceMove]] = {}
    for item in instances:
        by_version.setdefault(item.version, []).append(item)
    return [_group(version, items) for version, items in sorted(by_version.items(), reverse=True)]


def _group(version: int, items: Sequence[processes.InstanceMove]) -> Group:
    happenings = Counter(
        (move.effect, move.element_id or move.target_id, local_title(move.title, move.title_zh), move.target_id)
        for item in items
        if item.is_safe
        for move in item.moves
    )
    reasons = Counter(
        (reason.element_id, sentence(Invalid.of(reason.message, reason.fields, code=reason.code)))
        for item in items
        for reason in item.reasons
    )
    safe = sum(item.is_safe for item in items)
    return Group(
        version,
        safe,
        len(items) - safe,
        [(*happening, count) for happening, count in happenings.items()],
        [(*reason, count) for reason, count in reasons.items()],
    )


def _choices(
    definition: ProcessDefinition, report: processes.MigrationReport, id_map: Mapping[str, str]
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What stands for each open element that is gone: its id, the choice made, and the elements of its kind."""
    gone = {reason.element_id for item in report.refused for reason in item.reasons if reason.code == "migration.gone"}
    wanted = sorted(gone | id_map.keys())
    if not wanted:
        return []
    versions = processes.list_versions(current_actor(), key=definition.key)
    kinds = {node.id: node.kind for version in versions for node in processes.list_elements(version)}
    there = processes.list_elements(definition)
    return [
        (
            name,
            id_map.get(name, ""),
            [
                (node.id, local_title(node.name or node.id, node.title_zh))
                for node in there
                if node.kind == kinds.get(name)
            ],
        )
        for name in wanted
    ]


def _id_map(given: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(_MAP): value for name, value in given.items() if name.startswith(_MAP) and value}


def _as_query(id_map: Mapping[str, str]) -> dict[str, Any]:
    return {f"{_MAP}{old}": new for old, new in id_map.items()}
