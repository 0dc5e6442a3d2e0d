"""Versions of a flow: what changed between two, and how its running instances move from one to the other."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Select, func, select

from engine.bpmn.diagram import Node, read_diagram
from engine.bpmn.xml import parse_xml
from engine.errors import EngineError
from engine.process import Outcome
from engine.versions import Difference, VersionFiles, compare
from engine.versions.planning import Move
from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import AppError, Conflict, Invalid, NotFound
from models.language import N_
from models.processes import InstanceStatus, ProcessDefinition, ProcessInstance, TaskStatus
from tasks import audit
from tasks.boundary import command, job, query, separate
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.definitions import Finding, decisions_of, findings_of, get_definition, keyed_tables, loaded
from tasks.processes.locking import lock_instance
from tasks.processes.rows import record_outcome

_log = logging.getLogger(__name__)
_FAILED = N_("This instance cannot be moved: {reason}")


@dataclass(frozen=True)
class InstanceMove:
    """What moving one instance does, or did: what of it is open, and every reason not to move it."""

    instance_id: int
    version: int
    moves: tuple[Move, ...] = ()
    reasons: tuple[Finding, ...] = ()

    @property
    def is_safe(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class MigrationReport:
    """The instances that were looked at, or moved; `remaining` further ones were not."""

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
    """What `migrate_instances` would do. Changes nothing. Raises as it does."""
    target, given = get_definition(actor, to_id), id_map or {}
    _check_map(actor, target, given)
    count = db.session.scalar(select(func.count()).select_from(_movable(target).subquery())) or 0
    instances = db.session.scalars(_movable(target).limit(limit))
    planned = tuple(_plan(instance, target, given) for instance in instances)
    return MigrationReport(planned, count - len(planned))


@job
def migrate_instances(
    actor: Actor, *, to_id: int, id_map: Mapping[str, str] | None = None, limit: int | None = None
) -> MigrationReport:
    """Let the running instances of older and newer versions go on under another, each in a transaction of its own.

    `id_map` has new ids of elements by their old ones; elements whose ids alone have changed are found without it.
    An instance that cannot be moved stays as it is and keeps no other from moving. Raises `NotFound`, and `Invalid`
    for a map of elements that are not there.
    """
    with separate():
        ids = list_movable(actor, to_id=to_id, id_map=id_map)
    chosen = ids if limit is None else ids[:limit]
    moved = [_migrate_apart(actor, instance_id, to_id, id_map or {}) for instance_id in chosen]
    return MigrationReport(tuple(item for item in moved if item is not None), len(ids) - len(chosen))


@query(Permission.PROCESS_PUBLISH)
def list_movable(actor: Actor, *, to_id: int, id_map: Mapping[str, str] | None = None) -> list[int]:
    """The ids of the running instances of the same flow's other versions. Raises as `migrate_instances` does."""
    target = get_definition(actor, to_id)
    _check_map(actor, target, id_map or {})
    return list(db.session.scalars(_movable(target).with_only_columns(ProcessInstance.id)))


@command(Permission.PROCESS_PUBLISH)
def migrate_instance(
    actor: Actor, *, instance_id: int, to_id: int, id_map: Mapping[str, str] | None = None
) -> InstanceMove:
    """Let one instance go on under another version of its flow; when it cannot, say why and change nothing.

    Open human tasks keep their rows, candidates and due times, and take title, form and fields of the new version.
    Raises `NotFound`, and `Conflict` for an instance that has ended or moved in the meantime.
    """
    target = get_definition(actor, to_id)
    instance = db.session.get(ProcessInstance, instance_id)
    if instance is None or instance.definition.key != target.key:
        raise NotFound("There is no such instance of this flow.", code="process.no_instance")
    lock_instance(instance.id)
    if instance.status is not InstanceStatus.RUNNING or instance.definition_id == target.id:
        raise Conflict("The instance has ended or moved in the meantime.", code="migration.overtaken")
    move = _plan(instance, target, id_map or {})
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


def _migrate_apart(actor: Actor, instance_id: int, to_id: int, given: Mapping[str, str]) -> InstanceMove | None:
    """None when the instance had ended or moved before its turn came."""
    with separate():
        try:
            return migrate_instance(actor, instance_id=instance_id, to_id=to_id, id_map=given)
        except (Conflict, NotFound) as error:
            if error.code in ("migration.overtaken", "process.no_instance"):
                return None
            return InstanceMove(instance_id, 0, reasons=(_reason(error),))
        except Exception as error:  # whatever is wrong with one instance, the others must move
            _log.exception("instance %s could not be moved", instance_id)
            return InstanceMove(instance_id, 0, reasons=(_reason(error),))


def _plan(instance: ProcessInstance, target: ProcessDefinition, given: Mapping[str, str]) -> InstanceMove:
    old = instance.definition
    try:
        plan = ENGINE.plan_migration(loaded(old), loaded(target), instance.state, id_map=_ids(old, target, given))
    except EngineError as error:
        return InstanceMove(instance.id, old.version, reasons=(_reason(error),))
    return InstanceMove(instance.id, old.version, plan.moves, tuple(findings_of(plan.reasons)))


def _reason(error: Exception) -> Finding:
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
    mine = _element_ids(old.bpmn)
    return {**_renamed(old.bpmn, target.bpmn), **{was: now for was, now in given.items() if was in mine}}


@lru_cache(maxsize=64)
def _renamed(old: str, new: str) -> Mapping[str, str]:
    return compare(VersionFiles(old.encode()), VersionFiles(new.encode())).renamed


@lru_cache(maxsize=64)
def _element_ids(bpmn: str) -> frozenset[str]:
    return frozenset(read_diagram(parse_xml(bpmn.encode())).nodes)


def _files(definition: ProcessDefinition) -> VersionFiles:
    return VersionFiles(definition.bpmn.encode(), decisions_of(definition))
