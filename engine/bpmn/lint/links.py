"""Link events: each has a name, and one event in the same scope catches it. Only links lead there."""

from engine.bpmn.diagram import Diagram, Node, link_of
from engine.bpmn.lint.findings import Findings


def check(diagram: Diagram, findings: Findings) -> None:
    """Report on every link event. That nothing throws a link is told as an element that nothing leads to."""
    catching: dict[tuple[str, str], str] = {}
    for node in diagram.nodes.values():
        link = link_of(node)
        if link is not None and not link.get("name"):
            findings.error(node.id, "link.no_name", "“{element}” is a link without a name.")
        elif link is not None and node.kind == "intermediateCatchEvent":
            _check_catch(diagram, node, catching.setdefault((node.scope, link.get("name")), node.id), findings)
        elif link is not None and not any(way.source == node.id for way in diagram.links):
            findings.error(
                node.id,
                "link.no_target",
                "“{element}” leads to the link “{link}”, which nothing catches in the same process or subprocess.",
                link=link.get("name")[:200],
            )


def _check_catch(diagram: Diagram, node: Node, first: str, findings: Findings) -> None:
    if first != node.id:
        findings.error(node.id, "link.twice", "“{element}” catches the same link as “{first}”.", first=first)
    if any(flow.target == node.id for flow in diagram.flows):
        findings.error(node.id, "link.entered", "A flow leads to “{element}”, which catches a link.")
