"""Two threads on one instance: one of them wins, the other is told so, and the instance is right afterwards."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db
from models.errors import Conflict
from models.processes import HumanTask, InstanceStatus, ProcessInstance, ProcessStep, TaskStatus
from models.tenancy import serve_company
from tasks import processes
from tests.conformance.cases import CASES
from tests.conformance.playing import START

ROUNDS = 20
SYSTEM = Actor(None, is_system=True)


class Contest:
    """A published case, an instance of it for each round, and two threads that set out at the same moment."""

    def __init__(self, app: Flask, designer: Actor, case: str) -> None:
        self.app, self.designer = app, designer
        self.actor = designer.as_process()
        self.rounds = 0
        with app.app_context():
            self.key = processes.publish_process(designer, bpmn=(CASES / f"{case}.bpmn").read_bytes()).key

    def begin(self) -> int:
        """A new instance; its id."""
        self.rounds += 1
        with self.app.app_context():
            subject = ("contest", self.rounds)
            return processes.start_process(self.actor, key=self.key, subject=subject, data={}).id

    def meet(self, *moves: Callable[[threading.Barrier], None]) -> list[str]:
        """Make all moves at once. For each the code of its refusal, or nothing; anything but a conflict fails."""
        barrier = threading.Barrier(len(moves))
        said: list[str | BaseException] = ["?"] * len(moves)

        def make(index: int) -> None:
            with self.app.app_context():
                serve_company(self.designer.company_id)
                try:
                    moves[index](barrier)
                    said[index] = ""
                except Conflict as conflict:
                    said[index] = conflict.code
                except BaseException as error:
                    barrier.abort()
                    said[index] = error

        threads = [threading.Thread(target=make, args=(index,)) for index in range(len(moves))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert all(isinstance(word, str) and word != "?" for word in said), said
        return [str(word) for word in said]

    def answer(self, instance_id: int, element_id: str, **answer: int) -> Callable[[threading.Barrier], None]:
        """The move of a person who has the task before them."""

        def move(barrier: threading.Barrier) -> None:
            task = db.session.scalars(
                select(HumanTask).where(HumanTask.instance_id == instance_id, HumanTask.element_id == element_id)
            ).one()
            assert task.status is TaskStatus.OPEN
            barrier.wait(30)
            processes.complete_task(self.actor, task=task, answer=answer, outcome="done")

        return move

    def wake(self, instance_id: int) -> Callable[[threading.Barrier], None]:
        """The move of a clock."""

        def move(barrier: threading.Barrier) -> None:
            barrier.wait(30)
            processes.wake_instance(SYSTEM.at(self.designer.company_id), instance_id=instance_id)

        return move

    def deliver(self, name: str) -> Callable[[threading.Barrier], None]:
        """The move of somebody who brings a message."""

        def move(barrier: threading.Barrier) -> None:
            barrier.wait(30)
            processes.deliver_message(self.actor, name=name, payload={"amount": 1})

        return move

    def completed(self, instance_id: int) -> Counter[str]:
        """How often each element was completed, once the instance has ended."""
        with self.app.app_context():
            serve_company(self.designer.company_id)
            instance = db.session.get_one(ProcessInstance, instance_id)
            assert instance.status is InstanceStatus.COMPLETED
            assert not instance.waits
            assert all(task.status is not TaskStatus.OPEN for task in instance.tasks)
            steps = db.session.scalars(select(ProcessStep).where(ProcessStep.instance_id == instance_id))
            return Counter(
                step.element_id for step in steps if step.event == "completed" and "_to_" not in step.element_id
            )


@pytest.fixture
def contest(app: Flask, people: dict[str, Actor], stubs: None) -> Callable[[str], Contest]:
    return lambda case: Contest(app, people["dora"], case)


@pytest.fixture
def later() -> Iterator[Callable[[], None]]:
    """A clock that stands still until it is moved past every timer of the cases."""
    with time_machine.travel(START, tick=False) as traveller:
        yield lambda: traveller.shift(timedelta(days=2))


def test_one_task_is_answered_by_one_of_two(contest: Callable[[str], Contest]) -> None:
    game = contest("tasks/user_task")
    for _ in range(ROUNDS):
        instance = game.begin()
        said = game.meet(game.answer(instance, "ask", answer=1), game.answer(instance, "ask", answer=2))
        assert sorted(bool(code) for code in said) == [False, True]
        assert game.completed(instance) == Counter(["start", "ask", "end"])
        with game.app.app_context():
            serve_company(game.designer.company_id)
            data = processes.read_data(db.session.get_one(ProcessInstance, instance))
        assert data == {"answer": said.index("") + 1}


def test_two_branches_answered_at_once_meet_once(contest: Callable[[str], Contest]) -> None:
    game = contest("parallel/join_a_first")
    for _ in range(ROUNDS):
        instance = game.begin()
        moves = game.answer(instance, "a", a=1), game.answer(instance, "b", b=2)
        said = game.meet(*moves)
        assert "" in said
        for move, code in zip(moves, said, strict=True):
            if code:
                assert game.meet(move) == [""]
        assert game.completed(instance) == Counter(["start", "fork", "a", "b", "join", "end"])


def test_an_answer_and_an_interrupting_timer_have_one_winner(
    contest: Callable[[str], Contest], later: Callable[[], None]
) -> None:
    game = contest("boundary/timer_interrupting")
    ways = Counter[str]()
    for _ in range(ROUNDS):
        instance = game.begin()
        later()
        said = game.meet(game.answer(instance, "ask", answer=1), game.wake(instance))
        done = game.completed(instance)
        assert done in (Counter(["start", "ask", "end"]), Counter(["start", "late", "remind", "late_end"]))
        assert ("ask" in done) == (said[0] == "")
        ways["ask" if "ask" in done else "late"] += 1
    assert sum(ways.values()) == ROUNDS


def test_two_clocks_fire_a_timer_once(contest: Callable[[str], Contest], later: Callable[[], None]) -> None:
    game = contest("timer/duration")
    for _ in range(ROUNDS):
        instance = game.begin()
        later()
        assert "" in game.meet(game.wake(instance), game.wake(instance))
        assert game.completed(instance) == Counter(["start", "pause", "end"])


def test_a_message_that_is_brought_twice_is_taken_once(contest: Callable[[str], Contest]) -> None:
    game = contest("message/catch")
    for _ in range(ROUNDS):
        instance = game.begin()
        said = game.meet(game.deliver("paid"), game.deliver("paid"))
        assert sorted(bool(code) for code in said) == [False, True]
        assert game.completed(instance) == Counter(["start", "wait", "end"])
