"""Activities that repeat: over a list, so many times, or while a condition holds."""

import re
from typing import Any, Final

from engine.bpmn.diagram import Diagram, Node, text_of, variable_of
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN

_MULTI: Final = f"{BPMN}multiInstanceLoopCharacteristics"
_STANDARD: Final = f"{BPMN}standardLoopCharacteristics"
_NO_ACTIVITIES: Final = ("Event", "Gateway")
_MAXIMUM: Final = re.compile(r"\s*0*[1-9][0-9]{0,5}\s*", re.ASCII)
_BEHAVIOR: Final = ("noneBehaviorEventRef", "oneBehaviorEventRef")


def check(diagram: Diagram, findings: Findings) -> None:
    """Report on every loop of the diagram."""
    for node in diagram.nodes.values():
        loops = node.element.findall(_MULTI) + node.element.findall(_STANDARD)
        if not loops:
            continue
        if len(loops) > 1 or node.kind.endswith(_NO_ACTIVITIES):
            findings.error(node.id, "loop.misplaced", "“{element}” cannot repeat: an activity may, in one way.")
        elif loops[0].tag == _MULTI:
            _check_multi_instance(node, loops[0], findings)
        else:
            _check_standard(node, loops[0], findings)


def _check_multi_instance(node: Node, loop: Any, findings: Findings) -> None:
    collection, cardinality = text_of(loop, f"{BPMN}loopDataInputRef"), text_of(loop, f"{BPMN}loopCardinality")
    if (collection is None) == (cardinality is None):
        findings.error(
            node.id,
            "loop.no_collection",
            "“{element}” repeats without saying either over which list or how many times.",
        )
    if collection is not None and not variable_of(loop.find(f"{BPMN}inputDataItem")):
        findings.error(node.id, "loop.no_item", "“{element}” repeats over a list without a variable for one item.")
    has_results = text_of(loop, f"{BPMN}loopDataOutputRef") is not None
    if has_results != bool(variable_of(loop.find(f"{BPMN}outputDataItem"))):
        findings.error(
            node.id, "loop.no_output", "“{element}” has only one of the list and the variable for its results."
        )
    if loop.get("behavior", "All") != "All" or any(loop.get(name) for name in _BEHAVIOR):
        findings.error(node.id, "loop.behavior", "“{element}” throws events while it repeats, which is not supported.")
    for text in (collection, cardinality, text_of(loop, f"{BPMN}completionCondition")):
        if text is not None:
            findings.expression(node.id, text)


def _check_standard(node: Node, loop: Any, findings: Findings) -> None:
    condition, maximum = text_of(loop, f"{BPMN}loopCondition"), loop.get("loopMaximum")
    if condition is None and maximum is None:
        findings.error(node.id, "loop.endless", "“{element}” repeats for ever.")
    if maximum is not None and not _MAXIMUM.fullmatch(maximum):
        findings.error(
            node.id,
            "loop.maximum",
            "“{element}” repeats at most “{count}” times; that is no number from 1 to 999999.",
            count=maximum[:40],
        )
    if condition is not None:
        findings.expression(node.id, condition)
