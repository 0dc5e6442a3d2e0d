"""Everything that touches a running flow at once: nobody waits for ever, nothing is lost, nothing happens twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Select, select

from engine.catalogue import ServiceTask
from models.access import Actor
from models.audit import AuditEntry
from models.customers import Customer
from models.db import db
from models.processes import HumanTask, IncidentState, InstanceStatus, ProcessIncident, ProcessInstance
from models.tenancy import serve_company
from tasks import audit, inbox, processes, requests
from tasks.processes import CATALOGUE
from tests.engine.diagrams import chain, end, parallel, process, service, start, user
from tests.engine.events import MESSAGE, ON_MESSAGE, catch
from tests.support.requests import make_customer, make_draft

People = dict[str, Actor]
ROUNDS, AT_ONCE = 8, 2
LATER = datetime.now(UTC) + timedelta(days=9)
DUE = (
    '<bpmn:intermediateCatchEvent id="due"><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>'
    "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
)
BRANCHES = ("late", "paid", "help")


def act(name: str) -> str:
    return service(name, "test.act", given=f"&quot;{name}&quot; + string(number)")


# Four branches: a person, a timer, a message, and a step that fails at first; each of them ends by itself.
FLOW = start() + parallel("fork") + user("ask", form_key="approval", fields="decision", role="approver") + DUE
FLOW += catch("wait", ON_MESSAGE, fields="amount") + "".join(map(act, BRANCHES))
FLOW += "".join(end(f"end_{name}") for name in ("ask", *BRANCHES)) + chain("start", "fork")
FLOW += chain("fork", "ask", "end_ask") + chain("fork", "due", "late", "end_late")
FLOW += chain("fork", "wait", "paid", "end_paid") + chain("fork", "help", "end_help")


class Crowd:
    """Instances about requests of Alice, and people, clocks and messages that come to them in the same moment."""

    def __init__(self, app: Flask, people: People) -> None:
        self.app, self.people, self.broken = app, people, set(BRANCHES)
        self.company = people["alice"].company_id

    def act(self, _actor: Actor, *, given: str) -> None:
        """Write a customer, whose number no other may have; then fail, while that is asked for."""
        db.session.add(Customer(code=given, name=given))
        db.session.flush()
        if given.rstrip("0123456789") in self.broken:
            raise ZeroDivisionError

    def start(self, count: int) -> list[int]:
        ids = []
        with self.app.app_context():
            draft = make_draft(make_customer(self.people["alice"]))
            for number in range(count):
                request = requests.create_draft(self.people["alice"], draft)
                about = (requests.KIND, request.id)
                actor = self.people["alice"].as_process()
                ids.append(processes.start_process(actor, key="p", subject=about, data={"number": number}).id)
        return ids

    def publish(self, body: str) -> int:
        with self.app.app_context():
            return processes.publish_process(self.people["dora"], bpmn=process(body, extra=MESSAGE)).id

    def moves(self, instance_id: int, version: int) -> list[Callable[[], object]]:
        """Everything that can happen to one instance; nothing of it excludes anything else."""
        bob, dora = self.people["bob"], self.people["dora"]
        clock = Actor(self.company, is_system=True, origin="clock")
        (task,) = self.ids(select(HumanTask.id).where(HumanTask.instance_id == instance_id))
        (incident,) = self.ids(select(ProcessIncident.id).where(ProcessIncident.instance_id == instance_id))
        message = {"name": "paid", "payload": {"amount": 1}}
        return [
            lambda: inbox.decide(bob, task_id=task, decision="approve"),
            lambda: processes.wake_instance(clock, instance_id=instance_id),
            lambda: processes.deliver_message(bob.as_process(), **message),
            lambda: processes.retry_incident(dora, incident_id=incident),
            lambda: processes.migrate_instance(dora, instance_id=instance_id, to_id=version),
        ]

    def make(self, moves: list[Callable[[], object]]) -> list[BaseException]:
        """Make all moves at once; what went wrong."""
        barrier, errors = threading.Barrier(len(moves)), list[BaseException]()

        def run(move: Callable[[], object]) -> None:
            with self.app.app_context():
                barrier.wait(30)
                try:
                    move()
                except BaseException as error:
                    errors.append(error)

        threads = [threading.Thread(target=run, args=(move,)) for move in moves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
        return errors

    def skip_or_retry(self, instances: list[int]) -> list[BaseException]:
        """Help along what has stopped, half of it each way, all at once."""
        dora = self.people["dora"]
        stopped = select(ProcessIncident.id).where(ProcessIncident.instance_id.in_(instances))
        open_now = self.ids(stopped.where(ProcessIncident.state == IncidentState.OPEN))
        return self.make(
            [
                (lambda row=row: processes.retry_incident(dora, incident_id=row))
                if place % 2
                else (lambda row=row: processes.skip_incident(dora, incident_id=row, reason="done by hand"))
                for place, row in enumerate(open_now)
            ]
        )

    def ids(self, statement: Select[int]) -> list[int]:
        with self.app.app_context():
            serve_company(self.company)
            return list(db.session.scalars(statement))


@pytest.fixture
def crowd(app: Flask, people: People) -> Iterator[Crowd]:
    crowd = Crowd(app, people)
    CATALOGUE.add(ServiceTask("test.act", crowd.act, {"given": "any"}))
    yield crowd
    del CATALOGUE["test.act"]


def test_whoever_comes_at_the_same_moment_gets_a_turn_and_happens_once(crowd: Crowd) -> None:
    crowd.publish(FLOW)
    instances = crowd.start(ROUNDS * AT_ONCE)
    version = crowd.publish(FLOW.replace('id="end_help"', 'id="end_help" name="Helped"'))
    crowd.broken.remove("help")  # retries succeed; timers and messages run into a step that fails
    with time_machine.travel(LATER, tick=False):
        for first in range(0, len(instances), AT_ONCE):
            together = instances[first : first + AT_ONCE]
            assert crowd.make([move for one in together for move in crowd.moves(one, version)]) == []
            crowd.broken.clear()
            assert crowd.skip_or_retry(together) == []
            crowd.broken.update(("late", "paid"))
    with crowd.app.app_context():
        serve_company(crowd.company)
        rows = list(db.session.scalars(select(ProcessInstance)))
        assert {(row.status, row.definition_id) for row in rows} == {(InstanceStatus.COMPLETED, version)}
        assert all(not row.waits for row in rows)
        steps = [Counter(step.element_id for step in row.steps if step.event == "completed") for row in rows]
        assert all(done[name] == 1 for done in steps for name in ("ask", "due", "wait", "help"))
        states = Counter(db.session.scalars(select(ProcessIncident.state)))
        assert sum(states.values()) == states[IncidentState.RETRIED] + states[IncidentState.SKIPPED]
        actions = Counter(db.session.scalars(select(AuditEntry.action)))
        assert actions["task.decide"] == actions["process.migrate"] == len(instances)
        assert actions["incident.open"] == len(BRANCHES) * len(instances)
        assert audit.verify_audit(crowd.people["ada"]) is None
