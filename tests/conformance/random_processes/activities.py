"""Blocks that are activities with an inside: subprocesses, calls, loops over a list, errors."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.conformance.random_processes.blocks import Block, Condition, Draw
from tests.conformance.random_processes.drawing import Drawing
from tests.conformance.random_processes.world import Running, World, together


@dataclass
class Part(Block):
    """An embedded subprocess, or a call of another process of the file, which shares the variables in the same way."""

    body: Block
    is_called: bool = False

    def parts(self) -> Sequence[Block]:
        return [self.body]

    def draw(self, drawing: Drawing) -> Draw:
        self.id = drawing.fresh("part")
        drawing.subprocess(self.id, self.body.draw, is_called=self.is_called)
        return self.id, self.id

    def run(self, world: World) -> Running:
        world.done(f"{self.id}_start")
        yield from self.body.run(world)
        world.done(f"{self.id}_end", self.id)


@dataclass
class Failing(Block):
    """A subprocess that ends with an error when a condition holds; then a script runs instead of what follows."""

    body: Block
    condition: Condition

    def parts(self) -> Sequence[Block]:
        return [self.body]

    def draw(self, drawing: Drawing) -> Draw:
        self.id = drawing.fresh("try")
        self.which, self.failed, self.caught, self.instead, self.merge = (
            f"{self.id}_{name}" for name in ("which", "failed", "caught", "instead", "merge")
        )
        with drawing.forgetting():
            drawing.subprocess(self.id, self._draw_inside)
        drawing.boundary_error(self.caught, self.id, code=self.id)
        drawing.script_task(self.instead, "1", self.instead)
        drawing.gateway("exclusive", self.merge)
        for source, target in ((self.caught, self.instead), (self.instead, self.merge), (self.id, self.merge)):
            drawing.flow(source, target)
        return self.id, self.merge

    def _draw_inside(self, drawing: Drawing) -> Draw:
        first, last = self.body.draw(drawing)
        drawing.gateway("exclusive", self.which, default=f"{self.id}_end")
        drawing.error_end(self.failed, code=self.id)
        drawing.flow(last, self.which)
        drawing.flow(self.which, self.failed, self.condition.bind(drawing))
        return first, self.which

    def run(self, world: World) -> Running:
        world.done(f"{self.id}_start")
        yield from self.body.run(world)
        world.done(self.which)
        if self.condition.holds(world):
            world.write(self.instead, 1)
            world.done(self.failed, self.caught, self.instead)
        else:
            world.done(f"{self.id}_end", self.id)
        world.done(self.merge)


@dataclass
class ForEach(Block):
    """A multi-instance subprocess over a list of the start, whose results are collected in the order of the entries."""

    body: Block
    sequential: bool
    pick: int

    def parts(self) -> Sequence[Block]:
        return [self.body]

    def draw(self, drawing: Drawing) -> Draw:
        self.id, self.items = drawing.fresh("each"), drawing.pick_list(self.pick)
        self.collect, self.item, self.result, self.results = (
            f"{self.id}_{name}" for name in ("collect", "item", "result", "results")
        )

        def body(inner: Drawing) -> Draw:
            first, last = self.body.draw(inner)
            self.source = inner.known[-1]
            inner.script_task(self.collect, f"{self.item} + {self.source}", self.result)
            inner.flow(last, self.collect)
            return first, self.collect

        loop = (self.items, self.item, self.results, self.result, self.sequential)
        with drawing.forgetting(), drawing.inside_loop(self.item):
            drawing.subprocess(self.id, body, loop=loop)
        return self.id, self.id

    def run(self, world: World) -> Running:
        results: dict[int, int] = {}
        world.write(self.results, [])
        instances = [self._instance(world, index, item, results) for index, item in enumerate(world.read(self.items))]
        if self.sequential:
            for instance in instances:
                yield from instance
        else:
            yield from together(instances)
        world.done(self.id)

    def _instance(self, world: World, index: int, item: int, results: dict[int, int]) -> Running:
        own = world.instance(**{self.item: item})
        own.done(f"{self.id}_start")
        yield from self.body.run(own)
        results[index] = item + own.read(self.source)
        world.write(self.results, [results[key] for key in sorted(results)])
        own.done(self.collect, f"{self.id}_end", self.id)
