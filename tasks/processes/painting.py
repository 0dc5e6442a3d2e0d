"""What a picture of a running diagram shows."""

from __future__ import annotations

from dataclasses import dataclass

from models.processes import IncidentState, ProcessInstance, TaskStatus

_FLOW = "sequenceFlow"


@dataclass(frozen=True)
class FlowState:
    """Ids of diagram elements: those that were left, those that wait, those that failed, and the flows taken."""

    done: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()


def flow_state(instance: ProcessInstance) -> FlowState:
    """Where an instance stands, from its rows."""
    failed = {row.element_id: None for row in instance.incidents if row.state is IncidentState.OPEN and row.element_id}
    now = {task.element_id: None for task in instance.tasks if task.status is TaskStatus.OPEN}
    left = [step for step in instance.steps if step.event in ("completed", "skipped")]
    done = {step.element_id: None for step in left if step.kind != _FLOW}
    flows = {step.element_id: None for step in left if step.kind == _FLOW}
    return FlowState(
        done=tuple(element for element in done if element not in now and element not in failed),
        now=tuple(element for element in now if element not in failed),
        failed=tuple(failed),
        flows=tuple(flows),
    )
