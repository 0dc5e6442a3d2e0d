"""Plays a conformance case as a published process of a company, by the operations and into the tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import time_machine
from sqlalchemy import select

from engine.runtime.values import to_text
from models.access import Actor
from models.db import db, utc_now
from models.processes import (
    HumanTask,
    IncidentState,
    InstanceStatus,
    ProcessIncident,
    ProcessInstance,
    ProcessStep,
    TaskStatus,
    WaitKind,
)
from models.tenancy import serve_company
from tasks import processes
from tests.conformance.cases import Case, Step
from tests.conformance.playing import moment_after

# What a person does to a loop that runs has no operation yet.
WITHOUT_OPERATION: Final = frozenset({"add_item", "remove_item"})


@dataclass
class CompanyPlay:
    """One case in one company. The clock is that of the machine, which `traveller` moves."""

    case: Case
    number: int
    designer: Actor
    traveller: time_machine.Traveller
    instance_id: int = 0
    actor: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.actor = self.designer.as_process()

    @property
    def subject(self) -> tuple[str, int]:
        return "case", self.number

    def publish(self) -> str:
        """Make the case a process of the company; its key."""
        tables = list(self.case.tables.values())
        return processes.publish_process(self.designer, bpmn=self.case.bpmn, tables=tables).key

    def take(self, step: Step) -> None:
        """Do what `step` says. Raises what the operation raises."""
        _OPERATIONS[step.action](self, step)

    def withdraw(self) -> None:
        """Take the instance away, so that it hears no message of another case."""
        processes.cancel_process(self.actor, subject=self.subject)

    def at_rest(self) -> dict[str, Any]:
        """Where the instance stands, as its rows say."""
        db.session.expire_all()
        instance = self.instance()
        tasks = [task for task in instance.tasks if task.status is TaskStatus.OPEN]
        waits = instance.waits
        return {
            "open": sorted(task.element_id for task in tasks),
            "due": sorted(wait.due_at.strftime("%Y-%m-%dT%H:%M:%SZ") for wait in waits if wait.due_at is not None),
            "messages": sorted(wait.name for wait in waits if wait.kind is WaitKind.MESSAGE),
            "incidents": sorted(incident.element_id for incident in self._incidents()),
            "complete": instance.status is InstanceStatus.COMPLETED,
            "data": processes.read_data(instance),
            "steps": [(step.element_id, step.event) for step in self._steps()],
        }

    def instance(self) -> ProcessInstance:
        serve_company(self.designer.company_id)
        return db.session.get_one(ProcessInstance, self.instance_id)

    def start(self, _step: Step) -> None:
        data = self.case.script.get("data", {})
        instance = processes.start_process(self.actor, key=self.publish(), subject=self.subject, data=data)
        self.instance_id = instance.id

    def answer(self, step: Step) -> None:
        task, answer = self._open_task(step), step.details.get("with", {})
        processes.complete_task(self.actor, task=task, answer=answer, outcome="done")

    def wake(self, step: Step) -> None:
        self.traveller.move_to(moment_after(utc_now(), step.subject))
        processes.wake_instance(self.actor, instance_id=self.instance_id)

    def deliver(self, step: Step) -> None:
        key = {"key": step.details["key"]} if "key" in step.details else None
        payload = step.details.get("payload", {})
        processes.deliver_message(self.actor, name=step.subject, payload=payload, correlation=key)

    def signal(self, step: Step) -> None:
        payload = to_text(step.details.get("payload", {})).decode()
        job = {"receiver": self.instance_id, "name": step.subject, "payload": payload}
        processes.deliver_signal(self.actor, job)

    def retry(self, step: Step) -> None:
        incident = self._incident(step.subject)
        processes.retry_incident(self.designer, incident_id=incident.id, changes=step.details.get("with", {}))

    def skip(self, step: Step) -> None:
        incident, result = self._incident(step.subject), step.details.get("with", {})
        processes.skip_incident(self.designer, incident_id=incident.id, reason="the case says so", result=result)

    def _open_task(self, step: Step) -> HumanTask:
        title = step.details.get("title")
        return next(
            task
            for task in self.instance().tasks
            if task.status is TaskStatus.OPEN and task.element_id == step.subject and title in (None, task.title)
        )

    def _incidents(self) -> list[ProcessIncident]:
        return [row for row in self.instance().incidents if row.state is IncidentState.OPEN]

    def _incident(self, element_id: str) -> ProcessIncident:
        return next(row for row in self._incidents() if row.element_id == element_id)

    def _steps(self) -> list[ProcessStep]:
        wanted = select(ProcessStep).where(ProcessStep.instance_id == self.instance_id).order_by(ProcessStep.id)
        return list(db.session.scalars(wanted))


_OPERATIONS: Final[Mapping[str, Callable[[CompanyPlay, Step], None]]] = {
    "start": CompanyPlay.start,
    "answer": CompanyPlay.answer,
    "wake": CompanyPlay.wake,
    "deliver": CompanyPlay.deliver,
    "signal": CompanyPlay.signal,
    "retry": CompanyPlay.retry,
    "skip": CompanyPlay.skip,
}
