"""Every conformance case as a process of a company on a real database: its rows say what the engine says."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from engine.errors import EngineError
from models.access import Actor
from models.errors import AppError
from tests.conformance.cases import Case, Step, read_cases
from tests.conformance.company import WITHOUT_OPERATION, CompanyPlay
from tests.conformance.playing import START, Play, describe


def _has_operations(case: Case) -> bool:
    return not case.is_refused and not any(step.action in WITHOUT_OPERATION for step in case.steps)


RUNNABLE = [case for case in read_cases() if _has_operations(case)]


@pytest.mark.usefixtures("session", "stubs")
def test_the_rows_of_every_case_say_what_the_engine_says(people: dict[str, Actor]) -> None:
    failures: list[str] = []
    for number, case in enumerate(RUNNABLE, 1):
        with time_machine.travel(START, tick=False) as traveller:
            failures += _differences(Play(case), CompanyPlay(case, number, people["dora"], traveller))
    assert failures == []
    assert len(RUNNABLE) >= 120


def _differences(alone: Play, company: CompanyPlay) -> Iterator[str]:
    for number, step in enumerate(company.case.steps):
        refusals = _attempt(alone, step), _attempt(company, step)
        if refusals[0] != refusals[1]:
            yield f"{company.case.name}, step {number} ({step}): refused with {refusals}"
            break
        expected, found = _as_rows(alone), company.at_rest()
        if expected != found:
            wrong = {key: (expected[key], found[key]) for key in expected if expected[key] != found[key]}
            yield f"{company.case.name}, step {number} ({step}): engine and rows differ in {wrong}"
            break
    company.withdraw()


def _attempt(play: Play | CompanyPlay, step: Step) -> str:
    """Take the step; the code with which it was refused, or nothing."""
    try:
        play.take(step)
    except (EngineError, AppError) as refusal:
        return refusal.code
    return ""


def _as_rows(play: Play) -> dict[str, Any]:
    assert play.outcome is not None
    described = {**describe(play.outcome), "data": play.outcome.data, "steps": play.steps}
    del described["sent"]  # a letter in the queue, not a row of the instance
    del described["titles"]  # a row keeps the title with which its task appeared
    return described
