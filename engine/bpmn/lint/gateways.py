"""Gateways with rules of their own: event-based ones, and joins that two flows enter from one choice."""

from collections import Counter
from typing import Final

from engine.bpmn.diagram import Diagram, Node
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN

_RACERS: Final = frozenset({"intermediateCatchEvent", "receiveTask"})
_CHOICES: Final = frozenset({"exclusiveGateway", "inclusiveGateway"})
_JOINS: Final = frozenset({"parallelGateway", "inclusiveGateway"})
_LOOPS: Final = (f"{BPMN}multiInstanceLoopCharacteristics", f"{BPMN}standardLoopCharacteristics")


def check(diagram: Diagram, findings: Findings) -> None:
    """Report on every gateway of the diagram."""
    for node in diagram.nodes.values():
        if node.kind == "eventBasedGateway":
            _check_race(diagram, node, findings)
        elif node.kind in _JOINS:
            _check_doubled(diagram, node, findings)


def _check_race(diagram: Diagram, node: Node, findings: Findings) -> None:
    """BPMN 2.0, 10.6.6: at least two ways, each to an event or receive task that nothing else leads to."""
    if node.element.get("instantiate") == "true" or node.element.get("eventGatewayType", "Exclusive") != "Exclusive":
        findings.error(
            node.id, "gateway.event_type", "“{element}” starts a process or waits for all events; neither is supported."
        )
    leaving = diagram.leaving(node.id)
    if len(leaving) < 2:
        findings.error(node.id, "gateway.no_race", "“{element}” needs at least two events behind it.")
    for flow in leaving:
        target = diagram.nodes.get(flow.target)
        if target is not None and not _may_race(diagram, target):
            findings.error(
                flow.target,
                "gateway.no_event",
                "“{element}” stands behind an event-based gateway. Only a catch event or a receive task may stand"
                " there, without boundary events, without loop and with no other flow that leads to it.",
            )


def _may_race(diagram: Diagram, target: Node) -> bool:
    is_plain = not any(target.element.find(loop) is not None for loop in _LOOPS)
    is_guarded = bool(diagram.attached_to(target.id))
    return target.kind in _RACERS and is_plain and not is_guarded and len(diagram.entering(target.id)) == 1


def _check_doubled(diagram: Diagram, node: Node, findings: Findings) -> None:
    """The tokens of two flows between the same elements cannot be told apart."""
    for source, count in Counter(flow.source for flow in diagram.entering(node.id)).items():
        origin = diagram.nodes.get(source)
        if count > 1 and origin is not None and origin.kind in _CHOICES:
            findings.error(
                node.id,
                "gateway.doubled_flow",
                "Two flows lead from “{source}” to “{element}”.",
                source=source,
            )
