"""Random diagrams full of events, played at random: each comes to its end, and nothing is left waiting."""

import random
from datetime import timedelta
from typing import Any

import pytest

from engine.errors import BpmnError
from engine.process import Outcome
from tests.engine.event_diagrams import Sketch
from tests.engine.runs import Run, engine_with

_RANDOM_STEPS = 40
_MOST_STEPS = 400


class Player:
    """Plays one instance; for some steps at random, then only what brings it on."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        data = {"people": ["ann", "bob"], "len": seed % 2}
        self.run = Run(engine_with(act=self._act), Sketch(seed).source(), data)

    def _act(self, _context: Any) -> None:
        if self._random.random() < 0.3:
            raise BpmnError("broke")

    def play(self) -> Outcome:
        for step in range(_MOST_STEPS):
            if self.run.outcome.is_complete or self.run.outcome.incidents:
                break
            actions = self._actions()
            assert actions, "the instance is not complete, but nothing can be done"
            self._do(self._random.choice(actions) if step < _RANDOM_STEPS else actions[0])
        return self.run.outcome

    def _actions(self) -> list[str]:
        outcome = self.run.outcome
        actions = ["answer"] * 3 if outcome.open_tasks else []
        return [*actions, *(["wake"] if outcome.timers else []), *(waiting.kind for waiting in outcome.messages)]

    def _do(self, action: str) -> None:
        outcome = self.run.outcome
        if action == "answer":
            self.run.answer(self._random.choice(self.run.open), answer=1)
        elif action == "wake":
            late = timedelta(minutes=self._random.choice([0, 0, 200]))
            self.run.wake(max(self.run.now, outcome.timers[0].due_at) + late)
        elif action == "signal":
            self.run.signal("closed")
        else:
            self.run.deliver("paid")


@pytest.mark.parametrize("first_seed", range(0, 300, 30))
def test_every_instance_comes_to_its_end(first_seed: int) -> None:
    completed = 0
    for seed in range(first_seed, first_seed + 30):
        outcome = Player(seed).play()
        if not outcome.incidents:
            assert outcome.is_complete, f"seed {seed} goes on for ever"
            assert (outcome.open_tasks, outcome.timers, outcome.messages) == ((), (), ()), f"seed {seed}"
            completed += 1
        assert {incident.code for incident in outcome.incidents} <= {"error.uncaught"}, f"seed {seed}"
    assert completed > 15
