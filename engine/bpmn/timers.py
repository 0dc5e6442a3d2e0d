"""Timers that read the run's `now` instead of the wall clock, and keep their due time in the task.

SpiffWorkflow's own timers call `datetime.now`, want FEEL-style quotes around ISO text, and fire a missed cycle once for
every period missed; here missed periods are coalesced into one.
"""

from abc import ABC, abstractmethod
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from SpiffWorkflow.bpmn.specs.event_definitions.timer import (
    DurationTimerEventDefinition,
    TimeDateEventDefinition,
    TimerEventDefinition,
)

from engine.bpmn.iso8601 import Duration, as_utc, parse_cycle, parse_duration, parse_moment
from engine.errors import EngineError, StateInvalid

DUE = "event_value"


class _OneShot(ABC):
    """A timer that fires once. The due time is fixed when the wait begins."""

    repeats: ClassVar[bool] = False
    expression: str

    def has_fired(self, my_task: Any) -> bool:
        now = my_task.workflow.script_engine.now
        due = my_task.internal_data.get(DUE)
        if due is None:
            due = self._due(my_task, now).isoformat()
            my_task.internal_data[DUE] = due
        if datetime.fromisoformat(due) <= now:
            my_task.internal_data["event_fired"] = True
        return bool(my_task.internal_data.get("event_fired", False))

    @abstractmethod
    def _due(self, my_task: Any, now: datetime) -> datetime:
        """When the wait that begins at `now` ends."""


class DateTimer(_OneShot, TimeDateEventDefinition):
    """Due at a moment."""

    def _due(self, my_task: Any, now: datetime) -> datetime:
        value = _timer_value(my_task, self.expression, parse_moment)
        if isinstance(value, str):
            value = parse_moment(value)
        if not isinstance(value, date):
            raise _not_a_timer(my_task, self.expression)
        return as_utc(value)


class DurationTimer(_OneShot, DurationTimerEventDefinition):
    """Due a duration after the wait began."""

    def _due(self, my_task: Any, now: datetime) -> datetime:
        return _duration(my_task, self.expression).after(now)


class CycleTimer(TimerEventDefinition):
    """Due again and again. The state is `{"cycles": left or -1, "next": moment, "period": duration}`."""

    repeats: ClassVar[bool] = True

    def has_fired(self, my_task: Any) -> bool:
        now = my_task.workflow.script_engine.now
        state = my_task.internal_data.get(DUE) or self._begin(my_task, now)
        due = datetime.fromisoformat(state["next"])
        fired: bool = state["cycles"] != 0 and due <= now
        my_task.internal_data[DUE] = _advance(state, due, now) if fired else state
        return fired

    def again(self, my_task: Any) -> dict[str, Any] | None:
        """The rounds that are left, for the event that waits next."""
        state = my_task.internal_data[DUE]
        return {DUE: state} if state["cycles"] != 0 else None

    def _begin(self, my_task: Any, now: datetime) -> dict[str, Any]:
        text = self.expression
        if parse_cycle(text) is None:
            text = str(my_task.workflow.script_engine.evaluate(my_task, text))
        cycle = parse_cycle(text)
        if cycle is None:
            raise _not_a_timer(my_task, self.expression)
        first = cycle.start or cycle.period.after(now)
        count = -1 if cycle.count is None else cycle.count
        return {"cycles": count, "next": first.isoformat(), "period": text.rsplit("/", 1)[-1]}


def due_at(internal_data: dict[str, Any]) -> datetime | None:
    """When a waiting timer is next due, from the internal data of its task; None when it never is.

    Raises `StateInvalid` for what is no time.
    """
    value = internal_data.get(DUE)
    try:
        if isinstance(value, dict):
            value = value["next"] if value["cycles"] != 0 else None
        return datetime.fromisoformat(value).astimezone(UTC) if value else None
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise StateInvalid("The stored state holds a time that cannot be read.") from error


def _advance(state: dict[str, Any], due: datetime, now: datetime) -> dict[str, Any]:
    """The state after firing: every period up to `now` counts as used, so that downtime ends in one firing."""
    period = parse_duration(state["period"])
    if period is None:
        raise EngineError("The stored timer period “{period}” cannot be read.", code="timer.period", **state)
    missed = (now - due) // period.exact if not period.months and state["cycles"] < 0 else 0
    due, left = due + missed * period.exact, state["cycles"]
    while due <= now and left != 0:
        due, left = period.after(due), left - 1
    return {"cycles": left, "next": due.isoformat(), "period": state["period"]}


def _duration(my_task: Any, expression: str) -> Duration:
    value = _timer_value(my_task, expression, parse_duration)
    if isinstance(value, timedelta):
        value = Duration(0, value)
    if value is not None and not isinstance(value, Duration):
        value = parse_duration(str(value))
    if value is None:
        raise _not_a_timer(my_task, expression)
    return value


def _timer_value(my_task: Any, expression: str, literal: Any) -> Any:
    """Raw ISO 8601 text as it stands; anything else is FEEL over the task's data."""
    found = literal(expression)
    return found if found is not None else my_task.workflow.script_engine.evaluate(my_task, expression)


def _not_a_timer(my_task: Any, expression: str) -> EngineError:
    return EngineError(
        "The timer “{element}” needs a date, a duration or a cycle, but “{expression}” is none.",
        code="timer.value",
        element=my_task.task_spec.name,
        expression=expression,
    )
