"""A parsed definition, and the cache that parses each one once per process."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from engine.bpmn.diagram import Diagram, read_diagram
from engine.bpmn.lint import check_tree
from engine.bpmn.parser import ExecutableSpecs, parse_specs
from engine.bpmn.xml import parse_xml
from engine.catalogue import Catalogue
from engine.dmn import Decision, parse_decisions
from engine.errors import DefinitionInvalid, EngineError

MAX_CACHED: Final = 200


@dataclass(frozen=True)
class Definition:
    """A diagram with its decisions, ready to run. Immutable; safe to share between threads."""

    content_hash: str
    diagram: Diagram
    specs: ExecutableSpecs
    decisions: Mapping[str, Decision]

    @property
    def process_id(self) -> str:
        return self.diagram.process_id

    def decision(self, key: str) -> Decision:
        """The decision called `key`. Raises `EngineError`."""
        try:
            return self.decisions[key]
        except KeyError:
            raise EngineError("There is no decision “{key}”.", code="decision.unknown", key=key) from None


class DefinitionCache:
    """Definitions by content. Least recently used ones are forgotten past `MAX_CACHED`."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._definitions: OrderedDict[str, Definition] = OrderedDict()

    def get(self, bpmn: bytes, decisions: Mapping[str, bytes]) -> Definition:
        """The definition for this content. Raises `DefinitionInvalid`."""
        key = _content_hash(bpmn, decisions)
        # Parsing under the lock: threads that ask for the same definition at once must not parse it twice.
        with self._lock:
            if key not in self._definitions:
                self._definitions[key] = _parse(key, bpmn, decisions, self._catalogue)
            self._definitions.move_to_end(key)
            if len(self._definitions) > MAX_CACHED:
                self._definitions.popitem(last=False)
            return self._definitions[key]

    def find(self, content_hash: str) -> Definition | None:
        """The definition whose content has this hash, if it is kept."""
        with self._lock:
            found = self._definitions.get(content_hash)
            if found is not None:
                self._definitions.move_to_end(content_hash)
            return found


def _parse(key: str, bpmn: bytes, decisions: Mapping[str, bytes], catalogue: Catalogue) -> Definition:
    root = parse_xml(bpmn)
    files = dict.fromkeys(decisions.values())
    found = {source: parse_decisions(source, [other for other in files if other != source]) for source in files}
    parsed = {name: found[source][name] for name, source in decisions.items() if name in found[source]}
    problems = [item for item in check_tree(root, catalogue, decisions=parsed, forms=None) if item.severity == "error"]
    if problems:
        raise DefinitionInvalid.of(problems)
    diagram = read_diagram(root)
    return Definition(key, diagram, parse_specs(root, diagram.process_id), MappingProxyType(parsed))


def _content_hash(bpmn: bytes, decisions: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(hashlib.sha256(bpmn).digest())
    for name in sorted(decisions):
        digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(decisions[name]).digest())
    return digest.hexdigest()[:32]
