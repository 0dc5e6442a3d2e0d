"""What the reference interpreter knows while it runs a process: variables, what was completed, what it waits for."""

from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from zlib import crc32


@dataclass(frozen=True)
class Wait:
    """A human task, a timer or a message that a block waits for. `title` tells the instances of a loop apart."""

    kind: str
    element: str
    title: str
    due: datetime | None = None


Running: TypeAlias = Generator[list[Wait], Wait, None]


@dataclass
class Record:
    """What the whole process shares: the clock, and what was completed since it was last asked."""

    now: datetime
    seed: int
    completed: Counter[str] = field(default_factory=Counter)
    visits: Counter[tuple[str, str]] = field(default_factory=Counter)

    def answer(self, element: str, title: str) -> int:
        """What a person answers: the same at the same visit, in whatever order people act."""
        self.visits[element, title] += 1
        return crc32(f"{self.seed} {element} {title} {self.visits[element, title]}".encode()) % 4


class World:
    """The variables that a block sees. The instance of a loop has a world of its own above that of its process."""

    def __init__(self, record: Record, variables: dict[str, Any], outer: "World | None" = None) -> None:
        self.record = record
        self.variables = variables
        self._outer = outer

    def read(self, name: str) -> Any:
        if name in self.variables or self._outer is None:
            return self.variables[name]
        return self._outer.read(name)

    def write(self, name: str, value: Any) -> None:
        self.variables[name] = value

    def instance(self, **own: Any) -> "World":
        return World(self.record, dict(own), self)

    def done(self, *elements: str) -> None:
        self.record.completed.update(elements)


def together(running: list[Running]) -> Running:
    """Branches side by side, until each of them has ended."""
    waits = {index: first for index, branch in enumerate(running) if (first := _resume(branch, None)) is not None}
    while waits:
        happened = yield [wait for branch in waits.values() for wait in branch]
        owner = next(index for index, branch in waits.items() if any(wait is happened for wait in branch))
        following = _resume(running[owner], happened)
        if following is None:
            del waits[owner]
        else:
            waits[owner] = following


def _resume(branch: Running, happened: Wait | None) -> list[Wait] | None:
    """What `branch` waits for next; None when it has ended."""
    try:
        return branch.send(happened)  # type: ignore[arg-type]
    except StopIteration:
        return None


class Reference:
    """A process in the reference interpreter, at rest between two things that happen."""

    def __init__(self, running: Running, world: World) -> None:
        self.world = world
        self._running = running
        self.waits: list[Wait] = []
        self._proceed(None)

    @property
    def is_complete(self) -> bool:
        return not self.waits

    def happen(self, wait: Wait) -> Counter[str]:
        """Let a task or message happen; what was completed by it."""
        self._proceed(wait)
        return self._completed()

    def wake(self) -> Counter[str]:
        """Move the clock to the timer that is due first and let every timer fire that is due then."""
        self.world.record.now = min(wait.due for wait in self.waits if wait.due is not None)
        while due := next(self._due(), None):
            self._proceed(due)
        return self._completed()

    def started(self) -> Counter[str]:
        """What was completed by the start."""
        return self._completed()

    def _due(self) -> Iterator[Wait]:
        return (wait for wait in self.waits if wait.due is not None and wait.due <= self.world.record.now)

    def _proceed(self, wait: Wait | None) -> None:
        self.waits = _resume(self._running, wait) or []

    def _completed(self) -> Counter[str]:
        completed = self.world.record.completed.copy()
        self.world.record.completed.clear()
        return completed
