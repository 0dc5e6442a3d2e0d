"""Events: which definitions each kind of event may carry, and whether timers and messages can be read."""

from typing import Any, Final

from engine.bpmn.diagram import Diagram, Node, text_of
from engine.bpmn.iso8601 import parse_cycle, parse_duration, parse_moment
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN, local_name

_ALLOWED: Final[dict[str, frozenset[str]]] = {
    "startEvent": frozenset({""}),
    "endEvent": frozenset({"", "terminateEventDefinition"}),
    "intermediateThrowEvent": frozenset({""}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
}
_ACTIVITIES: Final = frozenset(
    {
        "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "receiveTask",
        "subProcess", "callActivity",
    }
)  # fmt: skip
_TIMERS: Final = {"timeDate": parse_moment, "timeDuration": parse_duration, "timeCycle": parse_cycle}


def allows(kind: str, definition: str) -> bool:
    """May an event of this kind (`startEvent`) carry this definition (`timerEventDefinition`; "" for none)?"""
    return definition in _ALLOWED[kind]


def check(diagram: Diagram, findings: Findings) -> None:
    """Report on every event of the diagram."""
    for node in diagram.nodes.values():
        if node.kind in _ALLOWED:
            _check_event(diagram, node, findings)
        if node.kind == "receiveTask":
            _check_message(diagram, node.id, node.element, findings)
        if node.kind == "boundaryEvent":
            _check_attachment(diagram, node, findings)


def _check_event(diagram: Diagram, node: Node, findings: Findings) -> None:
    definitions = [child for child in node.element if local_name(child).endswith("EventDefinition")]
    kinds = [local_name(item) for item in definitions] or [""]
    if len(kinds) > 1:
        findings.error(node.id, "event.several", "“{element}” has more than one event definition.")
    for kind in kinds:
        if kind not in _ALLOWED[node.kind]:
            _refuse_definition(node, kind, findings)
    for item in definitions:
        if local_name(item) == "timerEventDefinition":
            _check_timer(node, item, findings)
        elif local_name(item) == "messageEventDefinition":
            _check_message(diagram, node.id, item, findings)


def _refuse_definition(node: Node, definition: str, findings: Findings) -> None:
    if definition:
        findings.error(
            node.id,
            "event.unsupported",
            "“{element}” is a {kind} with {definition}, which is not supported.",
            kind=node.kind,
            definition=definition,
        )
    else:
        findings.error(node.id, "event.definition_missing", "“{element}” does not say what it waits for.")


def _check_timer(node: Node, definition: Any, findings: Findings) -> None:
    texts = {name: text for name in _TIMERS if (text := text_of(definition, f"{BPMN}{name}")) is not None}
    if len(texts) != 1:
        findings.error(node.id, "timer.missing", "“{element}” needs one date, duration or cycle.")
        return
    name, text = next(iter(texts.items()))
    if _TIMERS[name](text) is None:
        if _looks_like_iso(text):
            findings.error(
                node.id, "timer.invalid", "“{element}” has a time that cannot be read: “{text}”.", text=text[:80]
            )
        else:
            findings.expression(node.id, text)
    if name == "timeCycle" and (node.kind != "boundaryEvent" or node.element.get("cancelActivity") != "false"):
        findings.error(
            node.id, "timer.cycle", "“{element}” repeats; only a non-interrupting boundary event may carry a cycle."
        )


def _looks_like_iso(text: str) -> bool:
    """A slip in ISO text is better explained as such than as wrong FEEL."""
    return text[0].isdigit() or text.startswith(("R/", "P0", "P1")) or (text[0] in "PR" and text[1:2].isdigit())


def _check_message(diagram: Diagram, element_id: str, definition: Any, findings: Findings) -> None:
    if not diagram.messages.get(definition.get("messageRef", "")):
        findings.error(element_id, "message.unknown", "“{element}” names no message. Choose one with a name.")


def _check_attachment(diagram: Diagram, node: Node, findings: Findings) -> None:
    host = diagram.nodes.get(node.attached_to or "")
    if host is None or host.kind not in _ACTIVITIES or host.scope != node.scope:
        findings.error(node.id, "boundary.unattached", "“{element}” is not attached to a task or subprocess.")
