"""Programs read and change who acts for whom, the departments, and what they put off."""

import pytest

from models.access import Actor
from tests.support.api import As, make_customer, request_body

People = dict[str, Actor]


def test_a_program_lets_somebody_act_for_its_person_and_ends_it(program: As, people: People) -> None:
    bob, bea, bea_id = program("bob"), program("bea"), people["bea"].user_id
    given = bob.post("/delegations", {"to_user_id": bea_id, "min_amount": "10.00", "note": "Leave"}, 201)
    assert (given["from_user_id"], given["to_user_id"], given["to_name"]) == (people["bob"].user_id, bea_id, "Bea")
    assert (given["min_amount"], given["max_amount"], given["last_day"]) == ("10.00", None, None)
    assert [row["id"] for row in bea.get("/delegations")["items"]] == [given["id"]]
    assert program("fiona").get("/delegations")["items"] == []
    ended = bob.post(f"/delegations/{given['id']}/revoke")
    assert (ended["state"], ended["may_revoke"]) == ("revoked", False)
    assert bob.call("POST", f"/delegations/{given['id']}/revoke").status_code == 409


@pytest.mark.parametrize(
    ("entries", "field"),
    [({}, "to_user_id"), ({"to_user_id": 2**70}, "to_user_id"), ({"to_user_id": 1, "who": 2}, "who")],
)
def test_a_delegation_that_cannot_be_read_is_refused_by_its_entry(
    program: As, entries: dict[str, object], field: str
) -> None:
    answer = program("bob").call("POST", "/delegations", json=entries)
    assert answer.status_code == 422
    assert field in str(answer.json)


def test_a_program_keeps_the_departments(program: As, people: People) -> None:
    ada, bob_id = program("ada"), people["bob"].user_id
    sales = ada.post("/departments", {"name": "Sales", "head_id": bob_id}, 201)
    north = ada.post("/departments", {"name": "North", "parent_id": sales["id"]}, 201)
    seen = ada.call("PUT", f"/departments/{north['id']}", json={"name": "Far north", "parent_id": sales["id"]}).json
    assert (seen["name"], seen["parent_id"], seen["head_id"]) == ("Far north", sales["id"], None)
    ada.post(f"/departments/{north['id']}/people", {"user_id": bob_id, "is_primary": True})
    listed = {row["name"]: row for row in program("alice").get("/departments")["items"]}
    assert listed["Sales"]["head_name"] == "Bob"
    assert listed["Far north"]["people"] == [{"user_id": bob_id, "name": "Bob", "is_primary": True}]
    assert ada.call("POST", f"/departments/{north['id']}/close").status_code == 409
    assert ada.call("DELETE", f"/departments/{north['id']}/people/{bob_id}").json["people"] == []
    assert ada.post(f"/departments/{north['id']}/close")["is_active"] is False
    assert ada.post(f"/departments/{north['id']}/reopen")["is_active"] is True


def test_a_department_does_not_go_below_itself(program: As) -> None:
    ada = program("ada")
    sales = ada.post("/departments", {"name": "Sales"}, 201)
    moved = ada.call("PUT", f"/departments/{sales['id']}", json={"name": "Sales", "parent_id": sales["id"]})
    assert (moved.status_code, moved.json["field"]) == (422, "parent_id")


def test_a_task_that_a_program_puts_off_comes_back_when_it_says_so(program: As) -> None:
    alice, bob = program("alice"), program("bob")
    draft = alice.post("/requests", request_body(make_customer(alice)), 201)
    alice.post(f"/requests/{draft['id']}/submit")
    (task,) = bob.get("/inbox")["items"]
    path = f"/inbox/{task['id']}/snooze"
    assert bob.call("PUT", path, json={"until": "tomorrow"}).json["until"].endswith("Z")
    assert bob.get("/inbox")["items"] == []
    assert bob.call("DELETE", path).json == {"until": None}
    assert [row["id"] for row in bob.get("/inbox")["items"]] == [task["id"]]
    assert bob.call("PUT", path, json={"until": "never"}).status_code == 422
