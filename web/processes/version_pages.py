"""Pages about two versions of a flow: what has changed, and moving what runs from one to the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.errors import AppError, Conflict, Invalid
from models.moves import MoveClass
from models.processes import ProcessDefinition
from tasks import moves, processes
from web.changes import say_changes
from web.errors import form_status
from web.forms import sentence
from web.htmx import see_other
from web.labels import local_title
from web.processes.room import bp
from web.security import current_actor

# So many are looked at for one page, which takes seconds; the others are when their turn comes.
_AT_ONCE = 5_000
_ON_A_PAGE = 20
_MAP = "map."


@dataclass(frozen=True)
class Group:
    """The instances of one version: how many of each class, what happens to what is open in them, and why not.

    `happenings` are effect, element, title, its new id and a count; `reasons` are class, element, sentence and a count.
    """

    version: int
    counts: Mapping[MoveClass, int]
    happenings: Sequence[tuple[str, str, str, str, int]]
    reasons: Sequence[tuple[MoveClass, str, str, int]]


@dataclass(frozen=True)
class Instance:
    """One instance in the list: what it is about, by number if its reader may know that."""

    id: int
    about: tuple[str, int]
    number: str
    version: int
    kind: MoveClass
    reason: str


@dataclass(frozen=True)
class Listed:
    """A page of the list, and the classes that it can be narrowed to, with figures. None stands for all."""

    rows: Sequence[Instance]
    total: int
    kind: MoveClass | None
    counts: Mapping[MoveClass | None, int]
    page: int
    has_next: bool
    query: Mapping[str, str]


@bp.get("/<int:definition_id>/changes")
def changes(definition_id: int) -> ResponseReturnValue:
    """Every change since another version: the one before, unless ``?since=`` names one."""
    actor = current_actor()
    definition = processes.get_definition(actor, definition_id)
    others = [row for row in processes.list_versions(actor, key=definition.key) if row.id != definition.id]
    since = request.args.get("since", type=int) or definition.version - 1
    base = next((row for row in others if row.version == since), next(iter(others), None))
    told = say_changes(processes.compare_definitions(actor, old_id=base.id, new_id=definition.id)) if base else []
    return render_template("processes/changes.html", definition=definition, others=others, base=base, changes=told)


@bp.post("/<int:definition_id>/again")
def republish(definition_id: int) -> ResponseReturnValue:
    """Withdraw what is newer, and lead to the new version, from where running flows can be moved to it."""
    actor = current_actor()
    old = processes.get_definition(actor, definition_id)
    try:
        note = _("Version %(version)d again", version=old.version)
        definition = processes.republish(actor, definition_id=definition_id, note=note)
    except (Conflict, Invalid) as error:
        flash(sentence(error), "error")
        return see_other(url_for("processes.show", definition_id=definition_id))
    flash(
        _("Version %(new)d is published; it says what version %(old)d said.", new=definition.version, old=old.version),
        "success",
    )
    return see_other(url_for("processes.show", definition_id=definition.id))


@bp.get("/<int:definition_id>/move")
def plan(definition_id: int) -> ResponseReturnValue:
    definition = processes.get_definition(current_actor(), definition_id)
    return _page(definition, _id_map(request.args))


@bp.post("/<int:definition_id>/move")
def move(definition_id: int) -> ResponseReturnValue:
    """Begin to move what can be moved, and lead to the page that shows how it goes."""
    actor, id_map = current_actor(), _id_map(request.form)
    definition = processes.get_definition(actor, definition_id)
    note = request.form.get("note", "").strip()
    try:
        batch = moves.start_move(actor, to_id=definition_id, id_map=id_map, note=note)
    except (Invalid, Conflict) as error:
        return _page(definition, id_map, refusal=error, note=note)
    return see_other(url_for("processes.show_move", batch_id=batch.id))


def _page(
    definition: ProcessDefinition, id_map: Mapping[str, str], *, refusal: AppError | None = None, note: str = ""
) -> ResponseReturnValue:
    actor = current_actor()
    report = processes.MigrationReport(())
    try:
        if not isinstance(refusal, Invalid):
            report = processes.plan_migration(actor, to_id=definition.id, id_map=id_map, limit=_AT_ONCE)
    except Invalid as error:
        refusal = error
    page = render_template(
        "processes/move.html",
        definition=definition,
        groups=_groups(report.instances),
        safe=len(report.safe),
        remaining=report.remaining,
        listed=_listed(report.instances, _as_query(id_map)),
        id_map=_as_query(id_map),
        choices=_choices(definition, report, id_map),
        refusal=refusal,
        running=moves.find_running_move(actor, key=definition.key),
        note=note,
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
    reasons = Counter((item.kind, reason.element_id, said(reason)) for item in items for reason in item.reasons)
    return Group(
        version,
        Counter(item.kind for item in items),
        [(*happening, count) for happening, count in happenings.items()],
        [(*reason, count) for reason, count in reasons.most_common()],
    )


def _listed(instances: Sequence[processes.InstanceMove], id_map: Mapping[str, str]) -> Listed:
    """One page of the instances, of one class if the address names it."""
    wanted = next((kind for kind in MoveClass if kind == request.args.get("class")), None)
    chosen = [item for item in instances if wanted in (None, item.kind)]
    last = max(0, (len(chosen) - 1) // _ON_A_PAGE)
    page = min(max(0, request.args.get("page", 0, type=int)), last)
    rows = chosen[page * _ON_A_PAGE : (page + 1) * _ON_A_PAGE]
    names = moves.name_subjects(current_actor(), subjects=[item.about for item in rows])
    shown = [
        Instance(item.instance_id, item.about, names.get(item.about, ""), item.version, item.kind, _first(item))
        for item in rows
    ]
    counts = Counter(item.kind for item in instances)
    links: dict[MoveClass | None, int] = {None: len(instances)}
    links |= {kind: counts[kind] for kind in MoveClass if counts[kind]}
    return Listed(shown, len(chosen), wanted, links, page, has_next=page < last, query=dict(id_map))


def _first(item: processes.InstanceMove) -> str:
    return said(item.reasons[0]) if item.reasons else ""


def _choices(
    definition: ProcessDefinition, report: processes.MigrationReport, id_map: Mapping[str, str]
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What stands for each open element that is not what it was: its id, the choice made, and those of its kind."""
    lost = {
        reason.element_id
        for item in report.refused
        if item.kind is MoveClass.MAPPING
        for reason in item.reasons
        if reason.code in processes.MAPPABLE
    }
    wanted = sorted(lost | id_map.keys())
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


def said(reason: processes.Finding) -> str:
    """Why an instance cannot be moved, in the reader's language, the elements too."""
    given = reason.fields
    fields = {name: local_title(value, given.get(f"{name}_zh", "")) for name, value in given.items()}
    return sentence(Invalid.of(reason.message, fields, code=reason.code))


def _id_map(given: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(_MAP): value for name, value in given.items() if name.startswith(_MAP) and value}


def _as_query(id_map: Mapping[str, str]) -> dict[str, Any]:
    return {f"{_MAP}{old}": new for old, new in id_map.items()}
