"""What an instance of the past would do on another definition: a run in memory that asks nobody and calls nothing.

People and messages answer what they answered then, services what they returned then, and the clock stands where it
stood when each answer was given: a timer that is due by then fires before it.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final, Literal

from SpiffWorkflow import TaskState

from engine.bpmn.events.catchers import waiting_events
from engine.bpmn.events.delivery import serve, serve_thrown
from engine.bpmn.events.thrown import Thrown
from engine.bpmn.settings import declared_fields, result_names
from engine.bpmn.timers import due_at
from engine.catalogue import Catalogue
from engine.definitions import Definition
from engine.dmn import Decision
from engine.runtime.forecast import Foresight
from engine.runtime.incidents import Incident, fail, incidents_of, run_step
from engine.runtime.outcome import OpenTask, describe_open, waiting_for_people
from engine.runtime.trace import Step, Trace
from engine.runtime.values import digest, plain
from engine.runtime.variables import Variables, read_only
from engine.runtime.workflow import Instance

# An instance that asks for ever, or whose clock strikes for ever, is followed as far as a report can tell.
MAX_MOVES: Final = 1000
# What a task is called when its answer is looked for, and what the report shall tell of it.
Description = tuple[str, Any]
# Answers for a service, given its arguments and the variables of the process.
Answering = Callable[[Mapping[str, Any], Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Given:
    """An answer of a person or a message: `key` is who asked, as `describe` calls it, or the element of the event."""

    key: str
    fields: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Called:
    """A service that was called: its arguments as `digest` has them, and what it returned."""

    service: str
    arguments: str
    result: Any


@dataclass(frozen=True)
class Past:
    """What came from outside to an instance, each kind in the order in which it came. Moments are aware."""

    data: Mapping[str, Any]
    started_at: datetime
    answers: Sequence[Given] = ()
    calls: Sequence[Called] = ()


@dataclass
class Asked:
    """A task that asked. `by`: the answer is of the past, or only guessed, or there is none and the task waits."""

    element_id: str
    about: Any
    by: Literal["past", "guess", "nobody"] = "nobody"


@dataclass(frozen=True)
class Replayed:
    """What the run did, whom it asked, the elements that wait for more than people, and where it failed.

    `unused` are the answers of the past that nothing asked for.
    """

    steps: tuple[Step, ...]
    asked: tuple[Asked, ...]
    waits: tuple[str, ...]
    incidents: tuple[Incident, ...]
    unused: tuple[Given, ...]
    is_complete: bool
    variables: Variables = field(repr=False)


def by_element(task: OpenTask) -> Description:
    """A task is called by its element, and nothing more is told of it."""
    return task.element_id, None


def nobody(_task: OpenTask) -> Mapping[str, Any] | None:
    """Nothing is guessed."""
    return None


class Recollection(Foresight):
    """Answers for the services: as in the past where they are asked the same, else as `services` or `foresee` say.

    A service without either answers what it answered then, whatever it is asked. `now` is moved by the run.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        decisions: Mapping[str, Decision],
        *,
        past: Past,
        services: Mapping[str, Answering],
    ) -> None:
        super().__init__(catalogue, decisions, now=past.started_at.astimezone(UTC))
        self._services = services
        self._same: dict[tuple[str, str], deque[Any]] = {}
        self._any: dict[str, deque[Any]] = {}
        for call in past.calls:
            self._same.setdefault((call.service, call.arguments), deque()).append(call.result)
            self._any.setdefault(call.service, deque()).append(call.result)

    def call_service(self, task: Any, *, operation_name: str, operation_params: Mapping[str, str]) -> Any:
        results, service = result_names(task.task_spec), self._catalogue[operation_name]
        if not results:
            return None
        arguments = self._arguments(task, service, operation_params)
        same = self._same.get((operation_name, digest(arguments)))
        if same:
            answer = _next(same)
        elif operation_name in self._services:
            answer = self._services[operation_name](arguments, read_only(task.data))
        elif service.foresee is not None:
            answer = service.foresee(**arguments)
        elif operation_name in self._any:
            answer = _next(self._any[operation_name])
        else:
            self.unknown |= results
            return None
        self.unknown -= results
        return plain(answer, name=operation_name)


def _next(answers: deque[Any]) -> Any:
    """The last one is given again and again."""
    return answers.popleft() if len(answers) > 1 else answers[0]


def replay(
    definition: Definition,
    past: Past,
    script_engine: Recollection,
    *,
    describe: Callable[[OpenTask], Description],
    guess: Callable[[OpenTask], Mapping[str, Any] | None],
) -> Replayed:
    """Run the past on `definition`, until nothing is left to do or nobody has an answer."""
    instance = Instance(definition.specs.process, definition.specs.subprocesses, script_engine=script_engine)
    given = plain(past.data)
    instance.task_tree.data.update(given)
    return _Rerun(definition, instance, script_engine, past).run(describe, guess)


class _Rerun:
    """One instance on its way."""

    def __init__(self, definition: Definition, instance: Instance, script_engine: Recollection, past: Past) -> None:
        self._diagram = definition.diagram
        self._instance = instance
        self._engine = script_engine
        self._trace = Trace(definition.diagram, instance)
        self._asked: dict[Any, tuple[OpenTask, str, Asked]] = {}
        self._left: dict[str, deque[tuple[int, Given]]] = {}
        for place, answer in enumerate(past.answers):
            self._left.setdefault(answer.key, deque()).append((place, answer))

    def run(
        self, describe: Callable[[OpenTask], Description], guess: Callable[[OpenTask], Mapping[str, Any] | None]
    ) -> Replayed:
        self._instance.run_to_rest(self._did_run)
        for _ in range(MAX_MOVES):
            if not self._move(describe, guess):
                break
        return self._replayed()

    def _move(
        self, describe: Callable[[OpenTask], Description], guess: Callable[[OpenTask], Mapping[str, Any] | None]
    ) -> bool:
        """Whether anything could be done."""
        people = self._ask(describe)
        answered = self._answered(people)
        due = self._due()
        if answered is None and not people and due is not None:
            return self._strike(due)
        if answered is not None:
            task, key = answered
            _place, answer = self._left[key][0]
            if due is not None and due <= answer.at:
                return self._strike(due)
            self._left[key].popleft()
            self._engine.now = max(self._engine.now, answer.at.astimezone(UTC))
            return self._give(task, answer.fields, "past")
        for task in people:
            fields = guess(self._asked[task.id][0])
            if fields is not None:
                return self._give(task, fields, "guess")
        return False

    def _ask(self, describe: Callable[[OpenTask], Description]) -> list[Any]:
        """The tasks that wait for people; one that cannot be described fails, as it would in a real run."""
        asking = []
        for task in waiting_for_people(self._instance):
            if task.id not in self._asked:
                open_task = describe_open(task, self._diagram)
                try:
                    key, about = describe(open_task)
                except Exception as error:  # what is wrong with a task is part of the report
                    fail(task, error)
                    continue
                self._asked[task.id] = open_task, key, Asked(open_task.element_id, about)
            asking.append(task)
        return asking

    def _answered(self, people: Sequence[Any]) -> tuple[Any, str] | None:
        """Of what waits, whatever was answered first in the past, with its key."""
        keys = chain(
            ((task, self._asked[task.id][1]) for task in people),
            ((task, str(task.task_spec.bpmn_id)) for task in waiting_events(self._instance)),
        )
        known = [(self._left[key][0][0], task, key) for task, key in keys if self._left.get(key)]
        return min(known, key=lambda found: found[0])[1:] if known else None

    def _due(self) -> datetime | None:
        moments = (due_at(task.remembered()) for task in self._instance.event_manager.tasks.values())
        return min((moment for moment in moments if moment is not None), default=None)

    def _strike(self, due: datetime) -> bool:
        """Let the clock come to a timer."""
        self._engine.now = max(self._engine.now, due)
        self._instance.run_to_rest(self._did_run)
        return True

    def _give(self, task: Any, fields: Mapping[str, Any], by: Literal["past", "guess"]) -> bool:
        declared = declared_fields(task.task_spec)
        known = {name: value for name, value in plain(fields).items() if name in declared}
        if not task.task_spec.manual:
            definition = task.task_spec.event_definition
            serve([task], Thrown(definition.kind, definition.name, known, None))
        else:
            self._asked[task.id][2].by = by
            task.data.update(dict.fromkeys(declared) | known)
            self._engine.unknown -= declared if by == "past" else known.keys()
            self._engine.unknown |= frozenset() if by == "past" else declared - known.keys()
            run_step(task, self._did_run, ())
        self._instance.run_to_rest(self._did_run)
        return True

    def _did_run(self, task: Any) -> None:
        if task.state == TaskState.COMPLETED:
            self._trace.completed(task)
        serve_thrown(self._instance)

    def _replayed(self) -> Replayed:
        instance = self._instance
        return Replayed(
            steps=self._trace.finish(),
            asked=tuple(asked for _task, _key, asked in self._asked.values()),
            waits=tuple(str(task.task_spec.bpmn_id) for task in instance.event_manager.tasks.values()),
            incidents=incidents_of(instance),
            unused=tuple(answer for _place, answer in sorted(chain(*self._left.values()), key=lambda left: left[0])),
            is_complete=instance.is_finished,
            variables=instance.data,
        )
