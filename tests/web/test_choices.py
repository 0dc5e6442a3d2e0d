"""The request form asks for the people whom the chain leaves to the applicant; no script."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from models.access import Actor
from tasks import chains
from tasks.chains import ChainDraft
from tests.conftest import Browser
from tests.support.api import Program, request_body, token_of
from tests.support.api import make_customer as make_api_customer
from tests.support.pages import id_in, send, text_of
from tests.support.requests import form_of, ids_of, make_customer

People = dict[str, Actor]
AsUser = Callable[[str], Browser]
PICK = {"key": "pick", "title": "Their choice", "title_zh": "自选", "approvers": {"kind": "initiator_choice"}}
LARGE = {**PICK, "condition": "amount > 5000"}


def save_chain(app: Flask, ada: Actor, *steps: dict[str, Any]) -> None:
    with app.app_context():
        revision = chains.get_chain(ada, "standard").revision
        chains.save_chain(ada, ChainDraft(name="Standard", steps=steps), key="standard", revision=revision)


@pytest.fixture
def buyer(app: Flask, people: People) -> dict[str, int]:
    with app.app_context():
        return ids_of(make_customer(people["alice"]))


def test_the_form_offers_those_who_may_be_chosen(
    app: Flask, people: People, as_user: AsUser, buyer: dict[str, int]
) -> None:
    save_chain(app, people["ada"], PICK)
    alice = as_user("alice")
    refused = send(alice, form_of(buyer), "submit")
    assert refused.status_code == 422
    assert "Step 1 “Their choice”: choose who approves." in text_of(refused)
    picker = refused.text.split('name="choices.pick"')[1].split("</select>")[0]
    assert "Bob" in picker
    assert "Fiona" in picker
    assert "Alice" not in picker
    assert "Otto" not in picker  # an auditor decides nothing
    sent = send(alice, form_of(buyer, **{"choices.pick": str(people["bea"].user_id)}), "submit")
    assert sent.status_code == 303
    assert "Bea" in alice.get(sent.location).text


def test_a_choice_is_kept_while_the_amount_leads_elsewhere(
    app: Flask, people: People, as_user: AsUser, buyer: dict[str, int]
) -> None:
    """It stands in the form unseen, and counts again as soon as the step applies again."""
    save_chain(app, people["ada"], LARGE)
    alice, bea = as_user("alice"), str(people["bea"].user_id)
    saved = send(alice, form_of(buyer, **{"choices.pick": bea}))
    page = alice.get(saved.location).text
    assert f'<input type="hidden" name="choices.pick" value="{bea}">' in page
    line = {"name": "软件开发服务", "amount": "10600.00", "rate": "0.06"}
    again = alice.post(
        f"/requests/{id_in(saved)}/preview", data=form_of(buyer, line, **{"choices.pick": bea, "choices_shown": ""})
    )
    assert f'<option value="{bea}" selected>Bea' in again.text


def test_the_preview_leaves_an_open_picker_alone(
    app: Flask, people: People, as_user: AsUser, buyer: dict[str, int]
) -> None:
    save_chain(app, people["ada"], PICK)
    alice = as_user("alice")
    first = alice.post("/requests/preview", data=form_of(buyer, choices_shown=""))
    assert 'id="request-choices"' in first.text
    second = alice.post("/requests/preview", data=form_of(buyer, choices_shown="pick"))
    assert 'id="request-choices"' not in second.text
    assert "You choose who approves" in second.text


def test_what_is_typed_and_not_yet_valid_keeps_the_choice(
    app: Flask, people: People, as_user: AsUser, buyer: dict[str, int]
) -> None:
    save_chain(app, people["ada"], PICK)
    alice, bea = as_user("alice"), str(people["bea"].user_id)
    line = {"name": "软件开发服务", "amount": "10x", "rate": "0.06"}
    kept = alice.post("/requests/autosave", data=form_of(buyer, line, **{"choices.pick": bea}))
    request_id = kept.get_json()["url"].split("/")[2]
    assert f'name="choices.pick" value="{bea}"' in alice.get(f"/requests/{request_id}/edit").text


def test_nonsense_in_a_choice_is_refused_at_its_field(as_user: AsUser, buyer: dict[str, int]) -> None:
    alice = as_user("alice")
    for nonsense in ("x", "-1", "99999999999999999999"):
        refused = send(alice, form_of(buyer, **{"choices.pick": nonsense}), "submit")
        assert refused.status_code == 422, nonsense


def test_a_program_sees_what_is_to_be_chosen_and_sends_it(app: Flask, people: People) -> None:
    save_chain(app, people["ada"], PICK)
    program = Program(app, token_of(app, people["alice"]))
    body = request_body(make_api_customer(program))
    found = program.post("/requests/preview", body)
    assert found["approvers"]["choices"] == [
        {"key": "pick", "title": "Their choice", "title_zh": "自选", "least": 1, "is_several": False}
    ]
    draft = program.post("/requests", body, 201)
    refused = program.call("POST", f"/requests/{draft['id']}/submit")
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "choices.pick")
    chosen = {"pick": [people["bea"].user_id]}
    assert program.put(f"/requests/{draft['id']}", body | {"choices": chosen})["choices"] == chosen
    program.post(f"/requests/{draft['id']}/submit")
    steps = program.get(f"/requests/{draft['id']}")["next_steps"]
    assert steps[0]["people"] == ["Bea"]
