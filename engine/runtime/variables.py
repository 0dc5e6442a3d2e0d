"""Process variables are one set per process, as BPMN has it.

SpiffWorkflow gives every branch a copy and merges the copies where branches meet: the branch that comes last overwrites
what others changed, and lists are merged item by item. Here a change is written through to every open branch at once,
so that the copies never differ. Only the instances of a loop keep what they do to themselves until it is collected.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from engine.runtime.values import plain
from engine.runtime.workflow import ACTIVE, Instance


def share_changes(instance: Instance, task: Any) -> None:
    """Let every open task see the variables that `task`, which has just run, has changed."""
    if task.parent is None or _is_loop_instance(task):
        return
    before = task.parent.data
    changes = {name: value for name, value in task.data.items() if name not in before or before[name] != value}
    if not changes:
        return
    home = _home(instance, task.workflow)
    for scope in instance.scopes():
        if _home(instance, scope) is home:
            _write(scope, changes)


def current_variables(instance: Instance) -> dict[str, Any]:
    """The process variables as the open steps see them; at the end, as the last one left them."""
    found = dict(instance.data) if instance.completed else {}
    for task in instance.tasks.values():
        if task.has_state(ACTIVE) and not _is_loop_instance(task):
            found.update(task.data)
    return {name: plain(value, name=name) for name, value in found.items()}


def _write(scope: Any, changes: dict[str, Any]) -> None:
    for other in list(scope.tasks.values()):
        if other.has_state(ACTIVE) and not _is_loop_instance(other):
            other.data.update(changes)
            if other.parent is not None:
                # A waiting task takes its parent's data over again each time it is looked at.
                other.parent.data.update(changes)


def _home(instance: Instance, scope: Any) -> Any:
    """The outermost scope that shares its variables with `scope`: a subprocess does with the one around it."""
    while scope.parent_task_id is not None:
        task = instance.get_task_from_id(scope.parent_task_id)
        if _is_loop_instance(task):
            return scope
        scope = task.workflow
    return scope


def _is_loop_instance(task: Any) -> bool:
    """Is it one of the repetitions, not the step that follows the loop? Both hang below the loop."""
    loop = task.parent.task_spec if task.parent is not None else None
    return isinstance(loop, LoopTask) and bool(task.task_spec.name == loop.task_spec)
