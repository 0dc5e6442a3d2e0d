"""A scope of a running instance, the process or a subprocess: its tasks, and which of them are open."""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

from collections.abc import Iterator
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.util.task import BpmnTaskFilter

from engine.bpmn.control import BoundaryEventSplit
from engine.bpmn.gateways import Join
from engine.runtime.records import TaskId
from engine.runtime.task import Task
from engine.runtime.variables import Variables

_INDEXED: Final = TaskState.WAITING | TaskState.READY | TaskState.FINISHED_MASK


class Scope:
    """What process and subprocess have in common: indexes in place of SpiffWorkflow's walks over the tree.

    `open` has every task that is not finished, `joins` those that wait for other tasks. A scope without an open task is
    complete. Its variables are its `data`; a subprocess may share those of the scope around it.
    """

    spec: Any
    tasks: dict[TaskId, Task]
    task_tree: Task
    last_task: Task | None
    top_workflow: Any
    completed: bool
    success: bool

    def prepare(self) -> None:
        """Make the indexes. SpiffWorkflow's own constructor comes after this."""
        self.open: dict[TaskId, Task] = {}
        self.joins: dict[TaskId, Task] = {}

    def begin(self) -> None:
        """Put a task on the start of the process."""
        self.task_tree = Task(self, self.spec.start, state=TaskState.FUTURE)
        self.task_tree._ready()

    def end(self) -> None:
        """What is done when the scope is complete."""

    def add(self, task: Task) -> None:
        """Take a new task into the indexes."""
        self.tasks[task.id] = self.top_workflow.by_id[task.id] = self.open[task.id] = task
        if task._state & _INDEXED:
            self.moved(task, TaskState.FUTURE)

    def moved(self, task: Task, before: int) -> None:
        """Bring the indexes in line with the state of a task, which was `before`."""
        state = task._state
        if before == TaskState.READY:
            self.top_workflow.ready.pop(task.id, None)
        elif before == TaskState.WAITING:
            self.joins.pop(task.id, None)
        if state == TaskState.READY:
            place = self.top_workflow.arrived if task.task_spec.manual else self.top_workflow.ready
            place[task.id] = task
        elif state == TaskState.WAITING:
            if isinstance(task.task_spec, Join):
                self.joins[task.id] = task
        elif state & TaskState.FINISHED_MASK:
            self.open.pop(task.id, None)
            self.top_workflow.finished.append(task)
        if before & TaskState.FINISHED_MASK and not state & TaskState.FINISHED_MASK:
            self.open[task.id] = task

    def forget(self, task: Task) -> None:
        """Take a task out of every index. Where it hangs in the tree is the caller's to mend."""
        top = self.top_workflow
        for index in (self.tasks, self.open, self.joins, top.by_id, top.ready, top.event_manager.tasks):
            index.pop(task.id, None)
        subprocess = top.subprocesses.pop(task.id, None)
        if subprocess is not None:
            for inner in list(subprocess.tasks.values()):
                subprocess.forget(inner)

    def is_completed(self) -> bool:
        return self.completed

    def update_waiting_tasks(self) -> None:
        """Let joins look again. Events are told when theirs happens."""
        for task in list(self.joins.values()):
            if task._state == TaskState.WAITING:
                self.top_workflow.arrive(task)

    def cancel(self, success: bool = False) -> list[Task]:
        """Cancel every open task, and so the subprocesses that they stand for."""
        self.success, self.completed = success, True
        cancelled = list(self.open.values())
        for task in cancelled:
            task.cancel()
        return cancelled

    def get_tasks_iterator(self, first_task: Task | None = None, **kwargs: Any) -> Iterator[Task]:
        """Tasks that pass SpiffWorkflow's filter, those of open subprocesses included unless `skip_subprocesses`."""
        end_at, skip = kwargs.pop("end_at_spec", None), kwargs.pop("skip_subprocesses", False)
        kwargs.pop("max_depth", None), kwargs.pop("depth_first", None)
        wanted = kwargs.pop("task_filter", None) or BpmnTaskFilter(**kwargs)
        waiting = [first_task or self.task_tree]
        while waiting:
            task = waiting.pop()
            if wanted.matches(task):
                yield task
            if task.task_spec.name != end_at:
                waiting.extend(reversed(task.children))
                inner = None if skip else self.top_workflow.subprocesses.get(task.id)
                waiting.extend([inner.task_tree] if inner is not None else [])

    def collect_log_extras(self, dct: dict[str, Any] | None = None) -> dict[str, Any]:
        return {}

    def _task_completed_notify(self, task: Task) -> None:
        self.last_task = task
        parent = task.parent
        if parent is not None and isinstance(parent.task_spec, BoundaryEventSplit):
            parent.task_spec.member_completed(parent, task)
        if self.completed or not self.open:
            self.completed = True
            self.end()

    def _mark_complete(self, task: Task) -> None:
        self.completed = True

    def _remove_task(self, task_id: TaskId) -> None:
        """Take a task and everything below it out of the tree."""
        task = self.tasks[task_id]
        if task.parent is not None:
            task.parent._children.remove(task_id)
        for item in list(task):
            self.forget(item)


class Subprocess(Scope, BpmnSubWorkflow):
    """A running subprocess or called process."""

    def __init__(self, spec: Any, parent_task_id: TaskId, top_workflow: Any) -> None:
        # Not super(): of what it makes for every scope, the rest is not needed.
        self.prepare()
        self._caller: Task = top_workflow.by_id[parent_task_id]
        self.spec, self.parent_task_id, self.top_workflow = spec, parent_task_id, top_workflow
        self.depth: int = self._caller.workflow.depth + 1
        self.tasks = {}
        self.correlations: dict[str, Any] = {}
        self.last_task, self.success, self.completed = None, True, False

    @property
    def data(self) -> Variables:
        """The variables of what is around it."""
        return self._caller.data

    def end(self) -> None:
        self._caller.task_spec._on_subworkflow_completed(self, self._caller)
