"""The approval process on our engine, in the same shape as the stock runner: start, then one answer after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from bench import approval
from bench.timing import cpu_milliseconds
from engine.catalogue import Catalogue, ServiceTask
from engine.process import Definition, Engine, Outcome
from engine.runtime import codec, outcome
from engine.runtime.answers import declared
from engine.runtime.incidents import run_step
from engine.runtime.script import FeelScriptEngine
from engine.runtime.trace import Trace
from engine.runtime.workflow import Instance

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
ANSWER = {"decision": "approve"}


class Runner:
    """Runs instances of the approval process from stored state to stored state."""

    def __init__(self, *, at_once: bool = False) -> None:
        services = (ServiceTask(name, lambda _context: None) for name in ("remind_it", "issue_it"))
        self.engine = Engine(Catalogue(*services))
        self.definition: Definition = self.engine.load(approval.ours(at_once=at_once), {"chain_key": approval.DECISION})

    def start(self, length: int) -> Outcome:
        return self.engine.start(self.definition, approval.data(length), context=None, now=NOW)

    def complete(self, state: str, task_id: str) -> Outcome:
        return self.engine.complete(self.definition, state, task_id, ANSWER, context=None, now=NOW)

    def completions(self, length: int) -> list[float]:
        """Milliseconds of every completion of an instance with `length` steps."""
        now, spent = self.start(length), list[float]()
        while not now.is_complete:
            state, task_id, made = now.state, now.open_tasks[0].id, list[Outcome]()
            spent.append(cpu_milliseconds(lambda s=state, t=task_id, m=made: m.append(self.complete(s, t))))
            now = made[0]
        assert len(spent) == length
        return spent

    def in_memory(self, length: int) -> list[float]:
        """The same without load and save: one instance that stays in memory, and its outcomes without a state."""
        instance, spent = self._instance(length), []
        with patch.object(codec, "dump", lambda *_: ""):
            while instance.open:
                spent.append(cpu_milliseconds(self._answering(instance)))
        assert len(spent) == length
        return spent

    def _instance(self, length: int) -> Instance:
        script_engine = FeelScriptEngine(self.engine.catalogue, self.definition.decisions, context=None, now=NOW)
        return codec.load(self.start(length).state, self.definition.specs, self.definition.content_hash, script_engine)

    def _answering(self, instance: Instance) -> Callable[[], Any]:
        task = next(task for task in instance.all_tasks() if task.task_spec.manual)

        def answer() -> None:
            task.data.update(declared(ANSWER, task))
            trace = Trace(self.definition.diagram, instance)
            outcome.run(self.definition, instance, trace, begin=lambda did: run_step(task, did, ()))

        return answer
