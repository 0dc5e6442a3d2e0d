"""Says everything that is wrong with a diagram before it may run: each finding with its element and sentence."""

from collections.abc import Collection
from typing import Any

from engine.bpmn.diagram import executable_processes, read_diagram, with_called
from engine.bpmn.lint import (
    activities,
    elements,
    events,
    flows,
    gateways,
    links,
    loops,
    references,
    soundness,
    texts,
    uncaught,
    variables,
)
from engine.bpmn.lint.findings import Findings
from engine.bpmn.parser import parse_specs
from engine.bpmn.xml import parse_xml
from engine.catalogue import Catalogue
from engine.errors import DefinitionInvalid, Problem, errors_first

__all__ = ["check_definition", "check_tree"]


def check_definition(
    source: bytes,
    catalogue: Catalogue,
    *,
    decisions: Collection[str],
    forms: Collection[str],
    roles: Collection[str] | None = None,
) -> list[Problem]:
    """Every problem of a file, errors first. An empty list means that it can be published."""
    try:
        root = parse_xml(source)
        problems = check_tree(root, catalogue, decisions=decisions, forms=forms, roles=roles)
        if not any(problem.severity == "error" for problem in problems):
            parse_specs(root, read_diagram(root).process_id)
    except DefinitionInvalid as error:
        return error.problems
    return errors_first(problems)


def check_tree(
    root: Any,
    catalogue: Catalogue,
    *,
    decisions: Collection[str],
    forms: Collection[str] | None,
    roles: Collection[str] | None = None,
) -> list[Problem]:
    """The problems of a file that has been read. `forms` or `roles` of None leaves them unchecked."""
    findings = Findings()
    processes = executable_processes(root)
    if not processes:
        findings.error("", "bpmn.no_process", "The file has no executable process.")
        return findings.problems
    if elements.is_too_large(root):
        findings.error(
            processes[0].get("id", ""),
            "bpmn.too_large",
            "The process has more than {nodes} elements or {flows} flows.",
            nodes=elements.MAX_NODES,
            flows=elements.MAX_FLOWS,
        )
        return findings.problems
    if len(processes) > 1:
        findings.error("", "bpmn.several_processes", "The file has more than one executable process.")
    elements.check(root, with_called(root, processes[0]), findings)
    diagram = read_diagram(root)
    if variables.is_too_much(diagram):
        findings.error(
            diagram.process_id,
            "expression.too_many",
            "The expressions of the process have more than {limit} characters together.",
            limit=variables.MAX_EXPRESSION_CHARS,
        )
        return findings.problems
    flows.check(diagram, findings)
    gateways.check(diagram, findings)
    events.check(diagram, findings)
    links.check(diagram, findings)
    uncaught.check(diagram, findings)
    activities.check(root, diagram, findings)
    loops.check(diagram, findings)
    references.check(diagram, catalogue, decisions, forms, roles, findings)
    texts.check(root, diagram, findings)
    soundness.check(diagram, findings)
    variables.check(diagram, findings)
    return findings.problems
