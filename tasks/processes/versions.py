"""Versions of a flow: what changed between two, and how its running instances move from one to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Row, Select, func, select

from engine.bpmn.diagram import Node, read_diagram
from engine.bpmn.xml import parse_xml
from engine.errors import EngineError, Problem
from engine.process import Outcome
from engine.versions import Difference, VersionFiles, compare
from engine.versions.planning import Move
from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import AppError, Conflict, Invalid, NotFound
from models.language import N_
from models.moves import MoveClass
from models.processes import InstanceStatus, ProcessDefinition, ProcessInstance, TaskStatus
from tasks import audit
from tasks.boundary import command, query
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.definitions import Finding, decisions_of, findings_of, get_definition, keyed_tables, loaded
from tasks.processes.locking import lock_instance
from tasks.processes.rows import record_outcome

_FAILED = N_("This instance cannot be moved: {reason}")
# What somebody can settle by saying which element of the newer version stands for an open one.
MAPPABLE = frozenset({"migration.gone", "migration.kind"})
_RENAMED: dict[tuple[str, str], Mapping[str, str]] = {}
_MOST_KEPT = 64
_LOOKED_AT = (
    ProcessInstance.id,
    ProcessInstance.definition_id,
    ProcessInstance.state,
    ProcessInstance.subject_kind,
    ProcessInstance.subject_id,
)


@dataclass(frozen=True)
class InstanceMove:
    """What moving one instance does, or did: what of it is open, and every reason not to move it.

    `about` is the record that the instance is about: kind (``request``) and id.
    """

    instance_id: int
    version: int
    about: tuple[str, int]
    moves: tuple[Move, ...] = ()
    reasons: tuple[Finding, ...] = ()
    kind: MoveClass = MoveClass.BLOCKED

    @property
    def is_safe(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class MigrationReport:
    """The instances that were looked at; `remaining` further ones were not."""

    instances: tuple[InstanceMove, ...]
    remaining: int = 0

    @property
    def safe(self) -> tuple[InstanceMove, ...]:
        return tuple(item for item in self.instances if item.is_safe)

    @property
    def refused(self) -> tuple[InstanceMove, ...]:
        return tuple(item for item in self.instances if not item.is_safe)


@query(Permission.PROCESS_READ)
def find_version(actor: Actor, *, key: str, version: int) -> ProcessDefinition:
    """One version of process `key`. Raises `NotFound`."""
    found = db.session.scalars(
        select(ProcessDefinition).where(ProcessDefinition.key == key, ProcessDefinition.version == version)
    ).one_or_none()
    if found is None:
        raise NotFound(
            "The flow “{key}” has no version {version}.", code="process.no_version", key=key, version=version
        )
    return found


@query(Permission.PROCESS_READ)
def list_versions(actor: Actor, *, key: str) -> Sequence[ProcessDefinition]:
    """The versions of process `key`, newest first."""
    wanted = select(ProcessDefinition).where(ProcessDefinition.key == key)
    return db.session.scalars(wanted.order_by(ProcessDefinition.version.desc())).all()


@query(Permission.PROCESS_READ)
def compare_definitions(actor: Actor, *, old_id: int, new_id: int) -> Difference:
    """Every change from one version to another of the same flow. Raises `NotFound`, and `Invalid` for two flows."""
    old, new = get_definition(actor, old_id), get_definition(actor, new_id)
    if old.key != new.key:
        raise Invalid("“{old}” and “{new}” are not the same flow.", code="process.other_flow", old=old.key, new=new.key)
    with translated():
        return compare(_files(old), _files(new))


@query(Permission.PROCESS_READ)
def compare_texts(actor: Actor, *, old_id: int, bpmn: bytes, tables: Sequence[bytes]) -> Difference:
    """Every change from a version to files that are not published. Raises `NotFound`; `Invalid` as publishing."""
    old = get_definition(actor, old_id)
    with translated():
        return compare(_files(old), VersionFiles(bpmn, decisions_of(old) | keyed_tables(tables)))


@query(Permission.PROCESS_PUBLISH)
def plan_migration(
    actor: Actor, *, to_id: int, id_map: Mapping[str, str] | None = None, limit: int | None = None
) -> MigrationReport:
    """What moving the running instances of the same flow's other versions would do. Changes nothing.

    `id_map` has new ids of elements by their old ones; elements whose ids alone have changed are found without it.
    Raises `NotFound`, and `Invalid` for a map of elements that are not there.
    """
    target, given = get_definition(actor, to_id), id_map or {}
    _check_map(actor, target, given)
    count = db.session.scalar(select(func.count()).select_from(_movable(target).subquery())) or 0
    versions = {row.id: row for row in list_versions(actor, key=target.key)}
    # Of very many instances only what is looked at is read, and no more than a part at a time.
    rows = db.session.execute(
        _movable(target).with_only_columns(*_LOOKED_AT).limit(limit).execution_options(yield_per=500)
    )
    planned = tuple(_plan(row, versions[row.definition_id], target, given) for row in rows)
    return MigrationReport(planned, count - len(planned))


@query(Permission.PROCESS_PUBLISH)
def list_movable(actor: Actor, *, to_id: int, id_map: Mapping[str, str] | None = None) -> list[tuple[int, int]]:
    """The running instances of the same flow's other versions, oldest first: ids of instance and version.

    Raises as `plan_migration` does.
    """
    target = get_definition(actor, to_id)
    _check_map(actor, target, id_map or {})
    wanted = _movable(target).with_only_columns(ProcessInstance.id, ProcessInstance.definition_id)
    return [(row[0], row[1]) for row in db.session.execute(wanted)]


@command(Permission.PROCESS_PUBLISH)
def migrate_instance(
    actor: Actor, *, instance_id: int, to_id: int, from_id: int | None = None, id_map: Mapping[str, str] | None = None
) -> InstanceMove:
    """Let one instance go on under another version of its flow; when it cannot, say why and change nothing.

    Open human tasks keep their rows, candidates and due times, and take title, form and fields of the new version.
    Raises `NotFound`, and `Conflict` for an instance that has ended, or moved (from `from_id`, if that is given), in
    the meantime.
    """
    target = get_definition(actor, to_id)
    instance = db.session.get(ProcessInstance, instance_id)
    if instance is None or instance.definition.key != target.key:
        raise NotFound("There is no such instance of this flow.", code="process.no_instance")
    lock_instance(instance.id)
    here = instance.definition_id
    if instance.status is not InstanceStatus.RUNNING or here == target.id or here != (from_id or here):
        raise Conflict("The instance has ended or moved in the meantime.", code="migration.overtaken")
    move = _plan(instance, instance.definition, target, id_map or {})
    return _migrate(actor, instance, target, move, id_map or {}) if move.is_safe else move


def list_elements(definition: ProcessDefinition) -> list[Node]:
    """What is drawn in a version, in the order of its file: for choosing what stands for an element that is gone."""
    return list(loaded(definition).diagram.nodes.values())


def _migrate(
    actor: Actor, instance: ProcessInstance, target: ProcessDefinition, move: InstanceMove, given: Mapping[str, str]
) -> InstanceMove:
    old, now = instance.definition, utc_now()
    audit.record(
        actor,
        "process.migrate",
        f"process:{target.key}",
        instance=instance.id,
        about=instance.subject,
        from_version=old.version,
        to_version=target.version,
    )
    with translated():
        outcome = ENGINE.migrate(
            loaded(old),
            loaded(target),
            instance.state,
            id_map=_ids(old, target, given),
            context=actor.as_process(),
            now=now,
        )
    with db.session.no_autoflush:  # one change of the instance, not two
        instance.definition = target
        _follow_open_tasks(instance, outcome)
        record_outcome(actor, instance, outcome, now)
    return move


def _follow_open_tasks(instance: ProcessInstance, outcome: Outcome) -> None:
    """Open tasks stay with the people they were given to; what they show and ask for is the new version's."""
    open_now = {task.id: task for task in outcome.open_tasks}
    for row in instance.tasks:
        task = open_now.get(row.engine_task_id)
        if task is not None and row.status is TaskStatus.OPEN:
            row.element_id, row.title, row.title_zh = task.element_id, task.title, task.title_zh
            row.form_key, row.fields = task.form_key, sorted(task.fields)


def _plan(
    instance: ProcessInstance | Row[*tuple[Any, ...]],
    old: ProcessDefinition,
    target: ProcessDefinition,
    given: Mapping[str, str],
) -> InstanceMove:
    """Looks at a copy: what is stored of the instance, loaded for this."""
    about = (instance.subject_kind, instance.subject_id)
    try:
        plan = ENGINE.plan_migration(loaded(old), loaded(target), instance.state, id_map=_ids(old, target, given))
    except EngineError as error:
        return InstanceMove(instance.id, old.version, about, reasons=(refusal_of(error),))
    reasons, kind = tuple(findings_of(plan.reasons)), _class_of(plan.reasons, old, target)
    return InstanceMove(instance.id, old.version, about, plan.moves, reasons, kind)


def _class_of(reasons: Sequence[Problem], old: ProcessDefinition, target: ProcessDefinition) -> MoveClass:
    """A mapping helps where all that is wrong is that elements are not what they were, and others could be."""
    if not reasons:
        return MoveClass.SAFE
    was, there = loaded(old).diagram.nodes, {node.kind for node in loaded(target).diagram.nodes.values()}
    can_map = all(
        reason.code in MAPPABLE and reason.element_id in was and was[reason.element_id].kind in there
        for reason in reasons
    )
    return MoveClass.MAPPING if can_map else MoveClass.BLOCKED


def refusal_of(error: Exception) -> Finding:
    """Why an instance was not moved, as a finding."""
    if isinstance(error, AppError | EngineError):
        return Finding("", "error", error.code, error.message, error.fields, fix="")
    return Finding("", "error", "migration.failed", _FAILED, {"reason": type(error).__name__}, fix="")


def _movable(target: ProcessDefinition) -> Select[ProcessInstance]:
    return (
        select(ProcessInstance)
        .join(ProcessInstance.definition)
        .where(
            ProcessDefinition.key == target.key,
            ProcessInstance.definition_id != target.id,
            ProcessInstance.status == InstanceStatus.RUNNING,
        )
        .order_by(ProcessInstance.id)
    )


def _check_map(actor: Actor, target: ProcessDefinition, given: Mapping[str, str]) -> None:
    """Every old id must be of some version, and every new id of the target: a slip of the pen must not go unnoticed."""
    if not given:
        return
    known: set[str] = set()
    for version in list_versions(actor, key=target.key):
        known.update(_element_ids(version.bpmn))
    there = _element_ids(target.bpmn)
    for wrong in (*sorted(given.keys() - known), *sorted(set(given.values()) - there)):
        raise Invalid("There is no element “{element}” to map.", code="migration.map", field="map", element=wrong)


def _ids(old: ProcessDefinition, target: ProcessDefinition, given: Mapping[str, str]) -> dict[str, str]:
    """The map for one older version: what was given for its elements, else what the comparison guesses."""
    mine = loaded(old).diagram.nodes
    return {**_renamed(old, target), **{was: now for was, now in given.items() if was in mine}}


def _renamed(old: ProcessDefinition, new: ProcessDefinition) -> Mapping[str, str]:
    """Kept by the content of both, so that the texts are read once for many instances."""
    key = (old.content_hash, new.content_hash)
    renamed = _RENAMED.get(key)
    if renamed is None:
        renamed = compare(VersionFiles(old.bpmn.encode()), VersionFiles(new.bpmn.encode())).renamed
        if len(_RENAMED) >= _MOST_KEPT:
            _RENAMED.clear()
        _RENAMED[key] = renamed
    return renamed


@lru_cache(maxsize=64)
def _element_ids(bpmn: str) -> frozenset[str]:
    return frozenset(read_diagram(parse_xml(bpmn.encode())).nodes)


def _files(definition: ProcessDefinition) -> VersionFiles:
    return VersionFiles(definition.bpmn.encode(), decisions_of(definition))
