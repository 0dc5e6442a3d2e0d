"""Which element of the newer version stands for which of the older one: by id, else guessed for renamed ids."""

from collections.abc import Iterable, Mapping
from typing import Final

from engine.bpmn.diagram import Diagram, Flow, Node

# A guess needs two signs of the four: name, what leads there, where it leads, the settings.
_SIGNS: Final = 2
_MOST_PAIRS: Final = 100_000


def match_nodes(old: Diagram, new: Diagram) -> dict[str, str]:
    """Old node ids with their new ones. A guess is only made where no other element is as likely."""
    matched = {node_id: node_id for node_id in old.nodes if node_id in new.nodes}
    gone = [node for node in old.nodes.values() if node.id not in matched]
    come = [node for node in new.nodes.values() if node.id not in matched]
    if len(gone) * len(come) > _MOST_PAIRS:
        return matched
    before, after = _Neighbours(old), _Neighbours(new)
    # What was matched in one round tells more about its neighbours in the next.
    while found := _likeliest(gone, come, before, after, matched):
        matched.update(found)
        gone = [node for node in gone if node.id not in found]
        come = [node for node in come if node.id not in found.values()]
    return matched


def match_flows(old: Diagram, new: Diagram, nodes: Mapping[str, str]) -> list[tuple[Flow, Flow]]:
    """Old flows with their new ones, in the order of the new file: by id, else by where they lead."""
    by_id = {flow.id: flow for flow in old.flows}
    pairs = {flow.id: by_id[flow.id] for flow in new.flows if flow.id in by_id}
    taken = {flow.id for flow in pairs.values()}
    by_route: dict[tuple[str | None, str | None], list[Flow]] = {}
    for flow in old.flows:
        if flow.id not in taken:
            by_route.setdefault((nodes.get(flow.source), nodes.get(flow.target)), []).append(flow)
    for flow in new.flows:
        alike = by_route.get((flow.source, flow.target))
        if flow.id not in pairs and alike:
            pairs[flow.id] = alike.pop(0)
    return [(pairs[flow.id], flow) for flow in new.flows if flow.id in pairs]


class _Neighbours:
    """What leads to each node and where it leads, read once: a diagram has only a list of flows."""

    def __init__(self, diagram: Diagram) -> None:
        self.sources: dict[str, set[str]] = {}
        self.targets: dict[str, set[str]] = {}
        for flow in diagram.flows:
            self.sources.setdefault(flow.target, set()).add(flow.source)
            self.targets.setdefault(flow.source, set()).add(flow.target)


def _likeliest(
    gone: Iterable[Node], come: Iterable[Node], before: _Neighbours, after: _Neighbours, matched: Mapping[str, str]
) -> dict[str, str]:
    """The pairs of the highest number of signs, without those in which an element has two partners as likely."""
    scores = {(a.id, b.id): _score(a, b, before, after, matched) for a in gone for b in come if a.kind == b.kind}
    best = max(scores.values(), default=0)
    if best < _SIGNS:
        return {}
    pairs = [pair for pair, score in scores.items() if score == best]
    olds, news = [old for old, _ in pairs], [new for _, new in pairs]
    return {old: new for old, new in pairs if olds.count(old) == 1 and news.count(new) == 1}


def _score(old: Node, new: Node, before: _Neighbours, after: _Neighbours, matched: Mapping[str, str]) -> int:
    is_same_host = old.attached_to is not None and matched.get(old.attached_to) == new.attached_to
    return (
        (bool(old.name) and old.name == new.name)
        + (is_same_host or _meet(before.sources.get(old.id), after.sources.get(new.id), matched))
        + _meet(before.targets.get(old.id), after.targets.get(new.id), matched)
        + (bool(old.properties) and old.properties == new.properties)
    )


def _meet(old: set[str] | None, new: set[str] | None, matched: Mapping[str, str]) -> bool:
    return bool({matched.get(node_id) for node_id in old or ()} & (new or set()))
