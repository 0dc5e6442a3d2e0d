"""The shipped forms, decisions and diagram belong together."""

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from engine.bpmn.diagram import read_diagram
from engine.bpmn.xml import BPMN, parse_xml
from engine.dmn import check_decisions
from engine.feel import compile_expression
from workflows import BPMN_DIR, DMN_DIR, FORMS_DIR

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
FORMS = sorted(FORMS_DIR.glob("*.form.json"))
ROOT = parse_xml((BPMN_DIR / "invoice_request.bpmn").read_bytes())
DIAGRAM = read_diagram(ROOT)


def _form(key: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FORMS_DIR / f"{key}.form.json").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("element_id", ["approve", "revise", "issue"])
def test_a_task_declares_exactly_the_fields_of_its_form(element_id: str) -> None:
    properties = DIAGRAM.nodes[element_id].properties
    fields = [component["key"] for component in _form(properties["form_key"])["components"]]
    # Where to return to is chosen among the steps of the chain, beside the form.
    beside = {"return_to", "resume"} if element_id in ("approve", "issue") else set()
    assert sorted(set(properties["fields"].split()) - beside) == sorted(fields)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.name)
def test_a_form_speaks_both_languages_and_its_conditions_are_feel(path: Any) -> None:
    form = json.loads(path.read_text(encoding="utf-8"))
    assert (form["type"], form["id"]) == ("default", path.name.removesuffix(".form.json"))
    assert form["properties"]["title_zh"]
    for component in form["components"]:
        assert component["properties"]["label_zh"]
        assert all(value["properties"]["label_zh"] for value in component.get("values", ()))
        conditions = [component["properties"].get("required_when"), component.get("conditional", {}).get("hide")]
        for condition in filter(None, conditions):
            assert condition.startswith("=")
            compile_expression(condition[1:])


@pytest.mark.parametrize("path", sorted(DMN_DIR.glob("*.dmn")), ids=lambda path: path.name)
def test_a_decision_is_sound(path: Any) -> None:
    assert check_decisions(path.read_bytes()) == []


def test_every_element_is_drawn_once() -> None:
    drawn = [shape.get("bpmnElement") for shape in ROOT.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")]
    assert sorted(drawn) == sorted([*DIAGRAM.nodes, *(flow.id for flow in DIAGRAM.flows)])


def test_incoming_and_outgoing_agree_with_the_flows() -> None:
    for node in DIAGRAM.nodes.values():
        told = {tag: [item.text for item in node.element.findall(f"{BPMN}{tag}")] for tag in ("incoming", "outgoing")}
        assert told["incoming"] == [flow.id for flow in DIAGRAM.entering(node.id)]
        assert told["outgoing"] == [flow.id for flow in DIAGRAM.leaving(node.id)]


def test_no_two_flows_cross_and_no_flow_runs_through_a_task() -> None:
    segments = list(_segments())
    for index, (one_id, one) in enumerate(segments):
        for other_id, other in segments[index + 1 :]:
            assert one_id == other_id or not _cross(one, other), (one_id, other_id)
    boxes = {shape.get("bpmnElement"): _box(shape) for shape in ROOT.iter(f"{DI}BPMNShape")}
    for flow_id, segment in segments:
        for node_id, box in boxes.items():
            assert not _through(segment, box), (flow_id, node_id)


Segment = tuple[float, float, float, float]


def _segments() -> Iterator[tuple[str, Segment]]:
    """Each stretch of each flow as left, top, right, bottom: all are horizontal or vertical."""
    for edge in ROOT.iter(f"{DI}BPMNEdge"):
        points = [(float(point.get("x")), float(point.get("y"))) for point in edge.iter(WAYPOINT)]
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2
            yield edge.get("bpmnElement"), (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def _box(shape: Any) -> Segment:
    x, y, width, height = (float(shape.find(BOUNDS).get(name)) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def _cross(one: Segment, other: Segment) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _through(segment: Segment, box: Segment) -> bool:
    """Inside the box by more than its border."""
    return segment[0] < box[2] - 1 and segment[2] > box[0] + 1 and segment[1] < box[3] - 1 and segment[3] > box[1] + 1
