"""Ids that cannot run as they are: each gets another one, wherever the file refers to it."""

import re
from typing import Any, Final

from engine.bpmn.diagram import FLOW_NODES, executable_processes
from engine.bpmn.imports.report import Report
from engine.bpmn.lint.elements import RESERVED_ENDINGS, is_acceptable_id
from engine.bpmn.xml import BPMN, local_name

_NEED_ID: Final = FLOW_NODES | {"sequenceFlow", "process"}
_REFERRING_TEXTS: Final = re.compile(r"incoming|outgoing|\w+Refs?")
# These hold names of variables, which may look like an id.
_VARIABLES: Final = frozenset({"loopDataInputRef", "loopDataOutputRef"})
_REFERRING_ATTRIBUTES: Final = re.compile(r"default|bpmnElement|calledElement|\w+Ref")
_UNFIT: Final = re.compile(r"[^A-Za-z0-9_.-]+")


class _Ids:
    """The ids of a file, and new ones that no element has."""

    def __init__(self, root: Any) -> None:
        self.taken = {str(element.get("id")) for element in root.iter() if element.get("id")}
        self._counts: dict[str, int] = {}

    def fresh(self, base: str) -> str:
        """`base`, with a number behind it when it is taken or refused itself."""
        candidate = base
        while candidate in self.taken or not is_acceptable_id(candidate):
            self._counts[base] = self._counts.get(base, 1) + 1
            candidate = f"{base}_{self._counts[base]}"
        self.taken.add(candidate)
        return candidate


def rename(root: Any, report: Report) -> None:
    """Give an id to what needs one, another id to what has one that is refused, and let references follow."""
    ids = _Ids(root)
    for element in root.iter(f"{BPMN}*"):
        old = element.get("id")
        if not old:
            _add(element, ids, report)
        elif not is_acceptable_id(old):
            _rename(element, old, ids, report)
    _follow(root, ids.taken, report)


def rename_process(root: Any, key: str, report: Report) -> None:
    """Give the process that starts the id `key`, so that the file becomes a version of that flow."""
    processes = executable_processes(root)
    old = processes[0].get("id", "") if processes else ""
    if old and old != key:
        ids = _Ids(root)
        _give(next((element for element in root.iter() if element.get("id") == key), None), ids, report)
        report.renamed[old] = key
        processes[0].set("id", key)
        report.change(key, "import.id_renamed", "“{before}” is now called “{element}”.", before=old[:200])
        _follow(root, ids.taken | {key}, report)


def _give(element: Any, ids: _Ids, report: Report) -> None:
    """Another id for the element that has one that is needed elsewhere."""
    if element is not None:
        old = element.get("id")
        report.renamed[old] = ids.fresh(old)
        element.set("id", report.renamed[old])
        _follow(element.getroottree().getroot(), ids.taken, report)
        del report.renamed[old]


def _add(element: Any, ids: _Ids, report: Report) -> None:
    kind = local_name(element)
    if kind in _NEED_ID:
        element.set("id", ids.fresh(kind))
        report.change(element.get("id"), "import.id_added", "An element without an id is now called “{element}”.")


def _rename(element: Any, old: str, ids: _Ids, report: Report) -> None:
    """An id that is used twice keeps meaning both; that stays for the linter to tell."""
    if old not in report.renamed:
        new = ids.fresh(_base(old, local_name(element)))
        report.renamed[old] = new
        report.change(new, "import.id_renamed", "“{before}” is now called “{element}”.", before=old[:200])
    element.set("id", report.renamed[old])


def _base(old: str, kind: str) -> str:
    base = _UNFIT.sub("_", old).strip("_.-")[:150]
    if base.endswith(RESERVED_ENDINGS):
        base = base.replace(".", "_")
    if not base or not base[0].isalpha():
        base = f"{kind}_{base}" if base else kind
    return base


def _follow(root: Any, taken: set[str], report: Report) -> None:
    """Let every reference follow; one with a prefix (`tns:task`) loses it, as ours are plain ids."""
    unprefixed = 0
    for element in root.iter():
        for name, value in element.attrib.items():
            if _REFERRING_ATTRIBUTES.fullmatch(name):
                target = _target(value, taken, report)
                unprefixed += target != value and value not in report.renamed
                element.set(name, target)
        name = local_name(element)
        if element.tag.startswith(BPMN) and _REFERRING_TEXTS.fullmatch(name) and name not in _VARIABLES:
            text = (element.text or "").strip()
            target = _target(text, taken, report)
            if target != text:
                unprefixed += text not in report.renamed
                element.text = target
    if unprefixed:
        report.change("", "import.prefixes", "References lost the prefix of a namespace: {count}.", count=unprefixed)


def _target(value: str, taken: set[str], report: Report) -> str:
    if value in report.renamed:
        return report.renamed[value]
    _, separator, local = value.partition(":")
    if not separator or value in taken:
        return value
    local = report.renamed.get(local, local)
    return local if local in taken else value
