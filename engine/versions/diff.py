"""Compares two versions of a definition by what they say, not by how they are written or drawn."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.bpmn.diagram import Diagram, Flow, Node, executable_processes, properties, read_diagram
from engine.bpmn.xml import local_name, parse_xml
from engine.versions.changes import Change, Difference, effect_of, was_and_is
from engine.versions.decisions import compare_decisions
from engine.versions.facets import Facet, Facets, called, read_facets
from engine.versions.forms import compare_forms
from engine.versions.matching import match_flows, match_nodes

_SHARED = ("message", "signal", "error", "escalation", "correlationProperty")


@dataclass(frozen=True)
class VersionFiles:
    """The files of one version as their author wrote them; decisions and forms by their keys."""

    bpmn: bytes
    decisions: Mapping[str, bytes] = field(default_factory=dict)
    forms: Mapping[str, bytes] = field(default_factory=dict)


def compare(old: VersionFiles, new: VersionFiles) -> Difference:
    """Every change from `old` to `new`, in the order of the new files. Raises `DefinitionInvalid` for unreadable ones.

    Nothing is said about the drawing, the ids of flows, blanks between the words of an expression, and data objects
    and notes, which the engine does not read.
    """
    before, after = _Side(old.bpmn), _Side(new.bpmn)
    nodes = match_nodes(before.diagram, after.diagram)
    flows = match_flows(before.diagram, after.diagram, nodes)
    changes = [
        *_process_changes(before, after),
        *_node_changes(before, after, nodes, {was.id: now.id for was, now in flows}),
        *_flow_changes(before, after, nodes, flows),
        *compare_decisions(old.decisions, new.decisions),
        *compare_forms(old.forms, new.forms),
    ]
    return Difference(tuple(changes), {was: now for was, now in nodes.items() if was != now})


class _Side:
    """One of the two versions, read."""

    def __init__(self, bpmn: bytes) -> None:
        root = parse_xml(bpmn)
        self.diagram: Diagram = read_diagram(root)
        self.process: Any = next(iter(executable_processes(root)), None)
        self.names = {item.get("id", ""): called(item) for item in root if local_name(item) in _SHARED}
        self.shared = {f"{local_name(item)} {called(item)}": item for item in root if local_name(item) in _SHARED}

    def facets(self, element: Any) -> Facets:
        return read_facets(element, self.names)

    def title(self, node_id: str) -> str:
        node = self.diagram.nodes.get(node_id)
        return (node.name or node.id) if node is not None else node_id


def _process_changes(before: _Side, after: _Side) -> Iterator[Change]:
    """What the process itself and the messages and signals around it say."""
    if before.process is not None and after.process is not None:
        key = after.diagram.process_id
        title = after.process.get("name") or key
        title_zh = properties(after.process).get("name_zh", "")
        yield from _facet_changes(
            "process", key, title, title_zh, before.facets(before.process), after.facets(after.process)
        )
    for key in sorted(before.shared.keys() | after.shared.keys()):
        was, now = (side.facets(side.shared[key]) if key in side.shared else {} for side in (before, after))
        for facets in (was, now):  # what it is called is said where it is used
            facets.pop(("name", ""), None)
            facets.pop(("other", "@errorCode"), None)
            facets.pop(("other", "@escalationCode"), None)
        element_id = (before.shared | after.shared)[key].get("id", "")
        yield from _facet_changes("shared", element_id, key, "", was, now)


def _node_changes(before: _Side, after: _Side, nodes: Mapping[str, str], flows: Mapping[str, str]) -> Iterator[Change]:
    was_of = {new: old for old, new in nodes.items()}
    for node in after.diagram.nodes.values():
        if node.id not in was_of:
            yield _whole(node, "added")
            continue
        was = before.diagram.nodes[was_of[node.id]]
        if was.id != node.id:
            fields = {"old": was.id, "new": node.id}
            yield Change("renamed", "element.renamed", node.id, _title(node), node.title_zh, fields)
        old, new = _of_node(before, was, nodes, flows), _of_node(after, node, {}, {})
        yield from _facet_changes("element", node.id, _title(node), node.title_zh, old, new)
        if node.kind == was.kind == "exclusiveGateway":
            yield from _order_changes(before.diagram, after.diagram, was, node, flows)
    yield from (_whole(node, "removed") for node in before.diagram.nodes.values() if node.id not in nodes)


def _of_node(side: _Side, node: Node, nodes: Mapping[str, str], flows: Mapping[str, str]) -> Facets:
    """What a node says, with the ids it refers to as the newer version has them."""
    found = side.facets(node.element)
    found["kind", ""] = node.kind
    is_outermost = node.scope == side.diagram.process_id
    found["scope", ""] = "" if is_outermost else nodes.get(node.scope, node.scope)
    if node.attached_to:
        found["attached", ""] = nodes.get(node.attached_to, node.attached_to)
    if node.default_flow:
        found["default", ""] = flows.get(node.default_flow, node.default_flow)
    return found


def _order_changes(old: Diagram, new: Diagram, was: Node, node: Node, flows: Mapping[str, str]) -> Iterator[Change]:
    """An exclusive gateway takes the first flow whose condition is true: the order of the file decides."""
    kept = [flows[flow.id] for flow in old.leaving(was.id) if flow.id in flows and flow.condition]
    now = [flow.id for flow in new.leaving(node.id) if flow.condition]
    before, after = [item for item in kept if item in now], [item for item in now if item in kept]
    if before != after:
        fields = {"old": ", ".join(before), "new": ", ".join(after)}
        yield Change("changed", "element.flow_order", node.id, _title(node), node.title_zh, fields)


def _flow_changes(
    before: _Side, after: _Side, nodes: Mapping[str, str], pairs: list[tuple[Flow, Flow]]
) -> Iterator[Change]:
    was_of = {now.id: was for was, now in pairs}
    for flow in after.diagram.flows:
        title, title_zh = flow.name or flow.id, properties(flow.element).get("name_zh", "")
        was = was_of.get(flow.id)
        if was is None:
            yield _flow_whole(after, flow, "added")
            continue
        if (nodes.get(was.source), nodes.get(was.target)) != (flow.source, flow.target):
            fields = {"old": _route(before, was), "new": _route(after, flow)}
            yield Change("moved", "flow.moved", flow.id, title, title_zh, fields)
        yield from _facet_changes(
            "flow", flow.id, title, title_zh, before.facets(was.element), after.facets(flow.element)
        )
    kept = {was.id for was, _ in pairs}
    yield from (_flow_whole(before, flow, "removed") for flow in before.diagram.flows if flow.id not in kept)


def _facet_changes(prefix: str, key: str, title: str, title_zh: str, old: Facets, new: Facets) -> Iterator[Change]:
    for facet in sorted(old.keys() | new.keys()):
        was, now = old.get(facet), new.get(facet)
        if was != now:
            fields = {"detail": facet[1], **was_and_is(was, now)}
            yield Change(effect_of(was, now), f"{prefix}.{_code(facet, now)}", key, title, title_zh, fields)


def _code(facet: Facet, now: str | None) -> str:
    return "not_interrupting" if facet[0] == "interrupting" and now is not None else facet[0]


def _whole(node: Node, effect: Any) -> Change:
    return Change(effect, f"element.{effect}", node.id, _title(node), node.title_zh, {"kind": node.kind})


def _flow_whole(side: _Side, flow: Flow, effect: Any) -> Change:
    fields = {"source": side.title(flow.source), "target": side.title(flow.target)}
    return Change(effect, f"flow.{effect}", flow.id, flow.name or flow.id, "", fields)


def _route(side: _Side, flow: Flow) -> str:
    return f"{side.title(flow.source)} → {side.title(flow.target)}"


def _title(node: Node) -> str:
    return node.name or node.id
