"""Errors and escalations that end events and throw events throw, and nothing around them catches."""

from collections.abc import Iterator
from typing import Final

from engine.bpmn.diagram import Diagram, Node, called_id
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN

_KINDS: Final = ("error", "escalation")


def check(diagram: Diagram, findings: Findings) -> None:
    """Warn about each throwing event from which a way outward passes no boundary event that catches."""
    for node in diagram.nodes.values():
        for kind in _KINDS:
            code = _code(diagram, node, kind)
            if node.kind != "boundaryEvent" and code and not _is_caught(diagram, node, kind, code):
                _warn(node, kind, code, findings)


def _warn(node: Node, kind: str, code: str, findings: Findings) -> None:
    if kind == "error":
        findings.warning(
            node.id,
            "error.uncaught",
            "“{element}” throws the error “{error}”, which nothing catches.",
            error=code[:200],
        )
    else:
        findings.warning(
            node.id,
            "escalation.uncaught",
            "“{element}” throws the escalation “{escalation}”, which nothing catches.",
            escalation=code[:200],
        )


def _is_caught(diagram: Diagram, node: Node, kind: str, code: str) -> bool:
    """Is there a catching event on every way outward? A called process has a way through each of its calls."""
    around, seen = [node.scope], set[str]()
    while around:
        scope = around.pop()
        activities = list(_activities(diagram, scope))
        if not activities:
            return False
        seen.add(scope)
        open_ways = [activity.scope for activity in activities if not _catches(diagram, activity, kind, code)]
        around += [outer for outer in open_ways if outer not in seen]
    return True


def _activities(diagram: Diagram, scope: str) -> Iterator[Node]:
    """The subprocess that `scope` is, or the activities that call it; none for the process that is started."""
    for node in diagram.nodes.values():
        if node.id == scope or (node.kind == "callActivity" and called_id(node.element) == scope):
            yield node


def _catches(diagram: Diagram, activity: Node, kind: str, code: str) -> bool:
    attached = diagram.attached_to(activity.id)
    catching = [event for event in attached if event.element.find(_definition(kind)) is not None]
    return any(_code(diagram, event, kind) in ("", code) for event in catching)


def _code(diagram: Diagram, node: Node, kind: str) -> str:
    """The code of the error or escalation that an event refers to; empty when it refers to none."""
    definition = node.element.find(_definition(kind))
    codes = diagram.errors if kind == "error" else diagram.escalations
    return codes.get(definition.get(f"{kind}Ref", ""), "") if definition is not None else ""


def _definition(kind: str) -> str:
    return f"{BPMN}{kind}EventDefinition"
