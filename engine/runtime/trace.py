"""What a run did, element by element and flow by flow, so that a diagram can be painted and a timeline written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent

from engine.bpmn.control import BoundaryEventSplit
from engine.bpmn.diagram import Diagram
from engine.bpmn.gateways import EventBasedGateway, gateway_of
from engine.feel import to_json
from engine.runtime.task import NOT_ARRIVED
from engine.runtime.workflow import Instance


@dataclass(frozen=True)
class Step:
    """One element that was left, or one sequence flow that was taken. `detail` explains a decision, as JSON data.

    `given` is what came from outside, enough to run the step again: `data` of a start, the `answer` of a person or a
    message (a person's with the id of its `task`), the `result` of a service with the `arguments` as `digest` has them.
    """

    element_id: str
    kind: str
    title: str
    event: Literal["completed", "skipped", "cancelled"]
    detail: Mapping[str, Any] | None = None
    given: Mapping[str, Any] | None = None


class Trace:
    """Collects the steps of one run. Made before the run, so that it can tell what was cancelled."""

    def __init__(self, diagram: Diagram, instance: Instance) -> None:
        self._diagram = diagram
        self._instance = instance
        self._steps: list[Step] = []
        self._skipped: set[Any] = set()
        self._given: dict[Any, Mapping[str, Any]] = {}
        self._last_id_before = instance.last_id

    def will_skip(self, task: Any) -> None:
        """Note that `task` is completed by a person's word instead of by running."""
        self._skipped.add(task.id)

    def was_given(self, task: Any, given: Mapping[str, Any]) -> None:
        """Note what comes from outside for `task`; for the start of the process it is None."""
        self._given[task.id if task is not None else None] = given

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
            event: Literal["completed", "skipped"] = "skipped" if task.id in self._skipped else "completed"
            self._steps.append(Step(node.id, node.kind, node.name, event, detail, self._given_to(task, node.kind)))
        if isinstance(task.task_spec, EventBasedGateway):
            return
        for child in task.children:
            if not child.has_state(NOT_ARRIVED):
                self._flow_taken(task.task_spec.bpmn_id, _drawn(child.task_spec))

    def finish(self) -> tuple[Step, ...]:
        """Every step, in order; what was cancelled comes last.

        An event that began to wait and was withdrawn in the same run is none: nobody could have seen it wait.
        """
        for task in self._instance.cancelled:
            node = self._diagram.nodes.get(task.task_spec.bpmn_id or "")
            if node is not None and (self._was_open_before(task) or not isinstance(task.task_spec, CatchingEvent)):
                self._steps.append(Step(node.id, node.kind, node.name, "cancelled"))
        return tuple(self._steps)

    def _given_to(self, task: Any, kind: str) -> Mapping[str, Any] | None:
        if kind == "startEvent":
            return self._given.pop(None, None)
        return self._given.pop(task.id, None) or self._instance.script_engine.calls.pop(task.id, None)

    def _was_open_before(self, task: Any) -> bool:
        return isinstance(task.id, str) or task.id <= self._last_id_before

    def _flow_taken(self, source: str | None, target: str | None) -> None:
        flow = self._diagram.flow_between(source, target) if source is not None and target is not None else None
        if flow is not None:
            self._steps.append(Step(flow.id, "sequenceFlow", flow.name, "completed"))


def _drawn(spec: Any) -> str | None:
    """The element that a flow to `spec` leads to in the drawing."""
    drawn: str | None = (spec.outputs[0] if isinstance(spec, BoundaryEventSplit) else spec).bpmn_id
    return drawn
