"""The executable event specs. A spec is shared by every instance and thread; nothing here changes after parsing."""

from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.defaults import BoundaryEvent as StockBoundaryEvent
from SpiffWorkflow.bpmn.specs.defaults import StartEvent as StockStartEvent
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent


class Catching(CatchingEvent):
    """Waits for its trigger; then its payload becomes data."""

    def _run_hook(self, my_task: Any) -> bool:
        self.event_definition.update_task_data(my_task)
        return True


class StartEvent(Catching, StockStartEvent):
    pass


class BoundaryEvent(Catching, StockBoundaryEvent):
    """Takes effect when it is triggered, not when it is its turn to run: what is inside the activity stops at once."""

    def _on_ready_hook(self, my_task: Any) -> None:
        super()._on_ready_hook(my_task)
        if self.cancel_activity:
            my_task.parent.task_spec.end_others(my_task.parent, my_task)
        else:
            self._wait_again(my_task)

    def _wait_again(self, my_task: Any) -> None:
        """An event that does not interrupt may be triggered again while its activity is open."""
        remembered = self.event_definition.again(my_task) if self.event_definition.repeats else None
        if remembered is not None:
            next_wait = my_task.parent._add_child(self, TaskState.FUTURE)  # noqa: SLF001 - as SpiffWorkflow's cycles do
            next_wait.internal_data.update(remembered)
            self._update(next_wait)
