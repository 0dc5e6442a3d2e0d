"""Plays a conformance case on the engine and says where it went another way than expected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from engine.bpmn.iso8601 import parse_duration, parse_moment
from engine.errors import EngineError
from engine.process import Definition, Engine, Outcome
from tests.conformance.actions import AtRest, act
from tests.conformance.cases import Case, Step
from tests.conformance.stubs import FORMS, StubFailure, stub_catalogue
from tests.conformance.traces import explain_mismatch, parse_trace

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
# Events that listen have no token to lose; that they stopped to listen is not a cancelled step of the process.
_WITHOUT_TOKEN = frozenset({"boundaryEvent", "intermediateCatchEvent"})
_SHARED_ENGINE = Engine(stub_catalogue())


@dataclass
class Play:
    """An instance of a case. `reloads` makes every step begin in an engine that has seen nothing but the state text."""

    case: Case
    reloads: bool = False
    now: datetime = START
    outcome: Outcome | None = None
    steps: list[tuple[str, str]] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)

    def load(self) -> tuple[Engine, Definition]:
        engine = Engine(stub_catalogue()) if self.reloads else _SHARED_ENGINE
        return engine, engine.load(self.case.bpmn, self.case.tables)

    def take(self, step: Step) -> Outcome:
        """Do what `step` says. Raises what the engine raises; the instance then stays where it was."""
        self._move_clock(step)
        engine, definition = self.load()
        if step.action == "start":
            outcome = engine.start(definition, self.case.script.get("data", {}), context=None, now=self.now)
        else:
            assert self.outcome is not None, "the first step of a case starts it"
            outcome = act(AtRest(engine, definition, self.outcome, self.now), step)
        self.outcome = outcome
        self._record(outcome)
        if self.reloads and not outcome.is_complete:
            self._doze()
        return self.outcome

    def _move_clock(self, step: Step) -> None:
        if step.action == "wake":
            self.now = moment_after(self.now, step.subject)

    def _doze(self) -> None:
        """Once more through the state text, with nothing due: nothing may happen."""
        assert self.outcome is not None
        engine, definition = self.load()
        again = engine.wake(definition, self.outcome.state, context=None, now=self.now)
        assert again.steps == (), f"a wake with nothing due completed {[step.element_id for step in again.steps]}"
        assert _resting(again) == _resting(self.outcome), f"a reload changed the instance: {_resting(again)}"
        self.outcome = replace(again, steps=self.outcome.steps, sent=self.outcome.sent)

    def _record(self, outcome: Outcome) -> None:
        self.steps += [(step.element_id, step.event) for step in outcome.steps]
        for step in outcome.steps:
            if step.kind != "sequenceFlow" and step.event == "completed":
                self.completed.append(step.element_id)
            elif step.event == "cancelled" and step.kind not in _WITHOUT_TOKEN:
                self.cancelled.add(step.element_id)


def moment_after(now: datetime, text: str) -> datetime:
    """The moment that `text` names: a date, or a duration from `now`."""
    duration = parse_duration(text)
    moment = duration.after(now) if duration is not None else parse_moment(text)
    assert moment is not None, f"{text!r} is neither a duration nor a date"
    return moment


def failures_of(case: Case) -> list[str]:
    """Everything in which the engine differs from what `case` expects; an empty list when nothing does."""
    if case.is_refused:
        return _refusal_failures(case)
    straight, reloaded = Play(case), Play(case, reloads=True)
    failures = [f"straight: {text}" for text in _play_failures(straight)]
    failures += [f"reloaded: {text}" for text in _play_failures(reloaded)]
    if not failures and (straight.completed, straight.cancelled) != (reloaded.completed, reloaded.cancelled):
        failures.append(f"straight completed {straight.completed}, reloaded {reloaded.completed}")
    return failures


def _refusal_failures(case: Case) -> list[str]:
    """Each code must be found, at the element that the case names if it names one. Other faults may be found too.

    `*` stands for any end of a code: the standard knows none, and a case only cares which element is refused.
    """
    problems = stub_engine().check(case.bpmn, decisions=case.tables, forms=FORMS)
    errors = [problem for problem in problems if problem.severity == "error"]
    found = sorted((problem.code, problem.element_id) for problem in errors)
    at = case.script.get("at")
    return [
        f"expected {code} at {at or 'any element'}, but found {found or 'no fault'}"
        for code in case.script["refused"]
        if not any(fnmatchcase(found_code, code) and at in (None, element) for found_code, element in found)
    ]


def stub_engine() -> Engine:
    """The engine that the straight runs share."""
    return _SHARED_ENGINE


def _play_failures(play: Play) -> list[str]:
    failures: list[str] = []
    for number, step in enumerate(play.case.steps):
        try:
            found = list(_step_failures(play, step))
        except Exception as error:  # whatever the engine does to one case, the others must be judged
            found = [f"{type(error).__name__}: {error}"]
        failures += [f"step {number} ({step}): {text}" for text in found]
        if play.outcome is None or found:
            return failures
    return [*failures, *_end_failures(play)]


def _step_failures(play: Play, step: Step) -> Iterator[str]:
    if "raises" in step.expected:
        yield from _raise_failures(play, step)
        return
    outcome = play.take(step)
    actual = describe(outcome)
    for key, expected in step.expected.items():
        if key == "data":
            yield from _data_failures(outcome.data, expected)
        elif (wanted := sorted(expected) if isinstance(expected, list) else expected) != actual[key]:
            yield f"{key}: expected {wanted}, but found {actual[key]}"


def _raise_failures(play: Play, step: Step) -> Iterator[str]:
    code = step.expected["raises"]
    try:
        play.take(step)
    except (EngineError, StubFailure) as error:
        found = getattr(error, "code", "stub")
        if found != code:
            yield f"expected to be refused with {code!r}, but it was with {found!r}: {error}"
    else:
        yield f"expected to be refused with {code!r}, but it was done"


def _end_failures(play: Play) -> Iterator[str]:
    assert play.outcome is not None
    script = play.case.script
    mismatch = explain_mismatch(parse_trace(script["trace"]), play.completed)
    if mismatch:
        yield f"trace: {mismatch}"
    if play.cancelled != set(script.get("cancelled", ())):
        yield f"cancelled: expected {sorted(script.get('cancelled', ()))}, but found {sorted(play.cancelled)}"
    if play.outcome.is_complete != script.get("complete", True):
        yield f"complete: expected {script.get('complete', True)}, but found {play.outcome.is_complete}"
    if "final" in script and play.outcome.data != script["final"]:
        yield f"final data: expected {script['final']}, but found {play.outcome.data}"


def _data_failures(actual: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    """Only the variables that the case names: others may be there."""
    for name, value in expected.items():
        if name not in actual:
            yield f"data: expected {name} to be {value!r}, but there is no such variable"
        elif actual[name] != value:
            yield f"data: expected {name} to be {value!r}, but found {actual[name]!r}"


def describe(outcome: Outcome) -> dict[str, Any]:
    """An outcome as cases speak of it, without its data."""
    return {
        "open": sorted(task.element_id for task in outcome.open_tasks),
        "titles": sorted(task.title for task in outcome.open_tasks),
        "due": sorted(timer.due_at.strftime("%Y-%m-%dT%H:%M:%SZ") for timer in outcome.timers),
        "messages": sorted(item.name for item in outcome.messages if item.kind == "message"),
        "sent": sorted(item.name for item in outcome.sent),
        "incidents": sorted(incident.element_id for incident in outcome.incidents),
        "complete": outcome.is_complete,
    }


def _resting(outcome: Outcome) -> dict[str, Any]:
    return {**describe(outcome), "sent": [], "ids": [task.id for task in outcome.open_tasks], "data": outcome.data}
