"""What other systems wrote and nothing here reads: listeners are told, the rest is removed and named."""

from typing import Any, Final

from engine.bpmn.imports import vendor
from engine.bpmn.imports.report import Report
from engine.bpmn.xml import BPMN, local_name

FOREIGN: Final = (*vendor.SYSTEMS, "{http://camunda.org/schema/modeler/1.0}")
_LISTENERS: Final = ("executionListener", "taskListener", "eventListener", "executionListeners", "taskListeners")
# Settings that change what the process does; without a word about them it would do something else silently.
_BEHAVIOUR: Final = frozenset(
    {"skipExpression", "errorEventDefinition", "mapException", "variableAggregation", "variableAggregations",
     "subscription", "errorCodeVariable", "errorMessageVariable", "escalationCodeVariable", "triggerable",
     "initiator", "userTaskForm"}
)  # fmt: skip


def remove(root: Any, report: Report) -> None:
    """Take out every attribute and extension element of the known systems that is still there."""
    dropped: set[str] = set()
    count = 0
    for element in list(root.iter()):
        names = [*_remove_attributes(element), *_remove_children(element, report)]
        for name in names:
            if name in _BEHAVIOUR:
                report.warning(_id_of(element), "import.setting", "“{element}” had the setting {name}.", name=name)
        dropped.update(names)
        count += len(names)
    if count:
        report.change(
            "", "import.dropped", "Settings without a counterpart were removed: {count} ({names}).",
            count=count, names=", ".join(sorted(dropped)[:20]),
        )  # fmt: skip


def _remove_attributes(element: Any) -> list[str]:
    foreign = [name for name in element.attrib if name.startswith(FOREIGN)]
    for name in foreign:
        del element.attrib[name]
    return [name.rpartition("}")[2] for name in foreign]


def _remove_children(element: Any, report: Report) -> list[str]:
    names = []
    for extensions in element.findall(f"{BPMN}extensionElements"):
        for child in [child for child in extensions if child.tag.startswith(vendor.SYSTEMS)]:
            extensions.remove(child)
            names.append(local_name(child))
            if names[-1] in _LISTENERS:
                report.error(_id_of(element), "import.listener", "“{element}” ran code by a {name}.", name=names[-1])
        if not len(extensions):
            element.remove(extensions)
    return names


def _id_of(element: Any) -> str:
    for owner in (element, *element.iterancestors()):
        if owner.get("id"):
            return str(owner.get("id"))
    return ""
