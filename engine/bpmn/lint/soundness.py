"""What the form of a diagram promises to go wrong: joins that wait for ever or run twice, circles without a pause."""

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from engine.bpmn.diagram import Diagram, Node, called_id, link_of
from engine.bpmn.lint.findings import Findings
from engine.bpmn.lint.graph import Graph

_CHOICES: Final = frozenset({"exclusiveGateway", "eventBasedGateway"})
# A circle that passes one of these rests in every round.
_PAUSES: Final = frozenset({"task", "userTask", "manualTask", "receiveTask", "intermediateCatchEvent"})
_MERGES: Final = (
    frozenset({"exclusiveGateway"}) | _PAUSES | {"serviceTask", "businessRuleTask", "scriptTask", "sendTask"}
)
# More flows into one node than this are looked at no closer: pairs of them are compared.
_MAX_ENTERING: Final = 40


def check(diagram: Diagram, findings: Findings) -> None:
    """Warn about joins and circles, in every scope."""
    resting = _resting(diagram)
    for scope in dict.fromkeys(node.scope for node in diagram.nodes.values()):
        graph = Graph(diagram, scope)
        if sum(1 for node in graph.nodes.values() if node.kind == "startEvent") == 1:
            _check_joins(graph, findings)
        for circle in graph.circles(resting):
            findings.warning(circle[0], "flow.runaway", "The way from “{element}” back to it waits for nobody.")


def _check_joins(graph: Graph, findings: Findings) -> None:
    for node in graph.nodes.values():
        splits = {graph.nodes[split].kind: split for split in _splits(graph, node)}
        if node.kind == "parallelGateway":
            for kind in sorted(_CHOICES & splits.keys()):
                findings.warning(
                    node.id,
                    "gateway.deadlock",
                    "“{element}” waits for all its flows, but “{split}” chooses only one of them.",
                    split=splits[kind],
                )
        elif node.kind in _MERGES and "parallelGateway" in splits:
            findings.warning(
                node.id,
                "gateway.double_run",
                "“{element}” runs once for each flow that comes from “{split}”.",
                split=splits["parallelGateway"],
            )


def _splits(graph: Graph, node: Node) -> Iterator[str]:
    """Where the ways into `node` part. A flow that comes back from behind it is a loop, not a branch."""
    sources = [
        flow.source
        for flow in graph.entering[node.id][:_MAX_ENTERING]
        if flow.source in graph.order and not graph.passes(flow.source, node.id)
    ]
    for one, other in combinations(sources, 2):
        yield graph.last_common(one, other)


def _resting(diagram: Diagram) -> set[str]:
    """The nodes at which an instance rests: those that wait, and those inside which something does."""
    resting = {node.id for node in diagram.nodes.values() if node.kind in _PAUSES and link_of(node) is None}
    scopes = {diagram.nodes[node_id].scope for node_id in resting}
    while True:
        around = {
            node.id
            for node in diagram.nodes.values()
            if node.id in scopes or (node.kind == "callActivity" and called_id(node.element) in scopes)
        } - resting
        if not around:
            return resting
        resting |= around
        scopes |= {diagram.nodes[node_id].scope for node_id in around}
