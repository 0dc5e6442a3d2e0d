"""Sequence flows and gateways: every node is reached, every way leads on, every choice is decided."""

from collections.abc import Iterable
from typing import Final

from engine.bpmn.diagram import Diagram, Flow, Node
from engine.bpmn.lint.findings import Findings

_CHOICES: Final = frozenset({"exclusiveGateway", "inclusiveGateway"})
_UNCONDITIONAL: Final = frozenset({"parallelGateway", "eventBasedGateway"})
_SPLITTING: Final = _CHOICES | _UNCONDITIONAL | {"complexGateway"}


def check(diagram: Diagram, findings: Findings) -> None:
    """Report on flows, gateways and reachability, in every scope."""
    for flow in diagram.flows:
        _check_ends(diagram, flow, findings)
    for node in diagram.nodes.values():
        leaving = diagram.leaving(node.id)
        if node.kind in _CHOICES:
            _check_choice(node, leaving, findings)
        elif node.kind not in _SPLITTING:
            _check_single(node, leaving, findings)
        elif node.kind in _UNCONDITIONAL:
            _no_conditions(node, leaving, findings)
        if not leaving and node.kind != "endEvent" and not _stands_alone(node):
            findings.error(node.id, "node.dead_end", "Nothing follows “{element}”.")
    scopes = dict.fromkeys(node.scope for node in diagram.nodes.values())
    for node in diagram.nodes.values():
        if node.kind == "subProcess" and node.id not in scopes:
            findings.error(node.id, "subprocess.empty", "“{element}” is a subprocess without content.")
    for scope in scopes:
        _check_scope(diagram, scope, findings)


def _stands_alone(node: Node) -> bool:
    """Event subprocesses and compensation have no flows. They are refused; that they stand alone is no fault."""
    return "true" in (node.element.get("triggeredByEvent"), node.element.get("isForCompensation"))


def _check_ends(diagram: Diagram, flow: Flow, findings: Findings) -> None:
    source, target = diagram.nodes.get(flow.source), diagram.nodes.get(flow.target)
    if source is None or target is None:
        findings.error(flow.id, "flow.dangling", "The flow “{element}” does not connect two elements.")
    elif source.scope != target.scope:
        findings.error(flow.id, "flow.crosses_scope", "The flow “{element}” crosses the border of a subprocess.")
    elif target.kind in {"startEvent", "boundaryEvent"} or source.kind == "endEvent":
        findings.error(
            flow.id, "flow.wrong_end", "The flow “{element}” enters a start or boundary event, or leaves an end event."
        )
    if flow.condition is not None:
        findings.expression(flow.id, flow.condition)


def _check_choice(node: Node, leaving: list[Flow], findings: Findings) -> None:
    if node.default_flow and node.default_flow not in {flow.id for flow in leaving}:
        findings.error(
            node.id, "gateway.default_unknown", "The default flow “{flow}” of “{element}” does not leave it.",
            flow=node.default_flow,
        )  # fmt: skip
    if len(leaving) < 2:
        return
    if not node.default_flow:
        findings.error(node.id, "gateway.no_default", "“{element}” has no default flow: no way might be open.")
    for flow in leaving:
        if flow.condition is None and flow.id != node.default_flow:
            findings.error(flow.id, "gateway.no_condition", "The flow “{element}” has no condition.")


def _check_single(node: Node, leaving: list[Flow], findings: Findings) -> None:
    if len(leaving) > 1:
        findings.error(node.id, "flow.several_leaving", "More than one flow leaves “{element}”.")
    _no_conditions(node, leaving, findings)


def _no_conditions(node: Node, leaving: list[Flow], findings: Findings) -> None:
    for flow in leaving:
        if flow.condition is not None:
            findings.error(
                flow.id,
                "flow.condition_misplaced",
                "The flow “{element}” has a condition but does not leave an exclusive or inclusive gateway.",
            )


def _check_scope(diagram: Diagram, scope: str, findings: Findings) -> None:
    nodes = [node for node in diagram.nodes.values() if node.scope == scope]
    starts = [node.id for node in nodes if node.kind == "startEvent"]
    if len(starts) != 1:
        findings.error(
            scope, "start.count", "“{element}” needs exactly one start event; it has {count}.", count=len(starts)
        )
    if not any(node.kind == "endEvent" for node in nodes):
        findings.error(scope, "end.missing", "“{element}” has no end event.")
    reached = _reach(diagram, starts)
    for node in nodes:
        if node.id not in reached and node.kind != "startEvent" and not _stands_alone(node):
            findings.error(node.id, "node.unreachable", "No flow leads to “{element}”.")


def _reach(diagram: Diagram, starts: Iterable[str]) -> set[str]:
    """Every node that can be reached, by flows, by links and over the boundary events of activities that can."""
    onward: dict[str, list[str]] = {}
    for flow in diagram.ways:
        onward.setdefault(flow.source, []).append(flow.target)
    for node in diagram.nodes.values():
        if node.attached_to:
            onward.setdefault(node.attached_to, []).append(node.id)
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        node_id = waiting.pop()
        if node_id not in reached:
            reached.add(node_id)
            waiting.extend(onward.get(node_id, ()))
    return reached
