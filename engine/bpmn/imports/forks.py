"""Elements that several flows leave: BPMN reads that as a split (10.3.1, 13.3.2), which is drawn as a gateway here.

Without conditions all flows are taken, as by a parallel gateway; with a condition on each, those that hold, as by an
inclusive one. A mixture of both stays as it is, for the linter to tell.
"""

from typing import Any, Final

from engine.bpmn.diagram import FLOW_NODES, text_of
from engine.bpmn.imports.drawing import Drawing
from engine.bpmn.imports.report import Report
from engine.bpmn.xml import BPMN, local_name

_CONDITION: Final = f"{BPMN}conditionExpression"


def convert(root: Any, report: Report) -> None:
    """Put a gateway behind each element that more than one flow leaves."""
    taken = {str(element.get("id")) for element in root.iter() if element.get("id")}
    leaving: dict[str, list[Any]] = {}
    for flow in root.iter(f"{BPMN}sequenceFlow"):
        leaving.setdefault(flow.get("sourceRef", ""), []).append(flow)
    drawing = Drawing(root)
    lanes = {reference.text: reference.getparent() for reference in root.iter(f"{BPMN}flowNodeRef")}
    for node in list(root.iter(f"{BPMN}*")):
        flows = leaving.get(node.get("id") or "", [])
        kind = local_name(node)
        if len(flows) > 1 and kind in FLOW_NODES and not kind.endswith("Gateway"):
            gateway = _split(node, flows, taken, report)
            if gateway is not None:
                flow_ids = [flow.get("id", "") for flow in flows]
                drawing.put_behind(node.get("id"), gateway, _flow_to(node), flow_ids)
                if node.get("id") in lanes:
                    _reference(lanes[node.get("id")], "flowNodeRef", gateway)


def _flow_to(node: Any) -> str:
    """The id of the flow from a node to its gateway."""
    return f"{node.get('id')}_to_split"


def _split(node: Any, flows: list[Any], taken: set[str], report: Report) -> str | None:
    """The id of the gateway that now stands behind `node`; None where none can."""
    node_id, default = node.get("id"), node.get("default")
    gateway_id, flow_id = f"{node_id}_split", _flow_to(node)
    decided = [flow for flow in flows if text_of(flow, _CONDITION) is not None]
    open_flows = [flow for flow in flows if flow not in decided and flow.get("id") != default]
    if taken & {gateway_id, flow_id} or (decided and open_flows) or (default and not decided):
        return None
    taken.update((gateway_id, flow_id))
    kind = "inclusiveGateway" if decided else "parallelGateway"
    gateway = node.makeelement(BPMN + kind, {"id": gateway_id})
    if default:
        gateway.set("default", node.attrib.pop("default"))
    _connect(node, gateway, flows, flow_id)
    report.change(
        node_id, "import.split", "Behind “{element}” stands the {kind} {gateway}.", kind=kind, gateway=gateway_id
    )
    return gateway_id


def _connect(node: Any, gateway: Any, flows: list[Any], flow_id: str) -> None:
    """Lead `node` to `gateway` and let the flows leave that one, in the order in which they stood."""
    places = [child for child in node if child.tag == f"{BPMN}outgoing"]
    if places:
        places[0].text = flow_id
        for place in places[1:]:
            node.remove(place)
    _reference(gateway, "incoming", flow_id)
    for flow in flows:
        flow.set("sourceRef", gateway.get("id"))
        _reference(gateway, "outgoing", flow.get("id", ""))
    node.addnext(gateway)
    ends = {"id": flow_id, "sourceRef": node.get("id"), "targetRef": gateway.get("id")}
    flows[0].addprevious(node.makeelement(f"{BPMN}sequenceFlow", ends))


def _reference(element: Any, name: str, target: str) -> None:
    child = element.makeelement(BPMN + name)
    child.text = target
    element.append(child)
