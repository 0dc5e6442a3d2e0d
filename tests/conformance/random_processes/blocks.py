"""Blocks that nest: each knows how it is drawn as BPMN and, independently of the engine, how it runs."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from tests.conformance.random_processes.drawing import Drawing
from tests.conformance.random_processes.world import Running, Wait, World, together

Draw = tuple[str, str]
"""The ids of the first and the last element of what was drawn."""


class Block(ABC):
    """A part of a process with one way in and one way out."""

    @abstractmethod
    def draw(self, drawing: Drawing) -> Draw:
        """Add the elements to `drawing`, which also names them; once, before the block runs."""

    @abstractmethod
    def run(self, world: World) -> Running:
        """Run by the meaning of the elements in the standard."""

    @property
    def is_race(self) -> bool:
        """Does the outcome depend on what happens first?"""
        return any(part.is_race for part in self.parts())

    def parts(self) -> "Sequence[Block]":
        return ()


@dataclass
class Ask(Block):
    """A user task that sets a variable of its own."""

    def draw(self, drawing: Drawing) -> Draw:
        self.id = drawing.fresh("ask")
        self.title = drawing.title(self.id)
        drawing.user_task(self.id)
        drawing.known.append(self.id)
        return self.id, self.id

    def run(self, world: World) -> Running:
        title = self.title(world)
        yield [Wait("task", self.id, title)]
        world.write(self.id, world.record.answer(self.id, title))
        world.done(self.id)


@dataclass
class Compute(Block):
    """A script task: a known variable plus a number."""

    pick: int
    number: int

    def draw(self, drawing: Drawing) -> Draw:
        self.id, self.source = drawing.fresh("compute"), drawing.pick(self.pick)
        drawing.script_task(self.id, f"{self.source} + {self.number}", self.id)
        drawing.known.append(self.id)
        return self.id, self.id

    def run(self, world: World) -> Running:
        world.write(self.id, world.read(self.source) + self.number)
        world.done(self.id)
        yield from ()


@dataclass
class Pause(Block):
    """An intermediate timer."""

    hours: int

    def draw(self, drawing: Drawing) -> Draw:
        self.id = drawing.fresh("pause")
        self.title = drawing.title(self.id)
        drawing.timer(self.id, self.hours)
        return self.id, self.id

    def run(self, world: World) -> Running:
        yield [timer_wait(self.id, self.title(world), self.hours, world)]
        world.done(self.id)


@dataclass
class Chain(Block):
    """One block after the other."""

    blocks: list[Block]

    def parts(self) -> Sequence[Block]:
        return self.blocks

    def draw(self, drawing: Drawing) -> Draw:
        drawn = [block.draw(drawing) for block in self.blocks]
        for (_, last), (first, _) in pairwise(drawn):
            drawing.flow(last, first)
        return drawn[0][0], drawn[-1][1]

    def run(self, world: World) -> Running:
        for block in self.blocks:
            yield from block.run(world)


@dataclass
class Condition:
    """A comparison of a known variable with a number."""

    pick: int
    limit: int

    def bind(self, drawing: Drawing) -> str:
        self.name = drawing.pick(self.pick)
        return f"{self.name} > {self.limit}"

    def holds(self, world: World) -> bool:
        return bool(world.read(self.name) > self.limit)


@dataclass
class _Split(Block):
    """A gateway, ways with conditions, a default way, and a gateway where they meet."""

    conditions: list[Condition]
    ways: list[Block]
    other: Block
    gateway = ""

    def parts(self) -> Sequence[Block]:
        return [*self.ways, self.other]

    def draw(self, drawing: Drawing) -> Draw:
        self.id = drawing.fresh(self.gateway)
        self.merge = f"{self.id}_merge"
        texts = [condition.bind(drawing) for condition in self.conditions]
        firsts = [self._draw_way(drawing, way) for way in self.parts()]
        drawing.gateway(self.gateway, self.id, default=firsts[-1])
        drawing.gateway(self.gateway, self.merge)
        for first, text in zip(firsts, [*texts, ""], strict=True):
            drawing.flow(self.id, first, text)
        return self.id, self.merge

    def _draw_way(self, drawing: Drawing, way: Block) -> str:
        with drawing.forgetting():
            first, last = way.draw(drawing)
        drawing.flow(last, self.merge)
        return first

    def taken(self, world: World) -> list[Block]:
        """The ways whose conditions hold; the default one when none does."""
        open_ways = [way for way, condition in zip(self.ways, self.conditions, strict=True) if condition.holds(world)]
        return open_ways or [self.other]


class Choice(_Split):
    """An exclusive gateway: the first way whose condition holds."""

    gateway = "exclusive"

    def run(self, world: World) -> Running:
        world.done(self.id)
        yield from self.taken(world)[0].run(world)
        world.done(self.merge)


class Selection(_Split):
    """An inclusive gateway: every way whose condition holds."""

    gateway = "inclusive"

    def run(self, world: World) -> Running:
        world.done(self.id)
        yield from together([way.run(world) for way in self.taken(world)])
        world.done(self.merge)


@dataclass
class Fork(Block):
    """A parallel gateway, its branches, and the join."""

    ways: list[Block]

    def parts(self) -> Sequence[Block]:
        return self.ways

    def draw(self, drawing: Drawing) -> Draw:
        self.id = drawing.fresh("parallel")
        self.join = f"{self.id}_join"
        drawing.gateway("parallel", self.id)
        drawing.gateway("parallel", self.join)
        learned: list[str] = []
        for way in self.ways:
            with drawing.forgetting() as known:
                first, last = way.draw(drawing)
                learned += [name for name in drawing.known if name not in known]
            drawing.flow(self.id, first)
            drawing.flow(last, self.join)
        drawing.known += learned
        return self.id, self.join

    def run(self, world: World) -> Running:
        world.done(self.id)
        yield from together([way.run(world) for way in self.ways])
        world.done(self.join)


@dataclass
class Repeat(Block):
    """A loop that a counter ends."""

    body: Block
    times: int

    def parts(self) -> Sequence[Block]:
        return [self.body]

    def draw(self, drawing: Drawing) -> Draw:
        self.id = drawing.fresh("repeat")
        self.begin, self.again, self.count = (f"{self.id}_{name}" for name in ("begin", "again", "count"))
        drawing.script_task(self.begin, "0", self.count)
        drawing.gateway("exclusive", self.again)
        first, last = self.body.draw(drawing)
        drawing.script_task(self.count, f"{self.count} + 1", self.count)
        drawing.gateway("exclusive", self.id, default=self.again)
        for source, target in (
            (self.begin, self.again),
            (self.again, first),
            (last, self.count),
            (self.count, self.id),
        ):
            drawing.flow(source, target)
        drawing.flow(self.id, self.again)
        return self.begin, drawing.leave(self.id, f"{self.count} >= {self.times}")

    def run(self, world: World) -> Running:
        world.write(self.count, 0)
        world.done(self.begin)
        while world.read(self.count) < self.times:
            world.done(self.again)
            yield from self.body.run(world)
            world.write(self.count, world.read(self.count) + 1)
            world.done(self.count, self.id)
        world.done(f"{self.id}_out")


def timer_wait(element: str, title: str, hours: int, world: World) -> Wait:
    """The wait for a timer that begins now."""
    return Wait("timer", element, title, world.record.now + timedelta(hours=hours))
