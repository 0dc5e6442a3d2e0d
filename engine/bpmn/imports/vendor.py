"""Reads and takes away what other systems write into BPMN, and writes our own settings."""

from typing import Any, Final

from lxml import etree

from engine.bpmn.diagram import properties
from engine.bpmn.xml import BPMN, SPIFF, local_name

CAMUNDA: Final = "{http://camunda.org/schema/1.0/bpmn}"
ZEEBE: Final = "{http://camunda.org/schema/zeebe/1.0}"
FLOWABLE: Final = "{http://flowable.org/bpmn}"
ACTIVITI: Final = "{http://activiti.org/bpmn}"
# Three systems of one descent: their attributes have the same names and meanings.
JUEL_SYSTEMS: Final = (CAMUNDA, FLOWABLE, ACTIVITI)
SYSTEMS: Final = (*JUEL_SYSTEMS, ZEEBE)
_DOCUMENTATION: Final = f"{BPMN}documentation"
_EXTENSIONS: Final = f"{BPMN}extensionElements"


def take(element: Any, *names: str) -> str | None:
    """Remove the first of these attributes that Camunda 7, Flowable or Activiti wrote; its text, None without one."""
    for name in names:
        for system in JUEL_SYSTEMS:
            value = element.attrib.pop(system + name, None)
            if value and value.strip():
                return str(value).strip()
    return None


def children(element: Any, *names: str) -> list[Any]:
    """The element's extension elements of these local names, of any of the systems."""
    return [
        child
        for child in element.iterfind(f"{_EXTENSIONS}/*")
        if child.tag.startswith(SYSTEMS) and local_name(child) in names
    ]


def take_children(element: Any, *names: str) -> list[Any]:
    """Remove extension elements of these local names, of any of the systems, and hand them out."""
    found = children(element, *names)
    for child in found:
        child.getparent().remove(child)
    return found


def has_extensions(element: Any) -> bool:
    """Is there anything that another system wrote inside?"""
    return any(child.tag.startswith(SYSTEMS) for child in element.iterfind(f"{_EXTENSIONS}/*"))


def take_child(element: Any, *names: str) -> Any | None:
    """Remove them all and hand out the first."""
    return next(iter(take_children(element, *names)), None)


def set_property(element: Any, name: str, value: str) -> None:
    """Write a `spiffworkflow:property` that the element does not have yet."""
    if name in properties(element):
        return
    own = extensions_of(element)
    holder = own.find(f"{SPIFF}properties")
    if holder is None:
        holder = etree.SubElement(own, f"{SPIFF}properties")
    etree.SubElement(holder, f"{SPIFF}property", {"name": name, "value": value})


def extensions_of(element: Any) -> Any:
    """The element's `extensionElements`, made where the schema wants them: behind the documentation."""
    found = element.find(_EXTENSIONS)
    if found is None:
        found = etree.Element(_EXTENSIONS)
        element.insert(sum(1 for child in element if child.tag == _DOCUMENTATION), found)
    return found


def add_extension(element: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    """Write a `spiffworkflow:` extension element."""
    child = etree.SubElement(extensions_of(element), SPIFF + name, attributes)
    child.text = text
    return child
