"""A task of the running tree: SpiffWorkflow's, with a whole number as its id and its state kept in indexes.

SpiffWorkflow predicts the way ahead as tasks that may happen. Here a task has children when it runs, and not before:
what is not there need not be stored, walked or taken away again.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

from collections.abc import Iterator, Mapping
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.task import Task as StockTask

from engine.runtime.values import Packed
from engine.runtime.variables import Variables

TaskId = int | str  # numbers; a task that format 1 stored keeps its old id, a text

ACTIVE: Final = TaskState.WAITING | TaskState.READY | TaskState.STARTED
NOT_ARRIVED: Final = TaskState.FUTURE | TaskState.PREDICTED_MASK


class Task(StockTask):
    """One visit of one element. It lives until it is finished and nothing open needs it; see `compact`."""

    last_state_change = 0.0  # SpiffWorkflow's filters ask; the time of a step is the caller's to know

    def __init__(
        self,
        workflow: Any,
        task_spec: Any,
        parent: "Task | None" = None,
        state: int = TaskState.MAYBE,
        id: TaskId | None = None,  # noqa: A002 - SpiffWorkflow's name
    ) -> None:
        # Not super(): it makes a UUID, and a copy of the data.
        self.id = workflow.top_workflow.next_id() if id is None else id
        self.workflow = workflow
        self.task_spec = task_spec
        self.thread_id = 0
        self.internal_data: dict[str, Any] = {}
        self._ahead: Packed | None = None
        self._parent = parent.id if parent is not None else None
        self._children: list[TaskId] = []
        self._state = state
        loop = parent.task_spec if parent is not None else None
        self.is_loop_instance = isinstance(loop, LoopTask) and bool(task_spec.name == loop.task_spec)
        self.triggered = self.is_loop_instance
        self._own = Variables(outer=parent.data) if parent is not None and self.is_loop_instance else None
        workflow.add(self)
        if parent is not None:
            parent._children.append(self.id)

    @property
    def order(self) -> int:
        """Grows with every task that comes to be. Those that format 1 stored are older than all others."""
        return 0 if isinstance(self.id, str) else self.id

    @property
    def ahead(self) -> Packed:
        """The items that a loop has not come to."""
        if self._ahead is None:
            self._ahead = Packed()
        return self._ahead

    @property
    def data(self) -> Variables:
        """The variables as this task sees them: those of its scope, under its own if it is an instance of a loop."""
        variables: Variables = self.workflow.data if self._own is None else self._own
        return variables

    @data.setter
    def data(self, values: Mapping[str, Any]) -> None:
        if values is not self.data:
            self.data.update(values)

    def run(self) -> Any:
        self.task_spec._predict_hook(self)
        return super().run()

    def complete(self) -> None:
        """Finish the task and let what follows arrive. A step that its own run cancelled stays cancelled."""
        if self._state == TaskState.CANCELLED:
            return
        if not self._children:  # completed without having run
            self.task_spec._predict_hook(self)
        self._set_state(TaskState.COMPLETED)
        self.task_spec._on_complete_hook(self)
        tasks = self.workflow.tasks
        for child_id in self._children[:]:
            child = tasks.get(child_id)
            if child is not None and child._state & NOT_ARRIVED:
                self.workflow.top_workflow.arrive(child)
        self.workflow._task_completed_notify(self)

    def cancel(self) -> None:
        """Cancel an unfinished task with the instances of its loop. What else hangs below it goes its own way."""
        if self._state & TaskState.FINISHED_MASK:
            return
        if not self._state & NOT_ARRIVED:
            self.workflow.top_workflow.cancelled.append(self)
        self._set_state(TaskState.CANCELLED)
        for child in self.children:
            if child.is_loop_instance:
                child.cancel()
            elif child._state & NOT_ARRIVED:
                self.workflow._remove_task(child.id)
        self.task_spec._on_cancel(self)

    def __iter__(self) -> Iterator["Task"]:
        """The task and everything below it, however deep."""
        waiting = [self]
        while waiting:
            task = waiting.pop()
            yield task
            waiting.extend(reversed(task.children))

    def _set_state(self, value: int) -> None:
        before = self._state
        if value != before:
            self._state = value
            self.workflow.moved(self, before)

    def _ready(self) -> None:
        if not self._state & (TaskState.COMPLETED | TaskState.CANCELLED):
            self._set_state(TaskState.READY)
            # Not `_on_ready`: it checks the spec again each time.
            self.task_spec._on_ready_hook(self)

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> "Task":
        child = Task(self.workflow, task_spec, self, state)
        if state == TaskState.READY:
            child._ready()
        return child

    def _sync_children(self, task_specs: list[Any], state: int = TaskState.MAYBE) -> None:
        if self._state & NOT_ARRIVED:
            return
        if self._children:
            super()._sync_children(task_specs, state)
            return
        for task_spec in task_specs:
            self._add_child(task_spec, state)

    def _inherit_data(self) -> None:
        """Variables are shared, not handed down."""
