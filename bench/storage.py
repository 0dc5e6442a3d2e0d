"""One completion as a transaction on a SQLite file: read the state, run, write state, task, history, commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from bench.runners import Runner
from bench.stock import StockRunner
from bench.timing import Row, cpu_milliseconds, faster, median_of

_TABLES = """
CREATE TABLE instance (id INTEGER PRIMARY KEY, version INTEGER NOT NULL, due TEXT, state TEXT NOT NULL);
CREATE TABLE task (id INTEGER PRIMARY KEY, instance INTEGER, number TEXT, element TEXT, status TEXT);
CREATE INDEX task_instance ON task (instance, number);
CREATE TABLE step (id INTEGER PRIMARY KEY, instance INTEGER, element TEXT, action TEXT);
"""

# Runs one completion of a stored state: the new state, and the element and number of the task that is open now.
Step = Callable[[str], tuple[str, str]]


def with_database(ours: Runner, stock: StockRunner, folder: Path) -> Row:
    """Each on a file of its own; instances in turn."""
    ours_file, stock_file = _opened(folder / "ours.db"), _opened(folder / "stock.db")
    spent: list[float] = []
    stock_spent: list[float] = []
    for _ in range(12):
        spent += _completions(ours_file, ours.start(5).state, _step_of(ours))
        stock_spent += _completions(stock_file, stock.save(stock.start(5)), stock.step)
    ours_file.close()
    stock_file.close()
    return faster(
        "a completion with SQLite commit, 5 steps",
        median_of(spent),
        "stock, the same statements",
        median_of(stock_spent),
        at_least=5,
    )


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.executescript(_TABLES)
    return connection


def _step_of(ours: Runner) -> Step:
    numbers = {"open": ours.start(5).open_tasks[0].id}

    def step(state: str) -> tuple[str, str]:
        now = ours.complete(state, numbers["open"])
        numbers["open"] = now.open_tasks[0].id if now.open_tasks else ""
        return now.state, numbers["open"]

    return step


def _completions(connection: sqlite3.Connection, state: str, step: Step) -> list[float]:
    instance = connection.execute("INSERT INTO instance (version, state) VALUES (1, ?)", (state,)).lastrowid
    connection.execute("INSERT INTO task (instance, number, status) VALUES (?, '', 'open')", (instance,))
    return [cpu_milliseconds(lambda: _transaction(connection, instance, step)) for _ in range(5)]


def _transaction(connection: sqlite3.Connection, instance: int | None, step: Step) -> None:
    connection.execute("BEGIN IMMEDIATE")
    state, version = connection.execute("SELECT state, version FROM instance WHERE id = ?", (instance,)).fetchone()
    state, number = step(state)
    changed = connection.execute(
        "UPDATE instance SET state = ?, version = version + 1 WHERE id = ? AND version = ?", (state, instance, version)
    )
    assert changed.rowcount == 1
    connection.execute("UPDATE task SET status = 'done' WHERE instance = ? AND status = 'open'", (instance,))
    connection.execute("INSERT INTO task (instance, number, status) VALUES (?, ?, 'open')", (instance, number))
    connection.execute("INSERT INTO step (instance, element, action) VALUES (?, 'approve', 'completed')", (instance,))
    connection.execute("COMMIT")
