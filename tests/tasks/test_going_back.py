"""Back to an earlier step of the chain, to the applicant, or to who has just approved; and onward again."""

from collections.abc import Callable

import pytest
from flask import Flask

from models.access import Actor
from models.errors import Conflict, Invalid, NotAllowed
from tasks import chains, inbox, requests
from tasks.chains import ChainDraft
from tests.conftest import Browser
from tests.support.approvals import act, approval_of, submit, waiting

People = dict[str, Actor]
# The standard chain asks the approvers Bob and Bea, then Fiona of finance, who also issues.
STANDARD = "50000.00"


@pytest.fixture
def step(app: Flask, people: People) -> Callable[..., None]:
    """`step(request_id, who, decision, …)`: answer the task that waits for somebody."""

    def answer(request_id: int, who: str, decision: str = "approve", **more: object) -> None:
        task_id = waiting(app, people, request_id)[who]
        comment = "" if decision == "approve" else "Because"
        act(app, people[who], "decide", task_id=task_id, decision=decision, comment=comment, **more)

    return answer


def asked(app: Flask, people: People, request_id: int) -> list[str]:
    return sorted(waiting(app, people, request_id))


def ask_each(app: Flask, people: People, *names: str) -> None:
    """The standard chain asks these people, one step each."""
    steps = [
        {"title": f"Step of {name}", "approvers": {"kind": "people", "people": [people[name].user_id]}}
        for name in names
    ]
    with app.app_context():
        revision = chains.get_chain(people["ada"], "standard").revision
        chains.save_chain(people["ada"], ChainDraft(name="Standard", steps=steps), key="standard", revision=revision)


def test_a_return_to_an_earlier_step_goes_onward_from_there(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    step(request_id, "bob")
    step(request_id, "fiona", "return", return_to=0)
    assert asked(app, people, request_id) == ["bea", "bob"]
    step(request_id, "bea")
    assert asked(app, people, request_id) == ["fiona"]


def test_finance_returns_an_approved_request_to_a_step_and_gets_it_straight_back(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    step(request_id, "bob")
    step(request_id, "fiona")
    assert approval_of(app, people["alice"], request_id) == "approved"
    step(request_id, "fiona", "return", return_to=0, resume="back")
    assert (asked(app, people, request_id), approval_of(app, people["alice"], request_id)) == (
        ["bea", "bob"],
        "in_approval",
    )
    step(request_id, "bob")
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_finance_returns_an_approved_request_to_the_applicant(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    step(request_id, "bob")
    step(request_id, "fiona")
    step(request_id, "fiona", "return")
    assert approval_of(app, people["alice"], request_id) == "returned"


def test_the_page_shows_that_an_approval_leads_straight_back(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    ask_each(app, people, "bob", "bea", "fiona")
    request_id = submit(app, people["alice"])
    for who in ("bob", "bea"):
        step(request_id, who)
    step(request_id, "fiona", "return", return_to=0, resume="back")
    with app.app_context():
        assert [one.people for one in requests.read_document(people["alice"], request_id).next_steps] == [
            ("Bob",),
            ("Fiona",),
        ]


def test_an_approval_that_led_straight_back_is_taken_back_to_its_own_step_and_leads_there_again(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    ask_each(app, people, "bob", "bea", "fiona")
    request_id = submit(app, people["alice"])
    for who in ("bob", "bea"):
        step(request_id, who)
    step(request_id, "fiona", "return", return_to=0, resume="back")
    task_id = waiting(app, people, request_id)["bob"]
    step(request_id, "bob")
    assert asked(app, people, request_id) == ["fiona"]
    act(app, people["bob"], "take_back", task_id=task_id)
    again = waiting(app, people, request_id)
    with app.app_context():
        assert inbox.get_task(people["bob"], again["bob"]).task.title == "Step of bob"
    step(request_id, "bob")
    assert asked(app, people, request_id) == ["fiona"]


def test_an_approval_is_not_taken_back_over_the_head_of_who_approved_after_it(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    ask_each(app, people, "bob", "bea", "fiona")
    request_id = submit(app, people["alice"])
    task_id = waiting(app, people, request_id)["bob"]
    for who in ("bob", "bea"):
        step(request_id, who)
    with pytest.raises(Conflict) as refused:
        act(app, people["bob"], "take_back", task_id=task_id)
    assert (refused.value.code, asked(app, people, request_id)) == ("task.gone_on", ["fiona"])


def test_who_was_added_behind_an_approver_is_asked_again_when_they_take_back(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    ask_each(app, people, "bob", "fiona")
    request_id = submit(app, people["alice"])
    task_id = waiting(app, people, request_id)["bob"]
    act(app, people["bob"], "add_signer", task_id=task_id, user_id=people["bea"].user_id, place="after")
    step(request_id, "bea")
    act(app, people["bea"], "take_back", task_id=task_id)
    assert asked(app, people, request_id) == ["bea"]


def test_nobody_is_asked_twice_by_taking_back(app: Flask, people: People) -> None:
    ask_each(app, people, "bob", "fiona")
    request_id = submit(app, people["alice"])
    task_id = waiting(app, people, request_id)["bob"]
    bea = people["bea"].user_id
    act(app, people["bob"], "add_signer", task_id=task_id, user_id=bea)
    act(app, people["bea"], "decide", task_id=task_id, decision="approve")
    act(app, people["bob"], "transfer", task_id=task_id, user_id=bea)
    with pytest.raises(Conflict) as refused:
        act(app, people["bea"], "take_back", task_id=task_id)
    assert refused.value.code == "task.asked_again"


def test_what_was_returned_to_its_applicant_is_handed_to_nobody(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    request_id = submit(app, people["alice"])
    step(request_id, "bob", "return")
    task_id = waiting(app, people, request_id)["alice"]
    for verb in ("transfer", "delegate", "add_signer"):
        with pytest.raises(NotAllowed) as refused:
            act(app, people["alice"], verb, task_id=task_id, user_id=people["bea"].user_id)
        assert refused.value.code == "task.own"
    with app.app_context():
        assert "transfer" not in inbox.read_task(people["alice"], task_id).verbs


@pytest.mark.parametrize("place", [1, 5, -1])
def test_there_is_no_return_to_a_step_that_was_not_passed(
    app: Flask, people: People, step: Callable[..., None], place: int
) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    step(request_id, "bob")
    with pytest.raises(Invalid) as refused:
        step(request_id, "fiona", "return", return_to=place)
    assert refused.value.code == "task.return_to"


def test_the_steps_to_return_to_are_named(app: Flask, people: People, step: Callable[..., None]) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    step(request_id, "bob")
    task_id = waiting(app, people, request_id)["fiona"]
    with app.app_context():
        targets = inbox.return_targets(inbox.get_task(people["fiona"], task_id).task)
    assert [(target.position, target.title) for target in targets] == [(0, "Manager approval")]


def test_an_approval_that_settled_a_step_is_taken_back_until_the_next_opens_it(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    task_id = waiting(app, people, request_id)["bob"]
    step(request_id, "bob")
    act(app, people["bob"], "take_back", task_id=task_id)
    assert "bob" in asked(app, people, request_id)
    step(request_id, "bob")
    act(app, people["fiona"], "mark_seen", task_id=waiting(app, people, request_id)["fiona"])
    with app.app_context():
        done = inbox.list_tasks(people["bob"], view="done").rows[0].task.id
    with pytest.raises(Conflict) as refused:
        act(app, people["bob"], "take_back", task_id=done)
    assert refused.value.code == "task.seen"


def test_the_last_approval_is_taken_back_until_finance_opens_it(
    app: Flask, people: People, step: Callable[..., None]
) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    step(request_id, "bob")
    task_id = waiting(app, people, request_id)["fiona"]
    step(request_id, "fiona")
    act(app, people["fiona"], "take_back", task_id=task_id)
    assert approval_of(app, people["alice"], request_id) == "in_approval"
    assert asked(app, people, request_id) == ["fiona"]
    step(request_id, "fiona")
    task_id = waiting(app, people, request_id)["fiona"]
    act(app, people["fiona"], "mark_seen", task_id=task_id)
    with app.app_context():
        done = inbox.list_tasks(people["fiona"], view="done").rows[0].task.id
    with pytest.raises(Conflict):
        act(app, people["fiona"], "take_back", task_id=done)


def test_twenty_returns_later_it_still_goes_on(app: Flask, people: People, step: Callable[..., None]) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    for _ in range(20):
        step(request_id, "bob")
        step(request_id, "fiona", "return", return_to=0)
    step(request_id, "bea")
    step(request_id, "fiona")
    assert approval_of(app, people["alice"], request_id) == "approved"


def test_whoever_opens_the_page_of_a_task_has_seen_it(
    app: Flask, people: People, step: Callable[..., None], as_user: Callable[[str], Browser]
) -> None:
    request_id = submit(app, people["alice"], STANDARD)
    step(request_id, "bob")
    task_id = waiting(app, people, request_id)["fiona"]
    step(request_id, "fiona")
    as_user("fiona").get(f"/inbox/{waiting(app, people, request_id)['fiona']}")
    with pytest.raises(Conflict) as refused:
        act(app, people["fiona"], "take_back", task_id=task_id)
    assert refused.value.code == "task.seen"
