"""Which system wrote a file."""

from typing import Any, Final

from engine.bpmn.imports import vendor
from engine.bpmn.xml import SPIFF

# The more telling namespace first: a file of Camunda 8 may keep settings of Camunda 7.
_NAMESPACES: Final = (
    (vendor.ZEEBE, "camunda8"),
    (vendor.CAMUNDA, "camunda7"),
    (vendor.FLOWABLE, "flowable"),
    (vendor.ACTIVITI, "activiti"),
    (SPIFF, "piaoflow"),
    ("{http://www.signavio.com}", "signavio"),
)
PLAIN: Final = "bpmn"


def dialect_of(root: Any) -> str:
    """`camunda8`, `camunda7`, `flowable`, `activiti`, `piaoflow`, `signavio`, or `bpmn` for the bare standard."""
    used = {name[: name.index("}") + 1] for element in root.iter() for name in _names(element) if name[0] == "{"}
    for namespace, dialect in _NAMESPACES:
        if namespace in used:
            return dialect
    return "signavio" if "signavio" in root.get("exporter", "").lower() else PLAIN


def _names(element: Any) -> list[str]:
    return [element.tag, *element.attrib]
