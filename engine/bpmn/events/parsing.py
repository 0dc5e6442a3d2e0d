"""From BPMN elements to event specs. Only what the linter has passed comes here."""

from typing import Any

from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition

from engine.bpmn.diagram import text_of
from engine.bpmn.events.triggers import Error, Escalation, Message, Signal, Terminate
from engine.bpmn.timers import CycleTimer, DateTimer, DurationTimer
from engine.bpmn.xml import BPMN, local_name

_TIMERS = {"timeDate": DateTimer, "timeDuration": DurationTimer, "timeCycle": CycleTimer}


class EventParser(TaskParser):
    """Any event, send task or receive task: the spec class with what triggers it or what it throws.

    An end event ends its branch. A scope is complete when nothing in it is open; it needs no join for that.
    """

    def create_task(self) -> Any:
        return self.spec_class(
            self.spec, self.bpmn_id, event_definition=read_trigger(self.node), **self.bpmn_attributes
        )


class StartEventParser(EventParser):
    def create_task(self) -> Any:
        task = super().create_task()
        self.spec.start.connect(task)
        return task


class BoundaryEventParser(EventParser):
    def create_task(self) -> Any:
        trigger = read_trigger(self.node)
        interrupts = self.node.get("cancelActivity", "true") == "true"
        return self.spec_class(
            self.spec, self.bpmn_id, event_definition=trigger, cancel_activity=interrupts, **self.bpmn_attributes
        )


def read_trigger(node: Any) -> Any:
    """The event definition inside an event, or of a task that sends or receives."""
    if node.get("messageRef"):
        return Message(_referenced(node, "message").get("name"))
    element = next((child for child in node if local_name(child).endswith("EventDefinition")), None)
    if element is None or local_name(element) == "linkEventDefinition":
        return NoneEventDefinition()  # a link is a flow; see the parser
    match local_name(element):
        case "timerEventDefinition":
            return _timer(node, element)
        case "messageEventDefinition":
            return Message(_referenced(element, "message").get("name"))
        case "signalEventDefinition":
            return Signal(_referenced(element, "signal").get("name"))
        case "errorEventDefinition":
            return _coded(Error, element, "error")
        case "escalationEventDefinition":
            return _coded(Escalation, element, "escalation")
        case "terminateEventDefinition":
            return Terminate()
    raise ValidationException("Unsupported event definition", node=node)


def _timer(node: Any, element: Any) -> Any:
    for name, timer in _TIMERS.items():
        text = text_of(element, f"{BPMN}{name}")
        if text is not None:
            return timer(node.get("name") or node.get("id"), text)
    raise ValidationException("Timer without a date, duration or cycle", node=node)


def _coded(trigger: Any, element: Any, kind: str) -> Any:
    if not element.get(f"{kind}Ref"):
        return trigger(None)
    referenced = _referenced(element, kind)
    return trigger(referenced.get(f"{kind}Code") or None, referenced.get("name", ""))


def _referenced(element: Any, kind: str) -> Any:
    """The message, signal, error or escalation that an event definition refers to."""
    reference = element.get(f"{kind}Ref")
    for found in element.getroottree().iter(f"{BPMN}{kind}"):
        if found.get("id") == reference:
            return found
    raise ValidationException(f"Unknown {kind} {reference!r}", node=element)
