"""Plays a random process on the engine and in the reference interpreter, and compares them after every event."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.process import Definition, Engine, Outcome
from tests.conformance.random_processes.blocks import Block
from tests.conformance.random_processes.drawing import Drawing
from tests.conformance.random_processes.world import Record, Reference, Wait, World

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
DATA: Mapping[str, Any] = {"small": 1, "large": 3, "none": [], "one": [5], "three": [7, 8, 9]}
MAX_ACTIONS = 60


@dataclass(frozen=True)
class Drawn:
    """A process that is drawn, loaded and ready to be played any number of times."""

    block: Block
    source: bytes
    definition: Definition


@dataclass(frozen=True)
class Result:
    """What a play came to: every element that was completed, and the variables. `ended` is False when it was cut off.

    `steps` are the ids and events of everything that the engine reported, in its order.
    """

    completed: Counter[str]
    steps: tuple[tuple[str, str], ...]
    data: dict[str, Any]
    ended: bool


def draw(block: Block, engine: Engine) -> Drawn:
    """`block` as a process of its own."""
    drawing = Drawing()
    first, last = block.draw(drawing)
    source = drawing.process(first, last)
    return Drawn(block, source, engine.load(source, {}))


class Play:
    """One run of a process in both worlds. `seed` says what people answer, `order` who acts first."""

    def __init__(self, drawn: Drawn, engine: Engine, *, seed: int, order: int) -> None:
        self._drawn = drawn
        self._engine = engine
        self._choose = random.Random(order)
        world = World(Record(START, seed), dict(DATA))
        self.reference = Reference(_whole(drawn.block, world), world)
        self.outcome = engine.start(drawn.definition, DATA, context=None, now=START)
        self.completed: Counter[str] = Counter()
        self._steps: list[tuple[str, str]] = []

    def run(self) -> Result:
        """Act until the end; after every act both worlds must agree. Raises AssertionError where they do not."""
        self._agree(self.reference.started())
        for _ in range(MAX_ACTIONS):
            if self.reference.is_complete:
                break
            self._agree(self._act())
        return Result(self.completed, tuple(self._steps), self.outcome.data, self.reference.is_complete)

    def _act(self) -> Counter[str]:
        waits = sorted(self.reference.waits, key=lambda wait: (wait.kind, wait.element, wait.title))
        wait = self._choose.choice(waits)
        if wait.kind == "timer":
            completed = self.reference.wake()
            self.outcome = self._engine.wake(*self._at_rest(), context=None, now=self.reference.world.record.now)
            return completed
        known_visits = self.reference.world.record.visits.copy()
        completed = self.reference.happen(wait)
        self.outcome = self._deliver(wait) if wait.kind == "message" else self._answer(wait, known_visits)
        return completed

    def _answer(self, wait: Wait, visits: Counter[tuple[str, str]]) -> Outcome:
        record = self.reference.world.record
        answer = Record(record.now, record.seed, visits=visits).answer(wait.element, wait.title)
        task = next(task for task in self.outcome.open_tasks if (task.element_id, task.title) == _key(wait))
        return self._engine.complete(*self._at_rest(), task.id, {wait.element: answer}, context=None, now=record.now)

    def _deliver(self, wait: Wait) -> Outcome:
        how = {"correlation": {"key": wait.title}}
        now = self.reference.world.record.now
        return self._engine.deliver(*self._at_rest(), wait.element, {}, **how, context=None, now=now)

    def _at_rest(self) -> tuple[Definition, str]:
        return self._drawn.definition, self.outcome.state

    def _agree(self, completed: Counter[str]) -> None:
        self.completed += completed
        self._steps += [(step.element_id, step.event) for step in self.outcome.steps]
        steps = [step for step in self.outcome.steps if step.kind != "sequenceFlow" and step.event == "completed"]
        assert Counter(step.element_id for step in steps) == completed
        waits = self.reference.waits
        assert _tasks(self.outcome) == sorted(_key(wait) for wait in waits if wait.kind == "task")
        assert _timers(self.outcome) == sorted((wait.element, wait.due) for wait in waits if wait.kind == "timer")
        assert self.outcome.is_complete == self.reference.is_complete
        whole = self.reference.is_complete and not self._drawn.block.is_race
        assert _settled(self.outcome.data, whole) == _settled(self.reference.world.variables, whole)


def _whole(block: Block, world: World) -> Any:
    world.done("process_start")
    yield from block.run(world)
    world.done("process_end")


def _key(wait: Wait) -> tuple[str, str]:
    return wait.element, wait.title


def _tasks(outcome: Outcome) -> list[tuple[str, str]]:
    return sorted((task.element_id, task.title) for task in outcome.open_tasks)


def _timers(outcome: Outcome) -> list[tuple[str, datetime]]:
    return sorted((timer.element_id, timer.due_at) for timer in outcome.timers)


def _settled(data: Mapping[str, Any], whole: bool) -> dict[str, Any]:
    """The variables; before the end of the `whole` run without the results of loops, which then are half collected."""
    return {name: value for name, value in data.items() if whole or not name.endswith("_results")}
