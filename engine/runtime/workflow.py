"""The running instance: SpiffWorkflow's workflow with a bounded step loop.

SpiffWorkflow walks the task tree with an iterator that stops at 1,000 levels and then reports the instance complete;
the loop here looks at the flat list of tasks instead, and stops long before that depth.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

import logging
from collections.abc import Callable, Iterator
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow

from engine.errors import RunawayProcess

# One run may loop, but not for ever inside one transaction.
MAX_STEPS: Final = 500
MAX_DEPTH: Final = 900

ACTIVE: Final = TaskState.WAITING | TaskState.READY | TaskState.STARTED


# While these loggers have no level of their own, SpiffWorkflow puts the data of tasks into every record.
for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Instance(BpmnWorkflow):
    """A process instance. It belongs to one thread; its specs are shared."""

    def scopes(self) -> list[Any]:
        """The instance and its subprocesses, outermost first."""
        return [self, *sorted(self.subprocesses.values(), key=lambda scope: scope.depth)]

    def all_tasks(self) -> Iterator[Any]:
        """Every task of every scope, in the order in which they came to be."""
        for scope in self.scopes():
            yield from scope.tasks.values()

    def find_task(self, task_id: Any) -> Any | None:
        """The task with this id in any scope, or None."""
        return next((scope.tasks[task_id] for scope in self.scopes() if task_id in scope.tasks), None)

    @property
    def is_finished(self) -> bool:
        """Nothing is left to do. Asks every task, not SpiffWorkflow's iterator."""
        return not any(task.has_state(TaskState.NOT_FINISHED_MASK) for task in self.all_tasks())

    def run_to_rest(self, did_complete: Callable[[Any], None]) -> None:
        """Run every automatic step until people, messages or the clock must act. Raises `RunawayProcess`."""
        steps = 0
        while ready := self._ready_automatic():
            for task in ready:
                if task.state != TaskState.READY:
                    continue  # cancelled by a step before it
                steps += 1
                if steps > MAX_STEPS:
                    raise RunawayProcess(
                        "The process took more than {limit} steps without waiting for anyone. Does it go in circles?",
                        limit=MAX_STEPS,
                    )
                task.run()
                did_complete(task)
            self._check_depth()

    def _ready_automatic(self) -> list[Any]:
        self.refresh_timers()
        self._refresh_subprocesses()
        return [task for task in self.all_tasks() if task.state == TaskState.READY and not task.task_spec.manual]

    def _refresh_subprocesses(self) -> None:
        for scope in self.scopes()[:0:-1]:
            task = self.find_task(scope.parent_task_id)
            if task is not None and task.state == TaskState.STARTED:
                task.task_spec._update(task)

    def _check_depth(self) -> None:
        depths: dict[Any, int] = {}
        for scope in self.scopes():
            for task in scope.tasks.values():
                depths[task.id] = depths.get(task._parent, 0) + 1
        if max(depths.values()) > MAX_DEPTH:
            raise RunawayProcess("The instance went through more than {limit} steps in a row.", limit=MAX_DEPTH)
