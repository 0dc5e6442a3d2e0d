"""A BPMN file as plain data: nodes, flows and their settings, in the order of the file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from engine.bpmn.xml import BPMN, SPIFF, local_name

FLOW_NODES: Final = frozenset(
    {
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
        "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask",
        "globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask",
        "callActivity", "subProcess", "adHocSubProcess", "transaction",
        "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway", "complexGateway",
    }
)  # fmt: skip
# Where an element says which service it calls, or which decision it asks.
OPERATOR: Final = f"{BPMN}extensionElements/{SPIFF}serviceTaskOperator"
CALLED_DECISION: Final = f"{BPMN}extensionElements/{SPIFF}calledDecisionId"


@dataclass(frozen=True)
class Flow:
    """A sequence flow. `condition` is FEEL text, or None when the flow has none."""

    id: str
    source: str
    target: str
    name: str
    condition: str | None
    element: Any = field(repr=False, compare=False)


@dataclass(frozen=True)
class Node:
    """A flow node. `properties` are its `spiffworkflow:property` settings; `scope` is the process around it."""

    id: str
    kind: str
    name: str
    scope: str
    properties: Mapping[str, str]
    attached_to: str | None
    default_flow: str | None
    element: Any = field(repr=False, compare=False)

    @property
    def interrupts(self) -> bool:
        """Of a boundary event: does it end the activity that it is attached to?"""
        return bool(self.element.get("cancelActivity", "true") == "true")

    @property
    def title_zh(self) -> str:
        return self.properties.get("name_zh", "")


@dataclass(frozen=True)
class Diagram:
    """One executable process with its subprocesses and the processes it calls.

    Where an id is used twice the first one counts. Messages and signals are names by id, errors and escalations codes
    by id; an empty text where there is none.
    """

    process_id: str
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    messages: Mapping[str, str]
    signals: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    escalations: Mapping[str, str] = field(default_factory=dict)

    def flow_between(self, source: str, target: str) -> Flow | None:
        """The flow from `source` to `target`, or None. Of several the first in the file."""
        return self._flow_by_ends.get((source, target))

    @cached_property
    def _flow_by_ends(self) -> dict[tuple[str, str], Flow]:
        return {(flow.source, flow.target): flow for flow in reversed(self.flows)}

    @cached_property
    def links(self) -> tuple[Flow, ...]:
        """The ways from link events that throw to those that catch, by name and scope: flows that are not drawn."""
        found = [(node, link.get("name", "")) for node in self.nodes.values() if (link := link_of(node)) is not None]
        catching = {(node.scope, name): node for node, name in found if node.kind == "intermediateCatchEvent"}
        return tuple(
            Flow("", node.id, catching[node.scope, name].id, name, None, node.element)
            for node, name in found
            if node.kind == "intermediateThrowEvent" and (node.scope, name) in catching
        )

    @cached_property
    def ways(self) -> tuple[Flow, ...]:
        """Flows and links."""
        return self.flows + self.links

    def leaving(self, node_id: str) -> list[Flow]:
        """The ways that leave a node, in the order of the file."""
        return [flow for flow in self.ways if flow.source == node_id]

    def attached_to(self, node_id: str) -> list[Node]:
        """The events on the border of a node."""
        return [node for node in self.nodes.values() if node.attached_to == node_id]

    def entering(self, node_id: str) -> list[Flow]:
        """The ways that enter a node."""
        return [flow for flow in self.ways if flow.target == node_id]


def executable_processes(root: Any) -> list[Any]:
    """The `process` elements that are meant to be started: `isExecutable` is true or absent, and none calls them."""
    executable = [process for process in root.iter(f"{BPMN}process") if process.get("isExecutable", "true") == "true"]
    called = {called_id(activity) for activity in root.iter(f"{BPMN}callActivity")}
    # Processes that call each other in a circle are for the linter to find.
    return [process for process in executable if process.get("id") not in called] or executable


def called_id(activity: Any) -> str:
    """The id of the process that a call activity calls, without the prefix of a namespace; "" when it names none."""
    return str(activity.get("calledElement", "")).rpartition(":")[2].strip()


def with_called(root: Any, process: Any) -> list[Any]:
    """`process` and every process of the file that it calls, directly or by way of others."""
    by_id = {item.get("id"): item for item in root.iter(f"{BPMN}process")}
    found = [process]
    for caller in found:
        called = [by_id.get(called_id(activity)) for activity in caller.iter(f"{BPMN}callActivity")]
        found.extend(dict.fromkeys(item for item in called if item is not None and item not in found))
    return found


def read_diagram(root: Any) -> Diagram:
    """The first executable process of `root`; an empty diagram when there is none."""
    process = next(iter(executable_processes(root)), None)
    processes = with_called(root, process) if process is not None else []
    elements = [element for item in processes for element in item.iter(f"{BPMN}*")]
    nodes: dict[str, Node] = {}
    for element in elements:
        if local_name(element) in FLOW_NODES and element.get("id"):
            nodes.setdefault(element.get("id"), _node(element))
    return Diagram(
        process_id=process.get("id", "") if process is not None else "",
        nodes=nodes,
        flows=tuple(_flow(element) for element in elements if local_name(element) == "sequenceFlow"),
        messages=_declared(root, "message", "name"),
        signals=_declared(root, "signal", "name"),
        errors=_declared(root, "error", "errorCode"),
        escalations=_declared(root, "escalation", "escalationCode"),
    )


def link_of(node: Node) -> Any | None:
    """The link event definition of a node, or None."""
    return node.element.find(f"{BPMN}linkEventDefinition")


def properties(element: Any) -> dict[str, str]:
    """The element's own `spiffworkflow:property` settings. A property without a value is left out."""
    found = element.findall(f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property")
    return {item.get("name"): item.get("value") for item in found if item.get("name") and item.get("value") is not None}


def variable_of(item: Any | None) -> str | None:
    """The variable of a loop's item: its name, else its id. Two loops may have one `approver`, but not one id."""
    return None if item is None else item.get("name") or item.get("id")


def text_of(element: Any, path: str) -> str | None:
    """The stripped text of the first descendant at `path`; None when it is absent or blank."""
    found = element.find(path)
    text = (found.text or "").strip() if found is not None else ""
    return text or None


def _declared(root: Any, kind: str, attribute: str) -> dict[str, str]:
    return {item.get("id", ""): item.get(attribute, "") for item in root.iter(f"{BPMN}{kind}")}


def _node(element: Any) -> Node:
    return Node(
        id=element.get("id"),
        kind=local_name(element),
        name=element.get("name", ""),
        scope=element.getparent().get("id", ""),
        properties=properties(element),
        attached_to=element.get("attachedToRef"),
        default_flow=element.get("default"),
        element=element,
    )


def _flow(element: Any) -> Flow:
    return Flow(
        id=element.get("id", ""),
        source=element.get("sourceRef", ""),
        target=element.get("targetRef", ""),
        name=element.get("name", ""),
        condition=text_of(element, f"{BPMN}conditionExpression"),
        element=element,
    )
