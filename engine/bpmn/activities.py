"""Activities that run by themselves or call other processes: script tasks and call activities."""

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin

from engine.bpmn.control import SubWorkflowTask


class ScriptTask(BpmnSpecMixin):
    """Keeps the result of a FEEL expression in one variable."""

    def __init__(self, wf_spec: Any, name: str, *, expression: str, result_variable: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.expression = expression
        self.result_variable = result_variable

    def _run_hook(self, my_task: Any) -> bool:
        super()._run_hook(my_task)
        result = my_task.workflow.script_engine.calculate(my_task, self.expression, name=self.result_variable)
        my_task.data[self.result_variable] = result
        return True


class CallActivity(SubWorkflowTask):
    """Runs another process of the file. Variables are shared with it as with a subprocess."""
