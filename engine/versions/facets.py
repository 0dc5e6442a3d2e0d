"""What an element of a BPMN file says apart from where it is drawn: settings by kind and name, ready to compare."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from engine.bpmn.diagram import FLOW_NODES, variable_of
from engine.bpmn.xml import BPMN, SPIFF, local_name

Facet = tuple[str, str]
Facets = dict[Facet, str]

_TEXT: Final = re.compile(r'"(?:\\.|[^"\\])*"|\s+')
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
# Attributes that say nothing when they have this value; None: that say nothing at all.
_SILENT: Final[Mapping[str, str | None]] = {
    "id": None, "sourceRef": None, "targetRef": None, "default": None, "gatewayDirection": None,
    "isExecutable": None, "processType": None, "isClosed": None, "cancelActivity": "true", "isInterrupting": "true",
    "isSequential": "false", "triggeredByEvent": "false", "isForCompensation": "false", "instantiate": "false",
    "parallelMultiple": "false", "startQuantity": "1", "completionQuantity": "1",
}  # fmt: skip
# Parts that are elements of their own, and drawings for the reader only: the engine keeps data in variables.
_SKIPPED: Final = FLOW_NODES | {
    "sequenceFlow", "incoming", "outgoing", "laneSet", "textAnnotation", "association", "group", "property",
    "dataObject", "dataObjectReference", "dataStoreReference", "ioSpecification", "dataInputAssociation",
    "dataOutputAssociation",
}  # fmt: skip
_ATTRIBUTES: Final[Mapping[str, Facet]] = {
    "name": ("name", ""), "attachedToRef": ("attached", ""), "cancelActivity": ("interrupting", ""),
    "isInterrupting": ("interrupting", ""), "calledElement": ("called", ""), "messageRef": ("message", ""),
    "signalRef": ("signal", ""), "errorRef": ("error", ""), "escalationRef": ("escalation", ""),
}  # fmt: skip
_TEXTS: Final[Mapping[str, Facet]] = {
    "conditionExpression": ("condition", ""), "script": ("script", ""), "documentation": ("documentation", ""),
    "calledDecisionId": ("decision", ""),
}  # fmt: skip
_SETTINGS: Final[Mapping[str, str]] = {"form_key": "form", "candidates": "candidates"}


def tidy(text: str | None) -> str:
    """`text` with blanks and line breaks made one, but for those in the string literals of an expression."""
    text = (text or "").strip()
    if "//" in text:  # a FEEL comment ends with its line
        return text
    return _TEXT.sub(lambda found: found[0] if found[0].startswith('"') else " ", text)


def read_facets(element: Any, names: Mapping[str, str]) -> Facets:
    """Everything `element` says. `names` has what messages, signals, errors and escalations are called, by id."""
    found: Facets = dict(_attributes(element, names))
    for child in element:
        name = local_name(child)
        if name in _SKIPPED:
            continue
        reader = _CHILDREN.get(name) or (_event if name.endswith("EventDefinition") else None)
        if name in _TEXTS:
            found[_TEXTS[name]] = tidy(child.text)
        elif reader is not None:
            found.update(reader(child, names))
        else:
            found.update(_others(child))
    return found


def called(element: Any) -> str:
    """What is meant by a reference to a message, signal, error or escalation: its code, or its name."""
    code = element.get("errorCode") or element.get("escalationCode")
    return str(code or element.get("name") or element.get("id", ""))


def flatten(element: Any) -> Iterator[tuple[str, str]]:
    """Every text and attribute below `element` by its path. Ids and types of expressions say nothing."""
    for name, value in element.attrib.items():
        if name not in ("id", _TYPE):
            yield f"@{name.rpartition('}')[2]}", tidy(value)
    if element.text and element.text.strip():
        yield "", tidy(element.text)
    seen: dict[str, int] = {}
    for child in element:
        name = local_name(child)
        label = child.get("name") or child.get("key") or child.get("id") if name in _NAMED else None
        seen[name] = seen.get(name, 0) + 1
        step = name if seen[name] == 1 and label is None else f"{name}[{label or seen[name]}]"
        for path, value in flatten(child):
            yield f"{step}/{path}".rstrip("/"), value


_NAMED: Final = frozenset({"property", "parameter", "field", "contextEntry", "itemComponent", "formalParameter"})


def _attributes(element: Any, names: Mapping[str, str]) -> Iterator[tuple[Facet, str]]:
    for name, value in element.attrib.items():
        if name in _SILENT and _SILENT[name] in (None, value):
            continue
        facet = _ATTRIBUTES.get(name, ("other", f"@{name.rpartition('}')[2]}"))
        if facet[0] == "interrupting":
            yield facet, "no"
        elif tidy(value):
            yield facet, _named(value, names) if name.endswith("Ref") else tidy(value)


def _named(reference: str, names: Mapping[str, str]) -> str:
    local = reference.rpartition(":")[2]
    return names.get(local, local)


def _extensions(element: Any, names: Mapping[str, str]) -> Facets:
    found: Facets = {}
    for child in element:
        name = local_name(child)
        if name in _TEXTS:
            found[_TEXTS[name]] = tidy(child.text)
        elif child.tag == f"{SPIFF}properties":
            found.update(_properties(child))
        elif child.tag == f"{SPIFF}serviceTaskOperator":
            found.update(_service(child))
        else:
            found.update(_others(child))
    return found


def _properties(element: Any) -> Iterator[tuple[Facet, str]]:
    for item in element.findall(f"{SPIFF}property"):
        name, value = item.get("name"), item.get("value")
        if name and value is not None:
            yield (_SETTINGS[name], "") if name in _SETTINGS else ("setting", name), tidy(value)


def _service(operator: Any) -> Iterator[tuple[Facet, str]]:
    yield ("service", ""), operator.get("id", "")
    if operator.get("resultVariable"):
        yield ("result", ""), operator.get("resultVariable")
    for item in operator.iter(f"{SPIFF}parameter"):
        yield ("parameter", item.get("id", "")), f"{tidy(item.get('value'))}: {item.get('type', 'any')}"


def _event(element: Any, names: Mapping[str, str]) -> Facets:
    kind = local_name(element).removesuffix("EventDefinition")
    found = {facet: value for facet, value in _attributes(element, names) if facet != ("name", "")}
    for child in element:
        name = local_name(child)
        if kind == "timer" and name.startswith("time"):
            found["timer", name] = tidy(child.text)
        else:
            found.update({("event", path): value for path, value in _paths(child)})
    return found or {("event", kind): "yes"}


def _loop(element: Any, names: Mapping[str, str]) -> Facets:
    if element.tag != f"{BPMN}multiInstanceLoopCharacteristics":
        return {("loop", path): value for path, value in _paths(element)} or {("loop", local_name(element)): "yes"}
    found: Facets = {("loop", "isSequential"): element.get("isSequential", "false")}
    for child in element:
        name = local_name(child)
        if name in ("inputDataItem", "outputDataItem"):
            found["loop", name] = variable_of(child) or ""
        else:
            found.update({("loop", path): value for path, value in _paths(child)})
    return found


def _paths(element: Any) -> Iterator[tuple[str, str]]:
    name = local_name(element)
    yield from ((f"{name}/{path}".rstrip("/"), value) for path, value in flatten(element))


def _others(element: Any) -> Facets:
    return {("other", path): value for path, value in _paths(element)} or {("other", local_name(element)): "yes"}


_CHILDREN: Final[Mapping[str, Callable[[Any, Mapping[str, str]], Facets]]] = {
    "extensionElements": _extensions,
    "multiInstanceLoopCharacteristics": _loop,
    "standardLoopCharacteristics": _loop,
}
