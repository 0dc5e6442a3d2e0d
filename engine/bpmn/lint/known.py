"""Which variables may be set where: what an expression at an element can read."""

from collections.abc import Iterable, Iterator
from typing import Final

from engine.bpmn.diagram import Diagram, Node, called_id, read_diagram, variable_of
from engine.bpmn.lint import elements
from engine.bpmn.lint.variables import written
from engine.bpmn.xml import BPMN, parse_xml

_LOOPS: Final = ("multiInstance", "standard")


def known_variables(source: bytes) -> dict[str, dict[str, str]]:
    """For each node and sequence flow, the variables that are set on a way to it, with the element that sets them.

    Where several set a variable it is the first in the file. Raises `DefinitionInvalid` for what is no diagram at all;
    one with more elements than may be published has no variables.
    """
    root = parse_xml(source)
    return {} if elements.is_too_large(root) else _Known(read_diagram(root)).by_element()


class _Known:
    """Sets of variables are whole numbers with a bit for each: there may be thousands, at thousands of nodes."""

    def __init__(self, diagram: Diagram) -> None:
        self._diagram = diagram
        self._setters: dict[str, str] = {}
        for node in diagram.nodes.values():
            for name in written(node):
                if name:
                    self._setters.setdefault(name, node.id)
        self._bits = {name: 1 << place for place, name in enumerate(self._setters)}
        self._items = {node.id: self._mask(_items_of(node)) for node in diagram.nodes.values()}
        self._written = {node.id: self._mask(written(node)) & ~self._items[node.id] for node in diagram.nodes.values()}
        self._inner = {node.id: self._set_within(node) for node in diagram.nodes.values()}
        self._before = dict.fromkeys(diagram.nodes, 0)
        self._fill()

    def by_element(self) -> dict[str, dict[str, str]]:
        nodes = {node.id: self._names(self._at(node)) for node in self._diagram.nodes.values()}
        flows = {
            flow.id: self._names(self._after(flow.source))
            for flow in self._diagram.flows
            if flow.id and flow.source in self._before
        }
        return nodes | flows

    def _fill(self) -> None:
        onward = self._onward()
        ahead = list(self._before)
        while ahead:
            source = ahead.pop()
            for target in onward[source]:
                is_inside = self._diagram.nodes[target].kind == "startEvent"
                both = self._before[target] | (self._before[source] if is_inside else self._after(source))
                if both != self._before[target]:
                    self._before[target] = both
                    ahead.append(target)

    def _onward(self) -> dict[str, list[str]]:
        """What each node leads to: along flows, to the events on its border, and into what is inside it."""
        onward: dict[str, list[str]] = {node_id: [] for node_id in self._before}
        for flow in self._diagram.ways:
            if flow.source in onward and flow.target in onward:
                onward[flow.source].append(flow.target)
        for node in self._diagram.nodes.values():
            if node.attached_to in onward:
                onward[node.attached_to].append(node.id)
            onward[node.id].extend(inner.id for inner in self._inside(node) if inner.kind == "startEvent")
        return onward

    def _inside(self, node: Node) -> Iterator[Node]:
        scope = called_id(node.element) if node.kind == "callActivity" else node.id
        return (inner for inner in self._diagram.nodes.values() if inner.scope == scope)

    def _set_within(self, node: Node) -> int:
        """What a subprocess or a called process may have set when it is done. A process may call itself by mistake."""
        seen: dict[str, Node] = {}
        ahead = [node]
        while ahead:
            for inner in self._inside(ahead.pop()):
                if inner.id not in seen:
                    seen[inner.id] = inner
                    ahead.append(inner)
        mask = 0
        for node_id in seen:
            mask |= self._written[node_id]
        return mask

    def _at(self, node: Node) -> int:
        """A loop asks after each instance whether to go on, and then what the instance has set is there."""
        is_loop = any(node.element.find(f"{BPMN}{kind}LoopCharacteristics") is not None for kind in _LOOPS)
        return self._before[node.id] | self._items[node.id] | (self._written[node.id] if is_loop else 0)

    def _after(self, node_id: str) -> int:
        return self._before[node_id] | self._written[node_id] | self._inner[node_id]

    def _mask(self, names: Iterable[str]) -> int:
        return sum({self._bits[name] for name in names if name})

    def _names(self, mask: int) -> dict[str, str]:
        return {name: setter for name, setter in self._setters.items() if self._bits[name] & mask}


def _items_of(node: Node) -> Iterator[str]:
    """The item of a loop is a variable of the instance alone."""
    for item in node.element.iterfind(f"{BPMN}multiInstanceLoopCharacteristics/{BPMN}inputDataItem"):
        yield variable_of(item) or ""
