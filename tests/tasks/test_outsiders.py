"""Somebody from outside the company as a signer: no user, so nobody is taken for them, and they for nobody."""

from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.access import Actor, Role
from models.db import db
from models.errors import AppError, NotAllowed, NotFound
from models.processes import HumanTask, TaskSigner
from models.tenancy import serve_company
from tasks import inbox, requests
from tests.support.approvals import act, approval_of, ask_all, submit, waiting

People = dict[str, Actor]
MAIL = "ming@auditors.example"
FROM_OUTSIDE = f'{{outsider: {{name: "Ming", mail: "{MAIL}"}}}}'


@pytest.fixture
def together(app: Flask, people: People) -> tuple[int, int]:
    """A request whose step asks Bob and somebody from outside, both of whom must agree; the ids of it and its task."""
    signers = f"[{{user: {people['bob'].user_id}}}, {FROM_OUTSIDE}]"
    ask_all(app, people["dora"], f'{{mode: "all", signers: {signers}}}')
    request_id = submit(app, people["alice"])
    return request_id, waiting(app, people, request_id)["bob"]


def outside(app: Flask, people: People, task_id: int) -> TaskSigner:
    """Their newest turn in a task."""
    with app.app_context():
        serve_company(people["ada"].company_id)
        wanted = select(TaskSigner).where(TaskSigner.task_id == task_id, TaskSigner.mail == MAIL)
        return db.session.scalars(wanted.order_by(TaskSigner.id.desc())).all()[0]


def their(app: Flask, people: People, task_id: int) -> Actor:
    turn = outside(app, people, task_id)
    return Actor(turn.company_id, origin="mail link", turn=turn.id, outsider=turn.address)


def answer(app: Flask, people: People, task_id: int, decision: str = "approve", comment: str = "") -> None:
    actor = their(app, people, task_id)
    with app.app_context():
        inbox.decide_from_outside(actor, decision=decision, comment=comment)


def refusal(app: Flask, people: People, task_id: int, decision: str = "approve", comment: str = "") -> str:
    with pytest.raises(AppError) as error:
        answer(app, people, task_id, decision, comment)
    return error.value.code


def test_a_countersign_waits_for_the_one_inside_and_the_one_outside(
    app: Flask, people: People, together: tuple[int, int]
) -> None:
    request_id, task_id = together
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    assert approval_of(app, people["alice"], request_id) == "in_approval"
    answer(app, people, task_id, comment="In order")
    turn = outside(app, people, task_id)
    assert (turn.status.value, turn.comment) == ("approved", "In order")
    assert task_id not in waiting(app, people, request_id).values(), "the chain went on"


def test_who_closed_it_from_outside_is_named_in_the_task_and_in_the_timeline(
    app: Flask, people: People, together: tuple[int, int]
) -> None:
    request_id, task_id = together
    answer(app, people, task_id, "reject", "Not ours")
    with app.app_context():
        task = inbox.get_task(people["bob"], task_id).task
        assert (task.closed_by_id, task.closer) == (None, f"Ming <{MAIL}>")
        last = requests.list_timeline(people["alice"], request_id)[-1]
        assert (last.action, last.user_id, last.outsider) == ("reject", None, f"Ming <{MAIL}>")
        assert requests.get_request(people["alice"], request_id).approval == "rejected"
    with pytest.raises(AppError) as refused:
        act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    assert refused.value.fields["person"] == f"Ming <{MAIL}>"


def test_an_actor_from_outside_may_do_nothing_but_answer_their_turn(
    app: Flask, people: People, together: tuple[int, int]
) -> None:
    request_id, task_id = together
    actor = their(app, people, task_id)
    other = submit(app, people["alice"])
    calls: list[tuple[str, Mapping[str, object]]] = [
        ("decide", {"task_id": task_id, "decision": "approve"}),
        ("get_task", {"task_id": task_id}),
        ("comment_on", {"request_id": request_id, "text": "Hello"}),
        ("transfer", {"task_id": task_id, "user_id": people["bea"].user_id}),
        ("list_tasks", {}),
        ("urge", {"request_id": other}),
    ]
    for name, arguments in calls:
        with app.app_context(), pytest.raises(NotAllowed):
            getattr(inbox, name)(actor, **arguments)
    for turn in (0, 10_000):
        stranger = Actor(actor.company_id, turn=turn, outsider=actor.outsider)
        with app.app_context(), pytest.raises(NotFound):
            inbox.decide_from_outside(stranger, decision="approve")
    with app.app_context(), pytest.raises(NotAllowed):
        inbox.decide_from_outside(people["ada"], decision="approve")


def test_the_turn_of_another_company_is_not_there(app: Flask, people: People, together: tuple[int, int]) -> None:
    turn = outside(app, people, together[1])
    elsewhere = Actor((turn.company_id or 0) + 1, turn=turn.id, outsider=turn.address)
    with app.app_context(), pytest.raises(NotFound):
        inbox.decide_from_outside(elsewhere, decision="approve")


def test_nobody_without_an_id_is_taken_for_somebody_from_outside(
    app: Flask, people: People, together: tuple[int, int]
) -> None:
    nobody = Actor(people["bob"].company_id, roles=frozenset({Role.APPROVER}))
    request_id, task_id = together
    with app.app_context():
        assert inbox.count_views(nobody)["open"] == 0
        assert not inbox.list_tasks(nobody).rows
        with pytest.raises(NotFound):
            inbox.get_task(nobody, task_id)
        with pytest.raises(NotFound):
            requests.get_request(nobody, request_id)
        task = db.session.scalars(select(HumanTask).where(HumanTask.id == task_id)).one()
        assert not inbox.may_answer(nobody, task)


def test_a_turn_is_answered_once(app: Flask, people: People, together: tuple[int, int]) -> None:
    _request_id, task_id = together
    answer(app, people, task_id)
    assert refusal(app, people, task_id) == "task.not_your_turn"
    act(app, people["bob"], "decide", task_id=task_id, decision="reject", comment="No")
    assert refusal(app, people, task_id) == "task.closed"


def test_from_outside_too_a_refusal_needs_a_reason_and_the_step_says_what_is_allowed(
    app: Flask, people: People
) -> None:
    ask_all(app, people["dora"], f'{{mode: "any", verbs: ["approve", "reject"], signers: [{FROM_OUTSIDE}]}}')
    request_id = submit(app, people["alice"])
    with app.app_context():
        serve_company(people["ada"].company_id)
        task_id = db.session.scalars(select(HumanTask.id).where(HumanTask.subject_id == request_id)).one()
    assert refusal(app, people, task_id, "reject") == "task.reason"
    assert refusal(app, people, task_id, "return", "Mend it") == "task.verb"
    assert refusal(app, people, task_id, "issue", "Why not") == "task.decision"
    assert refusal(app, people, task_id, "reject", "x" * 1001) == "task.comment"


def test_an_administrator_takes_somebody_from_outside_out_and_the_others_decide(
    app: Flask, people: People, together: tuple[int, int]
) -> None:
    request_id, task_id = together
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    turn = outside(app, people, task_id)
    with pytest.raises(AppError):
        act(app, people["bob"], "remove_signer", task_id=task_id, signer_id=turn.id)
    act(app, people["ada"], "remove_signer", task_id=task_id, signer_id=turn.id)
    assert task_id not in waiting(app, people, request_id).values(), "Bob's approval is enough"
    with app.app_context():
        found = [line for line in requests.list_timeline(people["alice"], request_id) if line.action == "remove"]
        assert [(line.user_id, line.about_id, line.outsider) for line in found] == [
            (people["ada"].user_id, None, f"Ming <{MAIL}>")
        ]
    assert refusal(app, people, task_id) == "task.closed"


def test_an_approval_taken_back_asks_the_one_outside_as_before(
    app: Flask, people: People, together: tuple[int, int]
) -> None:
    request_id, task_id = together
    answer(app, people, task_id)
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    act(app, people["bob"], "take_back", task_id=task_id)
    again = waiting(app, people, request_id)["bob"]
    assert again != task_id
    turn = outside(app, people, again)
    assert (turn.user_id, turn.name, turn.status.value) == (None, "Ming", "approved")
    act(app, people["bob"], "decide", task_id=again, decision="approve")
    assert again not in waiting(app, people, request_id).values()


def test_a_turn_that_went_back_to_waiting_cannot_be_answered_by_its_old_actor(app: Flask, people: People) -> None:
    signers = f"[{{user: {people['bob'].user_id}}}, {FROM_OUTSIDE}]"
    ask_all(app, people["dora"], f'{{mode: "order", signers: {signers}}}')
    task_id = waiting(app, people, submit(app, people["alice"]))["bob"]
    assert refusal(app, people, task_id) == "task.not_your_turn"
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    act(app, people["bob"], "take_back", task_id=task_id)
    assert refusal(app, people, task_id) == "task.not_your_turn"


def test_a_withdrawn_request_cannot_be_answered_from_outside(
    app: Flask, people: People, together: tuple[int, int]
) -> None:
    request_id, task_id = together
    with app.app_context():
        requests.withdraw_request(people["alice"], request_id=request_id)
    assert refusal(app, people, task_id) == "task.closed"


def test_a_signer_is_a_user_or_somebody_with_a_mail_address_and_never_both_or_neither(
    app: Flask, people: People, together: tuple[int, int]
) -> None:
    for wrong in ({"user_id": None, "mail": None}, {"user_id": people["bob"].user_id, "mail": MAIL}):
        with app.app_context():
            serve_company(people["ada"].company_id)
            db.session.add(TaskSigner(task_id=together[1], outsider="Ming", **wrong))
            with pytest.raises(IntegrityError):
                db.session.flush()
            db.session.rollback()


def test_a_diagram_that_names_no_address_or_both_is_refused(app: Flask, people: People) -> None:
    for entry in (
        '{outsider: {name: "Ming", mail: "ming"}}',
        '{outsider: "ming@auditors.example"}',
        f'{{user: {people["bob"].user_id}, outsider: {{name: "Ming", mail: "{MAIL}"}}}}',
        "{}",
    ):
        ask_all(app, people["dora"], f'{{mode: "any", signers: [{entry}]}}')
        with pytest.raises(AppError) as refused:
            submit(app, people["alice"])
        assert refused.value.code == "task.step"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", f"External: Ming <{MAIL}>, by link"), ("zh", f"外部审批人：Ming <{MAIL}>，通过链接")],
)
def test_the_approval_sheet_names_them_as_external_with_their_word(
    app: Flask, people: People, together: tuple[int, int], language: str, said: str
) -> None:
    request_id, task_id = together
    answer(app, people, task_id, comment="In order")
    with app.app_context():
        sheet = requests.build_sheet(people["alice"], request_id=request_id, language=language)
    assert [(step.person, step.comment) for step in sheet.steps][-1] == (said, "In order")
