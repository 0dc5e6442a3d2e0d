"""Publish diagrams, start them, move them on. The only bridge between `engine` (no tables) and `models` (no BPMN)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from engine.bpmn.diagram import read_diagram
from engine.bpmn.localize import localized
from engine.bpmn.xml import parse_xml
from engine.catalogue import Catalogue
from engine.errors import (
    AnswerInvalid,
    DefinitionInvalid,
    EngineError,
    ExpressionInvalid,
    MessageNotExpected,
    Problem,
    RunawayProcess,
    ServiceUnknown,
    StateInvalid,
    TaskNotOpen,
)
from engine.feel import to_json
from engine.process import Definition, Engine, OpenTask, Outcome
from models.access import Actor, Permission
from models.db import db, utc_now
from models.errors import AppError, Conflict, Invalid, NotFound
from models.processes import (
    HumanTask,
    InstanceStatus,
    ProcessDefinition,
    ProcessInstance,
    ProcessStep,
    TaskCandidate,
    TaskStatus,
)
from tasks import audit
from tasks.boundary import command, job, query, separate
from workflows import BPMN_DIR, DMN_DIR, FORMS_DIR

_log = logging.getLogger(__name__)

CATALOGUE = Catalogue()
ENGINE = Engine(CATALOGUE)
FORMS = frozenset(path.name.removesuffix(".form.json") for path in FORMS_DIR.glob("*.form.json"))
REQUEST_PROCESS = "invoice_request"
DEFAULT_DUE_HOURS = 24
# After this many failures a broken instance is left alone until a person looks at it; others are never kept waiting.
MAX_WAKE_FAILURES = 5

_REFUSALS: dict[type[EngineError], type[AppError]] = {
    DefinitionInvalid: Invalid,
    ExpressionInvalid: Invalid,
    AnswerInvalid: Invalid,
    ServiceUnknown: Invalid,
    TaskNotOpen: Conflict,
    RunawayProcess: Conflict,
    StateInvalid: Conflict,
    MessageNotExpected: Conflict,
}


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the engine refuses into a refusal that our callers know."""
    try:
        yield
    except EngineError as error:
        refusal = _REFUSALS.get(type(error), Conflict)
        raise refusal(error.message, code=error.code, **error.fields) from error


@dataclass(frozen=True)
class Finding:
    """A fault of a diagram: which element, how bad, and a translatable sentence."""

    element_id: str
    severity: str
    code: str
    message: str
    fields: Mapping[str, Any]


def check_diagram(bpmn: bytes, decisions: Mapping[str, bytes]) -> list[Finding]:
    """Every fault of a diagram, errors first. Pure: looks at no table, so the command line needs no database."""
    problems: list[Problem] = ENGINE.check(bpmn, decisions=set(decisions), forms=FORMS)
    problems.sort(key=lambda problem: problem.severity != "error")
    return [Finding(p.element_id, p.severity, p.code, p.message, p.fields) for p in problems]


def shipped_flow() -> tuple[bytes, dict[str, bytes]]:
    """The diagram of the product and the decisions that it calls."""
    decisions = {path.stem: path.read_bytes() for path in sorted(DMN_DIR.glob("*.dmn"))}
    return (BPMN_DIR / f"{REQUEST_PROCESS}.bpmn").read_bytes(), decisions


@command(Permission.OPERATE)
def publish_shipped_flow(actor: Actor) -> None:
    """Give a new company the flow that the product ships."""
    bpmn, decisions = shipped_flow()
    publish_process(actor, bpmn=bpmn, decisions=decisions, note="")


@command(Permission.PROCESS_PUBLISH)
def publish_process(
    actor: Actor, *, bpmn: bytes, decisions: Mapping[str, bytes] | None = None, note: str = ""
) -> ProcessDefinition:
    """Make `bpmn` the newest version of its process. Running instances keep the version they began with.

    Decisions that are not given are taken over from the version before. Raises `Invalid` with every fault found.
    """
    with _translated():
        key = read_diagram(parse_xml(bpmn)).process_id
    before = find_latest(actor, key)
    tables = _decisions(before) | dict(decisions or {})
    _refuse_faults(check_diagram(bpmn, tables))
    with _translated():
        ENGINE.load(bpmn, tables)
    definition = ProcessDefinition(
        key=key,
        version=(before.version if before else 0) + 1,
        bpmn=bpmn.decode(),
        decisions={name: table.decode() for name, table in tables.items()},
        note=note,
        published_by_id=actor.user_id,
    )
    db.session.add(definition)
    db.session.flush()
    audit.record(actor, "process.publish", f"process:{key}", version=definition.version, note=note)
    return definition


def _refuse_faults(findings: Sequence[Finding]) -> None:
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        problems = tuple(Invalid.of(f.message, f.fields, code=f.code, field=f.element_id) for f in errors)
        raise Invalid(
            "The diagram has {count} faults and was not published. The published version stays as it is.",
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


def picture(definition: ProcessDefinition, language: str) -> bytes:
    """The diagram with its labels in `language`."""
    return localized(definition.bpmn.encode(), language)


def read_data(instance: ProcessInstance) -> dict[str, Any]:
    """The variables of an instance; empty for one that has no readable state."""
    try:
        return ENGINE.read_data(_loaded(instance.definition), instance.state)
    except EngineError:
        _log.warning("the state of instance %s cannot be read", instance.id)
        return {}


@query(Permission.PROCESS_READ)
def decide(actor: Actor, *, process: str, decision: str, data: Mapping[str, Any]) -> Any:
    """What a decision of the newest version of `process` answers for `data`. Raises `NotFound`, `Invalid`."""
    definition = _latest(actor, process)
    with _translated():
        return ENGINE.evaluate_decision(_loaded(definition), decision, data).result


def _latest(actor: Actor, key: str) -> ProcessDefinition:
    newest = find_latest(actor, key)
    if newest is None:
        raise NotFound(
            "No flow “{key}” has been published. Ask a process designer to publish one.",
            code="process.unpublished",
            key=key,
        )
    return newest


def _decisions(definition: ProcessDefinition | None) -> dict[str, bytes]:
    return {name: table.encode() for name, table in definition.decisions.items()} if definition else {}


def _loaded(definition: ProcessDefinition) -> Definition:
    """Parsed once per process: the engine keeps definitions by the hash of their content."""
    return ENGINE.load(definition.bpmn.encode(), _decisions(definition))


@command(Permission.PROCESS_RUN)
def start_process(actor: Actor, *, key: str, subject: tuple[str, int], data: Mapping[str, Any]) -> ProcessInstance:
    """Start the newest version of process `key` about `subject` (kind, id) and run to its first wait."""
    newest = _latest(actor, key)
    kind, subject_id = subject
    instance = ProcessInstance(definition=newest, subject_kind=kind, subject_id=subject_id, state="")
    db.session.add(instance)
    db.session.flush()
    now = utc_now()
    with _translated():
        outcome = ENGINE.start(_loaded(newest), data, context=actor, now=now)
    return _record(instance, outcome, now)


@command(Permission.PROCESS_RUN)
def complete_task(actor: Actor, *, task: HumanTask, answer: Mapping[str, Any], outcome: str) -> ProcessInstance:
    """Give a person's `answer` to the diagram and run to its next wait. Raises `Conflict` if it was answered before."""
    instance, now = task.instance, utc_now()
    task.close(TaskStatus.DONE, by=actor.user_id, outcome=outcome, at=now)
    with _translated():
        result = ENGINE.complete(
            _loaded(instance.definition), instance.state, task.engine_task_id, answer, context=actor, now=now
        )
    return _record(instance, result, now)


@command(Permission.PROCESS_RUN)
def cancel_process(actor: Actor, *, subject: tuple[str, int]) -> None:
    """End the running instance about `subject`; its open tasks leave the inboxes. Does nothing when there is none."""
    instance = find_running(actor, subject=subject)
    if instance is None:
        return
    now = utc_now()
    instance.status, instance.ended_at, instance.wake_at = InstanceStatus.CANCELLED, now, None
    for task in instance.tasks:
        if task.status is TaskStatus.OPEN:
            task.close(TaskStatus.CANCELLED, by=actor.user_id, outcome="cancelled", at=now)
    db.session.flush()


@query(Permission.PROCESS_RUN)
def find_running(actor: Actor, *, subject: tuple[str, int]) -> ProcessInstance | None:
    """The instance about `subject` that has not ended, or None."""
    kind, subject_id = subject
    return db.session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.subject_kind == kind,
            ProcessInstance.subject_id == subject_id,
            ProcessInstance.status == InstanceStatus.RUNNING,
        )
    ).one_or_none()


@job
def wake_due(actor: Actor) -> int:
    """Fire every BPMN timer that is due, each instance in a transaction of its own. Returns how many were woken.

    An instance that fails is put off, and left alone after some failures, so that it never keeps others waiting.
    """
    with separate():
        due = due_instances(actor)
    woken = 0
    for company_id, instance_id in due:
        at_company = actor.at(company_id)
        with separate():
            try:
                wake_instance(at_company, instance_id=instance_id)
                woken += 1
                continue
            except Exception as error:  # whatever is wrong with one instance, the others must be woken
                _log.exception("instance %s could not be woken", instance_id)
                failure = f"{type(error).__name__}: {error}"
        with separate():
            put_off(at_company, instance_id=instance_id, error=failure)
    return woken


@query(Permission.CLOCK_RUN)
def due_instances(actor: Actor) -> Sequence[tuple[int, int]]:
    """Company and id of every running instance with a due timer, longest due first."""
    rows = db.session.execute(
        select(ProcessInstance.company_id, ProcessInstance.id)
        .where(
            ProcessInstance.wake_at <= utc_now(),
            ProcessInstance.status == InstanceStatus.RUNNING,
            ProcessInstance.wake_failures < MAX_WAKE_FAILURES,
        )
        .order_by(ProcessInstance.wake_at)
        .limit(500)
    )
    return [(company_id, instance_id) for company_id, instance_id in rows]


@command(Permission.CLOCK_RUN)
def wake_instance(actor: Actor, *, instance_id: int) -> None:
    """Fire the due timers of one instance. Does nothing when another process was faster."""
    instance = db.session.get_one(ProcessInstance, instance_id, with_for_update=True)
    now = utc_now()
    if instance.status is not InstanceStatus.RUNNING or instance.wake_at is None or instance.wake_at > now:
        return
    with _translated():
        outcome = ENGINE.wake(_loaded(instance.definition), instance.state, context=actor.as_process(), now=now)
    instance.wake_failures, instance.error = 0, ""
    _record(instance, outcome, now)


@command(Permission.CLOCK_RUN)
def put_off(actor: Actor, *, instance_id: int, error: str) -> None:
    """Try a failed instance again later: after 1, 2, 4 … minutes."""
    instance = db.session.get_one(ProcessInstance, instance_id)
    instance.wake_failures += 1
    instance.error = error
    instance.wake_at = utc_now() + timedelta(minutes=2 ** (instance.wake_failures - 1))


def _record(instance: ProcessInstance, outcome: Outcome, now: datetime) -> ProcessInstance:
    """Bring the rows in line with the outcome: tasks that are gone are closed, new ones appear, others stay."""
    instance.state = outcome.state
    instance.wake_at = min((timer.due_at for timer in outcome.timers), default=None)
    if outcome.is_complete:
        instance.status, instance.ended_at = InstanceStatus.COMPLETED, now
    db.session.add_all(
        ProcessStep(
            instance_id=instance.id,
            element_id=step.element_id,
            kind=step.kind,
            title=step.title,
            event=step.event,
            detail=to_json(dict(step.detail)) if step.detail else None,
            at=now,
        )
        for step in outcome.steps
    )
    open_now = {task.id: task for task in outcome.open_tasks}
    for row in instance.tasks:
        known = open_now.pop(row.engine_task_id, None)
        if known is None and row.status is TaskStatus.OPEN:
            row.close(TaskStatus.CANCELLED, by=None, outcome="cancelled", at=now)
    instance.tasks += [_human_task(instance, task, now) for task in open_now.values()]
    db.session.flush()
    return instance


def _human_task(instance: ProcessInstance, task: OpenTask, now: datetime) -> HumanTask:
    hours = int(task.properties.get("due_hours") or DEFAULT_DUE_HOURS)
    return HumanTask(
        subject_kind=instance.subject_kind,
        subject_id=instance.subject_id,
        engine_task_id=task.id,
        element_id=task.element_id,
        title=task.title,
        title_zh=task.title_zh,
        form_key=task.form_key,
        fields=sorted(task.fields),
        role=str(task.properties.get("role") or ""),
        created_at=now,
        due_at=now + timedelta(hours=hours),
        candidates=[TaskCandidate(user_id=int(person)) for person in task.candidates or ()],
    )
