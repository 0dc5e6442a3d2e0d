"""A process instance as text and back: the task tree and its data, never the specs.

SpiffWorkflow's own serializer writes the specs into every state and reads user data that has a key `typename` as one of
its classes. Here specs come from the definition, and equal data of several tasks are written once.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

import json
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task

from engine.bpmn.parser import ExecutableSpecs
from engine.errors import StateInvalid
from engine.runtime.values import decode, encode
from engine.runtime.workflow import Instance

FORMAT: Final = 1


def dump(instance: Instance, definition_hash: str) -> str:
    """The state of `instance` as text."""
    snapshots: dict[str, int] = {}

    def snapshot(data: dict[str, Any]) -> int:
        return snapshots.setdefault(_json(encode(data)), len(snapshots))

    scopes = [_dump_scope(scope, snapshot) for scope in instance.scopes()]
    data = ",".join(snapshots)
    header = _json({"format": FORMAT, "definition": definition_hash, "scopes": scopes})
    return f'{header[:-1]},"data":[{data}]}}'


def load(state: str, specs: ExecutableSpecs, definition_hash: str, script_engine: Any) -> Instance:
    """The instance that `dump` wrote. Raises `StateInvalid` for anything else, or a state of another definition."""
    stored = _read(state, definition_hash)
    try:
        data = [decode(item) for item in stored["data"]]
        instance = Instance(specs.process, specs.subprocesses, script_engine=script_engine, deserializing=True)
        top, *subprocesses = stored["scopes"]
        _load_scope(instance, top, data)
        for scope in subprocesses:
            _load_subprocess(instance, scope, data)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise StateInvalid("The stored state cannot be read.") from error
    return instance


def _read(state: str, definition_hash: str) -> dict[str, Any]:
    try:
        stored: dict[str, Any] = json.loads(state)
        format_number, stored_hash = stored["format"], stored["definition"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StateInvalid("The stored state cannot be read.") from error
    if format_number != FORMAT:
        raise StateInvalid(
            "The stored state has format {format}, which this version cannot read.", format=format_number
        )
    if stored_hash != definition_hash:
        raise StateInvalid("The stored state belongs to another version of the diagram.", code="state.other_definition")
    return stored


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _dump_scope(scope: Any, snapshot: Callable[[dict[str, Any]], int]) -> dict[str, Any]:
    return {
        "task": str(scope.parent_task_id) if scope.parent_task_id else None,
        "root": str(scope.task_tree.id),
        "last": str(scope.last_task.id) if scope.last_task is not None else None,
        "completed": scope.completed,
        "success": scope.success,
        "data": snapshot(scope.data),
        "tasks": [_dump_task(task, snapshot) for task in scope.tasks.values()],
    }


def _dump_task(task: Any, snapshot: Callable[[dict[str, Any]], int]) -> list[Any]:
    parent = str(task._parent) if task._parent else None
    internal = encode(dict(task.internal_data))
    fixed = [
        str(task.id),
        parent,
        task.task_spec.name,
        task.state,
        int(task.triggered),
        round(task.last_state_change, 6),
    ]
    return [*fixed, internal, snapshot(task.data)]


def _load_subprocess(instance: Instance, stored: dict[str, Any], data: list[Any]) -> None:
    task_id = UUID(stored["task"])
    task = instance.get_task_from_id(task_id)
    spec = instance.subprocess_specs[task.task_spec.spec]
    scope = BpmnSubWorkflow(spec, task_id, instance, deserializing=True)
    instance.subprocesses[task_id] = scope
    scope.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
    _load_scope(scope, stored, data)


def _load_scope(scope: Any, stored: dict[str, Any], data: list[Any]) -> None:
    for row in stored["tasks"]:
        _load_task(scope, row, data)
    scope.task_tree = scope.tasks[UUID(stored["root"])]
    scope.last_task = scope.tasks[UUID(stored["last"])] if stored["last"] else None
    scope.completed, scope.success = stored["completed"], stored["success"]
    scope.data = _own_copy(data[stored["data"]])


def _load_task(scope: Any, row: list[Any], data: list[Any]) -> None:
    task_id, parent, spec_name, state, triggered, changed, internal, snapshot = row
    task = Task(scope, scope.spec.task_specs[spec_name], state=state, id=UUID(task_id))
    if parent is not None:
        task._parent = UUID(parent)
        scope.tasks[task._parent]._children.append(task.id)
    task.triggered = bool(triggered)
    task.last_state_change = changed
    task.internal_data = decode(internal)
    task.data = _own_copy(data[snapshot])
    if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
        scope.top_workflow.event_manager.add_task(task)


def _own_copy(value: Any) -> Any:
    """Snapshots are shared in the text, not in memory: a task may change its own."""
    if isinstance(value, dict):
        return {key: _own_copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_own_copy(item) for item in value]
    return value
