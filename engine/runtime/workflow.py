"""The running instance: SpiffWorkflow's workflow with indexes by state and a bounded step loop.

SpiffWorkflow walks the task tree with an iterator that stops at 1,000 levels and then reports the instance complete.
Nothing here walks the tree: what is ready, open or waiting is noted where a state changes.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any, Final

from SpiffWorkflow.bpmn import BpmnWorkflow

from engine.bpmn.timers import due_at
from engine.errors import RunawayProcess
from engine.runtime.compaction import compact
from engine.runtime.incidents import arrive, fail, run_step
from engine.runtime.records import TaskId
from engine.runtime.scope import Scope, Subprocess
from engine.runtime.task import Task
from engine.runtime.variables import Variables

__all__ = ["MAX_STEPS", "Instance"]

# One run may loop, but not for ever inside one transaction.
MAX_STEPS: Final = 20_000
_SEEN_PER_STEP: Final = 100

# While these loggers have no level of their own, SpiffWorkflow puts the data of tasks into every record.
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Instance(Scope, BpmnWorkflow):
    """A process instance. It belongs to one thread; its specs are shared.

    `by_id` has the tasks of every scope by id, `ready` the automatic steps in the order in which they became ready,
    `arrived` the human tasks that have become ready since the instance was loaded,
    `finished` what `compact` has not yet looked at, `cancelled` what was cancelled since the instance was loaded.
    """

    def __init__(
        self, spec: Any, subprocess_specs: Any, *, script_engine: Any, last_id: int = 0, deserializing: bool = False
    ) -> None:
        self.prepare()
        self.by_id: dict[TaskId, Task] = {}
        self.ready: dict[TaskId, Task] = {}
        self.arrived: dict[TaskId, Task] = {}
        self.finished: list[Task] = []
        self.cancelled: list[Task] = []
        self.last_id = last_id
        super().__init__(spec, subprocess_specs, script_engine=script_engine, deserializing=True)
        self.data = Variables()
        if not deserializing:
            self.begin()

    def next_id(self) -> int:
        """A number that no task of the instance has or had."""
        self.last_id += 1
        return self.last_id

    def scopes(self) -> list[Any]:
        """The instance and its subprocesses, outermost first."""
        return [self, *sorted(self.subprocesses.values(), key=lambda scope: scope.depth)]

    def all_tasks(self) -> Iterator[Task]:
        """Every task of every scope, outermost first, in the order in which they came to be."""
        for scope in self.scopes():
            yield from scope.tasks.values()

    def get_task_from_id(self, task_id: Any) -> Task | None:
        """The task with this id in any scope, or None."""
        return self.by_id.get(task_id)

    def create_subprocess(self, my_task: Task, spec_name: str) -> Subprocess:
        scope = Subprocess(self.subprocess_specs[spec_name], my_task.id, self)
        self.subprocesses[my_task.id] = scope
        return scope

    def arrive(self, task: Task) -> None:
        """Let a task that was reached, or that waits for others, see whether it is ready."""
        arrive(task)

    @property
    def is_finished(self) -> bool:
        """Nothing is left to do."""
        return not self.open

    def run_to_rest(self, did_run: Callable[[Any], None], passed_on: tuple[type[Exception], ...] = ()) -> None:
        """Fire the timers that are due and run every automatic step until people, messages or the clock must act."""
        self.refresh_timers()
        self.run_ready(did_run, passed_on)

    def run_ready(self, did_run: Callable[[Any], None], passed_on: tuple[type[Exception], ...] = ()) -> None:
        """Run what is ready and whatever that leads to.

        A step that fails stays behind with its incident; so does what would come after too many steps without a rest.
        Raises only what is `passed_on`.
        """
        steps = 0
        while True:
            if not self.ready:
                steps += self._wake_joins()
            if not self.ready:
                return
            task = next(iter(self.ready.values()))
            steps += 1
            if steps > MAX_STEPS:
                fail(task, _runaway())
                continue
            run_step(task, did_run, passed_on)
            compact(self)

    def _wake_joins(self) -> int:
        """Let gateways that hold tokens look around, now that nothing else moves. Returns the steps that this is worth.

        Not after every step: a look goes over all that is open, and thousands of instances of a loop may be.
        """
        seen = 0
        for scope in self.scopes():
            seen += 1 + len(scope.joins) * len(scope.open)
            scope.update_waiting_tasks()
        return seen // _SEEN_PER_STEP

    def refresh_timers(self) -> None:
        """Fire the timers that are due, the one that was due first before the others: it may end what they wait for.

        Of several due at once the older goes first, whether the instance was loaded in between or not. One that begins
        to wait later in the run looks at the clock itself.
        """
        now = self.script_engine.now
        timers = [(due_at(task.remembered()), task) for task in self.event_manager.tasks.values()]
        due = [(moment, task.order, task) for moment, task in timers if moment is not None and moment <= now]
        for _moment, _order, task in sorted(due, key=lambda timer: timer[:2]):
            if task.id in self.event_manager.tasks:
                self.arrive(task)


def _runaway() -> RunawayProcess:
    return RunawayProcess(
        "The process took more than {limit} steps without waiting for anyone. Does it go in circles?", limit=MAX_STEPS
    )
