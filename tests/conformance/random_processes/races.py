"""Blocks in which what happens first decides: messages and timers against tasks and against each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.conformance.random_processes.activities import Part
from tests.conformance.random_processes.blocks import Ask, Block, Draw, timer_wait
from tests.conformance.random_processes.drawing import Drawing
from tests.conformance.random_processes.world import Running, Wait, World


@dataclass
class Withdrawable(Block):
    """A subprocess that a message interrupts; then a script runs instead."""

    body: Block
    is_race = True

    def parts(self) -> Sequence[Block]:
        return [self.body]

    def draw(self, drawing: Drawing) -> Draw:
        self.part = Part(self.body)
        with drawing.forgetting():
            self.id, _ = self.part.draw(drawing)
        self.event, self.instead, self.merge = (f"{self.id}_{name}" for name in ("withdrawn", "instead", "merge"))
        self.title = drawing.title(self.event)
        drawing.boundary_message(self.event, self.id)
        drawing.script_task(self.instead, "1", self.instead)
        drawing.gateway("exclusive", self.merge)
        for source, target in ((self.event, self.instead), (self.instead, self.merge), (self.id, self.merge)):
            drawing.flow(source, target)
        return self.id, self.merge

    def run(self, world: World) -> Running:
        event = Wait("message", self.event, self.title(world))
        running = self.part.run(world)
        waits = next(running, None)
        while waits is not None:
            happened = yield [*waits, event]
            if happened is event:
                running.close()
                world.write(self.instead, 1)
                world.done(self.event, self.instead)
                break
            try:
                waits = running.send(happened)
            except StopIteration:
                waits = None
        world.done(self.merge)


@dataclass
class Race(Block):
    """An event-based gateway: a message or a timer, each with a way behind it."""

    hours: int
    on_message: Block
    on_timer: Block
    is_race = True

    def parts(self) -> Sequence[Block]:
        return [self.on_message, self.on_timer]

    def draw(self, drawing: Drawing) -> Draw:
        self.id = drawing.fresh("race")
        self.message, self.timer, self.merge = (f"{self.id}_{name}" for name in ("message", "timer", "merge"))
        self.title = drawing.title(self.message)
        drawing.gateway("eventBased", self.id)
        drawing.message(self.message)
        drawing.timer(self.timer, self.hours)
        drawing.gateway("exclusive", self.merge)
        for event, way in ((self.message, self.on_message), (self.timer, self.on_timer)):
            with drawing.forgetting():
                first, last = way.draw(drawing)
            drawing.flow(self.id, event)
            drawing.flow(event, first)
            drawing.flow(last, self.merge)
        return self.id, self.merge

    def run(self, world: World) -> Running:
        world.done(self.id)
        title = self.title(world)
        message = Wait("message", self.message, title)
        happened = yield [message, timer_wait(self.timer, title, self.hours, world)]
        world.done(happened.element)
        yield from (self.on_message if happened is message else self.on_timer).run(world)
        world.done(self.merge)


@dataclass
class Guarded(Block):
    """A user task with a timer on its border, which interrupts it or only runs a script beside it."""

    hours: int
    interrupts: bool
    is_race = True

    def draw(self, drawing: Drawing) -> Draw:
        with drawing.forgetting():
            self.task = Ask()
            self.id, _ = self.task.draw(drawing)
        self.event, self.reaction, self.last = (f"{self.id}_{name}" for name in ("late", "react", "last"))
        drawing.boundary_timer(self.event, self.id, self.hours, interrupts=self.interrupts)
        drawing.script_task(self.reaction, "1", self.reaction)
        drawing.flow(self.event, self.reaction)
        if not self.interrupts:
            drawing.end(self.last)
            drawing.flow(self.reaction, self.last)
            return self.id, self.id
        drawing.gateway("exclusive", self.last)
        drawing.flow(self.reaction, self.last)
        drawing.flow(self.id, self.last)
        return self.id, self.last

    def run(self, world: World) -> Running:
        running = self.task.run(world)
        (task,) = next(running)
        event = timer_wait(self.event, task.title, self.hours, world)
        happened = yield [task, event]
        if happened is event:
            world.write(self.reaction, 1)
            world.done(self.event, self.reaction, self.last)
            if self.interrupts:
                return
            yield [task]
        yield from running  # goes on behind the wait of the task
        if self.interrupts:
            world.done(self.last)
