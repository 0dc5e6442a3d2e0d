"""What a run did, element by element and flow by flow, so that a diagram can be painted and a timeline written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from SpiffWorkflow import TaskState

from engine.bpmn.diagram import Diagram
from engine.bpmn.gateways import EventBasedGateway, gateway_of
from engine.feel import to_json
from engine.runtime.workflow import ACTIVE, Instance

_ARRIVED = ACTIVE | TaskState.FINISHED_MASK


@dataclass(frozen=True)
class Step:
    """One element that was left, or one sequence flow that was taken. `detail` explains a decision, as JSON data."""

    element_id: str
    kind: str
    title: str
    event: Literal["completed", "cancelled"]
    detail: Mapping[str, Any] | None = None


class Trace:
    """Collects the steps of one run. Made before the run, so that it can tell what was cancelled."""

    def __init__(self, diagram: Diagram, instance: Instance) -> None:
        self._diagram = diagram
        self._instance = instance
        self._steps: list[Step] = []
        self._open_before = {task.id: task for task in instance.all_tasks() if _is_open_element(task)}

    def completed(self, task: Any) -> None:
        """Note a task that has just run, and the flows taken from it."""
        gateway = gateway_of(task.task_spec)
        if gateway is not None:
            # Which way a race took is known only when one of its events has happened.
            self._flow_taken(gateway.bpmn_id, task.task_spec.bpmn_id)
        node = self._diagram.nodes.get(task.task_spec.bpmn_id or "")
        if node is not None:
            explanation = self._instance.script_engine.explanations.get(task.id)
            detail = to_json(explanation.as_dict()) if explanation is not None else None
            self._steps.append(Step(node.id, node.kind, node.name, "completed", detail))
        if isinstance(task.task_spec, EventBasedGateway):
            return
        origin = self._origin(task)
        for child in task.children:
            if child.has_state(_ARRIVED):
                self._flow_taken(origin, child.task_spec.bpmn_id)

    def finish(self) -> tuple[Step, ...]:
        """Every step, in order; what was open before the run and got cancelled by it comes last."""
        for task in self._open_before.values():
            if task.state == TaskState.CANCELLED:
                node = self._diagram.nodes[task.task_spec.bpmn_id]
                self._steps.append(Step(node.id, node.kind, node.name, "cancelled"))
        return tuple(self._steps)

    def _origin(self, task: Any) -> str:
        """The element a flow from `task` leaves: the nearest one drawn, at or above it."""
        while task is not None and task.task_spec.bpmn_id is None:
            task = task.parent
        return task.task_spec.bpmn_id if task is not None else ""

    def _flow_taken(self, source: str, target: str | None) -> None:
        flow = self._diagram.flow_between(source, target) if target is not None else None
        if flow is not None:
            self._steps.append(Step(flow.id, "sequenceFlow", flow.name, "completed"))


def _is_open_element(task: Any) -> bool:
    return task.has_state(ACTIVE) and task.task_spec.bpmn_id is not None
