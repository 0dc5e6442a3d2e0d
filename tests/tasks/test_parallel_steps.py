"""Steps of a chain that are asked at the same time: every verb in them, and the way through them and back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from models.access import Actor
from models.errors import Conflict, Invalid
from tasks import inbox, requests
from tests.support.approvals import act, approval_of, asks, put_steps, submit, waiting

People = dict[str, Actor]
STANDARD = "50000.00"
Answer = Callable[..., None]


@pytest.fixture
def chain(app: Flask, people: People) -> People:
    """First Bob; then Bea and Ada, both, and at the same time Fiona; at the end Ada."""
    bob, bea, fiona, ada = (people[name] for name in ("bob", "bea", "fiona", "ada"))
    put_steps(
        app,
        ada,
        asks("first", bob),
        asks("legal", bea, ada, mode="all"),
        asks("money", fiona, alongside="yes"),
        asks("last", ada),
    )
    return people


@pytest.fixture
def request_id(app: Flask, chain: People) -> int:
    return submit(app, chain["alice"], STANDARD)


@pytest.fixture
def answer(app: Flask, people: People, request_id: int) -> Answer:
    def give(who: str, decision: str = "approve", **more: Any) -> None:
        task_id = waiting(app, people, request_id)[who]
        comment = "" if decision == "approve" else "Because"
        act(app, people[who], "decide", task_id=task_id, decision=decision, comment=comment, **more)

    return give


@pytest.fixture
def asked(app: Flask, people: People, request_id: int) -> Callable[[], list[str]]:
    return lambda: sorted(waiting(app, people, request_id))


def tasks_of(app: Flask, actor: Actor, request_id: int) -> list[tuple[str, str]]:
    """Title and outcome of every task about a request, oldest first."""
    with app.app_context():
        return [(task.title, task.outcome) for task in requests.read_document(actor, request_id).tasks]


def test_both_steps_are_asked_at_once_and_both_must_approve(answer: Answer, asked: Any) -> None:
    assert asked() == ["bob"]
    answer("bob")
    assert asked() == ["ada", "bea", "fiona"]
    answer("fiona")
    assert asked() == ["ada", "bea"]
    answer("bea")
    answer("ada")
    assert asked() == ["ada"]


def test_a_step_without_a_chinese_title_is_called_by_its_own(app: Flask, people: People, answer: Answer) -> None:
    answer("bob")
    with app.app_context():
        (row,) = inbox.list_tasks(people["fiona"]).rows
        assert (row.task.title, row.task.title_zh) == ("money", "")


def test_the_chain_ends_behind_its_last_step(app: Flask, people: People, request_id: int, answer: Answer) -> None:
    for who in ("bob", "bea", "ada", "fiona", "ada"):
        assert approval_of(app, people["alice"], request_id) == "in_approval"
        answer(who)
    assert approval_of(app, people["alice"], request_id) == "approved"


@pytest.mark.parametrize(("decision", "then"), [("reject", []), ("return", ["alice"])])
def test_one_step_decides_otherwise_and_the_other_is_closed(
    app: Flask, people: People, request_id: int, answer: Answer, asked: Any, decision: str, then: list[str]
) -> None:
    answer("bob")
    answer("bea")
    answer("fiona", decision)
    assert asked() == then
    assert approval_of(app, people["alice"], request_id) == {"reject": "rejected", "return": "returned"}[decision]


def test_after_the_applicant_has_mended_it_every_step_is_asked_again(
    app: Flask, people: People, request_id: int, answer: Answer, asked: Any
) -> None:
    answer("bob")
    answer("fiona")
    answer("bea", "return")
    with app.app_context():
        requests.submit_request(people["alice"], request_id=request_id)
    assert asked() == ["bob"]
    answer("bob")
    assert asked() == ["ada", "bea", "fiona"]


@pytest.mark.parametrize(("resume", "then"), [("onward", ["ada", "bea", "fiona"]), ("back", ["ada", "bea", "fiona"])])
def test_a_return_out_of_the_middle_comes_back_to_all_of_them(
    answer: Answer, asked: Any, resume: str, then: list[str]
) -> None:
    answer("bob")
    answer("fiona")
    answer("bea", "return", return_to=0, resume=resume)
    assert asked() == ["bob"]
    answer("bob")
    assert asked() == then


def test_no_step_returns_to_one_of_the_same_time(answer: Answer) -> None:
    answer("bob")
    with pytest.raises(Invalid, match="earlier step"):
        answer("fiona", "return", return_to=1)


@pytest.mark.parametrize(("resume", "then"), [("onward", ["ada"]), ("back", ["ada"])])
def test_a_return_to_one_of_them_asks_that_one_alone(answer: Answer, asked: Any, resume: str, then: list[str]) -> None:
    for who in ("bob", "bea", "ada", "fiona"):
        answer(who)
    answer("ada", "return", return_to=2, resume=resume)
    assert asked() == ["fiona"]
    answer("fiona")
    assert asked() == then


def test_an_approval_is_taken_back_while_the_other_step_waits(
    app: Flask, people: People, request_id: int, answer: Answer, asked: Any
) -> None:
    answer("bob")
    task_id = waiting(app, people, request_id)["fiona"]
    answer("fiona")
    act(app, people["fiona"], "take_back", task_id=task_id)
    assert asked() == ["ada", "bea", "fiona"]
    with pytest.raises(Conflict):
        act(app, people["fiona"], "take_back", task_id=task_id)
    answer("bea")
    answer("ada")
    assert asked() == ["fiona"]
    answer("fiona")
    assert asked() == ["ada"]


def test_who_takes_back_asks_nobody_again_who_signed_beside_them(
    app: Flask, people: People, request_id: int, answer: Answer, asked: Any
) -> None:
    answer("bob")
    task_id = waiting(app, people, request_id)["ada"]
    answer("bea")
    answer("ada")
    act(app, people["ada"], "take_back", task_id=task_id)
    assert asked() == ["ada", "fiona"]
    answer("ada")
    assert asked() == ["fiona"]


@pytest.mark.parametrize("who", ["fiona", "ada"])
def test_an_approval_is_taken_back_though_the_stage_is_over(
    app: Flask, people: People, request_id: int, answer: Answer, asked: Any, who: str
) -> None:
    answer("bob")
    answer("bea")
    task_id = waiting(app, people, request_id)[who]
    answer("fiona")
    answer("ada")
    act(app, people[who], "take_back", task_id=task_id)
    assert asked() == [who]
    answer(who)
    assert asked() == ["ada"]


def test_the_step_before_is_taken_back_until_one_of_them_is_opened(
    app: Flask, people: People, request_id: int, answer: Answer, asked: Any
) -> None:
    task_id = waiting(app, people, request_id)["bob"]
    answer("bob")
    act(app, people["bob"], "take_back", task_id=task_id)
    assert asked() == ["bob"]
    task_id = waiting(app, people, request_id)["bob"]
    answer("bob")
    act(app, people["fiona"], "mark_seen", task_id=waiting(app, people, request_id)["fiona"])
    with pytest.raises(Conflict, match="already opened"):
        act(app, people["bob"], "take_back", task_id=task_id)


def test_what_was_approved_two_steps_ago_is_not_taken_back(
    app: Flask, people: People, request_id: int, answer: Answer
) -> None:
    task_id = waiting(app, people, request_id)["bob"]
    for who in ("bob", "bea", "ada", "fiona"):
        answer(who)
    with pytest.raises(Conflict, match="gone on"):
        act(app, people["bob"], "take_back", task_id=task_id)


def test_a_withdrawal_closes_all_of_them(app: Flask, people: People, request_id: int, answer: Answer) -> None:
    answer("bob")
    with app.app_context():
        requests.withdraw_request(people["alice"], request_id=request_id)
    assert tasks_of(app, people["ada"], request_id)[1:] == [("legal", "cancelled"), ("money", "cancelled")]


def test_handing_on_adding_and_asking_touch_one_step_only(
    app: Flask, people: People, request_id: int, answer: Answer, asked: Any
) -> None:
    answer("bob")
    tasks = waiting(app, people, request_id)
    act(app, people["fiona"], "transfer", task_id=tasks["fiona"], user_id=people["bob"].user_id, comment="")
    assert asked() == ["ada", "bea", "bob"]
    act(app, people["bea"], "delegate", task_id=tasks["bea"], user_id=people["fiona"].user_id, comment="")
    assert asked() == ["ada", "bob", "fiona"]
    answer("fiona")
    assert asked() == ["ada", "bea", "bob"]
    for who in ("bob", "bea", "ada"):
        answer(who)
    assert asked() == ["ada"]


def test_whoever_sits_in_both_steps_is_asked_in_each_unless_once_is_enough(app: Flask, people: People) -> None:
    for repeat, count in (("every", 2), ("consecutive", 2), ("first", 1)):
        step = asks("b", people["bob"], alongside="yes", repeat=repeat)
        put_steps(app, people["ada"], asks("a", people["bob"]), step)
        about = submit(app, people["alice"], STANDARD)
        assert len(tasks_of(app, people["ada"], about)) == count


def test_who_approved_beside_others_is_not_asked_behind_them(app: Flask, people: People) -> None:
    bob, bea = people["bob"], people["bea"]
    both = asks("a", bob, bea), asks("b", people["fiona"], bea, alongside="yes")
    put_steps(app, people["ada"], *both, asks("c", bob, repeat="first"), asks("d", bea, repeat="consecutive"))
    about = submit(app, people["alice"], STANDARD)
    tasks = waiting(app, people, about)
    act(app, people["fiona"], "decide", task_id=tasks["fiona"], decision="approve")
    act(app, bob, "decide", task_id=tasks["bob"], decision="approve")
    assert sorted(waiting(app, people, about)) == ["bea"]


def test_two_answers_at_the_same_moment_both_count_and_close_the_stage_once(app: Flask, people: People) -> None:
    put_steps(
        app,
        people["ada"],
        asks("a", people["bob"]),
        asks("b", people["bea"], alongside="yes"),
        asks("c", people["ada"]),
    )
    for _ in range(5):
        about = submit(app, people["alice"], STANDARD)
        tasks, start = waiting(app, people, about), Barrier(2)

        def approve(who: str, tasks: dict[str, int] = tasks, start: Barrier = start) -> None:
            start.wait()
            act(app, people[who], "decide", task_id=tasks[who], decision="approve")

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(approve, ("bob", "bea")))
        assert list(waiting(app, people, about)) == ["ada"]
        assert tasks_of(app, people["ada"], about) == [("a", "approve"), ("b", "approve"), ("c", "")]
