"""What a diagram refers to: services and their parameters, decisions, forms, settings."""

from collections.abc import Collection
from typing import Any

from engine.bpmn.assignment import hours_of
from engine.bpmn.diagram import CALLED_DECISION, OPERATOR, Diagram, Node, text_of
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN, SPIFF
from engine.catalogue import Catalogue, ServiceTask


def check(
    diagram: Diagram,
    catalogue: Catalogue,
    decisions: Collection[str],
    forms: Collection[str] | None,
    roles: Collection[str] | None,
    findings: Findings,
) -> None:
    """Report on every reference of every node."""
    for node in diagram.nodes.values():
        _check_properties(node, findings)
        if node.kind == "serviceTask":
            _check_service(node, catalogue, findings)
        elif node.kind == "businessRuleTask":
            _check_decision(node, decisions, findings)
        elif node.kind == "userTask":
            _check_form(node, forms, findings)
            _check_assignment(node, roles, findings)


def _check_assignment(node: Node, roles: Collection[str] | None, findings: Findings) -> None:
    role, people, due = (node.properties.get(name, "") for name in ("role", "candidates", "due_hours"))
    if not role and not people:
        findings.warning(node.id, "task.nobody", "“{element}” does not say who may do it.")
    if role and not role.startswith("=") and roles is not None and role not in roles:
        findings.error(
            node.id,
            "role.unknown",
            "“{element}” is for the role “{role}”, which does not exist.",
            role=role,
            roles=", ".join(sorted(roles)),
        )
    if people and not people.startswith("="):
        findings.error(node.id, "task.candidates", "“{element}” names its candidates as text.")
    if due and not due.startswith("=") and hours_of(due) is None:
        findings.error(
            node.id, "task.due_hours", "“{element}” is due after “{due}”, which is no number of hours.", due=due
        )


def _check_properties(node: Node, findings: Findings) -> None:
    for item in node.element.findall(f"{BPMN}extensionElements/{SPIFF}properties/{SPIFF}property"):
        name, value = item.get("name"), item.get("value")
        if not name or value is None:
            findings.error(node.id, "property.no_value", "A property of “{element}” has no name or no value.")
        elif value.startswith("="):
            findings.expression(node.id, value[1:])


def _check_service(node: Node, catalogue: Catalogue, findings: Findings) -> None:
    operator = node.element.find(OPERATOR)
    name = operator.get("id") if operator is not None else None
    if not name:
        findings.error(node.id, "service.no_operator", "“{element}” does not say which service it calls.")
    elif name not in catalogue:
        findings.error(
            node.id, "service.unknown", "“{element}” calls the service “{service}”, which does not exist.", service=name
        )
    else:
        _check_parameters(node, operator, catalogue[name], findings)


def _check_parameters(node: Node, operator: Any, service: ServiceTask, findings: Findings) -> None:
    given = {item.get("id"): item for item in operator.iter(f"{SPIFF}parameter")}
    for name in service.params.keys() - given.keys():
        _parameter(node, service, name, findings, "missing", "“{element}” does not give “{service}” its “{parameter}”.")
    for name in given.keys() - service.params.keys():
        _parameter(node, service, name, findings, "unknown", "“{service}” of “{element}” takes no “{parameter}”.")
    for name in given.keys() & service.params.keys():
        if not given[name].get("type"):
            _parameter(node, service, name, findings, "no_type", "“{parameter}” of “{element}” has no type.")
        if not given[name].get("value"):
            _parameter(node, service, name, findings, "no_value", "“{parameter}” of “{element}” has no value.")
        else:
            findings.expression(node.id, given[name].get("value"))


def _parameter(node: Node, service: ServiceTask, name: str, findings: Findings, fault: str, message: str) -> None:
    findings.error(node.id, f"service.parameter_{fault}", message, service=service.name, parameter=name)


def _check_decision(node: Node, decisions: Collection[str], findings: Findings) -> None:
    key = text_of(node.element, CALLED_DECISION)
    if key is None:
        findings.error(node.id, "decision.missing", "“{element}” does not say which decision it asks.")
    elif key not in decisions:
        findings.error(
            node.id,
            "decision.unknown",
            "“{element}” asks the decision “{decision}”, which does not exist.",
            decision=key,
        )


def _check_form(node: Node, forms: Collection[str] | None, findings: Findings) -> None:
    key = node.properties.get("form_key")
    if not key:
        findings.error(node.id, "form.missing", "“{element}” does not say which form it shows.")
    elif forms is not None and key not in forms:
        findings.error(node.id, "form.unknown", "“{element}” shows the form “{form}”, which does not exist.", form=key)
