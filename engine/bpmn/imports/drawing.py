"""The drawing of a diagram: places for elements that an import adds, and none for those that it takes away."""

from collections.abc import Collection
from typing import Any, Final

from lxml import etree

_BPMNDI: Final = "{http://www.omg.org/spec/BPMN/20100524/DI}"
_DC: Final = "{http://www.omg.org/spec/DD/20100524/DC}"
_DI: Final = "{http://www.omg.org/spec/DD/20100524/DI}"
_SIZE: Final = 50
_GAP: Final = 15


class Drawing:
    """The shapes and edges of a file by the id of what they show; a file may be without."""

    def __init__(self, root: Any) -> None:
        self._plane = root.find(f"{_BPMNDI}BPMNDiagram/{_BPMNDI}BPMNPlane")
        self._shapes = {shape.get("bpmnElement"): shape for shape in root.iter(f"{_BPMNDI}BPMNShape")}
        self._edges = {edge.get("bpmnElement"): edge for edge in root.iter(f"{_BPMNDI}BPMNEdge")}

    def remove_edge(self, element_id: str) -> None:
        """Take the arrow of a removed element out of the drawing."""
        edge = self._edges.pop(element_id, None)
        if edge is not None:
            edge.getparent().remove(edge)

    def put_behind(self, node_id: str, gateway_id: str, flow_id: str, flow_ids: Collection[str]) -> None:
        """Draw a gateway to the right of a node, the flow to it, and let other flows begin there."""
        bounds = self._bounds(node_id)
        if bounds is None or self._plane is None:
            return
        x, y, width, height = bounds
        left, middle = x + width + _GAP, y + height / 2
        shape = etree.SubElement(
            self._plane, f"{_BPMNDI}BPMNShape", {"id": f"{gateway_id}_di", "bpmnElement": gateway_id}
        )
        place = {"x": left, "y": middle - _SIZE / 2, "width": _SIZE, "height": _SIZE}
        etree.SubElement(shape, f"{_DC}Bounds", {name: f"{value:g}" for name, value in place.items()})
        edge = etree.SubElement(self._plane, f"{_BPMNDI}BPMNEdge", {"id": f"{flow_id}_di", "bpmnElement": flow_id})
        for point in (x + width, left):
            _move(etree.SubElement(edge, f"{_DI}waypoint"), point, middle)
        for moved in flow_ids:
            waypoint = self._edges[moved].find(f"{_DI}waypoint") if moved in self._edges else None
            if waypoint is not None:
                _move(waypoint, left + _SIZE, middle)

    def _bounds(self, node_id: str) -> tuple[float, float, float, float] | None:
        shape = self._shapes.get(node_id)
        bounds = shape.find(f"{_DC}Bounds") if shape is not None else None
        if bounds is None:
            return None
        try:
            x, y, width, height = (float(bounds.get(name, "")) for name in ("x", "y", "width", "height"))
        except ValueError:
            return None
        return x, y, width, height


def _move(waypoint: Any, x: float, y: float) -> None:
    waypoint.set("x", f"{x:g}")
    waypoint.set("y", f"{y:g}")
