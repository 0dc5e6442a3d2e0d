"""Ids, and elements that may not stand in a diagram: scripts, unsupported ones, data that SpiffWorkflow hangs on."""

import re
from typing import Any, Final

from engine.bpmn.diagram import FLOW_NODES
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BOOLEANS, BPMN, SPIFF, local_name

# SpiffWorkflow gives these names to nodes of its own, and looks ids up by XPath.
RESERVED_IDS: Final = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
RESERVED_ENDINGS: Final = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin", ".Link")
_ID: Final = re.compile(r"[A-Za-z_][\w.-]{0,199}", re.ASCII)

SUPPORTED: Final = frozenset(
    {
        "startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent",
        "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask",
        "sendTask", "receiveTask",
        "subProcess", "callActivity",
        "exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway",
    }
)  # fmt: skip
_SCRIPTS: Final = frozenset({f"{BPMN}globalScriptTask", f"{SPIFF}preScript", f"{SPIFF}postScript"})
_ASSOCIATIONS: Final = (f"{BPMN}dataInputAssociation", f"{BPMN}dataOutputAssociation")
_CORRELATIONS: Final = (f"{BPMN}correlationKey", f"{BPMN}correlationProperty", f"{BPMN}correlationSubscription")
# SpiffWorkflow's parser goes down a chain of elements by recursion; a longer one could end in a RecursionError.
MAX_NODES: Final = 400
MAX_FLOWS: Final = 2_000


def is_reserved(element_id: str) -> bool:
    """Would SpiffWorkflow take this id for one of its own nodes?"""
    return element_id in RESERVED_IDS or element_id.endswith(RESERVED_ENDINGS)


def is_acceptable_id(element_id: str) -> bool:
    """Can a diagram with this id run?"""
    return not is_reserved(element_id) and _ID.fullmatch(element_id) is not None


def is_too_large(root: Any) -> bool:
    """Are there more elements or flows than can be checked and run in reasonable time?"""
    nodes = sum(1 for element in root.iter(f"{BPMN}*") if local_name(element) in FLOW_NODES)
    flows = sum(1 for _ in root.iter(f"{BPMN}sequenceFlow"))
    return nodes > MAX_NODES or flows > MAX_FLOWS


def check(root: Any, processes: list[Any], findings: Findings) -> None:
    """Report on ids and elements of the whole file; `processes` are those that run, the one to start first."""
    _check_ids(root, findings)
    _check_booleans(root, findings)
    for element in root.iter(*_SCRIPTS):
        findings.error(
            _owner_id(element),
            "script.refused",
            "“{element}” holds a script that cannot run.",
        )
    for element in root.iter(*_CORRELATIONS):
        findings.error(
            _owner_id(element),
            "message.correlation",
            "A {kind} is not supported.",
            kind=local_name(element),
        )
    for running in processes:
        for element in running.iter(f"{BPMN}*"):
            if local_name(element) in FLOW_NODES:
                _check_kind(element, findings)
        _check_data(running, findings)


def _check_kind(element: Any, findings: Findings) -> None:
    kind = local_name(element)
    if element.tag in _SCRIPTS:
        return
    if kind not in SUPPORTED:
        _unsupported(element, kind, findings)
    elif kind == "subProcess" and element.get("triggeredByEvent") == "true":
        _unsupported(element, "event subProcess", findings)
    elif element.get("isForCompensation") == "true":
        _unsupported(element, "compensation", findings)


def _unsupported(element: Any, kind: str, findings: Findings) -> None:
    findings.error(
        _owner_id(element), "element.unsupported", "“{element}” is a {kind}, which is not supported.", kind=kind
    )


def _check_ids(root: Any, findings: Findings) -> None:
    seen: set[str] = set()
    for element in root.iter(f"{BPMN}*"):
        element_id = element.get("id")
        if element_id is None:
            if local_name(element) in FLOW_NODES | {"sequenceFlow", "process"}:
                name = element.get("name") or local_name(element)
                findings.error("", "id.missing", "An element has no id: {name}.", name=name)
            continue
        if element_id in seen:
            findings.error(element_id, "id.duplicate", "The id “{element}” is used more than once.")
        seen.add(element_id)
        if is_reserved(element_id):
            findings.error(element_id, "id.reserved", "The id “{element}” is reserved.")
        elif not is_acceptable_id(element_id):
            findings.error(element_id, "id.format", "The id “{element}” may hold letters, digits, “_”, “-”, “.” only.")


def _check_booleans(root: Any, findings: Findings) -> None:
    for element in root.iter(f"{BPMN}*"):
        for name in sorted(BOOLEANS.intersection(element.attrib)):
            if element.get(name) not in ("true", "false"):
                findings.error(
                    _owner_id(element),
                    "attribute.boolean",
                    "The attribute {attribute} of “{element}” is neither true nor false.",
                    attribute=name,
                )


def _check_data(process: Any, findings: Findings) -> None:
    """Data objects are drawing, not storage; two subprocesses deep SpiffWorkflow's parser seeks one for ever."""
    depths: dict[str, int] = {}
    for association in process.iter(*_ASSOCIATIONS):
        depths[_owner_id(association)] = sum(1 for _ in association.iterancestors(f"{BPMN}subProcess"))
    for owner, depth in depths.items():
        if depth >= 2:
            findings.error(
                owner,
                "data.nested",
                "“{element}” uses a data object inside nested subprocesses, which is not supported.",
            )
        else:
            findings.warning(
                owner,
                "data.documentation",
                "The data object at “{element}” is drawing only; data are process variables.",
            )
    for store in process.iter(f"{BPMN}dataStoreReference"):
        findings.warning(
            store.get("id", ""),
            "data.store",
            "The data store “{element}” is drawing only: nothing is read from it or written to it.",
        )


def _owner_id(element: Any) -> str:
    """The id of the nearest element, at or above, that is drawn."""
    for owner in (element, *element.iterancestors()):
        if local_name(owner) in FLOW_NODES | {"process"} and owner.get("id"):
            return str(owner.get("id"))
    return ""
