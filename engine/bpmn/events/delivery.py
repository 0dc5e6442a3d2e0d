"""Brings what was thrown to the events that catch it."""

from typing import Any

from engine.bpmn.events.catchers import find_catchers, waiting_events
from engine.bpmn.events.thrown import Sent, Thrown, WaitingMessage
from engine.bpmn.events.triggers import CORRELATION
from engine.errors import MessageNotExpected


def receivers(instance: Any, thrown: Thrown) -> list[Any]:
    """The events that a message or signal from outside reaches. Raises `MessageNotExpected` when there is none."""
    found = find_catchers(instance, thrown)
    if not found and thrown.kind == "signal":
        raise MessageNotExpected(
            "The process does not wait for the signal “{name}”.", code="signal.not_expected", name=thrown.name
        )
    if not found:
        raise MessageNotExpected("The process does not wait for the message “{name}”.", name=thrown.name)
    return found


def serve(tasks: list[Any], thrown: Thrown) -> bool:
    """Trigger waiting events, except those that one before them has taken away. Was there one?"""
    served = False
    for task in tasks:
        if task.id in task.workflow.top_workflow.event_manager.tasks:
            task.task_spec.catch(task, thrown)
            task.workflow.top_workflow.arrive(task)
            served = True
    return served


def serve_thrown(instance: Any) -> list[Sent]:
    """Serve everything that has been thrown; what leaves the process is returned."""
    queue, sent = instance.script_engine.thrown, []
    while queue:
        thrown, catchers = queue.popleft()
        served = serve(catchers, thrown)
        if thrown.kind == "signal" or (thrown.kind == "message" and not served):
            sent.append(Sent(thrown.kind, thrown.name, thrown.correlation, thrown.payload, _element(thrown.origin)))
    return sent


def waiting_messages(instance: Any) -> tuple[WaitingMessage, ...]:
    """What the instance waits for from outside, by name and element."""
    found = [_describe(task) for task in waiting_events(instance)]
    return tuple(sorted(found, key=lambda waiting: (waiting.kind, waiting.name, waiting.element_id)))


def _describe(task: Any) -> WaitingMessage:
    definition = task.task_spec.event_definition
    return WaitingMessage(definition.name, _element(task), task.remembered().get(CORRELATION), definition.kind)


def _element(task: Any) -> str:
    return str(task.task_spec.bpmn_id)
