"""A request as it was and as it would be: what differs, and how often each difference comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.process import Definition, Replayed
from engine.runtime.forecast import UNKNOWN
from tasks.replays.history import Asking, History

Person = int | str


class Kind(StrEnum):
    """What differs: elements that are reached or not any more, people who are asked or not any more, a step that would
    wait because nobody answered it then, one that would stop with an error, one of which nobody can know what follows.
    """

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    ASKED = "asked"
    NOT_ASKED = "not_asked"
    WAITS = "waits"
    STOPS = "stops"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Difference:
    """One of them. `title` is of the element or the step; `person` is an id, a mail address or ``role:NAME``.

    `message` with its `fields` says why a step stops.
    """

    kind: Kind
    title: str
    title_zh: str
    person: Person | None = None
    message: str = ""
    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class RequestReplay:
    """One request, with its number if the reader may see it.

    `seconds_then` is how long its tasks took, `seconds_now` how long those of them that remain did.
    `unanswered` counts the tasks that were not asked then: nobody knows how long they take.
    """

    instance_id: int
    subject_id: int
    differences: tuple[Difference, ...]
    seconds_then: float
    seconds_now: float
    unanswered: int
    is_partial: bool
    number: str = ""

    @property
    def is_same(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class Report:
    """What a changed flow would have made of past requests, newest first.

    `grouped` has every difference with the number of requests that show it, most of them first. `names` are the people
    in it, by id. `left_out` counts requests that were not replayed because the time was up.
    """

    requests: tuple[RequestReplay, ...]
    grouped: tuple[tuple[Difference, int], ...]
    names: Mapping[int, str]
    left_out: int = 0

    @property
    def same(self) -> int:
        return sum(request.is_same for request in self.requests)

    @property
    def different(self) -> int:
        return len(self.requests) - self.same

    @property
    def partial(self) -> int:
        return sum(request.is_partial for request in self.requests)

    @property
    def seconds_then(self) -> float:
        return sum(request.seconds_then for request in self.requests)

    @property
    def seconds_now(self) -> float:
        return sum(request.seconds_now for request in self.requests)

    @property
    def unanswered(self) -> int:
        return sum(request.unanswered for request in self.requests)


class Titles:
    """What the elements of the old and the new diagram are called."""

    def __init__(self, definition: Definition) -> None:
        self._nodes = definition.diagram.nodes

    def of(self, element_id: str) -> tuple[str, str]:
        node = self._nodes.get(element_id)
        return (node.name or node.id, node.title_zh) if node is not None else (element_id, "")


def compare(history: History, replayed: Replayed, titles: Titles) -> RequestReplay:
    """What differs between a request as it was and as it would be."""
    now = [asked for asked in replayed.asked if isinstance(asked.about, Asking)]
    remaining = Counter(asked.about.key for asked in now if asked.by == "past")
    then = sum(asking.seconds or 0 for asking in history.asked)
    return RequestReplay(
        instance_id=history.instance_id,
        subject_id=history.subject_id,
        differences=tuple(dict.fromkeys(_differences(history, replayed, titles))),
        seconds_then=then,
        seconds_now=_time_of(history.asked, remaining),
        unanswered=sum(asked.by != "past" for asked in now),
        is_partial=history.is_partial,
    )


def group(requests: Iterable[RequestReplay]) -> tuple[tuple[Difference, int], ...]:
    """Every difference with the number of requests that show it, most of them first."""
    counted = Counter(difference for request in requests for difference in request.differences)
    return tuple(counted.most_common())


def _differences(history: History, replayed: Replayed, titles: Titles) -> Iterable[Difference]:
    for incident in replayed.incidents:
        fields = tuple(sorted(incident.fields.items()))
        kind = Kind.UNKNOWN if incident.code == UNKNOWN else Kind.STOPS
        yield Difference(kind, *titles.of(incident.element_id), message=incident.message, fields=fields)
    for asked in replayed.asked:
        if asked.by != "past":
            yield Difference(Kind.WAITS, asked.about.title, asked.about.title_zh)
    if not replayed.is_complete and not replayed.incidents:
        for element_id in replayed.waits:
            yield Difference(Kind.WAITS, *titles.of(element_id))
    path = [step.element_id for step in replayed.steps if step.event != "cancelled" and step.kind != "sequenceFlow"]
    for kind, there, elsewhere in ((Kind.REACHED, path, history.path), (Kind.NOT_REACHED, history.path, path)):
        for element_id in dict.fromkeys((Counter(there) - Counter(elsewhere)).elements()):
            yield Difference(kind, *titles.of(element_id))
    yield from _people(history.asked, [asked.about for asked in replayed.asked])


def _people(then: Sequence[Asking], now: Sequence[Asking]) -> Iterable[Difference]:
    """Who is asked for a step now and was not then, and the other way round."""
    was, would_be = _by_step(then), _by_step(now)
    for kind, there, elsewhere in ((Kind.ASKED, would_be, was), (Kind.NOT_ASKED, was, would_be)):
        for key, (title, title_zh, people) in there.items():
            for person in sorted(people - elsewhere.get(key, ("", "", set()))[2], key=str):
                yield Difference(kind, title, title_zh, person)


def _by_step(asked: Iterable[Asking]) -> dict[str, tuple[str, str, set[Person]]]:
    found: dict[str, tuple[str, str, set[Person]]] = {}
    for asking in asked:
        _title, _title_zh, people = found.setdefault(asking.key, (asking.title, asking.title_zh, set()))
        people |= asking.people
    return found


def _time_of(asked: Iterable[Asking], remaining: Counter[str]) -> float:
    """How long the tasks took that would be asked again, each as often as it would be."""
    seconds = 0.0
    for asking in asked:
        if asking.seconds is not None and remaining[asking.key] > 0:
            remaining[asking.key] -= 1
            seconds += asking.seconds
    return seconds
