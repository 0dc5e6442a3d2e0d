"""What a picture of a running diagram shows."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from engine.errors import EngineError
from engine.process import Forecast
from models.db import utc_now
from models.processes import IncidentState, InstanceStatus, ProcessInstance, TaskStatus
from tasks.processes.bridge import ENGINE
from tasks.processes.definitions import loaded

_FLOW = "sequenceFlow"
_log = logging.getLogger(__name__)
# What people answer where all goes well, by the key of the form; of another form nothing is guessed.
GOES_WELL: dict[str, dict[str, Any]] = {
    "approval": {"decision": "approve", "return_to": None, "resume": None},
    "issuing": {"decision": "issue", "return_to": None, "resume": None},
}


@dataclass(frozen=True)
class Waypoint:
    """An element that will probably be reached."""

    element_id: str
    title: str
    title_zh: str


@dataclass(frozen=True)
class FlowState:
    """Ids of diagram elements: those that were left, those that wait, those that failed, and the flows taken.

    `ahead` is the way that will probably be taken from here, as far as that is known, `ahead_flows` its flows. An
    element may be both behind and ahead.
    """

    done: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    flows: tuple[str, ...] = ()
    ahead: tuple[Waypoint, ...] = ()
    ahead_flows: tuple[str, ...] = ()


def flow_state(instance: ProcessInstance) -> FlowState:
    """Where an instance stands, from its rows, and where it will probably go."""
    failed = {row.element_id: None for row in instance.incidents if row.state is IncidentState.OPEN and row.element_id}
    now = {task.element_id: None for task in instance.tasks if task.status is TaskStatus.OPEN}
    left = [step for step in instance.steps if step.event in ("completed", "skipped")]
    done = {step.element_id: None for step in left if step.kind != _FLOW}
    flows = {step.element_id: None for step in left if step.kind == _FLOW}
    forecast = _forecast(instance)
    return FlowState(
        done=tuple(element for element in done if element not in now and element not in failed),
        now=tuple(element for element in now if element not in failed),
        failed=tuple(failed),
        flows=tuple(flows),
        ahead=tuple(
            Waypoint(node.id, node.name, node.title_zh)
            for node in forecast.elements
            if node.id not in now and node.id not in failed
        ),
        ahead_flows=forecast.flows,
    )


def _forecast(instance: ProcessInstance) -> Forecast:
    """The way that a running instance will probably take; none where its state cannot be read."""
    if instance.status is not InstanceStatus.RUNNING:
        return Forecast((), ())
    try:
        definition = loaded(instance.definition)
        return ENGINE.foresee(definition, instance.state, lambda form: GOES_WELL.get(form, {}), now=utc_now())
    except EngineError:
        _log.warning("the way of instance %s cannot be foreseen", instance.id)
        return Forecast((), ())
