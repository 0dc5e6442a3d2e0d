"""Drops the finished past from a task tree, so that an instance costs what is still open and not what has been.

A loop adds a level to SpiffWorkflow's tree at every round. History is kept elsewhere (the steps of every outcome), so
finished tasks are cut out and their open descendants hang on the nearest task that is still needed.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin


def compact(instance: Any) -> None:
    """Forget finished subprocesses and every finished task that nothing open needs any more."""
    for task_id in list(instance.subprocesses):
        task = instance.find_task(task_id)
        if task is None or task.has_state(TaskState.FINISHED_MASK):
            del instance.subprocesses[task_id]
    for scope in instance.scopes():
        if not scope.completed:
            _compact_scope(scope)


def _compact_scope(scope: Any) -> None:
    kept = _needed(scope)
    if len(kept) == len(scope.tasks):
        return
    for task in kept.values():
        task._children = []
    for task in list(kept.values()):
        if task is not scope.task_tree:
            parent = _nearest_kept(task, scope, kept)
            task._parent = parent.id
            parent._children.append(task.id)
    scope.tasks = kept
    if scope.last_task is not None and scope.last_task.id not in kept:
        scope.last_task = None


def _needed(scope: Any) -> dict[Any, Any]:
    """The tasks to keep, in their old order: the open ones and their parents, whose data they inherit.

    The split above a task with boundary events is such a parent, so that the join behind the task still finds it.
    """
    keep = {scope.task_tree.id}
    open_tasks = [task for task in scope.tasks.values() if task.has_state(TaskState.NOT_FINISHED_MASK)]
    for task in open_tasks:
        keep.update({task.id, task._parent})
    if _has_parallel_join(scope.spec):
        keep.update(_below_common_ancestor(scope, open_tasks))
    return {task_id: task for task_id, task in scope.tasks.items() if task_id in keep}


def _has_parallel_join(spec: Any) -> bool:
    return any(
        isinstance(item, UnstructuredJoin) and not isinstance(item, _EndJoin) and len(item.inputs) > 1
        for item in spec.task_specs.values()
    )


def _below_common_ancestor(scope: Any, open_tasks: list[Any]) -> set[Any]:
    """Everything below the deepest task that is above all open ones: parallel joins look at finished siblings too."""
    paths = [_path(task) for task in open_tasks]
    common = None
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        common = level[0]
    return {task.id for task in scope.tasks.values() if common in _path(task)}


def _path(task: Any) -> list[Any]:
    """Ids from the root down to `task`."""
    path = []
    while task is not None:
        path.append(task.id)
        task = task.parent
    return path[::-1]


def _nearest_kept(task: Any, scope: Any, kept: dict[Any, Any]) -> Any:
    parent_id = task._parent
    while parent_id not in kept:
        parent_id = scope.tasks[parent_id]._parent
    return kept[parent_id]
