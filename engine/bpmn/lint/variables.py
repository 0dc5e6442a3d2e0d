"""Variables that are read although nothing sets them, or set although nothing can read them: most often a slip."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from engine.bpmn.diagram import CALLED_DECISION, OPERATOR, Diagram, Node, text_of, variable_of
from engine.bpmn.iso8601 import parse_cycle, parse_duration, parse_moment
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN, SPIFF
from engine.errors import ExpressionInvalid
from engine.feel import compile_expression

_LOOP: Final = f"{BPMN}multiInstanceLoopCharacteristics"
_TIMES: Final = ("timeDate", "timeDuration", "timeCycle")
_NAMES_SET: Final = ("fields", "result_fields")
_NAME_SET: Final = ("result_variable", "error_variable", "escalation_variable")
_PROBE: Final = "the value of the variable"
_FEEL_PROPERTIES: Final = ("correlation", "payload")
# The attributes of a multi-instance (BPMN 2.0, table 10.30), and the number of an instance.
_OF_LOOPS: Final = frozenset(
    {"numberOfInstances", "numberOfActiveInstances", "numberOfCompletedInstances", "numberOfTerminatedInstances",
     "loopCounter"}
)  # fmt: skip


# Reading FEEL costs some ten microseconds a character; a file could have millions of them.
MAX_EXPRESSION_CHARS: Final = 100_000


def is_too_much(diagram: Diagram) -> bool:
    """Is there more FEEL than can be read in reasonable time?"""
    return sum(len(text) for _, text in _texts(diagram)) > MAX_EXPRESSION_CHARS


def check(diagram: Diagram, findings: Findings) -> None:
    """Report on names that no expression can read, and once on each variable that is read and nothing sets."""
    known = set(_OF_LOOPS)
    for node in diagram.nodes.values():
        names = frozenset(written(node)) - {""}
        known.update(names)
        for name in sorted(names):
            if not _is_readable(name):
                findings.error(
                    node.id,
                    "variable.name",
                    "“{element}” sets the variable “{variable}”, whose name no expression can read.",
                    variable=name[:200],
                )
    for element_id, text in _texts(diagram):
        for name in sorted(_read(text) - known):
            known.add(name)
            findings.warning(
                element_id,
                "variable.unset",
                "“{element}” reads the variable “{variable}”, which nothing sets.",
                variable=name[:200],
            )


def written(node: Node) -> Iterator[str]:
    """The names that a node says it sets; an empty text where it leaves one out."""
    for name in _NAMES_SET:
        yield from node.properties.get(name, "").split()
    for name in _NAME_SET:
        yield node.properties.get(name, "").strip()
    operator = node.element.find(OPERATOR)
    if operator is not None:
        yield operator.get("resultVariable", "")
    if "result_variable" not in node.properties:
        yield text_of(node.element, CALLED_DECISION) or ""
    loop = node.element.find(_LOOP)
    if loop is not None:
        yield text_of(loop, f"{BPMN}loopDataOutputRef") or ""
        for item in loop.findall(f"{BPMN}inputDataItem") + loop.findall(f"{BPMN}outputDataItem"):
            yield variable_of(item) or ""


def _texts(diagram: Diagram) -> Iterator[tuple[str, str]]:
    """Every FEEL text of the diagram with the element that it belongs to."""
    for node in diagram.nodes.values():
        for text in _texts_of(node):
            if text:
                yield node.id, text
    for flow in diagram.flows:
        if flow.condition:
            yield flow.id, flow.condition


def _texts_of(node: Node) -> Iterator[str | None]:
    for name, value in node.properties.items():
        if value.startswith("="):
            yield value[1:]
        elif name in _FEEL_PROPERTIES:
            yield value
    for parameter in node.element.iterfind(f"{OPERATOR}//{SPIFF}parameter"):
        yield parameter.get("value")
    for time in node.element.iterfind(f"{BPMN}timerEventDefinition/*"):
        if time.tag in [BPMN + name for name in _TIMES]:
            yield _computed_time(time)
    if node.kind == "scriptTask":
        yield text_of(node.element, f"{BPMN}script")
    for part in ("loopCardinality", "loopDataInputRef", "completionCondition"):
        yield text_of(node.element, f"{_LOOP}/{BPMN}{part}")
    yield text_of(node.element, f"{BPMN}standardLoopCharacteristics/{BPMN}loopCondition")


def _computed_time(element: Any) -> str | None:
    """The text of a timer, unless it is plain ISO 8601."""
    text = (element.text or "").strip()
    is_plain = any(parse(text) is not None for parse in (parse_moment, parse_duration, parse_cycle))
    return None if is_plain else text


@lru_cache(maxsize=4096)
def _is_readable(name: str) -> bool:
    """Does the name, written in an expression, give the variable of that name?"""
    try:
        return bool(compile_expression(name, (name,)).evaluate({name: _PROBE}) == _PROBE)
    except ExpressionInvalid:
        return False


def _read(text: str) -> frozenset[str]:
    """The variables that an expression certainly reads; none of one that is wrong, which is told elsewhere."""
    try:
        return compile_expression(text).names
    except ExpressionInvalid:
        return frozenset()
