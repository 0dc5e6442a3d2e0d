"""A task of the running tree: SpiffWorkflow's, with a whole number as its id and its state kept in indexes.

SpiffWorkflow predicts the way ahead as tasks that may happen. Here a task has children when it runs, and not before:
what is not there need not be stored, walked or taken away again.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask
from SpiffWorkflow.task import Task as StockTask

from engine.runtime.records import TaskId, TaskRecord, Texts, as_bytes, decoded, encoded, raw
from engine.runtime.values import Packed
from engine.runtime.variables import Variables

_NOTHING: Final[Texts] = {}
ACTIVE: Final = TaskState.WAITING | TaskState.READY | TaskState.STARTED
NOT_ARRIVED: Final = TaskState.FUTURE | TaskState.PREDICTED_MASK


class Task(StockTask):
    """One visit of one element. It lives until it is finished and nothing open needs it; see `compact`.

    What was stored with it is decoded when it is asked for, and encoded again only then.
    """

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
        self._record: TaskRecord | None = None
        self._internal: dict[str, Any] | None = {}
        self._internal_changed = True
        self._own: Variables | None = None
        self._ahead: Packed | None = None
        self._parent = parent.id if parent is not None else None
        self._children: list[TaskId] = []
        self._state = state
        loop = parent.task_spec if parent is not None else None
        self.is_loop_instance = isinstance(loop, LoopTask) and bool(task_spec.name == loop.task_spec)
        self.triggered = self.is_loop_instance
        workflow.add(self)
        if parent is not None:
            parent._children.append(self.id)

    @classmethod
    def restored(cls, workflow: Any, task_spec: Any, parent: "Task | None", record: TaskRecord) -> "Task":
        """The task that `record` was made of."""
        task = cls(workflow, task_spec, parent, record.state, record.id)
        task._record, task._internal, task._internal_changed = record, None, False
        return task

    def record(self) -> TaskRecord:
        """The task as it is stored."""
        before, own, internal, ahead = self._record, None, _NOTHING, []
        if before is not None and self._is_untouched(before):
            return before
        if self._internal_changed:
            internal = encoded(self.remembered())
        elif before is not None:
            internal = before.internal
        if self._own is not None:
            own = raw(self._own.texts())
        elif self.is_loop_instance:
            own = before.own if before is not None and before.own is not None else {}
        if self._ahead is not None:
            ahead = [msgspec.Raw(text) for text in self._ahead.texts]
        elif before is not None:
            ahead = before.ahead
        return TaskRecord(self.id, self._parent, self.task_spec.name, self._state, internal, own, ahead)

    def _is_untouched(self, before: TaskRecord) -> bool:
        is_read = self._internal_changed or self._own is not None or self._ahead is not None
        return not is_read and before.state == self._state and before.parent == self._parent

    @property
    def internal_data(self) -> dict[str, Any]:
        """What the engine remembers about the task."""
        self._internal_changed = True
        return self.remembered()

    @internal_data.setter
    def internal_data(self, values: dict[str, Any]) -> None:
        self._internal, self._internal_changed = values, True

    @property
    def order(self) -> int:
        """Grows with every task that comes to be. Those that format 1 stored are older than all others."""
        return 0 if isinstance(self.id, str) else self.id

    def remembered(self) -> dict[str, Any]:
        """The internal data for reading only: what the caller changes in them would be lost."""
        if self._internal is None:
            stored = self._record.internal if self._record is not None else _NOTHING
            self._internal = decoded(stored)
        return self._internal

    @property
    def ahead(self) -> Packed:
        """The items that a loop has not come to."""
        if self._ahead is None:
            self._ahead = Packed(bytes(text) for text in self._record.ahead) if self._record is not None else Packed()
        return self._ahead

    @property
    def data(self) -> Variables:
        """The variables as this task sees them: those of its scope, under its own if it is an instance of a loop."""
        if self.is_loop_instance:
            return self._own if self._own is not None else self._decode_own()
        variables: Variables = self.workflow.data
        return variables

    @data.setter
    def data(self, values: Mapping[str, Any]) -> None:
        if values is not self.data:
            self.data.update(values)

    def _decode_own(self) -> Variables:
        stored = self._record.own if self._record is not None else None
        self._own = Variables(outer=self.parent.data, texts=as_bytes(stored or {}))
        return self._own

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
