"""Processes beside the stock library: one completion, how it grows, with a database and without."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.runners import NOW, Runner
from bench.stock import StockRunner
from bench.storage import with_database
from bench.timing import Row, beside, cpu_milliseconds, faster, median_calls, median_of, no_slower, within
from engine.catalogue import Catalogue
from engine.process import Engine, Outcome
from tests.engine.diagrams import chain, end, exclusive, flow, process, start, user

_LAST = 5


def measure(folder: Path) -> list[Row]:
    ours, stock = Runner(), StockRunner()
    starts = [cpu_milliseconds(lambda: ours.start(5)) for _ in range(60)]
    return [
        *_completions(ours, stock),
        _at_once(),
        with_database(ours, stock, folder),
        _loop(),
        within("start of an instance", median_of(starts), at_most=1, unit="ms"),
    ]


def _completions(ours: Runner, stock: StockRunner) -> list[Row]:
    """Everything in turn, so that a busy moment of the machine hits all alike."""
    five: list[float] = []
    floor: list[float] = []
    stock_five: list[float] = []
    hundred: list[float] = []
    last: list[float] = []
    for _ in range(12):
        five += ours.completions(5) + ours.completions(5)
        floor += ours.in_memory(5) + ours.in_memory(5)
        stock_five += stock.completions(5)
        of_hundred = ours.completions(100)
        hundred, last = hundred + of_hundred, last + of_hundred[-_LAST:]
    stock_last = stock.completions(100, timed=_LAST)
    spent = median_of(five)
    return [
        faster("a completion, 5 steps", spent, "stock", median_of(stock_five), at_least=9),
        faster("a completion, the last 5 of 100 steps", median_of(last), "stock", median_of(stock_last), at_least=100),
        no_slower("a completion, 5 steps", spent, "in memory, no load and save", median_of(floor), at_most=2),
        no_slower("a completion, all of 100 steps", median_of(hundred), "5 steps", spent, at_most=2),
    ]


def _at_once() -> Row:
    """One of a hundred steps that are open at the same time, each with its timer."""
    ours, stock = Runner(at_once=True), StockRunner(at_once=True)
    now, saved = ours.start(100), stock.save(stock.start(100))
    spent = [cpu_milliseconds(lambda: ours.complete(now.state, now.open_tasks[0].id)) for _ in range(50)]
    stock_spent = [cpu_milliseconds(lambda: stock.step(saved)) for _ in range(5)]
    return beside("a completion, 100 steps open at once", median_of(spent), "stock", median_of(stock_spent))


def _loop() -> Row:
    """The same step of one instance, early and late."""
    source = process(
        start() + user("ask") + exclusive("again", "again_to_ask") + end() + chain("start", "ask", "again", "ask")
        + flow("again", "end", "answer = 5000")
    )  # fmt: skip
    engine = Engine(Catalogue())
    definition = engine.load(source, {})

    def answering(now: Outcome, number: int) -> Callable[[], Outcome]:
        state, task_id = now.state, now.open_tasks[0].id
        return lambda: engine.complete(definition, state, task_id, {"answer": number}, context=None, now=NOW)

    steps = [answering(engine.start(definition, {}, context=None, now=NOW), 1)]
    for number in range(2, 1001):
        steps.append(answering(steps[-1](), number))
    late, early = median_calls(steps[999], steps[9])
    return no_slower("a loop, round 1,000", late, "round 10", early, at_most=2)
