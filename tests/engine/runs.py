"""An instance under test, resumed from its stored text at every step."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from engine.catalogue import Catalogue, ServiceTask
from engine.process import Definition, Engine, Incident, Outcome

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
LOOP = (
    '<bpmn:multiInstanceLoopCharacteristics isSequential="{sequential}">'
    "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>votes</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="person"/><bpmn:outputDataItem id="answer"/></bpmn:multiInstanceLoopCharacteristics>'
)


def engine_with(**services: Any) -> Engine:
    return Engine(Catalogue(*(ServiceTask(name, run) for name, run in services.items())))


def incident_of(outcome: Outcome) -> Incident:
    """The one step that failed."""
    (incident,) = outcome.incidents
    return incident


class Run:
    """An instance under test: every step starts from the stored text."""

    def __init__(self, engine: Engine, source: bytes, data: Mapping[str, Any] | None = None) -> None:
        self.engine = engine
        self.definition: Definition = engine.load(source, {})
        self.now = NOW
        self.outcome: Outcome = engine.start(self.definition, data or {}, context=None, now=self.now)

    @property
    def open(self) -> list[str]:
        return [task.element_id for task in self.outcome.open_tasks]

    def answer(self, element_id: str, **answer: Any) -> Outcome:
        task = next(task for task in self.outcome.open_tasks if task.element_id == element_id)
        self.outcome = self.engine.complete(
            self.definition, self.outcome.state, task.id, answer, context=None, now=self.now
        )
        return self.outcome

    def retry(self, **data_changes: Any) -> Outcome:
        """Retry the one step that failed."""
        self.outcome = self.engine.retry(
            self.definition,
            self.outcome.state,
            incident_of(self.outcome).id,
            data_changes=data_changes,
            context=None,
            now=self.now,
        )
        return self.outcome

    def skip(self, **result: Any) -> Outcome:
        """Skip the one step that failed."""
        failed = incident_of(self.outcome).id
        self.outcome = self.engine.skip(
            self.definition, self.outcome.state, failed, result=result, context=None, now=self.now
        )
        return self.outcome

    def wake(self, now: datetime) -> Outcome:
        self.now = now
        self.outcome = self.engine.wake(self.definition, self.outcome.state, context=None, now=now)
        return self.outcome

    def deliver(self, message: str, **payload: Any) -> Outcome:
        return self.hand("message", message, payload)

    def signal(self, name: str, **payload: Any) -> Outcome:
        return self.hand("signal", name, payload)

    def hand(
        self,
        kind: Literal["message", "signal"],
        name: str,
        payload: Mapping[str, Any],
        correlation: Mapping[str, Any] | None = None,
    ) -> Outcome:
        self.outcome = self.engine.deliver(
            self.definition,
            self.outcome.state,
            name,
            payload,
            kind=kind,
            correlation=correlation,
            context=None,
            now=self.now,
        )
        return self.outcome

    @property
    def waits_for(self) -> list[tuple[str, str]]:
        return [(waiting.name, waiting.element_id) for waiting in self.outcome.messages]

    @property
    def did(self) -> list[tuple[str, str]]:
        """The elements of the last run, without its flows."""
        return [(step.element_id, step.event) for step in self.outcome.steps if step.kind != "sequenceFlow"]

    def add(self, element_id: str, item: Any) -> Outcome:
        self.outcome = self.engine.add_item(
            self.definition, self.outcome.state, element_id, item, context=None, now=self.now
        )
        return self.outcome

    def remove(self, number: int = 0) -> Outcome:
        """Remove the instance that the open task with this number belongs to."""
        task = self.outcome.open_tasks[number]
        self.outcome = self.engine.remove_item(self.definition, self.outcome.state, task.id, context=None, now=self.now)
        return self.outcome
