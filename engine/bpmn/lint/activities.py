"""Script tasks and call activities: what they compute and which processes they call."""

from typing import Any, Final

from engine.bpmn.diagram import Diagram, Node, called_id, text_of
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN

SCRIPT_FORMATS: Final = frozenset({"feel", "application/feel"})


def check(root: Any, diagram: Diagram, findings: Findings) -> None:
    """Report on every script task and call activity, and on calls that go in a circle."""
    processes = {process.get("id"): process for process in root.iter(f"{BPMN}process")}
    for node in diagram.nodes.values():
        if node.kind == "scriptTask":
            _check_script(node, findings)
        elif node.kind == "callActivity":
            _check_call(node, processes, findings)
    _check_circles(processes, findings)


def _check_script(node: Node, findings: Findings) -> None:
    if node.element.get("scriptFormat", "").strip().lower() not in SCRIPT_FORMATS:
        findings.error(
            node.id,
            "script.format",
            "“{element}” holds a script in another language than FEEL.",
        )
        return
    if not node.properties.get("result_variable", "").strip():
        findings.error(node.id, "script.no_result", "“{element}” does not say where its result goes.")
    expression = text_of(node.element, f"{BPMN}script")
    if expression is None:
        findings.error(node.id, "script.missing", "“{element}” has no script.")
    else:
        findings.expression(node.id, expression)


def _check_call(node: Node, processes: dict[str, Any], findings: Findings) -> None:
    called = called_id(node.element)
    if not called:
        findings.error(node.id, "call.missing", "“{element}” does not say which process it calls.")
    elif called not in processes:
        findings.error(
            node.id,
            "call.unknown",
            "“{element}” calls the process “{process}”, which is not in this file.",
            process=called,
        )
    elif processes[called].find(f"{BPMN}startEvent") is None:
        findings.error(
            node.id, "call.empty", "“{element}” calls the process “{process}”, which has no elements.", process=called
        )


def _check_circles(processes: dict[str, Any], findings: Findings) -> None:
    """A process that calls itself, directly or by way of others, would never come to an end."""
    calls = {
        name: {called_id(activity) for activity in process.iter(f"{BPMN}callActivity")} & processes.keys()
        for name, process in processes.items()
    }
    for name in calls:
        if name in _reached(calls, name):
            findings.error(name, "call.circle", "The process “{element}” calls itself, directly or through others.")


def _reached(calls: dict[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    ahead = list(calls[start])
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead.extend(calls[name])
    return reached
