"""Random answers, additions and removals against a loop on paper."""

import random
from dataclasses import dataclass, field

import pytest

from tests.engine.diagrams import chain, end, multi, process, start, subprocess, user
from tests.engine.runs import Run, engine_with


@dataclass
class Paper:
    """A multi-instance (BPMN 2.0, 13.3.7): items ahead, items that run, and results by the place of their item."""

    is_sequential: bool
    enough: int | None
    ahead: list[int]
    running: dict[int, int] = field(default_factory=dict)
    results: dict[int, int] = field(default_factory=dict)
    started: int = 0

    def __post_init__(self) -> None:
        self._start()

    def answer(self, place: int, value: int) -> None:
        del self.running[place]
        self.results[place] = value
        if self.enough is not None and len(self.results) >= self.enough:
            self.running, self.ahead = {}, []
        self._start()

    def remove(self, place: int) -> None:
        del self.running[place]
        self._start()

    def add(self, item: int) -> None:
        self.ahead.append(item)
        self._start()

    def _start(self) -> None:
        while self.ahead and not (self.is_sequential and self.running):
            self.running[self.started] = self.ahead.pop(0)
            self.started += 1


@pytest.mark.parametrize("inside_subprocess", [False, True], ids=["task", "subprocess"])
@pytest.mark.parametrize("seed", range(20))
def test_a_loop_does_what_it_does_on_paper(seed: int, inside_subprocess: bool) -> None:
    chance = random.Random(seed)
    items = list(range(chance.randint(1, 5)))
    paper = Paper(chance.random() < 0.5, chance.choice([None, None, 2, 4]), list(items))
    run = Run(engine_with(), _source(paper, inside_subprocess), {"items": items})
    for value in range(100, 130):
        assert [task.title for task in run.outcome.open_tasks] == [str(item) for item in paper.running.values()]
        if not paper.running:
            break
        number, place = chance.choice(list(enumerate(paper.running)))
        action = chance.choices(["answer", "remove", "add"], [5, 2, 2])[0]
        if action == "answer":
            task = run.outcome.open_tasks[number]
            run.outcome = run.engine.complete(
                run.definition, run.outcome.state, task.id, {"answer": value}, context=None, now=run.now
            )
            paper.answer(place, value)
        elif action == "remove":
            run.remove(number)
            paper.remove(place)
        else:
            run.add("x", value)
            paper.add(value)
    results = [paper.results[place] for place in sorted(paper.results)]
    assert run.outcome.data["votes"] == results
    assert run.outcome.is_complete is not bool(paper.running)


def _source(paper: Paper, inside_subprocess: bool) -> bytes:
    until = f"numberOfCompletedInstances >= {paper.enough}" if paper.enough is not None else ""
    loop = multi(over="items", item="item", into="votes", result="answer", until=until, sequential=paper.is_sequential)
    ask = user("ask" if inside_subprocess else "x", title="=string(item)", inner="" if inside_subprocess else loop)
    activity = subprocess("x", start("s") + ask + end("e") + chain("s", "ask", "e"), inner=loop)
    return process(start() + (activity if inside_subprocess else ask) + end() + chain("start", "x", "end"))
