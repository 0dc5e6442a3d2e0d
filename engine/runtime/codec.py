"""A process instance as text and back: open tasks and variables, never the specs.

SpiffWorkflow's own serializer writes the specs into every state and reads user data that has a key `typename` as one of
its classes. Here specs come from the definition, and a variable that a run does not touch stays the text it is.
"""

from typing import Any

import msgspec
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent

from engine.bpmn.parser import ExecutableSpecs
from engine.errors import StateInvalid
from engine.runtime.format_1 import converted
from engine.runtime.records import (
    FORMAT,
    ScopeRecord,
    StateRecord,
    TaskId,
    TaskRecord,
    as_bytes,
    decoded,
    encoded,
    raw,
    read_head,
    read_state,
)
from engine.runtime.scope import Subprocess
from engine.runtime.task import Task
from engine.runtime.variables import Variables
from engine.runtime.workflow import Instance


def dump(instance: Instance, definition_hash: str) -> str:
    """The state of `instance`, which `compact` has left, as text."""
    scopes = [_dump_scope(instance, scope) for scope in instance.scopes()]
    return msgspec.json.encode(StateRecord(FORMAT, definition_hash, instance.last_id, scopes)).decode()


def load(state: str, specs: ExecutableSpecs, definition_hash: str, script_engine: Any) -> Instance:
    """The instance that `dump` wrote. Raises `StateInvalid` for anything else, or a state of another definition."""
    try:
        stored = _read(state, specs, definition_hash)
        instance = Instance(
            specs.process, specs.subprocesses, script_engine=script_engine, last_id=stored.last_id, deserializing=True
        )
        for scope in stored.scopes:
            _load_scope(instance, scope)
        instance.arrived.clear()
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError, AttributeError, StopIteration) as error:
        raise StateInvalid("The stored state cannot be read.") from error
    return instance


def _read(state: str, specs: ExecutableSpecs, definition_hash: str) -> StateRecord:
    head = read_head(state)
    if head.format not in (1, FORMAT):
        raise StateInvalid("The stored state has format {format}, which this version cannot read.", format=head.format)
    if head.definition != definition_hash:
        raise StateInvalid("The stored state belongs to another version of the diagram.", code="state.other_definition")
    return read_state(state) if head.format == FORMAT else converted(state, specs)


def _dump_scope(instance: Instance, scope: Any) -> ScopeRecord:
    return ScopeRecord(
        task=scope.parent_task_id,
        variables=raw(scope.data.texts()) if scope is instance else None,
        correlations=encoded(scope.correlations),
        tasks=[item.record() for item in scope.tasks.values()],
    )


def _load_scope(instance: Instance, stored: ScopeRecord) -> None:
    scope = instance if stored.task is None else _load_subprocess(instance, stored.task)
    if stored.variables is not None:
        instance.data = Variables(texts=as_bytes(stored.variables))
    scope.correlations = decoded(stored.correlations)
    for row in stored.tasks:
        _load_task(scope, row)
    scope.task_tree = scope.tasks[stored.tasks[0].id]
    scope.completed = not scope.open


def _load_subprocess(instance: Instance, task_id: TaskId) -> Subprocess:
    task = instance.by_id[task_id]
    return instance.create_subprocess(task, task.task_spec.spec)


def _load_task(scope: Any, row: TaskRecord) -> None:
    parent = scope.tasks[row.parent] if row.parent is not None else None
    task = Task.restored(scope, scope.spec.task_specs[row.spec], parent, row)
    if row.state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
        scope.top_workflow.event_manager.add_task(task)
