"""Runs test cases on a flow: in the engine alone, and each until it ends, waits or stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from engine.feel.literals import as_text
from engine.language import Sentence
from engine.process import Definition, OpenTask, Past, Replayed
from engine.runtime.replay import Description, Given
from models.access import Actor, Permission
from models.language import N_
from tasks.boundary import query
from tasks.processes.bridge import ENGINE, translated
from tasks.processes.definitions import REQUEST_PROCESS, get_definition
from tasks.processes.steps import people_of
from tasks.replays.cases import CaseAsk, FlowCase, read_cases
from workflows import CASES_DIR

# When every case begins: a Monday.
_BEGIN: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass(frozen=True)
class CaseResult:
    """What became of a case: `difference` is the first one between what was expected and what came, None for none."""

    name: str
    name_zh: str
    path: tuple[str, ...]
    difference: Sentence | None

    @property
    def passed(self) -> bool:
        return self.difference is None


@dataclass(frozen=True)
class _Asked:
    element: str
    title: str
    people: frozenset[int | str]
    role: str


def run_cases(bpmn: str, decisions: Mapping[str, str], cases: str) -> list[CaseResult]:
    """What becomes of each case of a JSON text on a diagram with `decisions` by id. Pure: no row is read.

    Raises `Invalid` for a diagram with faults, and for cases with faults, with every one of them.
    """
    with translated():
        definition = ENGINE.load(bpmn.encode(), {name: table.encode() for name, table in decisions.items()})
    return [_try(definition, case) for case in read_cases(cases, definition)]


@query(Permission.PROCESS_PUBLISH)
def run_cases_of(actor: Actor, definition_id: int) -> list[CaseResult]:
    """What becomes of the cases of a published version. Raises `NotFound`, and `Invalid` as `run_cases` does."""
    definition = get_definition(actor, definition_id)
    return run_cases(definition.bpmn, definition.decisions, shipped_cases(definition.key))


def shipped_cases(key: str) -> str:
    """The cases that the product ships for the flow `key`; an empty list in JSON where it ships none."""
    path = CASES_DIR / f"{key}.cases.json"
    return path.read_text(encoding="utf-8") if key == REQUEST_PROCESS else "[]"


def _try(definition: Definition, case: FlowCase) -> CaseResult:
    services = {name: _in_turn(result) for name, result in case.services.items()}
    past = Past(case.data, _BEGIN, list(_answers(case)))
    replayed = ENGINE.replay(definition, past, describe=_describe, services=services)
    path = tuple(
        step.element_id for step in replayed.steps if step.event == "completed" and step.kind != "sequenceFlow"
    )
    differences = _differences(definition, case, replayed, path)
    return CaseResult(case.name, case.name_zh, path, next(differences, None))


def _answers(case: FlowCase) -> Iterator[Given]:
    now = _BEGIN
    for answer in case.answers:
        now = answer.after.after(now) if answer.after is not None else now
        yield Given(answer.element, answer.fields, now)


def _in_turn(result: Any) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """The entries of a list one after the other, the last one again and again; anything else each time."""
    left = list(result) if isinstance(result, list) and result else [result]
    return lambda _arguments, _variables: left.pop(0) if len(left) > 1 else left[0]


def _describe(task: OpenTask) -> Description:
    people = frozenset(signer.identity for signer in people_of(task).signers)
    role = str(task.properties.get("role") or "")
    _ = task.due_hours  # a real run asks it, too
    return task.element_id, _Asked(task.element_id, task.title, people, role)


def _differences(definition: Definition, case: FlowCase, replayed: Replayed, path: Sequence[str]) -> Iterator[Sentence]:
    """Everything that is not as expected; the first says most."""
    waits = next((asked.element_id for asked in replayed.asked if asked.by == "nobody"), "")
    yield from _on_the_way(case.path, path, _stations(definition, path), waits)
    for incident in replayed.incidents:
        reason = Sentence(incident.message, incident.fields)
        yield Sentence(N_("“{element}” stopped: {reason}"), {"element": incident.element_id, "reason": reason})
    for answer in replayed.unused[:1]:
        yield Sentence(
            N_("Nobody was asked at “{element}”, for which the case has an answer."), {"element": answer.key}
        )
    if case.asks is not None:
        yield from _asks(case.asks, [asked.about for asked in replayed.asked])
    for name, value in case.ends_with.items():
        got = replayed.variables.get(name)
        if got != value:
            fields = {"name": name, "expected": as_text(value), "got": as_text(got)}
            yield Sentence(N_("Expected the variable “{name}” to be {expected}, got {got}."), fields)
    if case.end is not None:
        yield from _end(definition, case.end, replayed, path)


def _stations(definition: Definition, path: Sequence[str]) -> list[str]:
    """The path with "" for each gateway: nobody takes one for what came instead."""
    nodes = definition.diagram.nodes
    return ["" if nodes[element].kind.endswith("Gateway") else element for element in path]


def _on_the_way(
    expected: Sequence[str], path: Sequence[str], stations: Sequence[str], waits: str
) -> Iterator[Sentence]:
    """Whether the path has what is expected in this order; others may come between.

    What came instead is where the flow `waits`, else the next station.
    """
    place, before = 0, ""
    for element in expected:
        if element in path[place:]:
            place, before = path.index(element, place) + 1, element
            continue
        fields = {"expected": element, "before": before, "got": waits or next(filter(None, stations[place:]), "")}
        if not before:
            yield Sentence(N_("Expected “{expected}”, which was never reached."), fields)
        elif fields["got"]:
            yield Sentence(N_("Expected “{expected}” after “{before}”, got “{got}”."), fields)
        else:
            yield Sentence(N_("Expected “{expected}” after “{before}”, but nothing came after it."), fields)
        return


def _asks(expected: Sequence[CaseAsk], asked: Sequence[_Asked]) -> Iterator[Sentence]:
    for number, (wanted, got) in enumerate(zip(expected, asked, strict=False), start=1):
        if wanted.element != got.element:
            fields: dict[str, Any] = {"number": number, "expected": wanted.element, "got": got.element}
            yield Sentence(N_("Expected “{expected}” to be asked as number {number}, got “{got}”."), fields)
        for value, its in ((wanted.title, got.title), (wanted.people, got.people), (wanted.role, got.role)):
            if value is not None and value != its:
                fields = {"element": got.element, "number": number, "expected": _shown(value), "got": _shown(its)}
                yield Sentence(N_("“{element}”, asked as number {number}: expected {expected}, got {got}."), fields)
    if len(asked) < len(expected):
        missing = {"element": expected[len(asked)].element, "number": len(asked) + 1}
        yield Sentence(
            N_("Expected “{element}” to be asked as number {number}, but nobody was asked any more."), missing
        )
    if len(asked) > len(expected):
        more = {"element": asked[len(expected)].element, "number": len(expected) + 1}
        yield Sentence(N_("“{element}” was asked as number {number}, which was not expected."), more)


def _end(definition: Definition, expected: str, replayed: Replayed, path: Sequence[str]) -> Iterator[Sentence]:
    nodes = definition.diagram.nodes
    ends = [element for element in path if nodes[element].kind == "endEvent"]
    waiting = next((asked.element_id for asked in replayed.asked if asked.by == "nobody"), None)
    if not replayed.is_complete:
        fields = {"expected": expected, "waits": waiting or ", ".join(replayed.waits) or "–"}
        yield Sentence(N_("Expected the end “{expected}”, but the flow waits at “{waits}”."), fields)
    elif expected not in ends[-1:]:
        fields = {"expected": expected, "got": ends[-1] if ends else "–"}
        yield Sentence(N_("Expected the end “{expected}”, got “{got}”."), fields)


def _shown(value: str | frozenset[int | str]) -> str:
    if isinstance(value, str):
        return f"“{value}”"
    return "/".join(sorted(map(str, value))) or "–"
