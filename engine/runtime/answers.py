"""What a person or a message may say to an instance: only to an open task, and only in the fields that it declares."""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow import TaskState

from engine.bpmn.settings import declared_fields
from engine.errors import AnswerInvalid, TaskNotOpen
from engine.runtime.values import plain
from engine.runtime.workflow import Instance


def open_task(instance: Instance, task_id: str) -> Any:
    """The human task `task_id` that waits. Raises `TaskNotOpen`."""
    task = instance.get_task_from_id(task_id) or instance.get_task_from_id(
        int(task_id) if task_id.isdecimal() else None
    )
    if task is None or task.state != TaskState.READY or not task.task_spec.manual:
        raise TaskNotOpen("This task is no longer open: it was completed or cancelled.", task=task_id)
    return task


def declared(answer: Mapping[str, Any], task: Any) -> dict[str, Any]:
    """A copy of `answer` with every field that the task declares; what it leaves out is null.

    Raises `AnswerInvalid` for other fields.
    """
    fields = declared_fields(task.task_spec)
    if unasked := answer.keys() - fields:
        raise AnswerInvalid(
            "“{element}” does not ask for {fields}.",
            code="answer.undeclared",
            element=task.task_spec.bpmn_id,
            fields=", ".join(sorted(map(str, unasked))),
        )
    return {**dict.fromkeys(fields), **plain(answer)}


def accepted(payload: Mapping[str, Any], task: Any) -> dict[str, Any]:
    """Of a payload, every field that the task declares, null where it has none."""
    return {name: payload.get(name) for name in declared_fields(task.task_spec)}
