"""A diagram in another language: the names of its elements are swapped for their `name_zh` property."""

from typing import Final

from lxml import etree

from engine.bpmn.diagram import properties
from engine.bpmn.xml import BPMN, parse_xml

_PROPERTY_OF: Final = {"zh": "name_zh"}


def localized(xml: bytes, language: str) -> bytes:
    """The file with the names in `language` where the diagram has them. Raises `DefinitionInvalid`."""
    name = _PROPERTY_OF.get(language.replace("-", "_").split("_")[0])
    if name is None:
        return xml
    root = parse_xml(xml)
    for element in root.iter(f"{BPMN}*"):
        title = properties(element).get(name)
        if title:
            element.set("name", title)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
