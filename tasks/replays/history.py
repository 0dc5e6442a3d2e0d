"""What is kept of finished requests: what came from outside to their flow, the way they took, whom they asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select

from engine.errors import EngineError
from engine.runtime.replay import Called, Given, Past
from engine.runtime.values import digest, from_text
from models.chains.course import rewound
from models.db import db
from models.processes import (
    HumanTask,
    InstanceStatus,
    ProcessDefinition,
    ProcessInstance,
    ProcessStep,
    SignerKind,
    TaskSigner,
    TaskStatus,
)
from tasks.processes.bridge import ENGINE
from tasks.processes.definitions import loaded

BATCH: Final = 500
_FLOW: Final = "sequenceFlow"
# Services by the variable in which a flow of ours keeps their result.
_RESULTS: Final = {"chain": "chain.resolve", "facts": "request.resubmitted", "invoice": "invoice.issue"}


@dataclass(frozen=True)
class Asking:
    """A task of a flow: `key` is what its answers are found by, `people` are ids, mail addresses or ``role:NAME``."""

    key: str
    title: str
    title_zh: str
    people: frozenset[int | str]
    seconds: float | None = None


@dataclass(frozen=True)
class History:
    """One finished instance. `path` are the elements that it left, in their order.

    `is_partial`: it ran before what came from outside was kept, so that some of it is only concluded.
    """

    instance_id: int
    subject_id: int
    past: Past
    path: tuple[str, ...]
    asked: tuple[Asking, ...]
    is_partial: bool


class _Task(NamedTuple):
    id: int
    instance_id: int
    engine_task_id: str
    element_id: str
    title: str
    title_zh: str
    form_key: str
    fields: list[str]
    role: str
    step: dict[str, Any] | None
    status: TaskStatus
    outcome: str
    created_at: datetime
    closed_at: datetime | None


@dataclass
class _Rows:
    """The rows of one instance."""

    steps: list[Any] = field(default_factory=list)
    tasks: list[_Task] = field(default_factory=list)
    people: dict[int, set[int | str]] = field(default_factory=dict)


def key_of(element_id: str, form_key: str, step: Mapping[str, Any] | None) -> str:
    """What the answers of a task are found by: a step of a chain is the same wherever the diagram asks it."""
    name = (step or {}).get("key")
    return f"{form_key}:{name}" if name else element_id


def finished(process_key: str, limit: int, *, version: int | None = None) -> dict[int, int]:
    """The newest instances of a process that have come to their end, newest first, by id, with their subjects.

    With `version` only those that ended on that one.
    """
    wanted = (
        select(ProcessInstance.id, ProcessInstance.subject_id)
        .join(ProcessInstance.definition)
        .where(ProcessDefinition.key == process_key, ProcessInstance.status == InstanceStatus.COMPLETED)
    )
    if version is not None:
        wanted = wanted.where(ProcessDefinition.version == version)
    rows = db.session.execute(wanted.order_by(ProcessInstance.id.desc()).limit(limit))
    return {row.id: row.subject_id for row in rows}


def read_histories(ids: Sequence[int]) -> Iterator[History]:
    """What is kept of these instances, batch by batch."""
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        heads = db.session.execute(
            select(ProcessInstance.id, ProcessInstance.subject_id, ProcessInstance.started_at)
            .where(ProcessInstance.id.in_(batch))
            .order_by(ProcessInstance.id.desc())
        ).all()
        rows = _rows_of(batch)
        for instance_id, subject_id, started_at in heads:
            yield _history(instance_id, subject_id, started_at, rows[instance_id])


def _rows_of(ids: Sequence[int]) -> dict[int, _Rows]:
    found = {instance_id: _Rows() for instance_id in ids}
    of_step = ProcessStep.element_id, ProcessStep.kind, ProcessStep.event, ProcessStep.given, ProcessStep.at
    steps = select(ProcessStep.instance_id, *of_step).where(ProcessStep.instance_id.in_(ids))
    for row in db.session.execute(steps.where(ProcessStep.kind != _FLOW).order_by(ProcessStep.id)):
        found[row.instance_id].steps.append(row)
    tasks = select(*(getattr(HumanTask, name) for name in _Task._fields)).where(HumanTask.instance_id.in_(ids))
    by_task = {}
    for row in db.session.execute(tasks.order_by(HumanTask.id)):
        by_task[row.id] = row.instance_id
        found[row.instance_id].tasks.append(_Task._make(row))
    signers = (
        select(TaskSigner.task_id, TaskSigner.user_id, TaskSigner.mail)
        .join(TaskSigner.task)
        .where(HumanTask.instance_id.in_(ids), TaskSigner.kind == SignerKind.ASKED, TaskSigner.added_by_id.is_(None))
    )
    for task_id, user_id, mail in db.session.execute(signers):
        found[by_task[task_id]].people.setdefault(task_id, set()).add(mail or user_id or 0)
    return found


def _history(instance_id: int, subject_id: int, started_at: datetime, rows: _Rows) -> History:
    given = [(step, from_text(step.given.encode())) for step in rows.steps if step.given is not None]
    is_partial = not given or "data" not in given[0][1]
    past = _concluded(instance_id, started_at, rows) if is_partial else _kept(started_at, given, rows.tasks)
    path = tuple(step.element_id for step in rows.steps if step.event in ("completed", "skipped"))
    return History(instance_id, subject_id, past, path, tuple(_asked(rows)), is_partial)


def _asked(rows: _Rows) -> Iterator[Asking]:
    for task in rows.tasks:
        people = rows.people.get(task.id, set()) | ({f"role:{task.role}"} if task.role else set())
        is_done = task.status is TaskStatus.DONE and task.closed_at is not None
        yield Asking(
            key_of(task.element_id, task.form_key, task.step),
            task.title,
            task.title_zh,
            frozenset(people),
            (task.closed_at - task.created_at).total_seconds() if is_done and task.closed_at else None,
        )


def _kept(started_at: datetime, given: Iterable[tuple[Any, dict[str, Any]]], tasks: Iterable[_Task]) -> Past:
    """What came from outside, as the steps have it."""
    keys = {task.engine_task_id: key_of(task.element_id, task.form_key, task.step) for task in tasks}
    data, answers, calls = {}, [], []
    for step, content in given:
        if "data" in content:
            data = content["data"]
        elif "answer" in content:
            key = keys.get(str(content.get("task")), step.element_id)
            answers.append(Given(str(key), content["answer"], step.at))
        elif "service" in content:
            calls.append(Called(content["service"], content["arguments"], content["result"]))
    return Past(data, started_at, answers, calls)


def _concluded(instance_id: int, started_at: datetime, rows: _Rows) -> Past:
    """The past of an instance of which only rows and end are kept: what tasks were closed with, and its variables."""
    instance = db.session.get_one(ProcessInstance, instance_id)
    try:
        definition = loaded(instance.definition)
        data = ENGINE.read_data(definition, instance.state)
    except EngineError:
        data = {}
    asked_for = {name for task in rows.tasks for name in task.fields}
    answers = [
        Given(key_of(task.element_id, task.form_key, task.step), _answer_to(task, data), task.closed_at)
        for task in sorted(rows.tasks, key=lambda task: task.closed_at or task.created_at)
        if task.status is TaskStatus.DONE and task.closed_at is not None
    ]
    started_with = {name: value for name, value in data.items() if name not in asked_for | _RESULTS.keys()}
    return Past(started_with, started_at, answers, _results(data))


def _answer_to(task: _Task, data: Mapping[str, Any]) -> dict[str, Any]:
    """The last answer of its fields is among the variables; the decision is what the task was closed with."""
    known = {name: data.get(name) for name in task.fields}
    return known | {"return_to": None, "resume": None, "decision": task.outcome}


def _results(data: Mapping[str, Any]) -> list[Called]:
    """What services returned, as far as it stands among the variables; of a chain, how its last round began."""
    called = []
    for variable, service in _RESULTS.items():
        value = data.get(variable)
        if variable == "chain" and isinstance(value, dict) and value.get("steps"):
            arguments = {"request_id": data.get("request_id"), "chain_key": data.get("chain_key")}
            called.append(Called(service, digest(arguments), rewound(value)))
        elif isinstance(value, dict):
            called.append(Called(service, "", value))
    return called
