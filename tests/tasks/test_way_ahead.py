"""The way that a request will probably take, as its picture shows it."""

from collections.abc import Sequence

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db
from models.processes import ProcessStep
from models.tenancy import serve_company
from tasks import inbox, requests
from tasks.processes import FlowState
from tests.support.approvals import act, asks, put_steps, submit, waiting

People = dict[str, Actor]
CHAINS = {
    "one after the other": [["bob"], ["fiona"], ["ada"]],
    "at the same time": [["bob"], ["bea", "fiona"], ["ada"]],
    "at the same time only": [["bob", "bea"]],
}


@pytest.fixture(params=CHAINS)
def request_id(app: Flask, people: People, request: pytest.FixtureRequest) -> int:
    """A request that was just submitted to a chain of steps, each with the people that it asks at the same time."""
    steps = [
        asks(f"{place}{name}", people[name], **({"alongside": "yes"} if turn else {}))
        for place, stage in enumerate(CHAINS[request.param])
        for turn, name in enumerate(stage)
    ]
    put_steps(app, people["ada"], *steps)
    return submit(app, people["alice"], "50000.00")


def _picture(app: Flask, people: People, request_id: int) -> FlowState:
    with app.app_context():
        return requests.read_document(people["alice"], request_id).flow


def _steps(app: Flask, people: People) -> Sequence[ProcessStep]:
    """Every element that was left and every flow that was taken, oldest first."""
    with app.app_context():
        serve_company(people["alice"].company_id)
        return db.session.scalars(
            select(ProcessStep).where(ProcessStep.event == "completed").order_by(ProcessStep.id)
        ).all()


def _answer(app: Flask, people: People, request_id: int) -> bool:
    """Let the next person who is asked say yes; False when nobody is."""
    for name, task_id in waiting(app, people, request_id).items():
        with app.app_context():
            is_approval = inbox.get_task(people[name], task_id).task.form_key == "approval"
        more = {} if is_approval else {"channel": "simulator"}
        act(app, people[name], "decide", task_id=task_id, decision="approve" if is_approval else "issue", **more)
        return True
    return False


def test_the_way_ahead_is_the_way_that_is_then_taken(app: Flask, people: People, request_id: int) -> None:
    promised = [(_picture(app, people, request_id), len(_steps(app, people)))]
    while _answer(app, people, request_id):
        promised.append((_picture(app, people, request_id), len(_steps(app, people))))
    taken = _steps(app, people)
    assert taken[-1].element_id == "end_issued"
    for picture, before in promised:
        later = taken[before:]
        elements = {step.element_id for step in later if step.kind != "sequenceFlow"}
        assert {point.element_id for point in picture.ahead} == elements - set(picture.now)
        assert set(picture.ahead_flows) == {step.element_id for step in later if step.kind == "sequenceFlow"}


def test_looking_ahead_takes_no_step_and_asks_nobody(app: Flask, people: People, request_id: int) -> None:
    before, asked = [step.id for step in _steps(app, people)], waiting(app, people, request_id)
    assert _picture(app, people, request_id).ahead
    assert [step.id for step in _steps(app, people)] == before
    assert waiting(app, people, request_id) == asked


def test_the_way_ends_where_it_depends_on_what_the_applicant_will_change(
    app: Flask, people: People, request_id: int
) -> None:
    task_id = waiting(app, people, request_id)["bob"]
    act(app, people["bob"], "decide", task_id=task_id, decision="return", comment="Which contract?")
    ahead = [point.element_id for point in _picture(app, people, request_id).ahead]
    assert ahead == ["resubmit", "pick_chain", "resolve_chain", "any_step_left"]


def test_a_request_that_is_through_has_no_way_ahead(app: Flask, people: People, request_id: int) -> None:
    while _answer(app, people, request_id):
        pass
    assert _picture(app, people, request_id).ahead == ()
