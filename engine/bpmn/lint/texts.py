"""Names: texts that are longer than anyone reads, and messages that cannot be told apart."""

from typing import Any, Final

from engine.bpmn.diagram import Diagram, Node
from engine.bpmn.lint.findings import Findings
from engine.bpmn.xml import BPMN, SPIFF

MAX_NAME_CHARS: Final = 500
MAX_VALUE_CHARS: Final = 10_000
# What waits for a message or signal is found by an index over its name.
MAX_DECLARED_CHARS: Final = 200
_DECLARED: Final = ("message", "signal")


def check(root: Any, diagram: Diagram, findings: Findings) -> None:
    """Report on long names and settings, and on messages and signals that are declared twice."""
    for node in diagram.nodes.values():
        _check_length(node, findings)
    for kind in _DECLARED:
        _check_twice(root, kind, findings)
    for item in root.iter(*(BPMN + kind for kind in (*_DECLARED, "error", "escalation"))):
        _check_declared(item, findings)


def _check_length(node: Node, findings: Findings) -> None:
    values = [item.get("value", "") for item in node.element.iterfind(f"{BPMN}extensionElements//{SPIFF}*")]
    if len(node.name) > MAX_NAME_CHARS or any(len(value) > MAX_VALUE_CHARS for value in values):
        findings.error(
            node.id,
            "text.too_long",
            "The name of “{element}” is longer than {name_limit} characters, or a setting longer than {value_limit}.",
            name_limit=MAX_NAME_CHARS,
            value_limit=MAX_VALUE_CHARS,
        )


def _check_declared(item: Any, findings: Findings) -> None:
    texts = (item.get(name, "") for name in ("name", "errorCode", "escalationCode"))
    if any(len(text) > MAX_DECLARED_CHARS for text in texts):
        findings.error(
            item.get("id", ""),
            "text.name_too_long",
            "The name or code of “{element}” is longer than {limit} characters.",
            limit=MAX_DECLARED_CHARS,
        )


def _check_twice(root: Any, kind: str, findings: Findings) -> None:
    first: dict[str, str] = {}
    for item in root.iter(BPMN + kind):
        name, item_id = item.get("name", ""), item.get("id", "")
        if name and first.setdefault(name, item_id) != item_id:
            findings.warning(
                item_id, "message.twice", "“{element}” has the same name as “{first}”: {name}.",
                first=first[name], name=name[:200],
            )  # fmt: skip
