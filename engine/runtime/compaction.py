"""Drops the finished past from a task tree, so that an instance costs what is still open and not what has been.

History is kept elsewhere (the steps of every outcome). A finished task is cut out, and what hangs below it moves to the
task above.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

from typing import Any

from SpiffWorkflow import TaskState

from engine.bpmn.control import BoundaryEventSplit


def compact(instance: Any) -> None:
    """Forget every task that has finished since the last time and that nothing open needs any more."""
    while instance.finished:
        _forget(instance.finished.pop())


def _forget(task: Any) -> None:
    scope = task.workflow
    if scope.tasks.get(task.id) is not task or not task._state & TaskState.FINISHED_MASK or _is_needed(task):
        return
    parent = task.parent
    for child in task.children:
        child._parent = parent.id
    place = parent._children.index(task.id)
    parent._children[place : place + 1] = task._children
    scope.forget(task)
    if isinstance(parent.task_spec, BoundaryEventSplit):
        _forget(parent)


def _is_needed(task: Any) -> bool:
    """The root, and what holds an activity and its events together while any of them is open."""
    spec = task.task_spec
    return task._parent is None or (isinstance(spec, BoundaryEventSplit) and any(spec.open_members(task)))
