"""What triggers events: timers that can be read, and messages, signals, errors and escalations that are declared."""

from typing import Any, Final

from engine.bpmn.diagram import Diagram, Node, text_of
from engine.bpmn.iso8601 import parse_cycle, parse_duration, parse_moment
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN, local_name

_TIMERS: Final = {"timeDate": parse_moment, "timeDuration": parse_duration, "timeCycle": parse_cycle}


def check(diagram: Diagram, node: Node, definition: Any, findings: Findings) -> None:
    """Report on the event definition that `node` carries."""
    match local_name(definition):
        case "timerEventDefinition":
            _check_timer(node, definition, findings)
        case "messageEventDefinition":
            check_message(diagram, node, definition, findings)
        case "signalEventDefinition":
            if not diagram.signals.get(definition.get("signalRef", "")):
                findings.error(node.id, "signal.unknown", "“{element}” names no signal.")
            _check_settings(node, findings)
        case "errorEventDefinition":
            _check_error(diagram, node, definition, findings)
        case "escalationEventDefinition":
            _check_escalation(diagram, node, definition, findings)


def check_message(diagram: Diagram, node: Node, holder: Any, findings: Findings) -> None:
    """Report on the message that an event definition or a task refers to."""
    if not diagram.messages.get(holder.get("messageRef", "")):
        findings.error(node.id, "message.unknown", "“{element}” names no message.")
    _check_settings(node, findings)


def _check_settings(node: Node, findings: Findings) -> None:
    for name in ("correlation", "payload"):
        text = node.properties.get(name)
        if text and not text.startswith("="):  # one that does has been checked with every other setting
            findings.expression(node.id, text)


def _check_error(diagram: Diagram, node: Node, definition: Any, findings: Findings) -> None:
    reference = definition.get("errorRef")
    if reference and reference not in diagram.errors:
        findings.error(node.id, "error.unknown", "“{element}” refers to an error that does not exist.")
    elif node.kind == "endEvent" and not diagram.errors.get(reference or ""):
        findings.error(node.id, "error.no_code", "“{element}” throws an error without a code.")
    if not node.interrupts:
        findings.error(
            node.id,
            "error.not_interrupting",
            "“{element}” catches an error without interrupting, but errors always interrupt.",
        )


def _check_escalation(diagram: Diagram, node: Node, definition: Any, findings: Findings) -> None:
    reference = definition.get("escalationRef")
    if reference and reference not in diagram.escalations:
        findings.error(node.id, "escalation.unknown", "“{element}” refers to an escalation that does not exist.")
    elif node.kind != "boundaryEvent" and not diagram.escalations.get(reference or ""):
        findings.error(node.id, "escalation.no_code", "“{element}” throws an escalation without a code.")


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
    if name == "timeCycle" and (node.kind != "boundaryEvent" or node.interrupts):
        findings.error(
            node.id, "timer.cycle", "“{element}” repeats; only a non-interrupting boundary event may carry a cycle."
        )


def _looks_like_iso(text: str) -> bool:
    """A slip in ISO text is better explained as such than as wrong FEEL."""
    return text[0].isdigit() or text.startswith(("R/", "P0", "P1")) or (text[0] in "PR" and text[1:2].isdigit())
