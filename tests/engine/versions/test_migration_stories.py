"""An instance that moves to another version after every step tells the same story as one that stays."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.process import Outcome
from tests.engine.runs import NOW, engine_with
from tests.engine.versions.moving import STORIES, MovingRun, Story, renamed, run, tell

STATES = Path(__file__).parents[1] / "states"


def told(outcome: Outcome, names: dict[str, str]) -> dict[str, Any]:
    """Where an instance stands, in the names of the first version."""
    return {
        "open": sorted(
            (names.get(task.element_id, task.element_id), *sorted(task.fields)) for task in outcome.open_tasks
        ),
        "timers": [(names.get(timer.element_id, timer.element_id), timer.due_at) for timer in outcome.timers],
        "messages": sorted(
            (item.name, names.get(item.element_id, item.element_id), item.correlation) for item in outcome.messages
        ),
        "data": outcome.data,
        "done": outcome.is_complete,
    }


def steps(outcome: Outcome, names: dict[str, str]) -> list[tuple[str, str]]:
    return [(names.get(step.element_id, step.element_id), step.event) for step in outcome.steps]


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_an_instance_that_moves_after_every_step_does_what_one_that_stays_does(story: Story) -> None:
    other, there = renamed(story.source)
    back = {new: old for old, new in there.items()}
    stays, moves = run(story.source, **story.data), run(story.source, **story.data)
    is_there = False
    for step in story.script:
        ids = sorted(task.id for task in moves.outcome.open_tasks)
        moved = moves.move(story.source if is_there else other, **(back if is_there else there))
        is_there = not is_there
        assert moved.steps == ()
        assert sorted(task.id for task in moved.open_tasks) == ids
        assert told(moved, back) == told(stays.outcome, {})
        expected, outcome = tell(stays, step, {}), tell(moves, step, there if is_there else {})
        assert told(outcome, back) == told(expected, {})
        assert steps(outcome, back) == steps(expected, {})
    assert moves.outcome.is_complete


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_plan_keeps_every_open_element_and_changes_nothing(story: Story) -> None:
    here = run(story.source, **story.data)
    for step in story.script:
        before = here.outcome.state
        plan = here.plan(story.source)
        assert plan.is_safe
        assert {move.effect for move in plan.moves} == {"kept"}
        assert here.outcome.state == before
        named = {move.element_id for move in plan.moves}
        assert named >= {task.element_id for task in here.outcome.open_tasks}
        assert named >= {timer.element_id for timer in here.outcome.timers}
        tell(here, step, {})


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_elements_with_other_ids_need_a_map(story: Story) -> None:
    other, _ = renamed(story.source)
    here: MovingRun = run(story.source, **story.data)
    assert {code for code, _ in here.refusals(other)} == {"migration.gone"}


def test_a_state_of_an_earlier_release_moves_too() -> None:
    saved = json.loads((STATES / "format_1.json").read_text(encoding="utf-8"))
    engine = engine_with()
    old = engine.load(saved["bpmn"].encode(), {})
    other, there = renamed(saved["bpmn"].encode())
    new = engine.load(other, {})
    now = NOW + timedelta(hours=1)
    stays = engine.wake(old, saved["state"], context=None, now=now)
    moves = engine.migrate(old, new, saved["state"], id_map=there, context=None, now=now)
    assert told(moves, {new: old for old, new in there.items()}) == told(stays, {})
    assert sorted(task.id for task in moves.open_tasks) == sorted(task.id for task in stays.open_tasks)
