"""The face of the engine: a definition, a state and an answer go in, an outcome comes out.

Pure: no table, no clock of its own, nothing kept between calls but parsed definitions. One definition may serve many
threads at once; every call makes its own instance from the state.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnEvent
from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.bpmn.diagram import Diagram
from engine.bpmn.lint import check_definition
from engine.bpmn.specs import MessageCatch, declared_fields, settings
from engine.bpmn.timers import due_at
from engine.catalogue import Catalogue
from engine.definitions import Definition, DefinitionCache
from engine.dmn import Explanation, parse_decision
from engine.errors import AnswerInvalid, EngineError, MessageNotExpected, Problem, TaskNotOpen
from engine.runtime import codec
from engine.runtime.compaction import compact
from engine.runtime.script import FeelScriptEngine
from engine.runtime.trace import Step, Trace
from engine.runtime.values import plain
from engine.runtime.variables import current_variables, share_changes
from engine.runtime.workflow import Instance

__all__ = ["Definition", "DueTimer", "Engine", "OpenTask", "Outcome", "Step"]


@dataclass(frozen=True)
class OpenTask:
    """A human task that waits. `fields` are what its answer may set; `candidates` and `properties` are evaluated."""

    id: str
    element_id: str
    title: str
    title_zh: str
    form_key: str
    fields: frozenset[str]
    candidates: Any
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class DueTimer:
    """A timer that waits; `due_at` is aware UTC."""

    element_id: str
    due_at: datetime


@dataclass(frozen=True)
class Outcome:
    """Where an instance stands after a run, and what the run did. `state` is opaque: hand it back to continue."""

    state: str
    open_tasks: tuple[OpenTask, ...]
    timers: tuple[DueTimer, ...]
    messages: tuple[str, ...]
    steps: tuple[Step, ...]
    data: dict[str, Any]
    is_complete: bool


class Engine:
    """Runs the diagrams that a catalogue of service tasks allows."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._definitions = DefinitionCache(catalogue)

    def check(self, bpmn: bytes, *, decisions: Collection[str], forms: Collection[str]) -> list[Problem]:
        """Everything that is wrong with a diagram, or worth a warning; an error forbids publishing."""
        return check_definition(bpmn, self.catalogue, decisions=decisions, forms=forms)

    def load(self, bpmn: bytes, decisions: Mapping[str, bytes]) -> Definition:
        """The definition, parsed once per content. Raises `DefinitionInvalid`."""
        return self._definitions.get(bpmn, decisions)

    def start(self, definition: Definition, data: Mapping[str, Any], *, context: Any, now: datetime) -> Outcome:
        """A new instance with `data`, run to its first rest."""
        script_engine = self._script_engine(definition, context, now)
        instance = Instance(definition.specs.process, definition.specs.subprocesses, script_engine=script_engine)
        instance.task_tree.data.update(plain(data))
        return _run(definition, instance, Trace(definition.diagram, instance))

    def complete(
        self,
        definition: Definition,
        state: str,
        task_id: str,
        answer: Mapping[str, Any],
        *,
        context: Any,
        now: datetime,
    ) -> Outcome:
        """Give a person's answer to an open task and run to the next rest.

        A declared field that the answer leaves out becomes null, so that no answer of an earlier round is read again.
        Raises `TaskNotOpen` and, for a field that the task does not declare or a value it cannot hold, `AnswerInvalid`.
        """
        instance = self._resume(definition, state, context, now)
        task = _open_task(instance, task_id)
        task.data.update(_declared(answer, declared_fields(task.task_spec), element=task.task_spec.bpmn_id))
        trace = Trace(definition.diagram, instance)
        return _run(definition, instance, trace, first=task)

    def deliver(
        self,
        definition: Definition,
        state: str,
        message: str,
        payload: Mapping[str, Any],
        *,
        context: Any,
        now: datetime,
    ) -> Outcome:
        """Hand a message to the events that wait for it. Raises `MessageNotExpected`, and `AnswerInvalid` as above."""
        instance = self._resume(definition, state, context, now)
        waiting = [task for task in instance.event_manager.tasks.values() if _message_of(task) == message]
        if not waiting:
            raise MessageNotExpected("The process does not wait for the message “{name}”.", name=message)
        fields = frozenset().union(*(declared_fields(task.task_spec) for task in waiting))
        event = BpmnEvent(
            MessageCatch(message), payload=_declared(payload, fields, element=waiting[0].task_spec.bpmn_id)
        )
        trace = Trace(definition.diagram, instance)
        instance.send_event(event)
        return _run(definition, instance, trace)

    def wake(self, definition: Definition, state: str, *, context: Any, now: datetime) -> Outcome:
        """Fire the timers that are due at `now`, each once however late, and run to the next rest."""
        instance = self._resume(definition, state, context, now)
        return _run(definition, instance, Trace(definition.diagram, instance))

    def read_data(self, definition: Definition, state: str) -> dict[str, Any]:
        """The process variables of an instance at rest, as `Outcome.data` had them. Runs nothing."""
        return current_variables(self._resume(definition, state, None, datetime.now(UTC)))

    def evaluate_decision(
        self, definition: Definition | bytes, key: str, data: Mapping[str, Any], *, now: datetime | None = None
    ) -> Explanation:
        """The result of decision `key` over `data`, with the inputs read and the rules that matched."""
        decision = definition.decision(key) if isinstance(definition, Definition) else parse_decision(definition, key)
        return decision.evaluate(plain(data), now=now)

    def _script_engine(self, definition: Definition, context: Any, now: datetime) -> FeelScriptEngine:
        if now.tzinfo is None:
            raise ValueError("now must be an aware datetime")
        return FeelScriptEngine(self.catalogue, definition.decisions, context=context, now=now.astimezone(UTC))

    def _resume(self, definition: Definition, state: str, context: Any, now: datetime) -> Instance:
        script_engine = self._script_engine(definition, context, now)
        return codec.load(state, definition.specs, definition.content_hash, script_engine)


def _run(definition: Definition, instance: Instance, trace: Trace, *, first: Any = None) -> Outcome:
    def did_complete(task: Any) -> None:
        share_changes(instance, task)
        trace.completed(task)

    try:
        if first is not None:
            first.run()
            did_complete(first)
        instance.run_to_rest(did_complete)
    except SpiffWorkflowException as error:
        raise EngineError("The process cannot go on: {reason}", code="process.failed", reason=str(error)) from error
    steps = trace.finish()
    compact(instance)
    return Outcome(
        state=codec.dump(instance, definition.content_hash),
        open_tasks=tuple(_describe(task, definition.diagram) for task in _waiting_for_people(instance)),
        timers=_timers(instance),
        messages=tuple(sorted({name for task in instance.event_manager.tasks.values() if (name := _message_of(task))})),
        steps=steps,
        data=current_variables(instance),
        is_complete=instance.is_finished,
    )


def _open_task(instance: Instance, task_id: str) -> Any:
    try:
        task = instance.find_task(UUID(task_id))
    except ValueError:
        task = None
    if task is None or task.state != TaskState.READY or not task.task_spec.manual:
        raise TaskNotOpen("This task is no longer open: it was completed or cancelled.", task=task_id)
    return task


def _declared(answer: Mapping[str, Any], fields: frozenset[str], *, element: str) -> dict[str, Any]:
    if unasked := answer.keys() - fields:
        raise AnswerInvalid(
            "“{element}” does not ask for {fields}.",
            code="answer.undeclared",
            element=element,
            fields=", ".join(sorted(map(str, unasked))),
        )
    return {**dict.fromkeys(fields), **plain(answer)}


def _waiting_for_people(instance: Instance) -> list[Any]:
    return [task for task in instance.all_tasks() if task.state == TaskState.READY and task.task_spec.manual]


def _describe(task: Any, diagram: Diagram) -> OpenTask:
    node = diagram.nodes[task.task_spec.bpmn_id]
    properties = {name: _setting(task, text) for name, text in settings(task.task_spec).items()}
    return OpenTask(
        id=str(task.id),
        element_id=node.id,
        title=str(properties.get("title") or node.name or node.id),
        title_zh=str(properties.get("title_zh") or node.title_zh),
        form_key=str(properties.get("form_key") or ""),
        fields=declared_fields(task.task_spec),
        candidates=properties.get("candidates"),
        properties=properties,
    )


def _setting(task: Any, text: str) -> Any:
    """A setting as it stands, or evaluated when it starts with `=`. Whole numbers are int: they are ids and hours."""
    if not text.startswith("="):
        return text
    return _whole_numbers(plain(task.workflow.script_engine.evaluate(task, text[1:])))


def _whole_numbers(value: Any) -> Any:
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    return value


def _message_of(task: Any) -> str | None:
    event = task.task_spec.event_definition
    return event.name if isinstance(event, MessageCatch) else None


def _timers(instance: Instance) -> tuple[DueTimer, ...]:
    waiting = [(task, due_at(task.internal_data)) for task in instance.event_manager.tasks.values()]
    timers = [DueTimer(task.task_spec.bpmn_id, due) for task, due in waiting if due is not None]
    return tuple(sorted(timers, key=lambda timer: timer.due_at))
