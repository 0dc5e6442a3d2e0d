"""Runs an instance to its next rest and says where it then stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from SpiffWorkflow import TaskState

from engine.bpmn.assignment import candidates_of, due_hours_of
from engine.bpmn.diagram import Diagram, Node
from engine.bpmn.events.delivery import serve_thrown, waiting_messages
from engine.bpmn.events.thrown import Sent, WaitingMessage
from engine.bpmn.settings import declared_fields, settings
from engine.bpmn.timers import due_at
from engine.definitions import Definition
from engine.errors import EngineError
from engine.runtime import codec
from engine.runtime.compaction import compact
from engine.runtime.incidents import DidRun, Incident, fail, incidents_of
from engine.runtime.trace import Step, Trace
from engine.runtime.values import plain
from engine.runtime.variables import Variables
from engine.runtime.workflow import Instance


@dataclass(frozen=True)
class OpenTask:
    """A human task that waits. `fields` are what its answer may set; its properties are evaluated when asked for."""

    id: str
    element_id: str
    fields: frozenset[str]
    _node: Node = field(repr=False, compare=False)
    _task: Any = field(repr=False, compare=False)

    @cached_property
    def properties(self) -> Mapping[str, Any]:
        """Every setting of the element. Raises `EngineError` for one that cannot be evaluated."""
        return {name: _setting(self._task, text) for name, text in settings(self._task.task_spec).items()}

    @property
    def title(self) -> str:
        return str(self.properties.get("title") or self._node.name or self._node.id)

    @property
    def title_zh(self) -> str:
        """Empty where the step has a title of its own and no Chinese one: the element's would name another thing."""
        own = self.properties.get("title_zh")
        return str(own or ("" if self.properties.get("title") else self._node.title_zh))

    @property
    def form_key(self) -> str:
        return str(self.properties.get("form_key") or "")

    @property
    def candidates(self) -> list[int]:
        """The ids of the people it waits for. Raises `EngineError` as above, and for what is no list of ids."""
        return candidates_of(self.element_id, self.properties)

    @property
    def due_hours(self) -> Decimal | None:
        """After how many hours it counts as late, if it says so. Raises `EngineError` as above."""
        return due_hours_of(self.element_id, self.properties)


@dataclass(frozen=True)
class DueTimer:
    """A timer that waits; `due_at` is aware UTC."""

    element_id: str
    due_at: datetime


@dataclass(frozen=True)
class Rest:
    """What an instance at rest waits for: people, by the ids of their tasks, moments, messages; and whether it needs
    help.
    """

    open_ids: tuple[str, ...]
    timers: tuple[DueTimer, ...]
    messages: tuple[WaitingMessage, ...]
    has_incidents: bool


@dataclass(frozen=True)
class Outcome:
    """Where an instance stands after a run, and what the run did. `state` is opaque: hand it back to continue.

    `messages` are the messages and signals it waits for; `sent` are those that left it, to be delivered to others.
    `before` is what it waited for when a person answered; other runs do not say.
    """

    state: str
    open_tasks: tuple[OpenTask, ...]
    timers: tuple[DueTimer, ...]
    messages: tuple[WaitingMessage, ...]
    sent: tuple[Sent, ...]
    steps: tuple[Step, ...]
    variables: Variables = field(repr=False)
    is_complete: bool
    incidents: tuple[Incident, ...] = ()
    before: Rest | None = None

    @cached_property
    def data(self) -> dict[str, Any]:
        """The process variables. Copied when first asked for: most callers do not ask."""
        return self.variables.copy()


def rest_of(instance: Instance) -> Rest:
    """What an instance at rest waits for."""
    return Rest(
        tuple(str(task.id) for task in waiting_for_people(instance)),
        _timers(instance),
        waiting_messages(instance),
        bool(incidents_of(instance)),
    )


def run(
    definition: Definition,
    instance: Instance,
    trace: Trace,
    *,
    begin: Callable[[DidRun], None] | None = None,
    passed_on_at_first: tuple[type[Exception], ...] = (),
    passed_on: tuple[type[Exception], ...] = (),
    before: Rest | None = None,
) -> Outcome:
    """Do what the run begins with, if given, and what that leads to; then whatever the clock and the rest demand.

    A step that fails becomes an incident, and the rest goes on. Raises only what is `passed_on`, and of the beginning
    also what is `passed_on_at_first`; then nothing is kept.
    """
    sent: list[Sent] = []

    def did_run(task: Any) -> None:
        if task.state == TaskState.COMPLETED:
            trace.completed(task)
        sent.extend(serve_thrown(instance))

    if begin is not None:
        begin(did_run)
        instance.run_ready(did_run, passed_on_at_first or passed_on)
    instance.run_to_rest(did_run, passed_on)
    return rest(definition, instance, trace.finish(), sent, before)


def rest(
    definition: Definition,
    instance: Instance,
    steps: tuple[Step, ...],
    sent: Iterable[Sent] = (),
    before: Rest | None = None,
) -> Outcome:
    """Where an instance stands that has nothing to run by itself."""
    open_tasks = _describe_open(instance, definition.diagram)
    compact(instance)
    return Outcome(
        state=codec.dump(instance, definition.content_hash),
        open_tasks=open_tasks,
        timers=_timers(instance),
        messages=waiting_messages(instance),
        sent=tuple(sent),
        steps=steps,
        variables=instance.data,
        is_complete=instance.is_finished,
        incidents=incidents_of(instance),
        before=before,
    )


def _describe_open(instance: Instance, diagram: Diagram) -> tuple[OpenTask, ...]:
    """The tasks that wait for people. A new one whose settings cannot be evaluated fails: nobody could answer it."""
    described = []
    for task in waiting_for_people(instance):
        open_task = describe_open(task, diagram)
        try:
            if task.id in instance.arrived:
                _ = open_task.candidates, open_task.due_hours
        except EngineError as error:
            fail(task, error)
        else:
            described.append(open_task)
    return tuple(described)


def describe_open(task: Any, diagram: Diagram) -> OpenTask:
    """What waits for people there. Nothing is evaluated yet."""
    spec = task.task_spec
    return OpenTask(str(task.id), spec.bpmn_id, declared_fields(spec), diagram.nodes[spec.bpmn_id], task)


def waiting_for_people(instance: Instance) -> list[Any]:
    """The tasks of every scope that a person must answer."""
    return [
        task
        for scope in instance.scopes()
        for task in scope.open.values()
        if task.state == TaskState.READY and task.task_spec.manual
    ]


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


def _timers(instance: Instance) -> tuple[DueTimer, ...]:
    waiting = [(task, due_at(task.remembered())) for task in instance.event_manager.tasks.values()]
    timers = [DueTimer(task.task_spec.bpmn_id, due) for task, due in waiting if due is not None]
    return tuple(sorted(timers, key=lambda timer: timer.due_at))
