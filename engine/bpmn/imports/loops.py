"""Multi-instance activities: the list they go over, the variable of one item, and where results go."""

from typing import Any, Final

from engine.bpmn.diagram import text_of
from engine.bpmn.imports import vendor
from engine.bpmn.imports.expressions import is_expression
from engine.bpmn.imports.report import Report
from engine.bpmn.xml import BPMN, local_name

# The order that the schema asks for.
_ORDER: Final = (
    "documentation", "extensionElements", "loopCardinality", "loopDataInputRef", "loopDataOutputRef", "inputDataItem",
    "outputDataItem", "complexBehaviorDefinition", "completionCondition",
)  # fmt: skip


def convert(root: Any, report: Report) -> None:
    """Write collections and item variables as the standard does."""
    taken = {str(element.get("id")) for element in root.iter() if element.get("id")}
    for loop in list(root.iter(f"{BPMN}multiInstanceLoopCharacteristics")):
        collection, item = vendor.take(loop, "collection"), vendor.take(loop, "elementVariable")
        own = vendor.take_child(loop, "loopCharacteristics")
        if own is not None:
            collection, item = own.get("inputCollection"), own.get("inputElement")
            _put_list(loop, "loopDataOutputRef", own.get("outputCollection"), report)
            _put_item(loop, "outputDataItem", own.get("outputElement"), taken, report)
        _put_list(loop, "loopDataInputRef", collection, report)
        _put_item(loop, "inputDataItem", item, taken, report)


def _put_list(loop: Any, name: str, text: str | None, report: Report) -> None:
    """The list may be computed; where results go must be a variable."""
    is_computed = name == "loopDataInputRef" and text is not None and is_expression(text)
    found = report.feel(_owner(loop), text or "") if is_computed else _variable(loop, text, report)
    if found and text_of(loop, BPMN + name) is None:
        _insert(loop, name).text = found
        report.change(_owner(loop), "import.loop", "“{element}” repeats with the list {list}.", list=found[:200])


def _put_item(loop: Any, name: str, text: str | None, taken: set[str], report: Report) -> None:
    """The variable is the item's name; its id only has to be one that nothing else has."""
    variable = _variable(loop, text, report)
    if not variable or loop.find(BPMN + name) is not None:
        return
    item_id = f"{_owner(loop)}_{name}"
    if item_id not in taken:
        taken.add(item_id)
        item = _insert(loop, name)
        item.set("id", item_id)
        item.set("name", variable)
        report.change(_owner(loop), "import.loop_item", "“{element}” repeats with one {variable}.", variable=variable)


def _variable(loop: Any, text: str | None, report: Report) -> str | None:
    """The name of a variable, from a name or an expression that is nothing but one."""
    if not text:
        return None
    feel = report.feel(_owner(loop), text) if is_expression(text) else text.strip()
    if feel is not None and not feel.isidentifier():
        report.error(
            _owner(loop), "import.loop_computed", "“{element}” repeats with {expression}.", expression=feel[:200]
        )
        return None
    return feel


def _insert(loop: Any, name: str) -> Any:
    place = _ORDER.index(name)
    index = sum(1 for child in loop if local_name(child) in _ORDER[:place])
    element = loop.makeelement(BPMN + name)
    loop.insert(index, element)
    return element


def _owner(loop: Any) -> str:
    return str(loop.getparent().get("id", ""))
