"""Signers through the REST API: what a program can do with a task besides deciding it."""

import pytest
from flask import Flask

from models.access import Actor
from tests.support.api import As, Program, make_customer, request_body
from tests.support.approvals import ask_all, put_steps, submit
from tests.support.outsiders import MING, asks_outside


@pytest.fixture
def task(program: As, people: dict[str, Actor]) -> tuple[Program, int, int]:
    """Bob's program, the task that waits for him, and the request it is about."""
    alice = program("alice")
    draft = alice.post("/requests", request_body(make_customer(alice)), 201)
    alice.post(f"/requests/{draft['id']}/submit")
    bob = program("bob")
    (row,) = bob.get("/inbox")["items"]
    return bob, row["id"], draft["id"]


def states(answer: dict[str, object]) -> dict[str, str]:
    items = answer["items"]
    assert isinstance(items, list)
    return {f"{item['person']['name']}/{item['kind']}": item["status"] for item in items}


def test_a_program_adds_a_signer_and_takes_them_out(
    task: tuple[Program, int, int], people: dict[str, Actor], app: Flask
) -> None:
    bob, task_id, _ = task
    added = bob.post(f"/inbox/{task_id}/signers", {"user_id": people["fiona"].user_id, "place": "before"})
    fiona = added["items"][-1]
    assert (fiona["kind"], fiona["status"]) == ("before", "open")
    assert "held" in states(added).values()
    removed = bob.call("DELETE", f"/inbox/{task_id}/signers/{fiona['id']}")
    assert removed.status_code == 200
    assert bob.get(f"/inbox/{task_id}")["may_answer"]


def test_a_program_hands_a_task_on(task: tuple[Program, int, int], people: dict[str, Actor]) -> None:
    bob, task_id, _ = task
    answer = bob.post(f"/inbox/{task_id}/transfer", {"user_id": people["fiona"].user_id, "comment": "On leave"})
    assert sorted(states(answer).values()) == ["moved", "open", "open"]
    assert bob.call("POST", f"/inbox/{task_id}/decision", json={"decision": "approve"}).status_code == 409


def test_the_applicant_is_never_asked(task: tuple[Program, int, int], people: dict[str, Actor]) -> None:
    bob, task_id, _ = task
    refused = bob.call("POST", f"/inbox/{task_id}/transfer", json={"user_id": people["alice"].user_id})
    assert (refused.status_code, refused.json["code"]) == (422, "task.applicant")


def test_copies_comments_and_urging(task: tuple[Program, int, int], people: dict[str, Actor], program: As) -> None:
    bob, _, request_id = task
    assert bob.post(f"/requests/{request_id}/copies", {"user_ids": [people["fiona"].user_id]}) == {"told": 1}
    said = bob.call("POST", f"/requests/{request_id}/comments", json={"text": "Signed?", "mentions": []})
    assert said.status_code == 204
    alice = program("alice")
    assert alice.post(f"/requests/{request_id}/urging")["told"] > 0
    assert alice.call("POST", f"/requests/{request_id}/urging").status_code == 409


def test_a_program_reads_the_name_and_the_address_of_a_signer_from_outside(
    app: Flask, people: dict[str, Actor], program: As
) -> None:
    signers = f'[{{user: {people["bob"].user_id}}}, {{outsider: {{name: "Ming", mail: "Ming@Auditors.example"}}}}]'
    ask_all(app, people["dora"], f'{{mode: "all", signers: {signers}}}')
    submit(app, people["alice"])
    bob = program("bob")
    (row,) = bob.get("/inbox")["items"]
    found = [signer["person"] for signer in bob.get(f"/inbox/{row['id']}/signers")["items"]]
    assert found == [
        {"id": people["bob"].user_id, "name": "Bob", "mail": None},
        {"id": None, "name": "Ming", "mail": "ming@auditors.example"},
    ]


def test_a_program_sees_in_the_preview_who_will_be_asked_from_outside(
    app: Flask, people: dict[str, Actor], program: As
) -> None:
    put_steps(app, people["ada"], asks_outside("audit", MING, people=[people["bob"]], mode="all"))
    alice = program("alice")
    found = alice.post("/requests/preview", request_body(make_customer(alice)))
    assert found["approvers"]["steps"][0]["people"] == [
        {"id": people["bob"].user_id, "name": "Bob", "mail": None},
        {"id": None, **MING},
    ]
