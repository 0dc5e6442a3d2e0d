"""Reads XML that strangers wrote. The only place where bytes become an element tree."""

import re
from typing import Any, Final

from lxml import etree

from engine.errors import DefinitionInvalid

BPMN: Final = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
SPIFF: Final = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"

# The yes-or-no attributes of BPMN that decide how a diagram runs.
BOOLEANS: Final = frozenset(
    {
        "isExecutable", "isSequential", "testBefore", "triggeredByEvent", "isForCompensation", "instantiate",
        "cancelActivity", "parallelMultiple",
    }
)  # fmt: skip
MAX_BYTES: Final = 2 * 1024 * 1024
MAX_DEPTH: Final = 60
MAX_ELEMENTS: Final = 50_000
_DECLARED: Final = re.compile(rb"""(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")


def parse_xml(source: bytes, *, any_encoding: bool = False) -> Any:
    """The root element of `source`.

    Raises `DefinitionInvalid` for text that is too large, too deep, not well formed, that carries a DOCTYPE (with which
    entities, and so expansion bombs and file reads, would come in), or, unless `any_encoding`, that is not UTF-8.
    """
    if len(source) > MAX_BYTES:
        raise DefinitionInvalid.single("xml.too_large", "The file is larger than {limit} bytes.", limit=MAX_BYTES)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root: Any = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        if b"<!DOCTYPE" in source.upper():
            raise _doctype() from error
        if not any_encoding:
            _check_encoding(source)
        raise DefinitionInvalid.single(
            "xml.syntax", "The file is not well-formed XML: {reason}", reason=error.msg
        ) from error
    if root.getroottree().docinfo.doctype:
        raise _doctype()
    if not any_encoding:
        _check_encoding(source)
    _check_shape(root)
    _spell_out(root)
    return root


def local_name(element: Any) -> str:
    """The element's name without its namespace."""
    return str(etree.QName(element).localname)


def is_utf8(source: bytes) -> bool:
    """Is the text in the encoding that definitions are kept in, and does it say nothing else?"""
    declared = _DECLARED.match(source)
    try:
        source.decode()
    except UnicodeDecodeError:
        return False
    return declared is None or declared[1].upper() in (b"UTF-8", b"UTF8", b"US-ASCII")


def _spell_out(root: Any) -> None:
    """XML Schema also lets "true" be "1" and "false" be "0"; here each has one spelling."""
    for element in root.iter():
        for name in BOOLEANS.intersection(element.attrib):
            value = element.get(name).strip()
            element.set(name, {"1": "true", "0": "false"}.get(value, value))


def _check_encoding(source: bytes) -> None:
    """A definition is kept as text; one that declares another encoding could not be read back."""
    if not is_utf8(source):
        raise DefinitionInvalid.single("xml.encoding", "The file is not UTF-8 text.")


def _check_shape(root: Any) -> None:
    level, depth, total = [root], 0, 0
    while level:
        depth, total = depth + 1, total + len(level)
        if depth > MAX_DEPTH:
            raise DefinitionInvalid.single(
                "xml.too_deep", "The file nests elements more than {limit} levels deep.", limit=MAX_DEPTH
            )
        if total > MAX_ELEMENTS:
            raise DefinitionInvalid.single(
                "xml.too_many", "The file has more than {limit} elements.", limit=MAX_ELEMENTS
            )
        level = [child for element in level for child in element]


def _doctype() -> DefinitionInvalid:
    return DefinitionInvalid.single(
        "xml.doctype", "The file has a DOCTYPE declaration, which definitions must not have."
    )
