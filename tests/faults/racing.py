"""Everybody who may do something about one task does it at the same moment: in threads of one process, or of several.

Kept apart so that the processes that race load no test runner. The clock of all of them stands at `RACE_DAY`.
"""

import logging
import os
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Barrier
from typing import Any

import time_machine
from flask import Flask

from models.access import Actor
from models.errors import AppError
from tasks import inbox, requests
from tasks.language import translate
from tests.faults.processes import open_app

CLOCK = Actor(None, is_system=True, origin="clock")
# On the Monday somebody asks, on the Wednesday everything that the clock does about it is due.
ASK_DAY = datetime(2026, 11, 23, 1, tzinfo=UTC)
RACE_DAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
PROCESSES = 4
FAULT = "fault"
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Move:
    """What one of the racers does: an operation of the inbox, "withdraw", or a look of the clock's."""

    actor: Actor
    verb: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """What came of a move. `code` is "" when it was done, `FAULT` for anything but a refusal."""

    code: str = ""
    sentence: str = ""


def make_moves(app: Flask, moves: Sequence[Move], all_ready: Callable[[], Any]) -> list[Said]:
    """Make the moves, each in a thread of its own, all at once when `all_ready` returns."""
    said = [Said(FAULT, "it never ended")] * len(moves)
    barrier = Barrier(len(moves), action=all_ready)

    def run(place: int) -> None:
        with app.app_context():
            barrier.wait(PATIENCE_SECONDS)
            said[place] = _make(moves[place])

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(moves))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    return said


def _make(move: Move) -> Said:
    try:
        done = _operation(move.verb)(move.actor, **move.arguments)
    except AppError as refusal:
        return Said(refusal.code, translate(refusal.message, "en", **refusal.fields))
    except Exception:
        return Said(FAULT, traceback.format_exc())
    if move.verb == "act_on_late":
        return _said_by_clock(done["decide"])  # type: ignore[index]
    return Said()


def _said_by_clock(decided: int) -> Said:
    """A clock logs what fails and goes on, so its log is asked."""
    text = _LOGGED.pop(threading.get_ident(), "")
    if text:
        return Said(FAULT, text)
    return Said() if decided else Said("clock.idle")


class _Log(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        _LOGGED[threading.get_ident()] = self.format(record)


_LOGGED: dict[int, str] = {}
logging.getLogger("tasks.inbox.reminders").addHandler(_Log())


def _operation(verb: str) -> Callable[..., object]:
    operation: Callable[..., object] = requests.withdraw_request if verb == "withdraw" else getattr(inbox, verb)
    return operation


def race(url: str, folder: str, barrier: Barrier, parent: Connection) -> None:
    """Make the moves that come through `parent`, round after round, together with the other processes."""
    app = open_app(url, folder)
    with time_machine.travel(RACE_DAY, tick=False):
        while moves := parent.recv():  # an empty list is the end
            parent.send(make_moves(app, moves, barrier.wait))


class OneProcess:
    """Racers that are threads of this process."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def run(self, moves: Sequence[Move]) -> list[Said]:
        with time_machine.travel(RACE_DAY, tick=False):
            return make_moves(self._app, moves, lambda: None)

    def close(self) -> None:
        """Nothing stays open."""


class SeveralProcesses:
    """Racers that are threads of `PROCESSES` processes, each with connections of its own."""

    def __init__(self, url: str, folder: str) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._barrier = context.Barrier(PROCESSES)  # kept: its name goes with the last reference
        self._pipes, self._processes = [], []
        for _ in range(PROCESSES):
            ours, theirs = context.Pipe()
            process = context.Process(target=race, args=(url, folder, self._barrier, theirs), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def run(self, moves: Sequence[Move]) -> list[Said]:
        for place, pipe in enumerate(self._pipes):
            pipe.send(moves[place::PROCESSES])
        said: dict[int, Said] = {}
        for place, pipe in enumerate(self._pipes):
            if not pipe.poll(2 * PATIENCE_SECONDS):
                raise AssertionError(f"process {self._processes[place].pid} says nothing")
            said |= {place + number * PROCESSES: word for number, word in enumerate(pipe.recv())}
        return [said[place] for place in range(len(moves))]

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.send([])
            pipe.close()
        for process in self._processes:
            process.join(PATIENCE_SECONDS)
            process.kill()


def rounds(default: int) -> int:
    """How many contests of each kind are held: `PIAOFLOW_RACES`, or `default`."""
    return int(os.environ.get("PIAOFLOW_RACES", default))
