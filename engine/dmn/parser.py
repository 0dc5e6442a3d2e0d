"""Reads DMN files into requirements graphs: which element requires which, across files, and what each one computes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.bpmn.xml import parse_xml
from engine.dmn.decisions import Decision
from engine.dmn.frame import Element
from engine.dmn.graph import GraphReader
from engine.dmn.model import Model, read_model
from engine.dmn.problems import Problems
from engine.dmn.type_reader import read_types
from engine.errors import DefinitionInvalid, Problem, errors_first


@dataclass(frozen=True)
class Bundle:
    """Files read together; the first is the one asked for. `problems` are those of the first file."""

    namespace: str
    elements: dict[tuple[str, str], Element]
    problems: list[Problem]

    @property
    def decisions(self) -> dict[str, Decision]:
        """The decisions of the first file by id."""
        return {
            key: element
            for (namespace, key), element in self.elements.items()
            if namespace == self.namespace and isinstance(element, Decision)
        }

    def find(self, name: str, namespace: str = "") -> Iterator[Element]:
        """Elements of that name, in the first file unless a namespace is given."""
        wanted = namespace or self.namespace
        return (
            item for (held, _), item in self.elements.items() if held == wanted and name in (item.name, item.variable)
        )


def read_bundle(source: bytes, others: Iterable[bytes] = ()) -> Bundle:
    """Read a file, and the files it imports from among `others`, whatever is wrong with them.

    What cannot be read gives null where it is used, and a problem. Raises `DefinitionInvalid` for what is no XML.
    """
    problems = Problems()
    first = read_model(parse_xml(source), problems)
    models = [first, *_imported(first, others)]
    read_types(models)
    elements = GraphReader(models).read()
    return Bundle(first.namespace, elements, problems.found)


def _imported(first: Model, others: Iterable[bytes]) -> Iterator[Model]:
    """The models that are imported, directly or through others; their own problems are told when they are checked."""
    if not first.aliases:
        return
    known = {model.namespace: model for item in others if (model := _read_if_sound(item)) is not None}
    found, waiting = {first.namespace}, [first]
    while waiting:
        for namespace in waiting.pop().aliases:
            if namespace in known and namespace not in found:
                found.add(namespace)
                waiting.append(known[namespace])
                yield known[namespace]


def _read_if_sound(source: bytes) -> Model | None:
    try:
        return read_model(parse_xml(source), Problems())
    except DefinitionInvalid:
        return None


def parse_decisions(source: bytes, others: Iterable[bytes] = ()) -> dict[str, Decision]:
    """Every decision of a DMN file by id; imports are found among `others`.

    Raises `DefinitionInvalid` with all problems found.
    """
    bundle = read_bundle(source, others)
    if any(problem.severity == "error" for problem in bundle.problems):
        raise DefinitionInvalid.of(bundle.problems)
    return bundle.decisions


def parse_decision(source: bytes, key: str, others: Iterable[bytes] = ()) -> Decision:
    """One decision of a DMN file. Raises `DefinitionInvalid`."""
    try:
        return parse_decisions(source, others)[key]
    except KeyError:
        raise DefinitionInvalid.single(
            "dmn.unknown_decision", "The file has no decision “{key}”.", element_id=key, key=key
        ) from None


def check_decisions(source: bytes, others: Iterable[bytes] = ()) -> list[Problem]:
    """Everything that is wrong with a DMN file, errors first."""
    try:
        problems = read_bundle(source, others).problems
    except DefinitionInvalid as error:
        return error.problems
    return errors_first(problems)
