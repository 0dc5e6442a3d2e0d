"""Random diagrams full of events, in which no way is a dead end: whoever answers everything comes to the end."""

import random
from collections.abc import Callable

from tests.engine.diagrams import chain, end, exclusive, flow, parallel, process, service, start, user
from tests.engine.events import (
    ERROR,
    ESCALATION,
    MESSAGE,
    ON_ANY_ERROR,
    ON_ERROR,
    ON_ESCALATION,
    ON_MESSAGE,
    ON_SIGNAL,
    SIGNAL,
    TERMINATE,
    after,
    boundary,
    catch,
    end_with,
    every,
    receive,
    subprocess,
    throw,
)
from tests.engine.runs import LOOP

Block = tuple[str, str, str]  # its XML, its first and its last element

_WAITS = (ON_SIGNAL, ON_MESSAGE, after("PT1H"))
_BORDERS = {
    "signal": ON_SIGNAL,
    "message": ON_MESSAGE,
    "timer": after("PT1H"),
    "cycle": every("R2/PT1H"),
    "error": ON_ANY_ERROR,
    "escalation": ON_ESCALATION,
}
_LEVELS = 3


class Sketch:
    """One random diagram. It calls the service `act` and loops over the list `people`."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._count = 0

    def source(self) -> bytes:
        return process(self._scope(_LEVELS), extra=MESSAGE + SIGNAL + ERROR + ESCALATION)

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}_{self._count}"

    def _scope(self, level: int) -> str:
        """What stands in a process or subprocess."""
        xml, first, last = self._block(level)
        begin, finish = self._id("start"), self._id("end")
        ends = [end(finish)] * 5 + [end_with(finish, thrown) for thrown in (TERMINATE, ON_ESCALATION, ON_SIGNAL)]
        if level < _LEVELS:
            ends.append(end_with(finish, ON_ERROR))
        return start(begin) + xml + self._random.choice(ends) + chain(begin, first) + chain(last, finish)

    def _block(self, level: int) -> Block:
        simple: list[Callable[[int], Block]] = [self._task, self._task, self._wait, self._throw, self._link]
        nested = [self._row, self._side_by_side, self._choice, self._race, self._subprocess, self._subprocess]
        return self._random.choice(simple + nested if level else simple)(level - 1)

    def _task(self, _level: int) -> Block:
        name = self._id("task")
        return self._bordered(*self._random.choice([(user(name), name), (service(name, "act"), name)]))

    def _wait(self, _level: int) -> Block:
        name = self._id("wait")
        if self._random.random() < 0.3:
            return self._bordered(receive(name), name)
        return catch(name, self._random.choice(_WAITS)), name, name

    def _throw(self, _level: int) -> Block:
        name = self._id("throw")
        return throw(name, self._random.choice([ON_SIGNAL, ON_MESSAGE, ON_ESCALATION])), name, name

    def _link(self, _level: int) -> Block:
        leap, land = self._id("leap"), self._id("land")
        definition = f'<bpmn:linkEventDefinition name="{leap}"/>'
        return throw(leap, definition) + catch(land, definition), leap, land

    def _row(self, level: int) -> Block:
        one, two = self._block(level), self._block(level)
        return one[0] + two[0] + chain(one[2], two[1]), one[1], two[2]

    def _side_by_side(self, level: int) -> Block:
        split, join = self._id("split"), self._id("join")
        ways = [self._block(level) for _ in range(2)]
        return parallel(split, join) + "".join(x + chain(split, a) + chain(z, join) for x, a, z in ways), split, join

    def _choice(self, level: int) -> Block:
        split, merge, (one, two) = self._id("split"), self._id("merge"), (self._block(level), self._block(level))
        ways = chain(split, one[1]) + chain(one[2], merge) + flow(split, two[1], "len > 0") + chain(two[2], merge)
        return exclusive(split, f"{split}_to_{one[1]}") + exclusive(merge) + one[0] + two[0] + ways, split, merge

    def _race(self, _level: int) -> Block:
        race, merge = self._id("race"), self._id("merge")
        xml = f'<bpmn:eventBasedGateway id="{race}"/>' + exclusive(merge)
        for definition in self._random.sample(_WAITS, 2):
            name = self._id("wait")
            xml += catch(name, definition) + chain(race, name, merge)
        return xml, race, merge

    def _subprocess(self, level: int) -> Block:
        name, inside = self._id("part"), self._scope(level)
        if self._random.random() < 0.4:
            item = LOOP.replace('id="person"', f'id="person_{name}"').replace('id="answer"', f'id="answer_{name}"')
            inside += item.format(sequential=self._random.choice(["true", "false"]))
        return self._bordered(subprocess(name, inside), name)

    def _bordered(self, xml: str, host: str) -> Block:
        """An activity with up to two events; what interrupts leads on behind it, so that no join waits for ever."""
        kinds = ["signal", "message", "timer", "cycle", "error", "escalation"]
        merge = self._id("merge")
        xml += exclusive(merge) + chain(host, merge)
        for kind in self._random.sample(kinds, self._random.choice([0, 0, 1, 2])):
            event = self._id("event")
            interrupts = kind == "error" or (kind != "cycle" and self._random.random() < 0.5)
            xml += boundary(event, host, _BORDERS[kind], interrupting=interrupts)
            if interrupts:
                xml += chain(event, merge)
            else:
                beside, finish = self._id("task"), self._id("end")
                xml += user(beside) + end(finish) + chain(event, beside, finish)
        return xml, host, merge
