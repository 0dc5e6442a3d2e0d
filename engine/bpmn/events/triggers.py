"""What triggers an event: a message, a signal, an error or an escalation. (Timers are in `engine.bpmn.timers`.)"""

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition

from engine.bpmn.events.catchers import TURN, find_catchers
from engine.bpmn.events.thrown import Kind, Thrown, key_text
from engine.bpmn.settings import declared_fields, settings
from engine.errors import BpmnErrorUncaught, EngineError

CORRELATION: Final = "correlation"
# Who keeps what waits finds it by an index over the correlation, and databases bound what an index takes.
MAX_KEY_BYTES: Final = 1000
_PAYLOAD: Final = "payload"
_KEY_TYPES: Final = (str, bool, int, Decimal, date, time, timedelta)


class Terminate(TerminateEventDefinition):
    """Ends its scope; the end event does it."""

    def throw(self, my_task: Any) -> None:
        """Nothing to throw: it concerns nobody else."""


class Trigger(EventDefinition):
    """Waits for, or throws, something that has a name."""

    kind: ClassVar[Kind]
    repeats: ClassVar[bool] = True
    name: str | None

    def catches(self, my_task: Any, thrown: Thrown) -> bool:
        return thrown.kind == self.kind and thrown.name == self.name

    def catch(self, my_task: Any, thrown: Thrown) -> None:
        my_task.internal_data[_PAYLOAD] = dict(thrown.payload)
        my_task.internal_data["event_fired"] = True

    def again(self, _my_task: Any) -> dict[str, Any] | None:
        """What an event that does not interrupt remembers for its next wait; None when there is none."""
        return {}

    def update_task_data(self, my_task: Any) -> None:
        """The payload reaches the data only in the fields that the event declares."""
        payload = my_task.internal_data.pop(_PAYLOAD, None) or {}
        for name in declared_fields(my_task.task_spec):
            my_task.data[name] = payload.get(name)

    def throw(self, my_task: Any) -> None:
        _throw(my_task, self._thrown(my_task))

    def _thrown(self, my_task: Any) -> Thrown:
        return Thrown(self.kind, self.name or "", payload_of(my_task), origin=my_task)


class Message(Trigger):
    """A message has one receiver: of the events that wait for its name and correlation, the one that waits longest."""

    kind = "message"

    def catches(self, my_task: Any, thrown: Thrown) -> bool:
        own = my_task.internal_data.get(CORRELATION)
        return super().catches(my_task, thrown) and (own is None or key_text(own) == key_text(thrown.correlation))

    def update_task(self, my_task: Any) -> None:
        """The wait begins: take a place in the queue, and fix the correlation."""
        if TURN in my_task.internal_data:
            return
        others = my_task.workflow.top_workflow.event_manager.tasks.values()
        my_task.internal_data[TURN] = 1 + max((task.internal_data.get(TURN, 0) for task in others), default=0)
        if CORRELATION not in my_task.internal_data:
            my_task.internal_data[CORRELATION] = correlation_of(my_task)

    def again(self, my_task: Any) -> dict[str, Any]:
        return {CORRELATION: my_task.internal_data.get(CORRELATION)}

    def _thrown(self, my_task: Any) -> Thrown:
        return Thrown("message", self.name or "", payload_of(my_task), correlation_of(my_task), my_task)


class Signal(Trigger):
    """A signal reaches every event that waits for its name, here and in other instances."""

    kind = "signal"


class _Coded(Trigger):
    """Known by its code. Without one an event at a boundary catches every code."""

    def __init__(self, code: str | None, message: str = "") -> None:
        super().__init__(code)
        self.message = message

    def catches(self, my_task: Any, thrown: Thrown) -> bool:
        return thrown.kind == self.kind and self.name in (None, thrown.name)

    def update_task_data(self, my_task: Any) -> None:
        payload = my_task.internal_data.pop(_PAYLOAD, None)
        variable = settings(my_task.task_spec).get(f"{self.kind}_variable")
        if variable:
            my_task.data[variable] = payload

    def _thrown(self, my_task: Any) -> Thrown:
        payload = {"code": self.name, "message": self.message}
        return Thrown(self.kind, self.name or "", payload, origin=my_task)


class Error(_Coded):
    """An error ends what it was thrown in; one that nobody catches must not pass unseen."""

    kind = "error"
    repeats = False

    def throw(self, my_task: Any) -> None:
        throw_error(my_task, self.name or "", self.message)


class Escalation(_Coded):
    """An escalation that nobody catches changes nothing."""

    kind = "escalation"


def throw_error(my_task: Any, code: str, message: str) -> None:
    """Throw a BPMN error from a task. Raises `BpmnErrorUncaught` when no boundary event around it catches the code."""
    thrown = Thrown("error", code, {"code": code, "message": message}, origin=my_task)
    if not _throw(my_task, thrown):
        raise BpmnErrorUncaught(
            "“{element}” failed with the error “{error}”, which nothing catches: {reason}",
            element=my_task.task_spec.bpmn_id,
            error=code,
            reason=message or code,
        )


def _throw(my_task: Any, thrown: Thrown) -> bool:
    """Queue what was thrown, with the events that wait now: one that waits only after this step was not yet there."""
    instance = my_task.workflow.top_workflow
    catchers = find_catchers(instance, thrown)
    instance.script_engine.thrown.append((thrown, catchers))
    return bool(catchers)


def payload_of(my_task: Any) -> dict[str, Any]:
    """What the event's `payload` setting evaluates to: a FEEL context; nothing when there is no such setting."""
    text = settings(my_task.task_spec).get(_PAYLOAD)
    value = my_task.workflow.script_engine.calculate(my_task, _expression(text)) if text else {}
    if not isinstance(value, dict):
        raise EngineError(
            "The payload of “{element}” must be a context, such as {{amount: amount}}.",
            code="event.payload",
            element=my_task.task_spec.bpmn_id,
        )
    return value


def correlation_of(my_task: Any) -> dict[str, Any] | None:
    """What the event's `correlation` setting evaluates to: a context of values, or one value, which is called `key`."""
    text = settings(my_task.task_spec).get(CORRELATION)
    if not text:
        return None
    value = my_task.workflow.script_engine.calculate(my_task, _expression(text))
    key = value if isinstance(value, dict) else {"key": value}
    if not key or not all(isinstance(item, _KEY_TYPES) for item in key.values()):
        raise EngineError(
            "The correlation of “{element}” needs values, but “{expression}” has none.",
            code="event.correlation",
            element=my_task.task_spec.bpmn_id,
            expression=text,
        )
    if len(key_text(key).encode()) > MAX_KEY_BYTES:
        raise EngineError(
            "The correlation of “{element}” is longer than {limit} bytes. Correlate by a shorter value.",
            code="event.correlation",
            element=my_task.task_spec.bpmn_id,
            limit=MAX_KEY_BYTES,
        )
    return key


def _expression(text: str) -> str:
    """The `=` before a FEEL text is optional here: these settings are never anything else."""
    return text.removeprefix("=")
