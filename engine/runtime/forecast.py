"""What an instance at rest will probably do: a run of a copy in which nobody is asked and no service is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from SpiffWorkflow import TaskState

from engine.bpmn.diagram import Node
from engine.bpmn.settings import declared_fields, result_names, settings
from engine.catalogue import Catalogue
from engine.definitions import Definition
from engine.dmn import Decision
from engine.errors import EngineError
from engine.feel import Expression, compile_expression
from engine.runtime.incidents import run_step
from engine.runtime.outcome import waiting_for_people
from engine.runtime.script import FeelScriptEngine
from engine.runtime.trace import Trace
from engine.runtime.values import plain
from engine.runtime.workflow import Instance

# A flow that asks for ever is shown as far as a picture can tell.
MAX_ANSWERS: Final = 60
_REACHED: Final = TaskState.WAITING | TaskState.READY | TaskState.STARTED
# The code of an incident that is none: nobody can know yet how it goes on there.
UNKNOWN: Final = "forecast.unknown"
# What a person will probably answer to a form, by its key.
Guess = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True)
class Forecast:
    """The elements that will probably be reached, in their order, and the flows to them by their ids.

    It ends where the way depends on what nobody can know yet: an answer that is not guessed, what a service will say.
    """

    elements: tuple[Node, ...]
    flows: tuple[str, ...]


class Foresight(FeelScriptEngine):
    """Calls no service. Whatever reads a variable that is not known, fails: `unknown` are their names."""

    def __init__(self, catalogue: Catalogue, decisions: Mapping[str, Decision], *, now: datetime) -> None:
        super().__init__(catalogue, decisions, context=None, now=now)
        self.unknown: set[str] = set()

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        self._require_known(compile_expression(expression))
        return super().evaluate(task, expression, external_context)

    def holds(self, task: Any, condition: Expression) -> bool:
        self._require_known(condition)
        return super().holds(task, condition)

    def calculate(self, task: Any, expression: str, *, name: str = "") -> Any:
        value = super().calculate(task, expression, name=name)
        self.unknown.discard(name)
        return value

    def call_service(self, task: Any, *, operation_name: str, operation_params: Mapping[str, str]) -> Any:
        service, results = self._catalogue[operation_name], result_names(task.task_spec)
        if service.foresee is None:
            self.unknown |= results
            return None
        answer = plain(service.foresee(**self._arguments(task, service, operation_params)), name=operation_name)
        self.unknown -= results
        return answer

    def decide(self, task: Any, decision: str) -> Any:
        """What a table reads is not looked up: its answer is known while everything else is."""
        if self.unknown:
            self.unknown |= result_names(task.task_spec)
            return None
        return super().decide(task, decision)

    def _argument(self, task: Any, expression: str) -> Any:
        self._require_known(compile_expression(expression))
        return super()._argument(task, expression)

    def _require_known(self, expression: Expression) -> None:
        if self.unknown & (expression.names | expression.item_names):
            raise EngineError("What comes here is not known yet.", code=UNKNOWN)


def foresee(definition: Definition, instance: Instance, script_engine: Foresight, guess: Guess) -> Forecast:
    """Let `instance`, which must be a copy, go on as long as its way is known, with guesses for those who are asked."""
    standing = {task.id for task in _reached(instance)}
    trace = Trace(definition.diagram, instance)

    def did_run(task: Any) -> None:
        if task.state == TaskState.COMPLETED:
            trace.completed(task)

    for _ in range(MAX_ANSWERS):
        asked = next(iter(waiting_for_people(instance)), None)
        if asked is None:
            break
        _answer(asked, guess(settings(asked.task_spec).get("form_key", "")), script_engine)
        run_step(asked, did_run, ())
        instance.run_ready(did_run)
    left = [step for step in trace.finish() if step.event == "completed"]
    nodes = definition.diagram.nodes
    reached = [step.element_id for step in left]
    reached += [task.task_spec.bpmn_id for task in _reached(instance) if task.id not in standing]
    return Forecast(
        elements=tuple(nodes[element] for element in dict.fromkeys(reached) if _is_on_the_way(nodes.get(element))),
        flows=tuple(dict.fromkeys(step.element_id for step in left if step.kind == "sequenceFlow")),
    )


def _answer(task: Any, guessed: Mapping[str, Any], script_engine: Foresight) -> None:
    """Give a task its guessed answer. A field without one holds nothing, and nobody may go by that."""
    fields = declared_fields(task.task_spec)
    known = {name: value for name, value in guessed.items() if name in fields}
    task.data.update(dict.fromkeys(fields) | plain(known))
    script_engine.unknown -= known.keys()
    script_engine.unknown |= fields - known.keys()


def _reached(instance: Instance) -> list[Any]:
    return [task for scope in instance.scopes() for task in scope.open.values() if task.has_state(_REACHED)]


def _is_on_the_way(node: Node | None) -> bool:
    """Events on the border of a step only wait there: whether they happen is not known."""
    return node is not None and node.kind != "boundaryEvent"
