"""What stands behind the elements that are drawn: an activity with its events, and the scope of a subprocess.

SpiffWorkflow tells by walking the task tree when these are done; here they are told by what is open.
"""
# ruff: noqa: SLF001 - SpiffWorkflow's task tree lives in private attributes; its version is pinned.

from collections.abc import Iterator
from typing import Any, Final

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.spiff.specs.defaults import SubWorkflowTask as StockSubWorkflowTask

_NOT_HAPPENED: Final = TaskState.WAITING | TaskState.STARTED  # started: it failed


class BoundaryEventSplit(BpmnTaskSpec):
    """Starts an activity together with the events attached to it: its first output, and the others.

    Its finished task is kept as long as any of theirs is open.
    """

    @property
    def host(self) -> str:
        """The name of the activity's spec."""
        return str(self._outputs[0])

    def member_completed(self, my_task: Any, member: Any) -> None:
        """When the activity is done, its events stop waiting."""
        if member.task_spec.name == self.host:
            self.end_others(my_task, member)

    def open_members(self, my_task: Any) -> Iterator[Any]:
        """The tasks of its outputs, as far as they are open."""
        for child in my_task.children:
            if not child._state & TaskState.FINISHED_MASK and child.task_spec.name in self._outputs:
                yield child

    def end_others(self, my_task: Any, member: Any) -> None:
        """Cancel the activity and the events that wait, but for `member`. An event that has happened goes its way."""
        for other in list(self.open_members(my_task)):
            if other is not member and (other.task_spec.name == self.host or other._state & _NOT_HAPPENED):
                other.cancel()


class SubWorkflowTask(StockSubWorkflowTask):
    """A subprocess: it has the variables of what is around it."""

    def start_workflow(self, my_task: Any) -> None:
        scope = my_task.workflow.top_workflow.create_subprocess(my_task, self.spec)
        scope.begin()
        scope.task_tree.run()

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """There is nothing to bring back."""
