"""Test cases that are stored with a flow: a JSON text, read and checked so that each fault names its case and field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from engine.bpmn.iso8601 import Duration, parse_duration
from engine.errors import EngineError
from engine.language import Sentence
from engine.process import Definition
from engine.runtime.values import MAX_CHARACTERS, from_text
from models.errors import Invalid
from models.language import N_
from tasks.processes.bridge import CATALOGUE

T = TypeVar("T")
MOST_CASES: Final = 500
_TEXT, _CONTEXT, _LIST = N_("a text"), N_("an object"), N_("a list")
_KINDS: Final[dict[str, type]] = {_TEXT: str, _CONTEXT: dict, _LIST: list}
_CASE: Final = {
    "name": _TEXT,
    "name_zh": _TEXT,
    "data": _CONTEXT,
    "answers": _LIST,
    "services": _CONTEXT,
    "expect": _CONTEXT,
}
_ANSWER: Final = {"element": _TEXT, "fields": _CONTEXT, "after": _TEXT}
_EXPECT: Final = {"path": _LIST, "end": _TEXT, "asks": _LIST, "data": _CONTEXT}
_ASK: Final = {"element": _TEXT, "title": _TEXT, "people": _LIST, "role": _TEXT}


@dataclass(frozen=True)
class CaseAnswer:
    """What somebody says at an element, a while after what was said before."""

    element: str
    fields: Mapping[str, Any]
    after: Duration | None


@dataclass(frozen=True)
class CaseAsk:
    """A task that is expected. What is None is not compared; `people` are ids and mail addresses."""

    element: str
    title: str | None = None
    people: frozenset[int | str] | None = None
    role: str | None = None


@dataclass(frozen=True)
class FlowCase:
    """One case: the start, what people say, what services return, and what is expected of the flow.

    A service that has a list answers its entries in turn, the last one again and again. `path` are elements in their
    order, others may come between them; `asks` are all tasks, in their order, or None where they are not compared;
    `ends_with` are variables as they are when it is over.
    """

    name: str
    name_zh: str
    data: Mapping[str, Any]
    answers: tuple[CaseAnswer, ...]
    services: Mapping[str, Any]
    path: tuple[str, ...]
    end: str | None
    asks: tuple[CaseAsk, ...] | None
    ends_with: Mapping[str, Any]


def read_cases(text: str, definition: Definition) -> list[FlowCase]:
    """The cases of a text, as they fit the definition. Raises `Invalid` with every fault found."""
    entries = _read(text)
    problems: list[Invalid] = []
    cases = [case for place, entry in enumerate(entries) if (case := _case(place, entry, definition, problems))]
    if problems:
        raise Invalid(
            "Faults found in the test cases: {count}.",
            code="cases.faults",
            problems=tuple(problems),
            count=len(problems),
        )
    return cases


def _read(text: str) -> list[Any]:
    try:
        entries = from_text(text.encode()) if len(text) <= MAX_CHARACTERS else None
    except (EngineError, UnicodeEncodeError):
        raise Invalid("The test cases cannot be read: they are no JSON.", code="cases.json") from None
    if not isinstance(entries, list) or len(entries) > MOST_CASES:
        raise Invalid(
            "Test cases are a list in JSON, with at most {limit} of them and at most {characters} characters.",
            code="cases.list",
            limit=MOST_CASES,
            characters=MAX_CHARACTERS,
        )
    return entries


class _Reader:
    """Reads one case and notes what is wrong with it."""

    def __init__(self, place: int, name: str, definition: Definition, problems: list[Invalid]) -> None:
        self._place, self._name, self._problems = place, name, problems
        self._nodes = definition.diagram.nodes

    def fault(self, path: str, message: str, **fields: Any) -> None:
        """Note what is wrong at a path (``answers.0.element``)."""
        field = f"cases.{self._place}.{path}" if path else f"cases.{self._place}"
        named = {"case": self._name or str(self._place + 1), "entry": path or "–", **fields}
        self._problems.append(Invalid.of(message, named, code="cases.fault", field=field))

    def entries(self, value: Any, path: str, kinds: Mapping[str, str], *required: str) -> dict[str, Any]:
        """The entries of an object, without those that are wrong."""
        if not isinstance(value, dict):
            self.fault(path, N_("Case “{case}”: {entry} must be {kind}."), kind=Sentence(_CONTEXT, {}))
            return {}
        at = f"{path}." if path else ""
        for name in [name for name in value if name not in kinds]:
            self.fault(f"{at}{name}", N_("Case “{case}”: nobody knows the field {entry}."))
        for name in [name for name in required if name not in value]:
            self.fault(f"{at}{name}", N_("Case “{case}”: the field {entry} is missing."))
        known = {name: entry for name, entry in value.items() if name in kinds}
        wrong = [name for name, entry in known.items() if not isinstance(entry, _KINDS[kinds[name]])]
        for name in wrong:
            self.fault(f"{at}{name}", N_("Case “{case}”: {entry} must be {kind}."), kind=Sentence(kinds[name], {}))
        return {name: entry for name, entry in known.items() if name not in wrong}

    def element(self, value: Any, path: str) -> str:
        """The id of an element, which must be in the diagram."""
        if not isinstance(value, str) or value not in self._nodes:
            self.fault(
                path,
                N_("Case “{case}”: {entry} is “{element}”, which is no element of the diagram."),
                element=str(value)[:80],
            )
        return str(value)

    def fields(self, element: str, given: Mapping[str, Any], path: str) -> Mapping[str, Any]:
        """What is said at an element, which must ask for it."""
        node = self._nodes.get(element)
        declared = node.properties.get("fields", "").split() if node is not None else list(given)
        for name in [name for name in given if name not in declared]:
            self.fault(f"{path}.{name}", N_("Case “{case}”: “{element}” does not ask for {entry}."), element=element)
        return given


def _case(place: int, entry: Any, definition: Definition, problems: list[Invalid]) -> FlowCase | None:
    name = entry.get("name") if isinstance(entry, dict) else None
    reader, before = _Reader(place, name if isinstance(name, str) else "", definition, problems), len(problems)
    read = reader.entries(entry, "", _CASE, "name", "data", "expect")
    expect = reader.entries(read.get("expect", {}), "expect", _EXPECT)
    services = read.get("services", {})
    for service in [service for service in services if service not in CATALOGUE]:
        reader.fault(f"services.{service}", N_("Case “{case}”: there is no service {entry}."))
    case = FlowCase(
        name=read.get("name", ""),
        name_zh=read.get("name_zh", ""),
        data=read.get("data", {}),
        answers=tuple(_each(read.get("answers", []), "answers", lambda value, path: _answer(reader, value, path))),
        services=services,
        path=tuple(_each(expect.get("path", []), "expect.path", reader.element)),
        end=reader.element(expect["end"], "expect.end") if "end" in expect else None,
        asks=tuple(_each(expect["asks"], "expect.asks", lambda value, path: _ask(reader, value, path)))
        if "asks" in expect
        else None,
        ends_with=expect.get("data", {}),
    )
    return case if len(problems) == before else None


def _each(values: list[Any], path: str, read: Callable[[Any, str], T]) -> Iterator[T]:
    for place, value in enumerate(values):
        yield read(value, f"{path}.{place}")


def _answer(reader: _Reader, value: Any, path: str) -> CaseAnswer:
    read = reader.entries(value, path, _ANSWER, "element")
    element = reader.element(read["element"], f"{path}.element") if "element" in read else ""
    after = parse_duration(read["after"]) if "after" in read else None
    if "after" in read and after is None:
        reader.fault(
            f"{path}.after", N_("Case “{case}”: {entry} must be a duration as ISO 8601 has it, like P5D or PT2H.")
        )
    return CaseAnswer(element, reader.fields(element, read.get("fields", {}), f"{path}.fields"), after)


def _ask(reader: _Reader, value: Any, path: str) -> CaseAsk:
    if isinstance(value, str):
        return CaseAsk(reader.element(value, path))
    read = reader.entries(value, path, _ASK, "element")
    element = reader.element(read["element"], f"{path}.element") if "element" in read else ""
    people = read.get("people")
    if people is not None and not all(type(person) in (int, str) for person in people):
        reader.fault(f"{path}.people", N_("Case “{case}”: {entry} must be ids of users or mail addresses."))
        people = None
    return CaseAsk(element, read.get("title"), frozenset(people) if people is not None else None, read.get("role"))
