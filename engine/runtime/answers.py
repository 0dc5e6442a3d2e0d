"""What a person or a message may say to an instance: only to an open task, and only in the fields that it declares."""

from collections.abc import Mapping
from typing import Any

from SpiffWorkflow import TaskState

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


def declared(answer: Mapping[str, Any], fields: frozenset[str], *, element: str) -> dict[str, Any]:
    """A copy of `answer` with every declared field; what it leaves out is null. Raises `AnswerInvalid` for others."""
    if unasked := answer.keys() - fields:
        raise AnswerInvalid(
            "“{element}” does not ask for {fields}.",
            code="answer.undeclared",
            element=element,
            fields=", ".join(sorted(map(str, unasked))),
        )
    return {**dict.fromkeys(fields), **plain(answer)}
