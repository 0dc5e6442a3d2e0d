"""Diagrams of other systems in our words: Camunda 7 and 8, Flowable, Activiti, Signavio and plain BPMN 2.0.

What has a counterpart is translated, all else is told: nothing silently means something different. Whether the result
can run is for the linter to say.
"""

from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.bpmn.imports import declarations, forks, ids, leftovers, loops, mappings, people, processes, services, texts
from engine.bpmn.imports.dialects import dialect_of
from engine.bpmn.imports.expressions import is_expression
from engine.bpmn.imports.report import Change, Report
from engine.bpmn.lint.variables import MAX_EXPRESSION_CHARS
from engine.bpmn.xml import BPMN, SPIFF, is_utf8, parse_xml
from engine.errors import DefinitionInvalid, Problem
from engine.language import N_

__all__ = ["Change", "Normalised", "normalise"]


@dataclass(frozen=True)
class Normalised:
    """A file in our words; `bpmn` is the source itself, byte for byte, when there was nothing to change.

    `open_points` are what the designer has to decide; `renamed` maps ids of the source to the new ones.
    """

    bpmn: bytes
    source_dialect: str
    changes: tuple[Change, ...]
    open_points: tuple[Problem, ...]
    renamed: dict[str, str]

    @property
    def is_unchanged(self) -> bool:
        return not self.changes


def normalise(source: bytes, *, key: str = "") -> Normalised:
    """Translate a diagram, whose process is called `key` afterwards. The result translates to itself.

    Raises `DefinitionInvalid` for a file that cannot be read safely, that holds no process, or too much to translate.
    """
    root = parse_xml(source, any_encoding=True)
    if root.tag != f"{BPMN}definitions" or root.find(f"{BPMN}process") is None:
        raise DefinitionInvalid.single("import.no_process", N_("The file holds no BPMN process."))
    if _expression_chars(root) > MAX_EXPRESSION_CHARS:
        message = N_("The expressions in the file have more than {limit} characters together.")
        raise DefinitionInvalid.single("import.expressions", message, limit=MAX_EXPRESSION_CHARS)
    dialect = dialect_of(root)
    root = _with_our_prefix(root)
    report = Report()
    if not is_utf8(source):
        report.change("", "import.encoding", "The file is in the encoding UTF-8 now.")
    # Services come before mappings, which they take as parameters, and all of them before what nobody took.
    ids.rename(root, report)
    for step in (processes, people, services, mappings, loops, texts, declarations, forks):
        step.convert(root, report)
    leftovers.remove(root, report)
    if key:
        ids.rename_process(root, key, report)
    bpmn = _written(root) if report.changes else source
    return Normalised(bpmn, dialect, tuple(report.changes), tuple(report.problems), report.renamed)


def _expression_chars(root: Any) -> int:
    """How much there may be to translate. It costs time by its length, whoever wrote it."""
    texts = (text for element in root.iter() for text in (element.text or "", *element.attrib.values()))
    return sum(len(text) for text in texts if is_expression(text.strip()))


def _with_our_prefix(root: Any) -> Any:
    """The tree with `spiffworkflow:` declared at its root, once instead of at each setting."""
    namespace = SPIFF.strip("{}")
    if namespace in root.nsmap.values():
        return root
    fresh = etree.Element(root.tag, dict(root.attrib), nsmap={**root.nsmap, "spiffworkflow": namespace})
    fresh.text = root.text
    fresh.extend(list(root))
    return fresh


def _written(root: Any) -> bytes:
    # Prefixes are also used in texts (`xsi:type="bpmn:tFormalExpression"`), where lxml does not see them.
    foreign = {uri.strip("{}") for uri in (*leftovers.FOREIGN, SPIFF)}
    kept = [prefix for prefix, uri in root.nsmap.items() if prefix and uri not in foreign]
    etree.cleanup_namespaces(root, keep_ns_prefixes=kept)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))
