"""What is open in an instance, as the drawn elements that hold it: tokens, and the events that wait beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent

from engine.bpmn.control import BoundaryEventSplit
from engine.bpmn.diagram import Diagram, Node
from engine.bpmn.gateways import RACE, gateway_of


@dataclass(frozen=True)
class Token:
    """An element that is open. `task` is its task; `waits` are the events attached to it.

    An event-based gateway is open while events behind it race: those are its `waits`, and `task` is the first of them.
    """

    node: Node
    task: Any
    waits: tuple[Any, ...] = ()

    @property
    def scope(self) -> Any:
        return self.task.workflow


def tokens_of(instance: Any, diagram: Diagram) -> list[Token]:
    """Everything that is open in `instance`, outermost scope first, in the order in which it came to be.

    The instances of a loop are not tokens of their own; the loop is.
    """
    return [token for scope in instance.scopes() for token in _tokens_in(scope, diagram)]


def is_waiting_event(task: Any) -> bool:
    """Does the task wait for something to happen? One that failed does not."""
    return bool(task.state == TaskState.WAITING) and isinstance(task.task_spec, CatchingEvent)


def _tokens_in(scope: Any, diagram: Diagram) -> Iterator[Token]:
    races: set[str] = set()
    for task in scope.open.values():
        node, race = diagram.nodes.get(task.task_spec.bpmn_id or ""), task.internal_data.get(RACE)
        if node is None or task.is_loop_instance or race in races:
            continue
        if race is not None:
            races.add(race)
            gateway = gateway_of(task.task_spec)
            yield Token(node if gateway is None else diagram.nodes[gateway.bpmn_id], task, _rivals(task))
        elif (host := _host(task)) is None or host is task:
            yield Token(node, task, _attached(task) if host is task else ())


def _rivals(task: Any) -> tuple[Any, ...]:
    """The events of a race, `task` among them."""
    race = task.internal_data[RACE]
    return tuple(other for other in task.workflow.open.values() if other.internal_data.get(RACE) == race)


def _host(task: Any) -> Any | None:
    """The open activity that a boundary event is attached to, or `task` itself if it is one with boundary events."""
    split = task.parent
    if split is None or not isinstance(split.task_spec, BoundaryEventSplit):
        return None
    members = list(split.task_spec.open_members(split))
    host = next((member for member in members if member.task_spec.name == split.task_spec.host), None)
    return host if task in members else None


def _attached(host: Any) -> tuple[Any, ...]:
    split = host.parent
    return tuple(member for member in split.task_spec.open_members(split) if member is not host)
