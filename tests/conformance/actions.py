"""What the steps of a case do to an instance, through the face of the engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine.process import Definition, Engine, Outcome
from tests.conformance.cases import Step


@dataclass(frozen=True)
class AtRest:
    """An instance between two steps, and the clock."""

    engine: Engine
    definition: Definition
    outcome: Outcome
    now: datetime

    @property
    def instance(self) -> tuple[Definition, str]:
        return self.definition, self.outcome.state

    @property
    def circumstances(self) -> Mapping[str, Any]:
        return {"context": None, "now": self.now}


def act(rest: AtRest, step: Step) -> Outcome:
    """Do what `step` says. Raises what the engine raises."""
    return _ACTIONS[step.action](rest, step)


def find_open(outcome: Outcome, step: Step) -> str:
    """The id of the open task that `step` means: by its element and, among several, by its title."""
    title = step.details.get("title")
    for task in outcome.open_tasks:
        if task.element_id == step.subject and title in (None, task.title):
            return task.id
    raise AssertionError(f"there is no open task {step.subject} {title or ''}")


def _answer(rest: AtRest, step: Step) -> Outcome:
    task_id = find_open(rest.outcome, step)
    return rest.engine.complete(*rest.instance, task_id, step.details.get("with", {}), **rest.circumstances)


def _wake(rest: AtRest, _step: Step) -> Outcome:
    return rest.engine.wake(*rest.instance, **rest.circumstances)


def _deliver(rest: AtRest, step: Step) -> Outcome:
    key = {"key": step.details["key"]} if "key" in step.details else None
    payload = step.details.get("payload", {})
    return rest.engine.deliver(*rest.instance, step.subject, payload, correlation=key, **rest.circumstances)


def _signal(rest: AtRest, step: Step) -> Outcome:
    payload = step.details.get("payload", {})
    return rest.engine.deliver(*rest.instance, step.subject, payload, kind="signal", **rest.circumstances)


def _add_item(rest: AtRest, step: Step) -> Outcome:
    return rest.engine.add_item(*rest.instance, step.subject, step.details["item"], **rest.circumstances)


def _remove_item(rest: AtRest, step: Step) -> Outcome:
    return rest.engine.remove_item(*rest.instance, find_open(rest.outcome, step), **rest.circumstances)


def _retry(rest: AtRest, step: Step) -> Outcome:
    changes = step.details.get("with", {})
    return rest.engine.retry(*rest.instance, _find_failed(rest, step), data_changes=changes, **rest.circumstances)


def _skip(rest: AtRest, step: Step) -> Outcome:
    result = step.details.get("with", {})
    return rest.engine.skip(*rest.instance, _find_failed(rest, step), result=result, **rest.circumstances)


def _find_failed(rest: AtRest, step: Step) -> str:
    for incident in rest.outcome.incidents:
        if incident.element_id == step.subject:
            return incident.id
    raise AssertionError(f"there is no incident at {step.subject}")


_ACTIONS: Final[Mapping[str, Callable[[AtRest, Step], Outcome]]] = {
    "answer": _answer,
    "wake": _wake,
    "deliver": _deliver,
    "signal": _signal,
    "add_item": _add_item,
    "remove_item": _remove_item,
    "retry": _retry,
    "skip": _skip,
}
