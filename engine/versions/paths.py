"""Where tokens can go in a diagram: which elements lead to which, and which can be open at the same time."""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from itertools import combinations

from engine.bpmn.diagram import Diagram, Node

_FORKS = frozenset({"parallelGateway", "inclusiveGateway"})


class Paths:
    """The ways through a diagram. A boundary event follows its activity."""

    def __init__(self, diagram: Diagram) -> None:
        self._diagram = diagram
        self._next: dict[str, list[str]] = {}
        for flow in diagram.ways:
            self._next.setdefault(flow.source, []).append(flow.target)
        for node in diagram.nodes.values():
            if node.attached_to is not None:
                self._next.setdefault(node.attached_to, []).append(node.id)

    def reach(self, starts: Iterable[str], *, without: Collection[str] = ()) -> set[str]:
        """`starts` and every element to which a way leads from them that visits none of `without`."""
        seen: set[str] = set()
        ahead = [start for start in starts if start not in without]
        while ahead:
            found = ahead.pop()
            if found not in seen:
                seen.add(found)
                ahead.extend(target for target in self._next.get(found, ()) if target not in without)
        return seen

    def may_be_open_together(self, one: str, other: str) -> bool:
        """Does the diagram split into two branches, one of which leads to each element?"""
        return any(
            (one in first and other in second) or (one in second and other in first)
            for first, second in self._branch_pairs
        )

    @cached_property
    def _branch_pairs(self) -> list[tuple[set[str], set[str]]]:
        return [pair for node in self._diagram.nodes.values() for pair in self._pairs_at(node)]

    def _pairs_at(self, node: Node) -> Iterator[tuple[set[str], set[str]]]:
        """The branches that go on side by side from `node`, as what can be reached on each."""
        if node.kind in _FORKS:
            ways = [flow.target for flow in self._diagram.leaving(node.id)]
            yield from combinations([self.reach([way], without=(node.id,)) for way in ways], 2)
        events = _not_interrupting(self._diagram, node)
        if events:
            # The events are among what follows: one may happen after another, or twice, while the activity is open.
            onward = {node.id} | self.reach(self._next.get(node.id, ()), without=(node.id,))
            yield from ((self.reach([event.id], without=(node.id,)), onward) for event in events)


def _not_interrupting(diagram: Diagram, host: Node) -> list[Node]:
    return [event for event in diagram.attached_to(host.id) if not event.interrupts]
