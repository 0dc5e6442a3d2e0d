"""The inbox in the browser without a script: views, filters, putting off, bulk results, and the verbs."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from models.access import Actor
from tasks.inbox import VIEWS
from tests.conftest import Browser
from tests.support.approvals import act, ask_all, signer_id, step_of, submit, waiting
from tests.support.pages import text_of
from tests.support.requests import make_customer, make_request

People = dict[str, Actor]
AsUser = Callable[[str], Browser]


@pytest.fixture
def task_id(app: Flask, people: People) -> int:
    """A task that asks Bob and Bea, either of whom decides."""
    return waiting(app, people, submit(app, people["alice"]))["bob"]


@pytest.fixture
def together(app: Flask, people: People) -> int:
    """A task in which Bob and Bea must both agree."""
    ask_all(app, people["dora"], step_of("all", [people["bob"].user_id, people["bea"].user_id]))
    return waiting(app, people, submit(app, people["alice"]))["bob"]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_a_page(task_id: int, as_user: AsUser, view: str) -> None:
    assert as_user("bob").get(f"/inbox?view={view}").status_code == 200


def test_an_address_that_cannot_be_read_shows_the_open_tasks(task_id: int, as_user: AsUser) -> None:
    page = as_user("bob").get("/inbox?view=all&min_amount=much&after=-3&customer_id=x")
    assert page.status_code == 200
    assert f"/inbox/{task_id}" in page.text


def test_filters_stay_in_the_address_and_say_what_they_leave(task_id: int, as_user: AsUser) -> None:
    bob = as_user("bob")
    page = bob.get("/inbox?min_amount=100&max_amount=200")
    assert "1 found · ¥106.00" in text_of(page).replace("¥ ", "¥")
    assert f"/inbox/{task_id}?min_amount=100&amp;max_amount=200" in page.text
    assert f'href="/inbox/{task_id}' not in bob.get("/inbox?min_amount=200").text


def test_a_view_is_kept_shared_and_deleted(task_id: int, as_user: AsUser) -> None:
    bob, bea = as_user("bob"), as_user("bea")
    sent = bob.post("/inbox/views?min_amount=100", data={"name": "Large ones", "is_shared": "true"})
    assert sent.status_code == 303
    assert "/inbox?min_amount=100" in bea.get("/inbox").text
    assert "Large ones" in text_of(bea.get("/inbox"))
    delete = re.search(r"/inbox/views/\d+/delete", bob.get("/inbox").text)
    assert delete
    assert delete[0] not in bea.get("/inbox").text
    bob.post(delete[0])
    bob.get("/inbox")  # shows that it is deleted
    assert "Large ones" not in text_of(bob.get("/inbox"))


def test_a_task_is_put_off_and_brought_back(task_id: int, as_user: AsUser) -> None:
    bob = as_user("bob")
    assert "In 3 hours" in text_of(bob.get(f"/inbox/{task_id}/snooze"))
    assert bob.post(f"/inbox/{task_id}/snooze", data={"until": "week"}).status_code == 303
    assert f'href="/inbox/{task_id}' not in bob.get("/inbox").text
    assert f'href="/inbox/{task_id}' in bob.get("/inbox?view=snoozed").text
    bob.post(f"/inbox/{task_id}/wake")
    assert f'href="/inbox/{task_id}' in bob.get("/inbox").text


def test_a_bulk_decision_lists_what_became_of_each(task_id: int, as_user: AsUser) -> None:
    page = as_user("bob").post("/inbox/approve", data={"ids": [str(task_id), "999999"]})
    assert page.status_code == 200
    assert re.search(r"KP-\S+ Approved", text_of(page))
    assert "There is no such task" in text_of(page)


def test_after_an_approval_it_can_be_undone(app: Flask, people: People, together: int, as_user: AsUser) -> None:
    bob = as_user("bob")
    sent = bob.post(f"/inbox/{together}", data={"decision": "approve"})
    assert f"undo={together}" in sent.location
    assert f"/inbox/{together}/take-back" in bob.get(sent.location).text
    bob.post(f"/inbox/{together}/take-back")
    assert f'href="/inbox/{together}' in bob.get("/inbox").text


def test_a_task_is_handed_over(people: People, task_id: int, as_user: AsUser) -> None:
    bob, fiona = as_user("bob"), as_user("fiona")
    assert f'href="/inbox/{task_id}' not in fiona.get("/inbox").text
    form = {"user_id": str(people["fiona"].user_id), "comment": "On leave"}
    assert bob.post(f"/inbox/{task_id}/transfer", data=form).status_code == 303
    assert f'href="/inbox/{task_id}' in fiona.get("/inbox").text
    page = text_of(fiona.get(f"/inbox/{task_id}"))
    assert "Handed it over" in page
    assert "On leave" in page


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("delegate", {}),
        ("add", {"place": "before"}),
        ("add", {"place": "after"}),
        ("add", {"place": "parallel"}),
    ],
)
def test_somebody_more_is_asked_in_a_countersign(
    people: People, together: int, as_user: AsUser, verb: str, form: dict[str, str]
) -> None:
    bob = as_user("bob")
    asked = form | {"user_id": str(people["fiona"].user_id)}
    assert bob.post(f"/inbox/{together}/{verb}", data=asked).status_code == 303
    assert "Fiona" in text_of(bob.get(f"/inbox/{together}")).partition("Signers")[2]


def test_a_signer_whom_one_added_is_taken_out(app: Flask, people: People, together: int, as_user: AsUser) -> None:
    bob = as_user("bob")
    act(app, people["bob"], "add_signer", task_id=together, user_id=people["fiona"].user_id)
    assert "Fiona" in text_of(bob.get(f"/inbox/{together}/remove"))
    added = signer_id(app, people["bob"], together, people["fiona"])
    assert bob.post(f"/inbox/{together}/remove", data={"signer_id": str(added)}).status_code == 303
    assert "Removed" in text_of(bob.get(f"/inbox/{together}"))


def test_copies_and_mentions_reach_people_who_then_see_the_request(
    people: People, task_id: int, as_user: AsUser
) -> None:
    bob, dora = as_user("bob"), as_user("dora")
    dora_id = str(people["dora"].user_id)
    assert dora.get(f"/inbox/{task_id}").status_code == 404
    assert bob.post(f"/inbox/{task_id}/copy", data={"user_ids": [dora_id]}).status_code == 303
    assert "New" in text_of(dora.get("/inbox?view=copies")).partition("Copies to me")[2]
    assert dora.get(f"/inbox/{task_id}?view=copies").status_code == 200
    said = {"comment": "Look at line 1", "user_ids": [dora_id]}
    assert bob.post(f"/inbox/{task_id}/comment", data=said).status_code == 303
    assert "Look at line 1" in text_of(dora.get(f"/inbox/{task_id}"))


def test_whoever_made_a_request_urges_from_the_inbox(task_id: int, as_user: AsUser) -> None:
    alice = as_user("alice")
    assert f"/inbox/{task_id}/urge" in alice.get(f"/inbox/{task_id}?view=started").text
    assert alice.post(f"/inbox/{task_id}/urge").status_code == 303
    assert alice.post(f"/inbox/{task_id}/urge").status_code == 409
    assert "Urged" in text_of(as_user("bob").get("/inbox"))


@pytest.mark.parametrize(
    ("verb", "form", "says"),
    [
        ("transfer", {"user_id": "0"}, "cannot be read"),
        ("transfer", {}, "Choose a person"),
        ("return", {"return_to": "", "comment": " "}, "Give a reason"),
        ("comment", {"comment": ""}, "Write a comment"),
        ("copy", {}, "Choose between one and 50 people"),
        ("snooze", {}, "Choose until when"),
        ("remove", {}, "no such signer"),
    ],
)
def test_a_verb_that_is_refused_shows_its_form_again_and_says_why(
    task_id: int, as_user: AsUser, verb: str, form: dict[str, str], says: str
) -> None:
    answer = as_user("bob").post(f"/inbox/{task_id}/{verb}", data=form)
    assert answer.status_code in (404, 422)
    assert says in text_of(answer)
    assert 'id="verb-form"' in answer.text


def test_nobody_uses_a_verb_on_a_task_that_is_not_theirs(people: People, task_id: int, as_user: AsUser) -> None:
    form = {"user_id": str(people["bea"].user_id), "until": "hours"}
    assert as_user("dora").post(f"/inbox/{task_id}/transfer", data=form).status_code == 404
    for verb in ("transfer", "delegate", "add", "snooze"):
        assert as_user("alice").post(f"/inbox/{task_id}/{verb}", data=form).status_code in (403, 404), verb


def test_an_unknown_verb_has_no_page(task_id: int, as_user: AsUser) -> None:
    assert as_user("bob").get(f"/inbox/{task_id}/sing").status_code == 404


def test_a_part_of_a_bulk_decision_is_answered_by_its_results_alone(task_id: int, as_user: AsUser) -> None:
    """What a script asks for, a few tasks at a time."""
    sent = as_user("bob").post("/inbox/approve", data={"ids": [str(task_id), "999999"]}, headers={"HX-Request": "true"})
    assert "<html" not in sent.text
    assert re.findall(r'data-result="(\d+)"( data-refused)?', sent.text) == [
        (str(task_id), ""),
        ("999999", " data-refused"),
    ]
    assert f"/inbox/{task_id}/take-back" in sent.text


def test_an_approval_among_many_is_taken_back_where_it_is_listed(task_id: int, as_user: AsUser) -> None:
    bob = as_user("bob")
    bob.post("/inbox/approve", data={"ids": [str(task_id)]}, headers={"HX-Request": "true"})
    undone = bob.post(f"/inbox/{task_id}/take-back", headers={"HX-Request": "true"})
    assert "It waits for you again" in text_of(undone)
    assert "1 found" in text_of(bob.get("/inbox?min_amount=1"))


def test_a_row_with_a_red_flag_says_so_as_its_document_does(app: Flask, people: People, as_user: AsUser) -> None:
    with app.app_context():
        customer = make_customer(people["alice"])
        first, _ = (make_request(people["alice"], customer) for _ in range(2))
    bob = as_user("bob")
    listed = bob.get("/inbox")
    assert listed.text.count("data-flagged") == 2
    assert text_of(listed).count("Possible duplicate") == 2
    opened = waiting(app, people, first)["bob"]
    assert "Possible duplicate. Request" in text_of(bob.get(f"/inbox/{opened}"))


@pytest.mark.parametrize(
    ("opened", "may_take_back"), [("by itself", True), ("by herself", False), ("and looked at", False)]
)
def test_a_task_that_opened_by_itself_has_not_been_seen_before_somebody_does_something(
    app: Flask, people: People, as_user: AsUser, opened: str, may_take_back: bool
) -> None:
    """Fiona decides one task, so her next one opens; Bob, who approved that, may take it back until she has seen it."""
    with app.app_context():
        customer = make_customer(people["alice"])
        ids = [make_request(people["alice"], customer, amount=amount) for amount in ("10.00", "20.00")]
    bob, fiona = as_user("bob"), as_user("fiona")
    first, second = (waiting(app, people, request_id)["bob"] for request_id in ids)
    for task_id in (first, second):
        bob.post(f"/inbox/{task_id}", data={"decision": "approve"})
    mine, following = (waiting(app, people, request_id)["fiona"] for request_id in ids)
    sent = fiona.post(f"/inbox/{mine}", data={"decision": "approve"})
    assert f"/inbox/{following}?" in sent.location
    page = fiona.get(sent.location)
    mark = f"/inbox/{following}/seen"
    assert f'data-unseen="{mark}"' in page.text
    if opened == "by herself":
        assert "data-unseen" not in fiona.get(f"/inbox/{following}").text
    elif opened == "and looked at":
        assert fiona.post(mark).status_code == 204
    assert bob.post(f"/inbox/{second}/take-back").status_code == (303 if may_take_back else 409)


def test_customer_and_applicant_narrow_a_view_by_name_and_stay_in_it(
    app: Flask, people: People, as_user: AsUser
) -> None:
    with app.app_context():
        acme = make_customer(people["alice"], "Acme Ltd")
        customer_id = acme.id
        make_request(people["alice"], acme)
    bob = as_user("bob")
    assert bob.get("/inbox/applicants?q=ALI").json == [{"value": people["alice"].user_id, "text": "Alice"}]
    assert bob.get("/inbox/applicants?q=carol").json == []
    address = f"/inbox?customer_id={customer_id}&applicant_id={people['alice'].user_id}"
    page = bob.get(address)
    assert "1 found" in text_of(page)
    assert re.search(rf'<option value="{customer_id}" selected>Acme Ltd</option>', page.text)
    assert re.search(rf'<option value="{people["alice"].user_id}" selected>Alice</option>', page.text)
    assert "No task fits these filters" in text_of(bob.get(f"/inbox?applicant_id={people['bea'].user_id}"))
    bob.post(f"{address.replace('/inbox', '/inbox/views')}", data={"name": "Acme by Alice"})
    assert address.replace("&", "&amp;") in bob.get("/inbox").text


def test_a_filter_of_another_company_shows_no_name(app: Flask, people: People, as_user: AsUser) -> None:
    with app.app_context():
        foreign = make_customer(people["carol"], "Secret Ltd").id
    page = as_user("bob").get(f"/inbox?customer_id={foreign}&applicant_id={people['carol'].user_id}")
    assert "Secret" not in page.text
    assert "Carol" not in page.text


@pytest.mark.parametrize("verb", ["transfer", "copy", "comment", "return"])
def test_what_a_verb_complains_about_leads_to_its_own_entry(task_id: int, as_user: AsUser, verb: str) -> None:
    page = as_user("bob").post(f"/inbox/{task_id}/{verb}", data={"comment": "x" * 1001}).text
    summary = page[page.index('id="error-summary"') : page.index("<form", page.index('id="error-summary"'))]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert targets
    assert all(f'id="{target}"' in page for target in targets), targets
