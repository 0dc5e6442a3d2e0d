"""Events: which definition each kind of event may carry, and what a boundary event is attached to."""

from typing import Any, Final

from engine.bpmn.diagram import Diagram, Node
from engine.bpmn.lint import triggers
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN, local_name

_THROWN: Final = frozenset({"messageEventDefinition", "signalEventDefinition", "escalationEventDefinition"})
_CAUGHT: Final = frozenset({"timerEventDefinition", "messageEventDefinition", "signalEventDefinition"})
_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "startEvent": frozenset({""}),
    "endEvent": _THROWN | {"", "errorEventDefinition", "terminateEventDefinition"},
    "intermediateThrowEvent": _THROWN | {"", "linkEventDefinition"},
    "intermediateCatchEvent": _CAUGHT | {"linkEventDefinition"},
    "boundaryEvent": _CAUGHT | {"errorEventDefinition", "escalationEventDefinition"},
}
_ACTIVITIES: Final = frozenset(
    {
        "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask",
        "subProcess", "callActivity",
    }
)  # fmt: skip
_THROWERS: Final = {
    "errorEventDefinition": frozenset({"serviceTask", "subProcess", "callActivity"}),
    "escalationEventDefinition": frozenset({"subProcess", "callActivity"}),
}


def allows(kind: str, definition: str) -> bool:
    """May an event of this kind (`startEvent`) carry this definition (`timerEventDefinition`; "" for none)?"""
    return definition in _ALLOWED[kind]


def check(diagram: Diagram, findings: Findings) -> None:
    """Report on every event of the diagram, and on tasks that receive or send."""
    for node in diagram.nodes.values():
        if node.kind in _ALLOWED:
            _check_event(diagram, node, findings)
        if node.kind in {"receiveTask", "sendTask"}:
            _check_task(diagram, node, findings)
        if node.kind == "boundaryEvent":
            _check_attachment(diagram, node, findings)


def _check_event(diagram: Diagram, node: Node, findings: Findings) -> None:
    definitions = [child for child in node.element if local_name(child).endswith("EventDefinition")]
    kinds = [local_name(item) for item in definitions] or [""]
    if node.element.find(f"{BPMN}eventDefinitionRef") is not None:
        findings.error(
            node.id, "event.reference", "“{element}” refers to an event definition elsewhere. Put it inside the event."
        )
    if len(kinds) > 1:
        findings.error(node.id, "event.several", "“{element}” has more than one event definition.")
    for kind in kinds:
        if kind not in _ALLOWED[node.kind]:
            _refuse_definition(node, kind, findings)
    for item in definitions:
        if local_name(item) in _ALLOWED[node.kind]:
            triggers.check(diagram, node, item, findings)


def _refuse_definition(node: Node, definition: str, findings: Findings) -> None:
    if not definition:
        findings.error(node.id, "event.definition_missing", "“{element}” does not say what it waits for.")
    elif node.kind == "startEvent":
        findings.error(
            node.id,
            "event.start",
            "“{element}” starts by itself, which is not supported: it has {definition}.",
            definition=definition,
        )
    else:
        _refuse_kind(node, definition, findings)


def _refuse_kind(node: Node, definition: str, findings: Findings) -> None:
    match definition:
        case "conditionalEventDefinition":
            findings.error(
                node.id,
                "event.conditional",
                "“{element}” waits for a condition, which is not supported.",
            )
        case "compensateEventDefinition" | "cancelEventDefinition":
            findings.error(
                node.id,
                "event.compensation",
                "“{element}” cancels or compensates a transaction, which is not supported.",
            )
        case _:
            findings.error(
                node.id,
                "event.unsupported",
                "“{element}” is a {kind} with {definition}, which is not supported.",
                kind=node.kind,
                definition=definition,
            )


def _check_task(diagram: Diagram, node: Node, findings: Findings) -> None:
    triggers.check_message(diagram, node, node.element, findings)
    if node.element.get("instantiate") == "true":
        findings.error(
            node.id,
            "event.start",
            "“{element}” starts by itself, which is not supported: it has {definition}.",
            definition="instantiate",
        )


def _check_attachment(diagram: Diagram, node: Node, findings: Findings) -> None:
    host = diagram.nodes.get(node.attached_to or "")
    if host is None or host.kind not in _ACTIVITIES or host.scope != node.scope:
        findings.error(node.id, "boundary.unattached", "“{element}” is not attached to a task or subprocess.")
        return
    for definition, throwers in _THROWERS.items():
        if _carries(node, definition) and host.kind not in throwers:
            findings.warning(
                node.id, "boundary.never", "“{element}” waits for what “{host}” never throws.", host=host.id
            )


def _carries(node: Node, definition: str) -> Any:
    return node.element.find(f"{BPMN}{definition}") is not None
