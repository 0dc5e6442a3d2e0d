"""The executable task specs: SpiffWorkflow's, with FEEL conditions, typed service calls and our own decisions.

A spec is shared by every instance and thread; nothing here is changed after parsing.
"""

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway as StockExclusiveGateway
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.operators import Operator

from engine.bpmn.events.triggers import throw_error
from engine.bpmn.settings import settings
from engine.errors import BpmnError
from engine.feel import compile_expression


class FeelCondition(Operator):
    """True only when the FEEL expression is true: null and numbers are not."""

    def __init__(self, expression: str) -> None:
        super().__init__(expression)
        self.expression = expression
        self._compiled = compile_expression(expression)

    def _matches(self, task: Any) -> bool:
        is_true: bool = task.workflow.script_engine.holds(task, self._compiled)
        return is_true


class ExclusiveGateway(StockExclusiveGateway):
    def _predict_hook(self, my_task: Any) -> None:
        """The way is not known before the gateway has run."""

    def connect_outgoing_if(self, condition: str, taskspec: Any) -> None:
        self.connect_if(FeelCondition(condition), taskspec)


class ServiceTask(BpmnSpecMixin):
    """Calls one service of the catalogue. Without `result_variable` only the named `result_fields` are kept.

    A `BpmnError` of the service is thrown at the task; every other exception comes through.
    """

    def __init__(
        self,
        wf_spec: Any,
        name: str,
        *,
        operation: str,
        parameters: dict[str, str],
        result_variable: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.operation = operation
        self.parameters = parameters
        self.result_variable = result_variable

    def _run_hook(self, my_task: Any) -> bool | None:
        super()._run_hook(my_task)
        try:
            result = my_task.workflow.script_engine.call_service(
                my_task, operation_name=self.operation, operation_params=self.parameters
            )
        except BpmnError as error:
            throw_error(my_task, error.code, error.message)
            return None  # not done: the event that catches the error cancels the task
        if self.result_variable:
            my_task.data[self.result_variable] = result
        for name in settings(self).get("result_fields", "").split():
            my_task.data[name] = (result or {}).get(name)
        return True


class DecisionTask(BpmnSpecMixin):
    """Asks a decision and keeps its result in one variable."""

    def __init__(self, wf_spec: Any, name: str, *, decision: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, name, **kwargs)
        self.decision = decision

    def _run_hook(self, my_task: Any) -> bool:
        super()._run_hook(my_task)
        variable = settings(self).get("result_variable", self.decision)
        my_task.data[variable] = my_task.workflow.script_engine.decide(my_task, self.decision)
        return True
