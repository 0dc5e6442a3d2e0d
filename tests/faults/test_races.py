"""Contests on one task, in sixteen threads and more and in four processes: one wins, the others are told who and when.

`PIAOFLOW_RACES` (2) says how many contests of each kind are held on each database.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Select, func, select

from models.access import Actor, Role
from models.audit import AuditEntry
from models.db import db
from models.notices import NoticeEvent
from models.processes import HumanTask, InstanceStatus, ProcessInstance, TaskAction, TaskStatus
from models.requests import Approval, InvoiceRequest
from models.tenancy import serve_company
from tasks import audit
from tests.conftest import _add_member, _add_user
from tests.faults.racing import ASK_DAY, CLOCK, FAULT, RACE_DAY, Move, OneProcess, Said, SeveralProcesses, rounds
from tests.support.approvals import act, ask_all, signer_id, step_of, submit

pytestmark = pytest.mark.faults
ROUNDS = rounds(2)
SIGNERS = 16
ADDED = 6
# How a task is left: by the word of its outcome, how the request then stands and how many tasks are open.
ENDS = {
    "approve": (Approval.IN_APPROVAL, 1),
    "reject": (Approval.REJECTED, 0),
    "return": (Approval.RETURNED, 1),
    "cancelled": (Approval.WITHDRAWN, 0),
}
Racers = OneProcess | SeveralProcesses
Contest = list[tuple[Move, Said]]


@dataclass
class Ring:
    """A company with enough approvers, and what the tables say after a contest."""

    app: Flask
    people: dict[str, Actor]
    signers: list[Actor]

    def ask(self, mode: str) -> None:
        """Every step asks the sixteen, may be reported as late, and returns the request by itself after a day."""
        asked = [signer.user_id for signer in self.signers[:SIGNERS]]
        clock = {
            "escalate_hours": "2",
            "escalate_to": '"head"',
            "auto": '"return"',
            "auto_hours": "22",
        }
        ask_all(self.app, self.people["dora"], step_of(mode, asked, **clock))

    def submit(self) -> tuple[int, int]:
        """A request and the task that the sixteen have about it, by ids."""
        with time_machine.travel(ASK_DAY, tick=False):
            request_id = submit(self.app, self.people["alice"])
        with self.app.app_context():
            serve_company(self.people["ada"].company_id)
            task_id = db.session.scalars(_open_tasks(request_id)).one().id
        return request_id, task_id

    def check(self, request_id: int, task_id: int, contest: Contest) -> str:
        """The tables tell one story, and everybody was told the same. Returns the outcome of the task."""
        faults = [word.sentence for _move, word in contest if word.code == FAULT]
        assert not faults, faults[0]
        with self.app.app_context():
            serve_company(self.people["ada"].company_id)
            task = db.session.get_one(HumanTask, task_id)
            _check_task(task, contest)
            _check_refusals(task, contest)
            _check_request(request_id, task)
            return task.outcome


def _open_tasks(request_id: int) -> Select[HumanTask]:
    return select(HumanTask).where(HumanTask.subject_id == request_id, HumanTask.status == TaskStatus.OPEN)


def _check_task(task: HumanTask, contest: Contest) -> None:
    """Closed by the last move in its timeline, which holds each move that was done once, as the log does."""
    assert task.status is not TaskStatus.OPEN
    assert not any(signer.is_pending for signer in task.signers)
    done = Counter(_action(move) for move, word in contest if not word.code and _is_about_task(move))
    actions = db.session.scalars(select(TaskAction).where(TaskAction.task_id == task.id).order_by(TaskAction.id)).all()
    assert Counter(action.action for action in actions if action.at == RACE_DAY and action.action != "escalate") == done
    if task.outcome != "cancelled":
        assert actions[-1].action in (task.outcome, f"auto_{task.outcome}")
        assert actions[-1].user_id == task.closed_by_id
    decided = select(func.count()).where(AuditEntry.action == "task.decide", AuditEntry.subject == f"task:{task.id}")
    said = sum(action.action in ("approve", "reject", "return") for action in actions)
    assert db.session.scalar(decided) == said


def _check_refusals(task: HumanTask, contest: Contest) -> None:
    """Whoever came too late is told who was faster, and when."""
    who = task.closed_by.name if task.closed_by else "The approval chain"
    for move, word in contest:
        if move.actor == CLOCK or not word.code:
            continue
        if move.verb == "urge":
            assert word.code == "urge.nobody", word
            continue
        assert word.code in ("task.closed", "request.not_withdrawable"), (move, word)
        assert who in word.sentence, (move, word)
        assert "2026-11-25 17:00" in word.sentence, word


def _check_request(request_id: int, task: HumanTask) -> None:
    """The request stands as the outcome says, with the one task that follows, told of once."""
    request = db.session.get_one(InvoiceRequest, request_id)
    is_withdrawn = request.approval is Approval.WITHDRAWN
    stands = ENDS["cancelled" if is_withdrawn else task.outcome]
    assert (request.approval, len(db.session.scalars(_open_tasks(request_id)).all())) == stands
    instance = db.session.get_one(ProcessInstance, task.instance_id)
    assert (instance.status is InstanceStatus.RUNNING) == (stands[1] == 1)
    told = Counter(
        db.session.scalars(
            select(NoticeEvent.topic).where(
                NoticeEvent.subject == f"request:{request_id}",
                NoticeEvent.topic.in_(["request.returned", "request.rejected", "request.approved"]),
            )
        )
    )
    expected = {"return": "request.returned", "reject": "request.rejected"}.get(task.outcome)
    assert told == Counter([expected] if expected else [])
    if task.outcome == "approve":
        following = db.session.scalars(_open_tasks(request_id)).one()
        news = select(func.count()).where(NoticeEvent.subject == f"task:{following.id}")
        assert db.session.scalar(news) == 1


def _action(move: Move) -> str:
    """What the timeline calls it."""
    if move.verb == "decide":
        return str(move.arguments["decision"])
    if move.verb == "add_signer":
        return f"add_{move.arguments['place']}"
    return {"remove_signer": "remove", "act_on_late": "auto_return"}.get(move.verb, move.verb)


def _is_about_task(move: Move) -> bool:
    return ("task_id" in move.arguments and move.verb != "mark_seen") or move.verb == "act_on_late"


@pytest.fixture
def ring(app: Flask, people: dict[str, Actor]) -> Ring:
    company = people["ada"].company_id
    assert company is not None
    with app.app_context():
        members = [_add_user(f"signer{number}", "acme", "no password") for number in range(SIGNERS + ADDED)]
        for user_id in members:
            _add_member(user_id, company, Role.APPROVER)
    signers = [Actor(company, user_id, frozenset({Role.APPROVER})) for user_id in members]
    return Ring(app, people, signers)


@pytest.fixture(params=["threads", "processes"])
def racers(request: pytest.FixtureRequest, app: Flask, database_url: str, tmp_path: Path) -> Iterator[Racers]:
    found = OneProcess(app) if request.param == "threads" else SeveralProcesses(database_url, str(tmp_path))
    yield found
    found.close()


def clash(ring: Ring, racers: Racers, moves_of: Callable[[int, int], list[Move]]) -> Counter[tuple[str, int]]:
    """Hold the contests, each about a request of its own. How often each outcome won, with how many moves done."""
    won, chance = Counter[tuple[str, int]](), Random(4)
    for _ in range(ROUNDS):
        request_id, task_id = ring.submit()
        moves = moves_of(request_id, task_id)
        chance.shuffle(moves)
        contest = list(zip(moves, racers.run(moves), strict=True))
        outcome = ring.check(request_id, task_id, contest)
        won[outcome, sum(not word.code for _move, word in contest)] += 1
    with ring.app.app_context():
        assert audit.verify_audit(ring.people["ada"]) is None
    return won


def test_of_sixteen_who_could_each_decide_one_does(ring: Ring, racers: Racers) -> None:
    ring.ask("any")
    decisions = ["approve", "reject", "return"]

    def moves(_request_id: int, task_id: int) -> list[Move]:
        answers = [
            Move(signer, "decide", {"task_id": task_id, "decision": decisions[place % 3], "comment": "Because"})
            for place, signer in enumerate(ring.signers[:SIGNERS])
        ]
        return [*answers, Move(CLOCK, "act_on_late")]

    won = clash(ring, racers, moves)
    assert {done for _outcome, done in won} == {1}
    assert sum(won.values()) == ROUNDS


def test_sixteen_who_must_all_agree_all_count(ring: Ring, racers: Racers) -> None:
    ring.ask("all")

    def moves(_request_id: int, task_id: int) -> list[Move]:
        arguments = {"task_id": task_id, "decision": "approve"}
        return [Move(signer, "decide", arguments) for signer in ring.signers[:SIGNERS]]

    assert clash(ring, racers, moves) == Counter({("approve", SIGNERS): ROUNDS})
    with ring.app.app_context():
        serve_company(ring.people["ada"].company_id)
        approvals = select(func.count()).where(TaskAction.action == "approve")
        assert db.session.scalar(approvals) == SIGNERS * ROUNDS
        following = select(HumanTask.subject_id).where(HumanTask.status == TaskStatus.OPEN)
        assert set(Counter(db.session.scalars(following)).values()) == {1}


def test_all_verbs_at_once_end_a_task_once(ring: Ring, racers: Racers) -> None:
    ring.ask("all")
    won = clash(ring, racers, lambda request_id, task_id: _every_verb(ring, request_id, task_id))
    assert sum(won.values()) == ROUNDS


def _every_verb(ring: Ring, request_id: int, task_id: int) -> list[Move]:
    """A move of each signer and of those around them. One has approved before, another has put somebody in."""
    signers, added = ring.signers[:SIGNERS], [signer.user_id for signer in ring.signers[SIGNERS:]]
    with time_machine.travel(ASK_DAY + timedelta(hours=1), tick=False):
        act(ring.app, signers[0], "decide", task_id=task_id, decision="approve")
        act(ring.app, signers[1], "add_signer", task_id=task_id, user_id=added[0], place="parallel")
        put_in = signer_id(ring.app, signers[1], task_id, ring.signers[SIGNERS])
    verbs: list[tuple[str, dict[str, object]]] = [
        ("take_back", {}),
        ("remove_signer", {"signer_id": put_in}),
        ("decide", {"decision": "approve"}),
        ("decide", {"decision": "reject", "comment": "Too dear"}),
        ("decide", {"decision": "reject", "comment": "No contract"}),
        ("decide", {"decision": "return", "comment": "Mend it"}),
        ("decide", {"decision": "return", "comment": "Which project?"}),
        ("transfer", {"user_id": added[1]}),
        ("delegate", {"user_id": added[2]}),
        ("add_signer", {"user_id": added[3], "place": "before"}),
        ("add_signer", {"user_id": added[4], "place": "parallel"}),
        ("add_signer", {"user_id": added[5], "place": "after"}),
        ("mark_seen", {}),
    ]
    moves = [
        Move(signer, verb, {"task_id": task_id, **more}) for signer, (verb, more) in zip(signers, verbs, strict=False)
    ]
    watchers = [signers[len(verbs)], signers[len(verbs) + 1]]
    return [
        *moves,
        Move(watchers[0], "comment_on", {"request_id": request_id, "text": "Please look", "mentions": (added[1],)}),
        Move(watchers[1], "copy_to", {"request_id": request_id, "user_ids": (added[1],)}),
        Move(ring.people["alice"], "urge", {"request_id": request_id}),
        _withdraw(ring, request_id),
        Move(CLOCK, "act_on_late"),
        Move(CLOCK, "act_on_late"),
    ]


def _withdraw(ring: Ring, request_id: int) -> Move:
    return Move(ring.people["alice"], "withdraw", {"request_id": request_id})
