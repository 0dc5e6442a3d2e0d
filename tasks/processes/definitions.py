"""Published diagrams: check, publish, list, look at; what their decisions answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from engine.bpmn.diagram import read_diagram
from engine.bpmn.lint.known import known_variables as find_known
from engine.bpmn.localize import localized
from engine.bpmn.xml import parse_xml
from engine.dmn import check_decisions, parse_decisions
from engine.dmn.tables import DecisionTable, Rule
from engine.errors import DefinitionInvalid, Problem, errors_first
from engine.process import Definition
from models.access import Actor, Permission, Role
from models.accounts import Company
from models.db import db
from models.errors import Conflict, Invalid, NotFound
from models.processes import InstanceStatus, ProcessDefinition, ProcessInstance
from tasks import audit
from tasks.boundary import command, query
from tasks.processes.bridge import ENGINE, translated
from workflows import BPMN_DIR, DMN_DIR, FORMS_DIR

FORMS = frozenset(path.name.removesuffix(".form.json") for path in FORMS_DIR.glob("*.form.json"))
ROLES = frozenset(role.value for role in Role)
REQUEST_PROCESS = "invoice_request"


@dataclass(frozen=True)
class Finding:
    """A fault of a diagram: which element, how bad, and translatable sentences for what is wrong and how to mend it."""

    element_id: str
    severity: str
    code: str
    message: str
    fields: Mapping[str, Any]
    fix: str


def check_diagram(bpmn: bytes, decisions: Collection[str]) -> list[Finding]:
    """Every fault of a diagram that may call `decisions` (ids), errors first. Pure: it needs no database."""
    return findings_of(ENGINE.check(bpmn, decisions=decisions, forms=FORMS, roles=ROLES))


def check_tables(dmn: bytes, others: Iterable[bytes] = ()) -> list[Finding]:
    """Every fault of a DMN file, errors first; it may import from `others`. Pure, as above."""
    return findings_of(check_decisions(dmn, others))


def decision_ids(dmn: bytes, others: Iterable[bytes] = ()) -> frozenset[str]:
    """The decisions of a DMN file by their ids, whatever the file is called; none of a file with faults."""
    try:
        return frozenset(parse_decisions(dmn, others))
    except DefinitionInvalid:
        return frozenset()


def known_variables(bpmn: bytes) -> dict[str, dict[str, str]]:
    """For each element of a diagram the variables that may be set on a way to it, with the id of what sets each.

    Pure, as above; nothing for a text that is no diagram.
    """
    try:
        return find_known(bpmn)
    except DefinitionInvalid:
        return {}


def _file_keys(dmn: bytes, others: Iterable[bytes]) -> list[str]:
    """The keys under which a file is kept: its decisions, or its own id if it is only there to be imported."""
    return sorted(decision_ids(dmn, others)) or [parse_xml(dmn).get("id") or "library"]


def keyed_tables(tables: Sequence[bytes], others: Sequence[bytes] = ()) -> dict[str, bytes]:
    """DMN files by the keys under which a version keeps them; they may import from each other and from `others`."""
    files = [*others, *tables]
    return {key: table for table in tables for key in _file_keys(table, files)}


def findings_of(problems: Sequence[Problem]) -> list[Finding]:
    """What the engine found, errors first."""
    return [Finding(p.element_id, p.severity, p.code, p.message, p.fields, p.fix) for p in errors_first(problems)]


def shipped_flow() -> tuple[bytes, dict[str, bytes]]:
    """The diagram of the product and the decisions that it calls."""
    decisions = {path.stem: path.read_bytes() for path in sorted(DMN_DIR.glob("*.dmn"))}
    return (BPMN_DIR / f"{REQUEST_PROCESS}.bpmn").read_bytes(), decisions


@query(Permission.PROCESS_PUBLISH)
def check_upload(actor: Actor, *, bpmn: bytes, tables: Sequence[bytes]) -> list[Finding]:
    """Every fault of a diagram and its DMN files, were they published now: see `publish_process`."""
    with translated():
        before = find_latest(actor, read_diagram(parse_xml(bpmn)).process_id)
    return _check_together(bpmn, tables, before)


def _check_together(bpmn: bytes, tables: Sequence[bytes], before: ProcessDefinition | None) -> list[Finding]:
    files = [*decisions_of(before).values(), *tables]
    known = set(decisions_of(before)).union(*(decision_ids(table, files) for table in tables))
    return [*(finding for table in tables for finding in check_tables(table, files)), *check_diagram(bpmn, known)]


@command(Permission.OPERATE)
def publish_shipped_flow(actor: Actor) -> None:
    """Give a new company the flow that the product ships."""
    bpmn, decisions = shipped_flow()
    publish_process(actor, bpmn=bpmn, tables=list(decisions.values()))


@command(Permission.PROCESS_PUBLISH)
def publish_process(actor: Actor, *, bpmn: bytes, tables: Sequence[bytes] = (), note: str = "") -> ProcessDefinition:
    """Make `bpmn` the newest version of its process. Running instances keep the version they began with.

    `tables` are DMN files; decisions that none of them holds are taken over from the version before. Raises `Invalid`
    with every fault found.
    """
    with translated():
        key = read_diagram(parse_xml(bpmn)).process_id
    _take_turn(actor)
    before = find_latest(actor, key)
    _refuse_faults(_check_together(bpmn, tables, before))
    decisions = decisions_of(before) | keyed_tables(tables, list(decisions_of(before).values()))
    return _add_version(actor, key, bpmn, decisions, before=before, note=note)


@command(Permission.PROCESS_PUBLISH)
def republish(actor: Actor, *, definition_id: int, note: str = "") -> ProcessDefinition:
    """Withdraw what came after a version: its diagram and decisions, exactly, become the newest version.

    Running instances keep the version that they have until somebody moves them. Raises `NotFound`, `Invalid` with
    every fault that it has by now, and `Conflict` when the newest version says the same.
    """
    _take_turn(actor)
    again = get_definition(actor, definition_id)
    newest = latest(actor, again.key)
    if again.content_hash == newest.content_hash:
        raise Conflict("The newest version says the same: there is nothing to withdraw.", code="process.same")
    bpmn, decisions = again.bpmn.encode(), decisions_of(again)
    tables = list(decisions.values())
    faults = [finding for table in tables for finding in check_tables(table, tables)]
    _refuse_faults([*faults, *check_diagram(bpmn, decisions)])
    return _add_version(actor, again.key, bpmn, decisions, before=newest, note=note, again=again.version)


def _add_version(
    actor: Actor,
    key: str,
    bpmn: bytes,
    decisions: Mapping[str, bytes],
    *,
    before: ProcessDefinition | None,
    note: str,
    **facts: int,
) -> ProcessDefinition:
    with translated():
        content_hash = ENGINE.load(bpmn, decisions).content_hash
    definition = ProcessDefinition(
        key=key,
        version=(before.version if before else 0) + 1,
        content_hash=content_hash,
        bpmn=bpmn.decode(),
        decisions={name: table.decode() for name, table in decisions.items()},
        note=note,
        published_by_id=actor.user_id,
    )
    db.session.add(definition)
    db.session.flush()
    audit.record(actor, "process.publish", f"process:{key}", version=definition.version, note=note, **facts)
    return definition


def _take_turn(actor: Actor) -> None:
    """Two who publish in one company do so one after the other: each is the next version of what the other left."""
    db.session.execute(select(Company.id).where(Company.id == actor.company_id).with_for_update(key_share=True))


def _refuse_faults(findings: Sequence[Finding]) -> None:
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        problems = tuple(Invalid.of(f.message, f.fields, code=f.code, field=f.element_id, remedy=f.fix) for f in errors)
        raise Invalid(
            "Faults found: {count}. Nothing was published; the published version stays as it is.",
            code="process.faults",
            problems=problems,
            count=len(errors),
        )


@query(Permission.PROCESS_READ)
def list_definitions(actor: Actor) -> Sequence[ProcessDefinition]:
    """Every published version, newest first."""
    return db.session.scalars(
        select(ProcessDefinition).order_by(ProcessDefinition.key, ProcessDefinition.version.desc())
    ).all()


@query(Permission.PROCESS_READ)
def get_definition(actor: Actor, definition_id: int) -> ProcessDefinition:
    """Raises `NotFound`."""
    definition = db.session.get(ProcessDefinition, definition_id)
    if definition is None:
        raise NotFound("There is no such version of a flow.", code="process.not_found")
    return definition


@query(Permission.PROCESS_READ)
def find_latest(actor: Actor, key: str) -> ProcessDefinition | None:
    """The newest version of process `key`, or None."""
    return db.session.scalars(
        select(ProcessDefinition)
        .where(ProcessDefinition.key == key)
        .order_by(ProcessDefinition.version.desc())
        .limit(1)
    ).first()


@query(Permission.PROCESS_READ)
def count_running(actor: Actor) -> dict[int, int]:
    """Running instances per definition id."""
    rows = db.session.execute(
        select(ProcessInstance.definition_id, func.count())
        .where(ProcessInstance.status == InstanceStatus.RUNNING)
        .group_by(ProcessInstance.definition_id)
    )
    return {row[0]: row[1] for row in rows}


def source(definition: ProcessDefinition, name: str) -> str:
    """The diagram (``KEY.bpmn``) or a decision (``KEY.dmn``) of a version, as written. Raises `NotFound`."""
    stem, _, suffix = name.rpartition(".")
    if (stem, suffix) == (definition.key, "bpmn"):
        return definition.bpmn
    if suffix == "dmn" and stem in definition.decisions:
        return definition.decisions[stem]
    raise NotFound("This version has no file of that name.", code="process.no_file")


def picture(definition: ProcessDefinition, language: str) -> bytes:
    """The diagram with its labels in `language`."""
    return picture_of(definition.bpmn, language)


def picture_of(bpmn: str, language: str) -> bytes:
    """Any diagram with its labels in `language`. Raises `Invalid` for one that cannot be read."""
    with translated():
        return localized(bpmn.encode(), language)


@dataclass(frozen=True)
class TableView:
    """A decision table to look at: the heads of its columns, and per rule the texts of its cells."""

    key: str
    title: str
    hit_policy: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rules: tuple[tuple[str, ...], ...]


def show_tables(definition: ProcessDefinition) -> list[TableView]:
    """The decision tables that a version calls, as they are written."""
    tables = []
    for decision in loaded(definition).decisions.values():
        table = decision.logic
        if isinstance(table, DecisionTable):
            tables.append(
                TableView(
                    key=decision.id,
                    title=decision.name,
                    hit_policy=table.hit_policy,
                    inputs=tuple(column.label for column in table.inputs),
                    outputs=tuple(column.name for column in table.outputs),
                    rules=tuple(_cells(rule) for rule in table.rules),
                )
            )
    return tables


def _cells(rule: Rule) -> tuple[str, ...]:
    return (*(test.text if test else "–" for test in rule.tests), *(output.text for output in rule.outputs))


@query(Permission.PROCESS_READ)
def decide(actor: Actor, *, process: str, decision: str, data: Mapping[str, Any]) -> Any:
    """What a decision of the newest version of `process` answers for `data`. Raises `NotFound`, `Invalid`."""
    definition = latest(actor, process)
    with translated():
        return ENGINE.evaluate_decision(loaded(definition), decision, data).result


def latest(actor: Actor, key: str) -> ProcessDefinition:
    """The newest version of process `key`. Raises `NotFound`."""
    newest = find_latest(actor, key)
    if newest is None:
        raise NotFound(
            "No flow “{key}” has been published. Ask a process designer to publish one.",
            code="process.unpublished",
            key=key,
        )
    return newest


def decisions_of(definition: ProcessDefinition | None) -> dict[str, bytes]:
    """The decision tables that a version calls, by their key; none for None."""
    return {name: table.encode() for name, table in definition.decisions.items()} if definition else {}


def loaded(definition: ProcessDefinition) -> Definition:
    """Parsed once per process: the engine keeps definitions by the hash of their content."""
    return ENGINE.find(definition.content_hash) or ENGINE.load(definition.bpmn.encode(), decisions_of(definition))
