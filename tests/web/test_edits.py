"""Approving with edits on the page and through the REST API."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask

from models.access import Actor
from tasks import requests
from tests.conftest import Browser
from tests.support.api import As
from tests.support.approvals import act, ask_all, step_of, submit, waiting
from tests.support.pages import text_of

People = dict[str, Actor]
AsUser = Callable[[str], Browser]


@pytest.fixture
def editable(app: Flask, people: People) -> tuple[int, int]:
    """A request whose step asks Bob and Bea and lets them change it; the ids of request and task."""
    asked = [people["bob"].user_id, people["bea"].user_id]
    rights = '["invoice_type", "remark", "expected_on", "items", "amounts"]'
    ask_all(app, people["dora"], step_of("all", asked, editable=rights))
    request_id = submit(app, people["alice"])
    return request_id, waiting(app, people, request_id)["bob"]


def test_the_entries_that_may_be_changed_are_fields_and_are_saved_with_the_approval(
    app: Flask, people: People, as_user: AsUser, editable: tuple[int, int]
) -> None:
    request_id, task_id = editable
    bob = as_user("bob")
    page = bob.get(f"/inbox/{task_id}").text
    assert 'name="remark"' in page
    assert 'name="lines.0.tax_code"' in page
    assert 'name="reason"' not in page
    typed = {
        "remark": "PO 4711",
        "expected_on": "2026-12-01",
        "reason": "Not mine to say",
        "lines.0.name": "软件维护服务",
    }
    assert bob.post(f"/inbox/{task_id}", data={"decision": "approve", **typed}).status_code == 303
    with app.app_context():
        request = requests.get_request(people["alice"], request_id)
        assert (request.remark, request.expected_on, request.reason) == ("PO 4711", date(2026, 12, 1), "Contract 7")
        assert request.lines[0].name == "软件维护服务"
    for reader, address in (("bea", f"/inbox/{task_id}"), ("alice", f"/requests/{request_id}")):
        shown = text_of(as_user(reader).get(address))
        assert "Changed by approvers" in shown
        assert "Remark on the invoice nothing → PO 4711" in shown
        assert "changed it while approving" in shown


def test_a_cleared_entry_is_emptied(app: Flask, people: People, as_user: AsUser, editable: tuple[int, int]) -> None:
    request_id, task_id = editable
    as_user("bob").post(f"/inbox/{task_id}", data={"decision": "approve", "expected_on": "2026-12-01"})
    as_user("bea").post(f"/inbox/{task_id}", data={"decision": "approve", "expected_on": ""})
    with app.app_context():
        assert requests.get_request(people["alice"], request_id).expected_on is None


def test_a_form_that_comes_back_says_what_is_wrong_and_keeps_what_was_typed(
    as_user: AsUser, editable: tuple[int, int]
) -> None:
    _, task_id = editable
    bob = as_user("bob")
    typed = {"decision": "approve", "remark": "y" * 300, "comment": "With care", "lines.0.amount": "1,060.00"}
    answer = bob.post(f"/inbox/{task_id}", data=typed)
    assert answer.status_code == 422
    assert "The remark has 300 characters; 230 are allowed." in text_of(answer)
    assert "y" * 300 in answer.text
    assert 'value="1,060.00"' in answer.text
    answer = bob.post(f"/inbox/{task_id}", data=typed | {"remark": "", "lines.0.amount": "much"})
    assert "Enter a number, such as 1234.50." in text_of(answer)
    assert 'value="much"' in answer.text


def test_a_return_changes_nothing(app: Flask, people: People, as_user: AsUser, editable: tuple[int, int]) -> None:
    request_id, task_id = editable
    sent = as_user("bob").post(f"/inbox/{task_id}", data={"decision": "return", "comment": "No", "remark": "PO 4711"})
    assert sent.status_code == 303
    with app.app_context():
        assert requests.get_request(people["alice"], request_id).remark == ""


def test_what_others_have_signed_is_no_field_any_more_and_the_page_says_so(
    app: Flask, people: People, as_user: AsUser, editable: tuple[int, int]
) -> None:
    _, task_id = editable
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    page = as_user("bea").get(f"/inbox/{task_id}")
    assert "Others have signed already, so this stays as it is" in text_of(page)
    assert 'name="lines.0.amount"' not in page.text
    assert 'name="lines.0.name"' in page.text


def test_a_task_without_such_a_step_has_no_such_fields(app: Flask, people: People, as_user: AsUser) -> None:
    task_id = waiting(app, people, submit(app, people["alice"]))["bob"]
    assert 'name="remark"' not in as_user("bob").get(f"/inbox/{task_id}").text


class TestProgram:
    def test_a_program_changes_and_approves(self, program: As, editable: tuple[int, int]) -> None:
        request_id, task_id = editable
        bob = program("bob")
        assert "amounts" in bob.get(f"/inbox/{task_id}")["editable"]
        edits = {"remark": "PO 4711", "lines": [{"line": 1, "quantity": "2", "unit_price": "100", "rate": "0.06"}]}
        bob.post(f"/inbox/{task_id}/decision", {"decision": "approve", "edits": edits})
        read = program("alice").get(f"/requests/{request_id}")
        assert (read["request"]["remark"], read["request"]["gross"]) == ("PO 4711", "200.00")
        (changes,) = [action["changes"] for action in read["timeline"] if action["action"] == "edit"]
        assert {"field": "remark", "line": 0, "before": "", "after": "PO 4711"} in changes

    @pytest.mark.parametrize(
        ("edits", "status", "field"),
        [
            ({"reason": "Another"}, 403, "reason"),
            ({"customer_id": 1}, 422, "edits.customer_id"),
            ({"lines": [{"name": "x"}]}, 422, "edits.lines.0.line"),
            ({"lines": [{"line": 9, "name": "x"}]}, 422, "lines.8"),
            ({"invoice_type": "paper"}, 422, "edits.invoice_type"),
            ({"remark": "y" * 300}, 422, "remark"),
        ],
    )
    def test_what_it_may_not_change_is_refused_by_field(
        self, program: As, editable: tuple[int, int], edits: object, status: int, field: str
    ) -> None:
        _, task_id = editable
        answer = program("bob").call("POST", f"/inbox/{task_id}/decision", json={"decision": "approve", "edits": edits})
        assert answer.status_code == status
        problem = answer.get_json()
        assert field in {problem.get("field"), *(part["field"] for part in problem.get("errors", []))}
