"""Random people do random things to requests in random chains, and a plain model says each time what must come of it.

`PIAOFLOW_RANDOM_RUNS` (20) says how many runs of fifty verbs are played on each database, `PIAOFLOW_RANDOM_FIRST` (0)
which is the first. A run that fails names its number and all that was done in it: `PIAOFLOW_RANDOM_RUNS=1
PIAOFLOW_RANDOM_FIRST=<number>` plays it again, alone. With `-s` the test says how far it is.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db
from models.errors import AppError
from models.processes import HumanTask, InstanceStatus, ProcessInstance
from models.requests import InvoiceRequest
from models.tenancy import serve_company
from tasks import chains, inbox, requests
from tests.flows import pictures
from tests.flows.pictures import Picture
from tests.flows.plain_chain import Case
from tests.flows.plain_model import Refused, Request
from tests.flows.plain_step import Task
from tests.flows.random_company import AMOUNTS, CHAIN, REQUESTERS, STAFF, Company
from tests.support.requests import make_draft

RUNS = int(os.environ.get("PIAOFLOW_RANDOM_RUNS", "20"))
FIRST = int(os.environ.get("PIAOFLOW_RANDOM_FIRST", "0"))
STEPS = 50
# As many runs share a database: then its lists are still short enough to be read whole.
BATCH = 10
Verb = tuple[str, Callable[[], Any], Callable[[], Any]]
PLACES = ("before", "after", "parallel")
VIEWS = ("open", "started")
TALLY: Counter[str] = Counter()
STARTED = time.monotonic()


@pytest.mark.parametrize("first", range(FIRST, FIRST + RUNS, BATCH))
def test_whatever_people_do_a_request_goes_as_the_plain_model_says(
    app: Flask, people: dict[str, Actor], first: int
) -> None:
    company = Company(app, people)
    for number in range(first, min(first + BATCH, FIRST + RUNS)):
        run = Run(company, number)
        try:
            run.play()
        except Exception as error:
            error.add_note(f"Run {number}:\n" + "\n".join(run.history))
            raise
    TALLY["runs"] += min(BATCH, FIRST + RUNS - first)
    print(f"{dict(TALLY)} in {time.monotonic() - STARTED:.0f} s", flush=True)


@dataclass(frozen=True)
class Aim:
    """Who acts in which task: `at` is its number in the model, `task_id` its row."""

    who: int
    at: int
    task: Task
    task_id: int


class Run:
    """Fifty verbs. Where one request comes to its end, another one begins."""

    def __init__(self, company: Company, number: int) -> None:
        self.company, self.random = company, Random(number)
        self.number = number
        self.history: list[str] = []
        self.rows: list[int] = []

    def play(self) -> None:
        self.company.start_anew(self.random)
        self.company.save_chain(self.random)
        self._submit()
        for step in range(STEPS):
            if not self.model.is_running:
                self._submit()
            elif self.random.random() < 0.12:
                self._change_the_world()
            else:
                self._do(*self._verb())
            self._compare()
            if step % 4 == 0:
                self._check_inboxes(self.random.sample(STAFF, 1))
        self._check_inboxes(self.random.sample(STAFF, 5))
        self._end()

    # -- doing -------------------------------------------------------------------------------------------------------

    def _submit(self) -> None:
        """A new request of somebody who may make one."""
        world = self.company.world
        able = [who for who in map(self._id, REQUESTERS) if world.people[who].is_active and self._may_submit(who)]
        if not able:
            self.company.start_anew(self.random)
            able = [self._id("alice")]
        self.requester = self.random.choice(able)
        self._choose_facts()
        self.steps_id, steps = self.company.steps_in_force()
        self._note("submit", self.requester, self.amount, self.remark, steps)
        predicted = self._predict()
        with self.company.app.app_context():
            self.request_id = requests.submit_draft(self.company.actor(self.requester), self._draft()).id
        self.model = Request(self.requester, self._case, steps)
        self._same_as_predicted(predicted)
        self._compare()

    def _choose_facts(self) -> None:
        self.amount = self.random.choice(AMOUNTS)
        self.remark = self.random.choice(["", "Bob", "Eve", "Amy"])

    def _draft(self) -> Any:
        serve_company(self.company.ada.company_id)
        return make_draft(self.company.customer_row(), amount=self.amount, remark=self.remark)

    def _case(self) -> Case:
        return self.company.case(self.requester, self.amount, self.remark)

    def _change_the_world(self) -> None:
        """Something in the company, or another version of the chain: the request stays where it is."""
        try:
            if self.random.random() < 0.2:
                self.company.save_chain(self.random)
                self._note("save_chain")
            else:
                what, about = self.company.change(self.random)
                self._note(what, about)
                if what == "_hand_over":
                    self.model.hand_over(about[0], about[1], self.company.ada.user_id or 0)
        except AppError as refusal:
            self._note("no change", refusal.code)

    def _do(self, what: str, product: Callable[[], Any], model: Callable[[], Any]) -> None:
        """Let both do it: they must agree on whether it may be done."""
        forecast = self._forecast() if ": approve" in what else None
        count = len(self.model.tasks)
        try:
            model()
            is_allowed = True
        except Refused:
            is_allowed = False
        try:
            with self.company.app.app_context():
                product()
            refusal = None
        except AppError as error:
            refusal = error.code
        self._note(what, refusal or "done")
        TALLY["accepted" if refusal is None else "refused"] += 1
        TALLY["together"] += len(self.model.open_tasks) > 1
        assert is_allowed == (refusal is None), f"the model says {is_allowed}, the product {refusal or 'done'}"
        if forecast is not None and len(self.model.tasks) > count:
            self._was_foretold(forecast)

    def _end(self) -> None:
        if self.model.is_running:
            with self.company.app.app_context(), suppress(AppError):  # finance has it already
                requests.withdraw_request(self.company.actor(self.requester), request_id=self.request_id)

    def _verb(self) -> Verb:
        """What somebody tries: mostly whose turn it is, sometimes anybody, now and then in an older task."""
        random, model = self.random, self.model
        is_open = [at for at, task in enumerate(model.tasks) if task.status == "open"]
        at = random.choice(is_open) if random.random() < 0.85 else random.randrange(len(model.tasks))
        task = model.tasks[at]
        aim = Aim(self._somebody(task), at, task, self.rows[at])
        turn = task.turn_of(aim.who)
        if model.approval == "returned" and self._is_here(self.requester) and random.random() < 0.5:
            return self._resubmit()
        if task.form == "issuing":
            return self._decide(aim, random.choice(["issue", "return", "return"]), channel="simulator")
        choices: list[tuple[float, Callable[[], Verb]]] = [
            (9, lambda: self._decide(aim, "approve")),
            (3 if turn is not None and turn.kind != "asked" else 0.7, lambda: self._decide(aim, "reject")),
            (2.5, lambda: self._decide(aim, "return")),
            (1, lambda: self._bring_in(aim, "transfer")),
            (1, lambda: self._bring_in(aim, "delegate")),
            (2, lambda: self._bring_in(aim, "add_signer", place=random.choice(PLACES))),
            (1.5, lambda: self._remove(aim)),
            (2, lambda: self._simply(aim, "take_back")),
            (1, lambda: self._simply(aim, "mark_seen")),
            (0.4, self._urge),
            (0.2, self._withdraw),
        ]
        weights, makers = zip(*choices, strict=True)
        make: Callable[[], Verb] = random.choices(makers, weights)[0]
        return make()

    def _decide(self, aim: Aim, word: str, **more: Any) -> Verb:
        to = self.random.choice([None, None, *range(len(self.model.course.steps) + 1)]) if word == "return" else None
        back = word == "return" and self.random.random() < 0.5
        actor = self.company.actor(aim.who)
        more |= {"return_to": to, "resume": "back" if back else "onward"}
        return (
            f"{self._name(aim.who)}: {word} to {to} {'back' if back else ''} in {aim.at}",
            lambda: inbox.decide(actor, task_id=aim.task_id, decision=word, comment="Because", **more),
            lambda: self.model.decide(aim.who, aim.task, word, to, back=back),
        )

    def _bring_in(self, aim: Aim, verb: str, **more: str) -> Verb:
        actor, other = self.company.actor(aim.who), self._id(self.random.choice(STAFF))
        return (
            f"{self._name(aim.who)}: {verb} {self._name(other)} {more} in {aim.at}",
            lambda: getattr(inbox, verb)(actor, task_id=aim.task_id, user_id=other, **more),
            lambda: getattr(self.model, verb)(aim.who, aim.task, other, *more.values()),
        )

    def _simply(self, aim: Aim, verb: str) -> Verb:
        return (
            f"{self._name(aim.who)}: {verb} {aim.at}",
            lambda: getattr(inbox, verb)(self.company.actor(aim.who), task_id=aim.task_id),
            lambda: getattr(self.model, verb)(aim.who, aim.task),
        )

    def _remove(self, aim: Aim) -> Verb:
        if not aim.task.signers:
            return self._simply(aim, "mark_seen")
        row = self.random.randrange(len(aim.task.signers))
        signer, signer_id = aim.task.signers[row], self.signers[aim.at][row]
        by = signer.by if signer.by and self._is_here(signer.by) else aim.who
        who = self.random.choice([aim.who, self._id("ada"), by])
        return (
            f"{self._name(who)}: remove {self._name(signer.user)} ({row}) in {aim.at}",
            lambda: inbox.remove_signer(self.company.actor(who), task_id=aim.task_id, signer_id=signer_id),
            lambda: self.model.remove_signer(who, aim.task, signer),
        )

    def _somebody(self, task: Task) -> int:
        turn = [signer.user for signer in task.signers if signer.status == "open"]
        gave = [task.closed_by] if task.closed_by else [one.user for one in task.signers if one.answered is not None]
        holders = turn or gave or ([self._id("fiona")] if task.role else [])
        active = [who for who in holders if who and self.company.world.people[who].is_active]
        if active and self.random.random() < 0.85:
            return self.random.choice(active)
        return self.random.choice([self._id(name) for name in STAFF if self._is_here(self._id(name))])

    def _resubmit(self) -> Verb:
        requester = self.requester
        self._choose_facts()
        actor = self.company.actor(requester)
        version, steps = self.company.steps_in_force()
        predicted: list[list[Picture]] = []

        def product() -> None:
            if self._may_submit(requester):
                predicted.append(self._predict())
            with self.company.app.app_context():
                requests.submit_draft(actor, self._draft(), request_id=self.request_id)
            self.steps_id = version
            self._same_as_predicted(predicted[0])

        return f"resubmit {self.amount} {self.remark}", product, lambda: self.model.resubmit(requester, steps)

    def _urge(self) -> Verb:
        who = self._mostly_the_requester()
        return (
            f"{self._name(who)}: urge",
            lambda: inbox.urge(self.company.actor(who), request_id=self.request_id),
            lambda: self.model.urge(who),
        )

    def _mostly_the_requester(self) -> int:
        here = self._is_here(self.requester) and self.random.random() < 0.7
        return self.requester if here else self._id("ada")

    def _withdraw(self) -> Verb:
        who = self._mostly_the_requester()
        return (
            f"{self._name(who)}: withdraw",
            lambda: requests.withdraw_request(self.company.actor(who), request_id=self.request_id),
            lambda: self.model.withdraw(who),
        )

    # -- looking -----------------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        """The tables are what the model says, and what must always hold does."""
        approval, is_running, tasks = self._tables()
        model = self.model
        assert tasks == [pictures.of_model(task) for task in model.tasks]
        assert (approval, is_running) == (model.approval, model.is_running)
        assert bool(model.open_tasks) == model.is_running
        for task in model.open_tasks:
            assert task.role or any(one.status == "open" for one in task.signers), "nobody is asked"
            pending = [one.user for one in task.signers if one.is_pending]
            assert len(pending) == len(set(pending)), "somebody is asked twice"
        keys = [task.key for task in model.open_tasks]
        assert len(keys) == len(set(keys)), "a step is asked twice"
        assert not any(
            one.user == self.requester and one.status == "approved" for task in model.tasks for one in task.signers
        )

    def _tables(self) -> tuple[str, bool, list[Any]]:
        with self.company.app.app_context():
            serve_company(self.company.ada.company_id)
            request = db.session.get_one(InvoiceRequest, self.request_id)
            about = ProcessInstance.subject_id == self.request_id
            status = db.session.scalars(select(ProcessInstance.status).where(about)).one()
            wanted = select(HumanTask).where(HumanTask.subject_id == self.request_id).order_by(HumanTask.id)
            rows = db.session.scalars(wanted).all()
            self.rows = [row.id for row in rows]
            self.signers = [[signer.id for signer in row.signers] for row in rows]
            return request.approval.value, status is InstanceStatus.RUNNING, [pictures.of_table(row) for row in rows]

    def _check_inboxes(self, names: Any) -> None:
        """Each person finds what the tables say waits for them, and the figures are those of the lists."""
        for name in names:
            who = self._id(name)
            if not self._is_here(who):
                continue
            actor = self.company.actor(who)
            with self.company.app.app_context():
                found = {view: [row.task.id for row in inbox.list_tasks(actor, view=view).rows] for view in VIEWS}
                figures = inbox.count_views(actor)
            wanted = {row for row, task in zip(self.rows, self.model.tasks, strict=True) if self._waits(task, actor)}
            assert wanted == {row for row in self.rows if row in found["open"]}, name
            assert figures["open"] == len(found["open"])
            assert figures["started"] == len(found["started"])
            assert (who == self.requester and self.model.is_running) == any(
                row in found["started"] for row in self.rows
            )

    @staticmethod
    def _waits(task: Task, actor: Actor) -> bool:
        return task.status == "open" and bool(task.turn_of(actor.user_id or 0) or task.role in actor.roles)

    # -- the preview -------------------------------------------------------------------------------------------------

    def _predict(self) -> list[Picture]:
        """What the form shows before a request is submitted."""
        with self.company.app.app_context():
            found = requests.preview_request(self.company.actor(self.requester), self._draft())
            assert found.approvers is not None, found.obstacle
            return [pictures.of_preview(step) for step in found.approvers.steps]

    def _same_as_predicted(self, predicted: list[Picture]) -> None:
        assert predicted == [pictures.of_plan(one.plan) for one in self.model.course.steps]

    def _forecast(self) -> dict[str, Picture] | None:
        """What the preview says now of the chain with which the request began."""
        if self.company.steps_in_force()[0] != self.steps_id:
            return None
        with self.company.app.app_context():
            found = chains.preview(
                self.company.ada,
                amount=self._case().facts["amount"],
                invoice_type="digital_ordinary",
                customer_id=self.company.customer,
                key=CHAIN,
                requester_id=self.requester,
                fields={"remark": self.remark},
            )
            return {step.rule.key: pictures.of_preview(step) for step in found.steps}

    def _was_foretold(self, forecast: dict[str, Picture]) -> None:
        """The steps that are asked now are those that the preview showed a moment ago."""
        course = self.model.course
        for plan in [course.steps[place].plan for place in course.asked]:
            if plan.repeat == "every":
                TALLY["foretold"] += 1
                assert forecast[plan.key] == pictures.of_plan(plan)

    # -- small things ------------------------------------------------------------------------------------------------

    def _id(self, name: str) -> int:
        return self.company.ids[name]

    def _name(self, who: int) -> str:
        return next((name for name, user in self.company.ids.items() if user == who), str(who))

    def _is_here(self, who: int) -> bool:
        return self.company.world.people[who].is_active

    def _may_submit(self, who: int) -> bool:
        return bool(self.company.world.people[who].roles & {"admin", "applicant"})

    def _note(self, *what: Any) -> None:
        self.history.append(" ".join(map(str, what)))
