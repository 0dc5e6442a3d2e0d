"""Random people do random things to requests: nothing hangs, nothing is asked twice, what is refused changes nothing.

`PIAOFLOW_RANDOM_RUNS` (8) says how many requests, each with at most fifty verbs, are played on each database.
"""

import os
from dataclasses import dataclass
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db
from models.errors import AppError
from models.processes import HumanTask, InstanceStatus, ProcessInstance, SignerKind, SignerStatus, StepMode, TaskStatus
from models.requests import Approval, InvoiceRequest
from models.tenancy import serve_company
from tasks import inbox, requests
from tests.support.approvals import act, ask_all, step_of, submit

People = dict[str, Actor]
RUNS = int(os.environ.get("PIAOFLOW_RANDOM_RUNS", "8"))
STEPS = 50
APPROVERS = ("bob", "bea", "fiona", "ada")
ENDED = {Approval.APPROVED, Approval.REJECTED}
PLACES = ("before", "after", "parallel")


@dataclass(frozen=True)
class Picture:
    """All that the tables say of a request at one moment."""

    approval: Approval
    is_running: bool
    open_tasks: tuple[tuple[int, str, str], ...]
    signers: tuple[tuple[int, int, int, str, str], ...]

    def asked(self) -> set[int]:
        return {user for _row, _task, user, status, _kind in self.signers if status == SignerStatus.OPEN}


def look(app: Flask, ada: Actor, request_id: int) -> Picture:
    with app.app_context():
        serve_company(ada.company_id)
        request = db.session.get_one(InvoiceRequest, request_id)
        instance = db.session.scalars(select(ProcessInstance).where(ProcessInstance.subject_id == request_id)).one()
        tasks = db.session.scalars(select(HumanTask).where(HumanTask.subject_id == request_id)).all()
        return Picture(
            request.approval,
            instance.status is InstanceStatus.RUNNING,
            tuple((task.id, task.form_key, task.role) for task in tasks if task.status is TaskStatus.OPEN),
            tuple((s.id, task.id, s.user_id, s.status.value, s.kind.value) for task in tasks for s in task.signers),
        )


@pytest.mark.parametrize("run", range(RUNS))
def test_a_random_approval_keeps_its_promises(app: Flask, people: People, run: int) -> None:
    random = Random(run)
    mode = random.choice(list(StepMode))
    first = random.sample(APPROVERS, random.randint(1, 4))
    step = step_of(mode.value, [people[name].user_id for name in first], threshold=random.randint(1, 4))
    ask_all(app, people["dora"], step)
    request_id = submit(app, people["alice"])
    before = look(app, people["ada"], request_id)
    for _ in range(STEPS):
        if before.approval in ENDED:
            break
        is_done = _try(app, people, random, request_id, before)
        after = look(app, people["ada"], request_id)
        if not is_done:
            assert after == before
        _check(app, people, request_id, after)
        before = after


def _try(app: Flask, people: People, random: Random, request_id: int, picture: Picture) -> bool:
    """One verb of somebody; False when it was refused."""
    if picture.approval is Approval.RETURNED:
        with app.app_context():
            requests.submit_request(people["alice"], request_id=request_id)
        return True
    name = random.choice([*APPROVERS, "alice", "otto"])
    other = people[random.choice([*APPROVERS, "alice", "dora"])].user_id
    task_id = random.choice(picture.signers)[1] if random.random() < 0.2 else picture.open_tasks[0][0]
    row = random.choice(picture.signers)[0]
    verb, arguments = random.choice(
        [
            ("decide", {"task_id": task_id, "decision": "approve"}),
            ("decide", {"task_id": task_id, "decision": "approve"}),
            ("decide", {"task_id": task_id, "decision": random.choice(["reject", "return"]), "comment": "Because"}),
            ("transfer", {"task_id": task_id, "user_id": other}),
            ("delegate", {"task_id": task_id, "user_id": other}),
            ("add_signer", {"task_id": task_id, "user_id": other, "place": random.choice(PLACES)}),
            ("remove_signer", {"task_id": task_id, "signer_id": row}),
            ("take_back", {"task_id": task_id}),
        ]
    )
    try:
        act(app, people[name], verb, **arguments)
    except AppError:
        return False
    return True


def _check(app: Flask, people: People, request_id: int, picture: Picture) -> None:
    assert picture.is_running or picture.approval is Approval.REJECTED
    assert len(picture.open_tasks) == (1 if picture.is_running else 0)
    waits_for_role = any(role for _id, _form, role in picture.open_tasks)
    assert not picture.is_running or waits_for_role or picture.asked(), picture
    pending = [(task, user) for _row, task, user, status, _kind in picture.signers if status in ("open", "waiting")]
    assert len(pending) == len(set(pending))
    alice = people["alice"].user_id
    assert not any(user == alice and status == "approved" for _row, _task, user, status, _kind in picture.signers)
    assert all(
        status == "advised"
        for *_, status, kind in picture.signers
        if kind == SignerKind.ADVISER and status in ("approved", "rejected", "advised")
    )
    for name in (*APPROVERS, "alice"):
        with app.app_context():
            rows = [row.request.id for row in inbox.list_tasks(people[name]).rows]
            assert inbox.count_open(people[name]) == len(rows)
            if not waits_for_role:
                assert (request_id in rows) == (people[name].user_id in picture.asked())
