"""Changes a multi-instance activity while it runs: one more instance, or one less."""

from typing import Any

from engine.bpmn.loops import MultiInstanceTask
from engine.errors import EngineError
from engine.runtime.answers import open_task
from engine.runtime.values import plain
from engine.runtime.workflow import Instance


def add_item(instance: Instance, element_id: str, item: Any) -> None:
    """Start one more instance of the multi-instance activity `element_id`, or queue it when they run in turn.

    Raises `EngineError` when the activity does not run, runs several times, or has as many instances as it may.
    """
    running = [
        task
        for scope in instance.scopes()
        for task in scope.open.values()
        if isinstance(task.task_spec, MultiInstanceTask)
        and task.task_spec.bpmn_id == element_id
        and task.task_spec.runs(task)
    ]
    if len(running) != 1:
        raise EngineError(
            "“{element}” takes one more item only while it repeats, and once at a time; it now runs {count} times.",
            code="multi_instance.not_running",
            element=element_id,
            count=len(running),
        )
    running[0].task_spec.add_item(running[0], plain(item, name=element_id))


def remove_item(instance: Instance, task_id: str) -> None:
    """Cancel the instance of a multi-instance activity that the open task `task_id` is or belongs to, the innermost.

    Raises `TaskNotOpen`, and `EngineError` when the task belongs to none.
    """
    task: Any = open_task(instance, task_id)
    element_id = task.task_spec.bpmn_id
    while task is not None and not (task.is_loop_instance and isinstance(task.parent.task_spec, MultiInstanceTask)):
        task = instance.get_task_from_id(task.workflow.parent_task_id)
    if task is None:
        raise EngineError(
            "“{element}” does not repeat: there is no item to remove.",
            code="multi_instance.no_instance",
            element=element_id,
        )
    task.parent.task_spec.remove(task)
