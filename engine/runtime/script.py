"""The bridge between SpiffWorkflow and our own languages: FEEL for expressions, the catalogue for services.

SpiffWorkflow's own engine is `eval` and `exec`; nothing of it is reached from here.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment

from engine.bpmn.events.thrown import Thrown
from engine.catalogue import Catalogue, ServiceTask, convert_parameter
from engine.dmn import Decision, Explanation
from engine.errors import EngineError
from engine.feel import Expression, compile_expression, to_python
from engine.runtime.values import digest, plain
from engine.runtime.variables import Variables, read_only


class _FeelEnvironment(BasePythonScriptEngineEnvironment):
    """Correlations and the like ask the environment directly; they get FEEL too."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self._now = now

    def evaluate(self, expression: str, context: Mapping[str, Any], external_context: Any = None) -> Any:
        return to_python(compile_expression(expression).evaluate(context, now=self._now))

    def execute(self, script: str, context: Any, external_context: Any = None) -> Any:
        raise _scripts_refused()

    def call_service(self, context: Any, **kwargs: Any) -> Any:
        raise _scripts_refused()


class FeelScriptEngine(PythonScriptEngine):
    """Evaluates, decides and calls services for one run. `context` goes to services untouched.

    `thrown` are the events of the run that are on their way, each with the tasks that catch it. `calls` are what the
    services were asked and answered, by the id of the task.
    """

    def __init__(self, catalogue: Catalogue, decisions: Mapping[str, Decision], *, context: Any, now: datetime) -> None:
        super().__init__(_FeelEnvironment(now))
        self.now = now
        self.explanations: dict[Any, Explanation] = {}
        self.calls: dict[Any, Mapping[str, Any]] = {}
        self.thrown: deque[tuple[Thrown, list[Any]]] = deque()
        self._catalogue = catalogue
        self._decisions = decisions
        self._context = context

    def validate(self, expression: str) -> None:
        compile_expression(expression)

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        """The value of `expression` over the task's variables, and the names in `external_context` before them."""
        # Not super(): it wraps what is wrong with an expression in its own error.
        names = Variables(external_context, outer=task.data) if external_context else task.data
        return to_python(compile_expression(expression).evaluate(read_only(names), now=self.now))

    def holds(self, task: Any, condition: Expression) -> bool:
        """Is the condition true over the task's variables? Null and numbers are not."""
        data = task.data
        return condition.is_true(data.reader, now=self.now, values=data.decoded)

    def calculate(self, task: Any, expression: str, *, name: str = "") -> Any:
        """The value of `expression` as process data may hold it; `name` is where it goes. Raises `AnswerInvalid`."""
        return plain(self.evaluate(task, expression), name=name)

    def execute(self, task: Any, script: str, external_context: Any = None) -> Any:
        raise _scripts_refused()

    def call_service(self, task: Any, *, operation_name: str, operation_params: Mapping[str, str]) -> Any:
        # Not super(): its except branch hides the real error behind a NameError (SpiffWorkflow 3.2.0).
        service = self._catalogue[operation_name]
        arguments = self._arguments(task, service, operation_params)
        with self._catalogue.guard(service):
            result = plain(service.run(self._context, **arguments), name=operation_name)
        self.calls[task.id] = {"service": operation_name, "arguments": digest(arguments), "result": result}
        return result

    def _arguments(self, task: Any, service: ServiceTask, texts: Mapping[str, str]) -> dict[str, Any]:
        return {
            name: convert_parameter(service.name, name, type_name, self._argument(task, texts[name]))
            for name, type_name in service.params.items()
        }

    def _argument(self, task: Any, expression: str) -> Any:
        """A copy, so that a service cannot change the past. A variable by its name keeps its types: FEEL has no int."""
        data = read_only(task.data)
        return plain(data[expression] if expression in data else self.evaluate(task, expression))

    def decide(self, task: Any, decision: str) -> Any:
        """The result of a decision over the task's data; the explanation is kept for the trace."""
        explanation = self._decisions[decision].evaluate(read_only(task.data), now=self.now)
        self.explanations[task.id] = explanation
        return plain(explanation.result, name=decision)


def _scripts_refused() -> EngineError:
    return EngineError("Scripts do not run in diagrams.", code="script.refused")
