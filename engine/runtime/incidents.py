"""Steps that fail: they stay where they are, as open tasks with a mark, until somebody retries or skips them.

SpiffWorkflow's own ERROR state counts as finished, so that what waits for a failed step would go on without it.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.specs.MultiChoice import MultiChoice

from engine.bpmn.events.specs import BoundaryEvent
from engine.bpmn.gateways import rivals_of
from engine.bpmn.settings import result_names
from engine.errors import AnswerInvalid, EngineError, IncidentNotOpen
from engine.runtime.task import NOT_ARRIVED, Task
from engine.runtime.values import plain

_log = logging.getLogger(__name__)

_MARK: Final = "incident"
_LONGEST_FIELD: Final = 500
# Where a step failed, which decides how it is tried again: when it was reached, at its own work, or when it was done
# and the loop around it was told.
_ARRIVING, _RUNNING, _DONE = "arriving", "running", "done"
DidRun = Callable[[Any], None]


@dataclass(frozen=True)
class Incident:
    """A step that failed and waits for help. `id` is the task's; `message` a template that `fields` fill."""

    id: str
    element_id: str
    code: str
    message: str
    fields: Mapping[str, Any]

    def __str__(self) -> str:
        return self.message.format(**self.fields) if self.fields else self.message


def run_step(task: Task, did_run: DidRun, passed_on: tuple[type[Exception], ...]) -> None:
    """Run a task that is ready. Whatever it raises stays with the step that failed, but for what is `passed_on`."""
    try:
        task.run()
    except passed_on:
        raise
    except Exception as error:  # whatever fails, the rest of the instance must stay right
        fail(task, error, _DONE if task.state == TaskState.COMPLETED else _RUNNING)
    did_run(task)


def arrive(task: Task) -> None:
    """Let a task see whether it is ready. Whatever this raises stays with the task."""
    try:
        task.task_spec._update(task)
    except Exception as error:
        for child in task.children:
            task.workflow._remove_task(child.id)
        fail(task, error, _ARRIVING)


def fail(task: Task, error: Exception, where: str = _RUNNING) -> None:
    """Mark a task as failed with `error`. It counts as open and is not run again by itself."""
    code, message, fields = describe(error)
    task.internal_data[_MARK] = [where, code, message, fields]
    task.workflow.top_workflow.event_manager.remove_task(task)
    for child in task.children:
        if child.has_state(NOT_ARRIVED):
            task.workflow._remove_task(child.id)
    task._set_state(TaskState.STARTED)


def incidents_of(instance: Any) -> tuple[Incident, ...]:
    """The steps of an instance that failed, outermost scope first."""
    return tuple(_incident(task) for task in _failed(instance))


def find_failed(instance: Any, task_id: str) -> Task:
    """The failed task with this id. Raises `IncidentNotOpen`."""
    for task in _failed(instance):
        if str(task.id) == task_id:
            return task
    raise IncidentNotOpen("This step is no longer stopped: it was retried, skipped or cancelled.", task=task_id)


def retry(task: Task, did_run: DidRun) -> None:
    """Let a failed task try again what failed. It may fail again."""
    where = task.internal_data.pop(_MARK)[0]
    if where == _RUNNING:
        task._set_state(TaskState.READY)
    elif where == _ARRIVING:
        task._set_state(TaskState.FUTURE)
        arrive(task)
    else:
        _be_done(task, did_run)


def skip(task: Task, result: Mapping[str, Any], did_run: DidRun) -> None:
    """Go on behind a failed task as if it were done, with `result` for what it would have set; the rest becomes null.

    An event attached to a step, or racing with others, is dropped instead: it will not happen. Raises `AnswerInvalid`,
    and `EngineError` for a gateway without a default flow.
    """
    outputs = result_names(task.task_spec)
    if unknown := result.keys() - outputs:
        raise AnswerInvalid(
            "“{element}” does not set {fields}.",
            code="answer.undeclared",
            element=_element_id(task),
            fields=", ".join(sorted(map(str, unknown))),
        )
    if isinstance(task.task_spec, MultiChoice):
        _take_default_flow(task)
    del task.internal_data[_MARK]
    if isinstance(task.task_spec, BoundaryEvent) or rivals_of(task):
        task.cancel()
        return
    empty: Any = [] if isinstance(task.task_spec, LoopTask) else None
    task.data.update({**dict.fromkeys(outputs, empty), **plain(result)})
    _be_done(task, did_run)


def describe(error: Exception) -> tuple[str, str, dict[str, Any]]:
    """Code, sentence and fields of an error. What only a programmer understands goes to the log instead."""
    code, message, fields = (getattr(error, name, None) for name in ("code", "message", "fields"))
    if isinstance(code, str) and isinstance(message, str) and isinstance(fields, Mapping):
        return code, message, {name: _plain_field(value) for name, value in fields.items()}
    if isinstance(error, SpiffWorkflowException):
        reason = str(error)[:_LONGEST_FIELD]
        return describe(EngineError("The process cannot go on: {reason}", code="process.failed", reason=reason))
    _log.error("a step failed", exc_info=error)
    return describe(
        EngineError(
            "The step failed with an unexpected error ({error}). The log of the server says more.",
            code="step.unexpected",
            error=type(error).__name__,
        )
    )


def _be_done(task: Task, did_run: DidRun) -> None:
    """Complete a task without running it."""
    try:
        task.complete()
    except Exception as error:
        fail(task, error, _DONE)
    did_run(task)


def _take_default_flow(task: Task) -> None:
    names = [name for condition, name in task.task_spec.cond_task_specs if condition is None]
    if not names:
        raise EngineError(
            "“{element}” has no default flow, so it cannot be skipped. Correct the data and retry.",
            code="incident.no_default",
            element=_element_id(task),
        )
    task._sync_children([task.workflow.spec.task_specs[name] for name in names], TaskState.FUTURE)


def _failed(instance: Any) -> Iterator[Task]:
    for scope in instance.scopes():
        started = (task for task in scope.open.values() if task.state == TaskState.STARTED)
        yield from (task for task in started if _MARK in task.remembered())


def _incident(task: Task) -> Incident:
    _where, code, message, fields = task.internal_data[_MARK]
    return Incident(str(task.id), _element_id(task), code, message, fields)


def _element_id(task: Task | None) -> str:
    """The element of the diagram: a step that SpiffWorkflow has added belongs to the one drawn above it."""
    while task is not None and task.task_spec.bpmn_id is None:
        task = task.parent
    return str(task.task_spec.bpmn_id) if task is not None else ""


def _plain_field(value: Any) -> Any:
    return value if isinstance(value, bool | int) else str(value)[:_LONGEST_FIELD]
