"""The rows of human tasks: for whom they wait, and how long, as the diagram says."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db
from models.errors import Conflict
from models.processes import HumanTask, ProcessIncident, ProcessInstance
from models.tenancy import serve_company
from tasks import processes
from tests.engine.diagrams import chain, end, process, start, user

People = dict[str, Actor]


class Flow:
    """A flow of Alice's company: a task `ask`, whose answer leads to a task `next` with the settings under test."""

    def __init__(self, app: Flask, people: People, **settings: str) -> None:
        self.app, self.people = app, people
        tasks = user("ask", form_key="approval") + user("next", form_key="approval", **settings)
        with app.app_context():
            bpmn = process(start() + tasks + end() + chain("start", "ask", "next", "end"))
            processes.publish_process(people["dora"], bpmn=bpmn)
        with app.app_context():
            processes.start_process(people["alice"].as_process(), key="p", subject=("test", 1), data={})

    def answer(self, answer: Any) -> None:
        with self.app.app_context():
            serve_company(self.people["bob"].company_id)
            task = db.session.scalars(select(HumanTask).where(HumanTask.element_id == "ask")).one()
            processes.complete_task(
                self.people["bob"].as_process(), task=task, answer={"answer": answer}, outcome="done"
            )

    def rows(self, statement: Any) -> list[Any]:
        with self.app.app_context():
            serve_company(self.people["bob"].company_id)
            return list(db.session.scalars(statement))


def test_a_task_waits_for_each_candidate_once_and_for_its_working_hours(app: Flask, people: People) -> None:
    bob = people["bob"].user_id
    flow = Flow(app, people, candidates=f"=[{bob}, {bob}]", due_hours="=answer")

    with time_machine.travel(datetime(2026, 9, 30, 2, 0, tzinfo=UTC), tick=False):  # 10:00 in Shanghai
        flow.answer(12)

    (task,) = flow.rows(select(HumanTask).where(HumanTask.element_id == "next"))
    # 7 of the 12 working hours are left on Wednesday; after the National Day holiday it goes on on Thursday the 8th.
    assert task.due_at == datetime(2026, 10, 8, 7, 0, tzinfo=UTC)


def test_a_task_for_strangers_is_refused_to_whoever_would_bring_it_about(app: Flask, people: People) -> None:
    carol = people["carol"].user_id
    flow = Flow(app, people, candidates=f"=[{carol}, 987654]")

    with pytest.raises(Conflict) as refused:
        flow.answer(1)

    assert (refused.value.code, refused.value.fields["people"]) == ("task.strangers", f"{carol}, 987654")
    assert flow.rows(select(HumanTask.element_id)) == ["ask"]
    assert flow.rows(select(ProcessInstance.status)) == ["running"]


def test_a_due_time_that_is_no_number_stops_the_step_and_not_the_answer(app: Flask, people: People) -> None:
    flow = Flow(app, people, due_hours="=answer")

    flow.answer("soon")

    assert flow.rows(select(ProcessIncident.code)) == ["task.due_hours"]
    assert flow.rows(select(HumanTask.status)) == ["done"]
