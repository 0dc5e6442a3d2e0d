"""The face of the engine: a definition, a state and an answer go in, an outcome comes out.

Pure: no table, no clock of its own, nothing kept between calls but parsed definitions. One definition may serve many
threads at once; every call makes its own instance from the state.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, Literal

from engine.bpmn.events.delivery import receivers, serve
from engine.bpmn.events.thrown import Sent, Thrown, WaitingMessage
from engine.bpmn.lint import check_definition
from engine.catalogue import Catalogue
from engine.definitions import Definition, DefinitionCache
from engine.dmn import Explanation, parse_decision
from engine.errors import Problem
from engine.runtime import codec
from engine.runtime.answers import accepted, declared, open_task
from engine.runtime.forecast import Forecast, Foresight, Guess, foresee
from engine.runtime.incidents import Incident, find_failed, retry, run_step, skip
from engine.runtime.instances import add_item, remove_item
from engine.runtime.outcome import DueTimer, OpenTask, Outcome, Rest, rest, rest_of, run
from engine.runtime.replay import Answering, Description, Past, Recollection, Replayed, by_element, nobody, replay
from engine.runtime.script import FeelScriptEngine
from engine.runtime.trace import Step, Trace
from engine.runtime.values import plain
from engine.runtime.workflow import Instance
from engine.versions.migration import begin_to_wait, plan_migration, transplant
from engine.versions.planning import MigrationPlan

__all__ = [
    "Definition",
    "DueTimer",
    "Engine",
    "Forecast",
    "Incident",
    "MigrationPlan",
    "OpenTask",
    "Outcome",
    "Past",
    "Replayed",
    "Rest",
    "Sent",
    "Step",
    "WaitingMessage",
]

# For looking at an instance: nothing is evaluated, so no time is read.
_NO_MOMENT: Final = datetime.min.replace(tzinfo=UTC)


class Engine:
    """Runs the diagrams that a catalogue of service tasks allows.

    A step that fails stays open with an incident and the rest goes on, but for two kinds of errors, which undo the run:
    `refusals` of a service while a person acts (they learn why), and `interruptions`, which say nothing about the step.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        refusals: tuple[type[Exception], ...] = (),
        interruptions: tuple[type[Exception], ...] = (),
    ) -> None:
        self.catalogue = catalogue
        self._interruptions = interruptions
        self._passed_to_people = (*refusals, *interruptions)
        self._definitions = DefinitionCache(catalogue)

    def check(
        self,
        bpmn: bytes,
        *,
        decisions: Collection[str],
        forms: Collection[str],
        roles: Collection[str] | None = None,
    ) -> list[Problem]:
        """Everything that is wrong with a diagram, or worth a warning; an error forbids publishing.

        `decisions`, `forms` and `roles` are those that there are; `roles` of None leaves roles unchecked.
        """
        return check_definition(bpmn, self.catalogue, decisions=decisions, forms=forms, roles=roles)

    def load(self, bpmn: bytes, decisions: Mapping[str, bytes]) -> Definition:
        """The definition, parsed once per content. Raises `DefinitionInvalid`."""
        return self._definitions.get(bpmn, decisions)

    def find(self, content_hash: str) -> Definition | None:
        """The definition whose `content_hash` this is, if it was loaded and is still kept."""
        return self._definitions.find(content_hash)

    def start(self, definition: Definition, data: Mapping[str, Any], *, context: Any, now: datetime) -> Outcome:
        """A new instance with `data`, run to its first rest."""
        script_engine = self._script_engine(definition, context, now)
        instance = Instance(definition.specs.process, definition.specs.subprocesses, script_engine=script_engine)
        trace, given = Trace(definition.diagram, instance), plain(data)
        instance.task_tree.data.update(given)
        trace.was_given(None, {"data": given})
        return run(definition, instance, trace, passed_on=self._passed_to_people)

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
        before = rest_of(instance)
        task = open_task(instance, task_id)
        trace, given = Trace(definition.diagram, instance), declared(answer, task)
        task.data.update(given)
        trace.was_given(task, {"task": task_id, "answer": given})
        refused = self._passed_to_people
        return run(
            definition,
            instance,
            trace,
            begin=lambda did: run_step(task, did, refused),
            passed_on_at_first=refused,
            passed_on=self._interruptions,  # a timer that was due is not this person's matter
            before=before,
        )

    def deliver(
        self,
        definition: Definition,
        state: str,
        message: str,
        payload: Mapping[str, Any],
        *,
        kind: Literal["message", "signal"] = "message",
        correlation: Mapping[str, Any] | None = None,
        context: Any,
        now: datetime,
    ) -> Outcome:
        """Hand a message to the one event that waits for it, or a signal to all events that do.

        An event with a correlation takes only a message with an equal one; of several, the one that waits longest is
        served. Raises `MessageNotExpected`, and `AnswerInvalid` as above for a message. A signal is not meant for one
        receiver: each event takes the fields that it declares, the others are left out.
        """
        instance = self._resume(definition, state, context, now)
        thrown = Thrown(kind, message, plain(payload), None if correlation is None else plain(correlation))
        found = receivers(instance, thrown)
        if kind == "message":
            (receiver,) = found
            declared(payload, receiver)
        trace = Trace(definition.diagram, instance)
        for task in found:
            trace.was_given(task, {"answer": accepted(thrown.payload, task)})
        serve(found, thrown)
        return run(definition, instance, trace, passed_on=self._interruptions)

    def wake(self, definition: Definition, state: str, *, context: Any, now: datetime) -> Outcome:
        """Fire the timers that are due at `now`, each once however late, and run to the next rest."""
        instance = self._resume(definition, state, context, now)
        return run(definition, instance, Trace(definition.diagram, instance), passed_on=self._interruptions)

    def retry(
        self,
        definition: Definition,
        state: str,
        task_id: str,
        *,
        data_changes: Mapping[str, Any] | None = None,
        context: Any,
        now: datetime,
    ) -> Outcome:
        """Let a failed step try again, with `data_changes` to the variables first, and run to the next rest.

        When it fails again it is among the incidents again. Raises `IncidentNotOpen` and `AnswerInvalid`.
        """
        instance = self._resume(definition, state, context, now)
        task = find_failed(instance, task_id)
        task.data.correct(data_changes or {})
        trace = Trace(definition.diagram, instance)
        return run(definition, instance, trace, begin=lambda did: retry(task, did), passed_on=self._interruptions)

    def skip(
        self,
        definition: Definition,
        state: str,
        task_id: str,
        *,
        result: Mapping[str, Any] | None = None,
        context: Any,
        now: datetime,
    ) -> Outcome:
        """Go on behind a failed step as if it were done, with `result` for the variables it sets; the others are null.

        A failed gateway takes its default flow; a failed event that is attached to a step or races with others will not
        happen. Raises `IncidentNotOpen`, `AnswerInvalid` for what the step does not set, `EngineError` for a gateway
        without default.
        """
        instance = self._resume(definition, state, context, now)
        task, given = find_failed(instance, task_id), result or {}
        trace = Trace(definition.diagram, instance)
        trace.will_skip(task)
        return run(definition, instance, trace, begin=lambda did: skip(task, given, did), passed_on=self._interruptions)

    def correct_data(
        self,
        definition: Definition,
        state: str,
        data_changes: Mapping[str, Any],
        *,
        task_id: str | None = None,
        now: datetime,
    ) -> Outcome:
        """Change variables of an instance at rest, as a failed step reads them or as the process does. Runs nothing.

        Raises `IncidentNotOpen` and `AnswerInvalid`.
        """
        instance = self._resume(definition, state, None, now)
        variables = find_failed(instance, task_id).data if task_id is not None else instance.data
        variables.correct(data_changes)
        return rest(definition, instance, ())

    def add_item(
        self, definition: Definition, state: str, element_id: str, item: Any, *, context: Any, now: datetime
    ) -> Outcome:
        """One more instance, for `item`, of a multi-instance activity that runs. Raises `EngineError`."""
        instance = self._resume(definition, state, context, now)
        trace = Trace(definition.diagram, instance)
        add_item(instance, element_id, item)
        return run(definition, instance, trace, passed_on=self._interruptions)

    def remove_item(self, definition: Definition, state: str, task_id: str, *, context: Any, now: datetime) -> Outcome:
        """Cancel the instance of a multi-instance activity that an open task belongs to; its results leave it out.

        Raises `TaskNotOpen`, and `EngineError` for a task outside such an activity.
        """
        instance = self._resume(definition, state, context, now)
        trace = Trace(definition.diagram, instance)
        remove_item(instance, task_id)
        return run(definition, instance, trace, passed_on=self._interruptions)

    def read_data(self, definition: Definition, state: str, *, task_id: str | None = None) -> dict[str, Any]:
        """The process variables of an instance at rest, or those that a failed step reads. Runs nothing.

        Raises `IncidentNotOpen` when `task_id` is given and is no failed step.
        """
        instance = self._resume(definition, state, None, _NO_MOMENT)
        return (find_failed(instance, task_id) if task_id is not None else instance).data.copy()

    def foresee(self, definition: Definition, state: str, guess: Guess, *, now: datetime) -> Forecast:
        """Where an instance at rest will probably go from here, with `guess` for what people will answer.

        Runs a copy: no service is called, nothing is changed. Timers and messages are waited for in vain.
        """
        script_engine = Foresight(self.catalogue, definition.decisions, now=now.astimezone(UTC))
        instance = codec.load(state, definition.specs, definition.content_hash, script_engine)
        return foresee(definition, instance, script_engine, guess)

    def replay(
        self,
        definition: Definition,
        past: Past,
        *,
        describe: Callable[[OpenTask], Description] = by_element,
        guess: Callable[[OpenTask], Mapping[str, Any] | None] = nobody,
        services: Mapping[str, Answering] = MappingProxyType({}),
    ) -> Replayed:
        """What an instance that was given `past` would do on `definition`: a run in memory that calls no service.

        `describe` names a task that asks, so that the answers with that key go to it, and says what the report shall
        tell of it. Where no answer is left, `guess` has one, or None: then the task waits. `services` answer what is
        asked otherwise than in the past, before their `foresee` does.
        """
        script_engine = Recollection(self.catalogue, definition.decisions, past=past, services=services)
        return replay(definition, past, script_engine, describe=describe, guess=guess)

    def plan_migration(
        self, old: Definition, new: Definition, state: str, *, id_map: Mapping[str, str] | None = None
    ) -> MigrationPlan:
        """What `migrate` would do with an instance at rest, and every reason not to. Changes nothing."""
        return plan_migration(old, new, self._resume(old, state, None, _NO_MOMENT), id_map or {})

    def migrate(
        self,
        old: Definition,
        new: Definition,
        state: str,
        *,
        id_map: Mapping[str, str] | None = None,
        context: Any,
        now: datetime,
    ) -> Outcome:
        """Let an instance of `old` go on as one of `new`, and run to its next rest. `id_map`: old ids to new ones.

        Open tasks keep their ids and timers their due times; new boundary events begin to wait at `now`. Raises
        `MigrationUnsafe`.
        """
        instance = self._resume(old, state, context, now)
        begun = transplant(old, new, instance, id_map or {})
        moved = self._resume(new, codec.dump(instance, new.content_hash), context, now)
        begin_to_wait(moved, begun)
        return run(new, moved, Trace(new.diagram, moved), passed_on=self._interruptions)

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
