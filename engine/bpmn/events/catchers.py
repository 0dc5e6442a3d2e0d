"""Who catches what: the events that wait for a message or signal, and those at the activities around a task."""

from collections.abc import Iterator
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent

from engine.bpmn.control import BoundaryEventSplit
from engine.bpmn.events.thrown import Thrown

# Where a task that waits for a message keeps its place in the queue.
TURN: Final = "turn"


def find_catchers(instance: Any, thrown: Thrown) -> list[Any]:
    """The waiting events that catch what was thrown: every one for a signal, at most one for anything else."""
    if thrown.kind in ("error", "escalation"):
        catcher = _innermost(thrown)
        return [catcher] if catcher is not None else []
    waiting = [task for task in waiting_events(instance) if task.task_spec.event_definition.catches(task, thrown)]
    if thrown.kind == "message":
        # A state of an earlier release has no turns; there the order in which the tasks came to be decides.
        return sorted(waiting, key=lambda task: task.remembered().get(TURN, 0))[:1]
    # What interrupts comes last: it takes others away that the signal reaches as well.
    return sorted(waiting, key=lambda task: (getattr(task.task_spec, "cancel_activity", False), task.order))


def waiting_events(instance: Any) -> list[Any]:
    """The tasks that wait for a message or a signal."""
    return [task for task in instance.event_manager.tasks.values() if _kind(task) in ("message", "signal")]


def _innermost(thrown: Thrown) -> Any | None:
    """The boundary event that catches an error or escalation: the nearest one outward from where it was thrown.

    At one activity an event for this very code goes before one for every code.
    """
    for activity in _outward(thrown.origin):
        events = [task for task in _attached(activity) if _kind(task) == thrown.kind]
        found = [task for task in events if task.task_spec.event_definition.catches(task, thrown)]
        if found:
            return min(found, key=lambda task: task.task_spec.event_definition.name is None)
    return None


def _outward(task: Any) -> Iterator[Any]:
    """`task` and the activities around it: the loop it is an instance of, the subprocess it is in, and so on."""
    while task is not None:
        yield task
        if task.is_loop_instance:
            task = task.parent
        else:
            outer = task.workflow.parent_task_id
            task = task.workflow.top_workflow.get_task_from_id(outer) if outer is not None else None


def _attached(activity: Any) -> list[Any]:
    """The boundary events that wait at an activity."""
    split = activity.parent
    if split is None or not isinstance(split.task_spec, BoundaryEventSplit):
        return []
    if activity.task_spec.name != split.task_spec.host:
        return []  # something that an event began: it moved up when the event was forgotten
    events = [task for task in split.children if isinstance(task.task_spec, BoundaryEvent)]
    return [task for task in events if task.state == TaskState.WAITING]


def _kind(event: Any) -> str:
    """The kind of what a waiting event waits for; empty for a timer."""
    return getattr(event.task_spec.event_definition, "kind", "")
