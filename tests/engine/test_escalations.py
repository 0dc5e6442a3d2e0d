"""Escalations: the innermost boundary event for the code catches; one that nothing catches changes nothing."""

from typing import Any

import pytest

from tests.engine.diagrams import chain, end, process, start, user
from tests.engine.events import (
    ESCALATION,
    ON_ANY_ESCALATION,
    ON_ESCALATION,
    boundary,
    end_with,
    subprocess,
    throw,
)
from tests.engine.runs import Run, engine_with

ON_OTHER = ON_ESCALATION.replace("slow", "other")
STEPS = start("s") + throw("cry", ON_ESCALATION) + user("work") + end("e") + chain("s", "cry", "work", "e")


def run(body: str, **data: Any) -> Run:
    return Run(engine_with(), process(body, extra=ESCALATION), data)


def escalating(event: str, inside: str = STEPS) -> str:
    """start → the subprocess `part` → end; the boundary event `slow` leads to `help`."""
    body = start() + subprocess("part", inside) + event + end() + chain("start", "part", "end")
    return body + (user("help") + end("e9") + chain("slow", "help", "e9") if event else "")


@pytest.mark.parametrize("definition", [ON_ESCALATION, ON_ANY_ESCALATION])
def test_an_escalation_that_does_not_interrupt_leaves_the_subprocess_open(definition: str) -> None:
    event = boundary("slow", "part", definition, interrupting=False, escalation_variable="why")
    waiting = run(escalating(event))
    assert waiting.open == ["help", "work"]
    assert waiting.outcome.data == {"why": {"code": "slow", "message": "Too slow"}}
    waiting.answer("work")
    assert waiting.open == ["help"]
    assert waiting.answer("help").is_complete


def test_an_interrupting_escalation_ends_the_subprocess() -> None:
    waiting = run(escalating(boundary("slow", "part", ON_ESCALATION)))
    assert waiting.open == ["help"]
    assert ("part", "cancelled") in waiting.did


def test_an_end_event_escalates() -> None:
    inside = start("s") + end_with("cry", ON_ESCALATION) + chain("s", "cry")
    waiting = run(escalating(boundary("slow", "part", ON_ESCALATION, interrupting=False), inside))
    assert waiting.open == ["help"]
    assert ("end", "completed") in waiting.did
    assert run(escalating(boundary("slow", "part", ON_ESCALATION), inside)).did[-1] == ("part", "cancelled")


@pytest.mark.parametrize("event", ["", boundary("slow", "part", ON_OTHER)])
def test_an_escalation_that_nothing_catches_changes_nothing(event: str) -> None:
    waiting = run(escalating(event))
    assert waiting.open == ["work"]
    assert ("cry", "completed") in waiting.did


def test_an_escalation_is_caught_once_by_the_innermost() -> None:
    event = boundary("near", "inner", ON_ESCALATION, interrupting=False)
    inside = start("s1") + subprocess("inner", STEPS) + event + user("near_help") + end("e1") + end("e2")
    inside += chain("s1", "inner", "e1") + chain("near", "near_help", "e2")
    waiting = run(escalating(boundary("slow", "part", ON_ESCALATION), inside))
    assert sorted(waiting.open) == ["near_help", "work"]


def test_an_escalation_may_come_many_times() -> None:
    inside = start("s") + throw("cry", ON_ESCALATION) + throw("more", ON_ESCALATION) + end("e")
    inside += chain("s", "cry", "more", "e")
    waiting = run(escalating(boundary("slow", "part", ON_ESCALATION, interrupting=False), inside))
    assert waiting.open == ["help", "help"]
    waiting.answer("help")
    assert waiting.answer("help").is_complete
