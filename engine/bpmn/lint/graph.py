"""The flows of one scope as a graph: what leads where, what every way passes, and what goes in circles."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property

from engine.bpmn.diagram import Diagram, Flow


class Graph:
    """The nodes of one process or subprocess. A boundary event follows the activity it is attached to."""

    def __init__(self, diagram: Diagram, scope: str) -> None:
        self.nodes = {node.id: node for node in diagram.nodes.values() if node.scope == scope}
        self.entering: dict[str, list[Flow]] = {node_id: [] for node_id in self.nodes}
        self.onward: dict[str, list[str]] = {node_id: [] for node_id in self.nodes}
        for flow in diagram.ways:
            if flow.source in self.nodes and flow.target in self.nodes:
                self.entering[flow.target].append(flow)
                self.onward[flow.source].append(flow.target)
        for node in self.nodes.values():
            if node.attached_to in self.nodes:
                self.onward[node.attached_to].append(node.id)

    @cached_property
    def order(self) -> dict[str, int]:
        """Place of each node that can be reached, so that a node stands before what only it leads to."""
        starts = [node.id for node in self.nodes.values() if node.kind == "startEvent"]
        return {node_id: place for place, node_id in enumerate(reversed(_postorder(self.onward, starts)))}

    @cached_property
    def dominators(self) -> dict[str, str]:
        """For each node but the first, the last node that every way to it passes (Cooper, Harvey and Kennedy, 2001)."""
        before: dict[str, list[str]] = {node_id: [] for node_id in self.order}
        for node_id in self.order:
            for target in self.onward[node_id]:
                before[target].append(node_id)
        first = next(iter(self.order), "")
        found = {first: first}
        has_changed = True
        while has_changed:
            has_changed = False
            for node_id in list(self.order)[1:]:
                known = [item for item in before[node_id] if item in found]
                nearest = known[0]
                for other in known[1:]:
                    nearest = self._meeting(found, nearest, other)
                has_changed = has_changed or found.get(node_id) != nearest
                found[node_id] = nearest
        return found

    def last_common(self, one: str, other: str) -> str:
        """The last node that every way to either of them passes. Both must be reachable."""
        return self._meeting(self.dominators, one, other)

    def passes(self, node_id: str, gate: str) -> bool:
        """Does every way to `node_id` pass `gate`?"""
        while node_id != gate and self.dominators[node_id] != node_id:
            node_id = self.dominators[node_id]
        return node_id == gate

    def _meeting(self, dominators: Mapping[str, str], one: str, other: str) -> str:
        while one != other:
            if self.order[one] > self.order[other]:
                one = dominators[one]
            else:
                other = dominators[other]
        return one

    def circles(self, without: Collection[str]) -> list[list[str]]:
        """The groups of nodes that lead back to themselves, leaving out some nodes; each in the order of the file."""
        onward = {
            node_id: [target for target in targets if target not in without]
            for node_id, targets in self.onward.items()
            if node_id not in without
        }
        backward: dict[str, list[str]] = {node_id: [] for node_id in onward}
        for node_id, targets in onward.items():
            for target in targets:
                backward[target].append(node_id)
        groups: list[list[str]] = []
        seen: set[str] = set()
        for node_id in reversed(_postorder(onward, onward)):
            group = _reached(backward, node_id, seen)
            if len(group) > 1 or node_id in onward[node_id]:
                groups.append([item for item in self.nodes if item in group])
        return groups


def _postorder(onward: Mapping[str, list[str]], starts: Iterable[str]) -> list[str]:
    """Depth first, each node behind everything it leads to. Without recursion: a chain may be long."""
    done: list[str] = []
    seen: set[str] = set()
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        path = [(start, iter(onward[start]))]
        while path:
            node_id, targets = path[-1]
            target = next((item for item in targets if item not in seen), None)
            if target is None:
                done.append(node_id)
                path.pop()
            else:
                seen.add(target)
                path.append((target, iter(onward[target])))
    return done


def _reached(onward: Mapping[str, list[str]], start: str, seen: set[str]) -> set[str]:
    """What `start` leads to and was not `seen`; all of it is from now on."""
    if start in seen:
        return set()
    reached = {start}
    seen.add(start)
    ahead = [start]
    while ahead:
        for target in onward[ahead.pop()]:
            if target not in seen:
                seen.add(target)
                reached.add(target)
                ahead.append(target)
    return reached
