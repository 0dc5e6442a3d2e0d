"""Who may do what through the REST API: every operation for every role, for the other company, and without a token."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from models.access import Actor
from tests.conftest import ACME, Browser
from tests.support.api import As, Program, decide, make_customer, request_body, token_of

EVERYONE = frozenset(ACME)
EDITORS = frozenset({"alice", "fiona", "ada"})
APPLICANTS = frozenset({"alice", "ada"})
REGISTER = frozenset({"fiona", "ada", "otto"})


@dataclass(frozen=True)
class Call:
    """An operation on things of Acme. `allowed`: who passes the gate by role; the others are answered 403.

    `hidden_from` do not see the thing: 404, as for the other company if `is_about` a thing. A call of those who may is
    not made: it would change what the next one needs; the tests of the resources make them.
    """

    method: str
    path: str
    allowed: frozenset[str] = EVERYONE
    hidden_from: frozenset[str] = frozenset()
    is_about: bool = True
    given: Callable[[], dict[str, Any]] = field(default=dict)


def _json(body: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"json": body}


# Otto audits, Fiona keeps the books, Ada administers; Bob and Bea are asked. Dora only draws diagrams.
ADMINS = frozenset({"ada"})
STRANGER = frozenset({"dora"})
SIGNERS = EVERYONE - {"otto", "dora"}
HEADER = {"title": "x", "kind": "foreign"}
CALLS = (
    Call("GET", "/account", is_about=False),
    Call("GET", "/customers", is_about=False),
    Call("POST", "/customers", EDITORS, is_about=False, given=_json({"name": "x", "header": HEADER})),
    Call("GET", "/customers/{customer}"),
    Call("PUT", "/customers/{customer}", EDITORS, given=_json({"name": "x"})),
    Call("POST", "/customers/{customer}/deactivate", EDITORS),
    Call("POST", "/customers/{customer}/reactivate", EDITORS),
    Call("GET", "/customers/{customer}/headers"),
    Call("POST", "/customers/{customer}/headers", EDITORS, given=_json(HEADER)),
    Call("GET", "/headers/{header}"),
    Call("PUT", "/headers/{header}", EDITORS, given=_json(HEADER)),
    Call("POST", "/headers/{header}/default", EDITORS),
    Call("POST", "/headers/{header}/retire", EDITORS),
    Call("POST", "/tax-number-checks", EDITORS, is_about=False, given=_json({"number": "1"})),
    Call("GET", "/requests", is_about=False),
    Call("GET", "/requests/counts", is_about=False),
    Call("POST", "/requests", APPLICANTS, is_about=False, given=_json({})),
    Call("POST", "/requests/preview", APPLICANTS, is_about=False, given=_json({})),
    Call("GET", "/requests/{request}", hidden_from=STRANGER),
    Call("PUT", "/requests/{request}", APPLICANTS, given=_json({})),
    Call("DELETE", "/requests/{request}", APPLICANTS),
    Call("POST", "/requests/{request}/submit", APPLICANTS),
    Call("POST", "/requests/{request}/withdraw", APPLICANTS),
    Call("POST", "/requests/{request}/copy", APPLICANTS),
    Call("GET", "/requests/{request}/sheet.pdf", hidden_from=STRANGER),
    Call(
        "POST",
        "/requests/{request}/attachments",
        APPLICANTS,
        given=lambda: {"data": {"file": (BytesIO(b"%PDF-"), "a.pdf")}},
    ),
    Call("GET", "/requests/{request}/attachments/{attachment}", hidden_from=STRANGER),
    Call("DELETE", "/requests/{request}/attachments/{attachment}", APPLICANTS),
    Call("GET", "/tax-items", APPLICANTS, is_about=False),
    Call("GET", "/inbox", is_about=False),
    Call("GET", "/inbox/counts", is_about=False),
    Call("GET", "/inbox/{task}", hidden_from=STRANGER),
    Call(
        "POST",
        "/inbox/{task}/decision",
        SIGNERS,
        given=_json({"decision": "approve"}),
    ),
    Call("PUT", "/inbox/{task}/snooze", SIGNERS, given=_json({"until": "hours"})),
    Call("DELETE", "/inbox/{task}/snooze", SIGNERS, hidden_from=STRANGER),
    Call("GET", "/inbox/{task}/signers", hidden_from=STRANGER),
    Call("POST", "/inbox/{task}/signers", SIGNERS, given=_json({"user_id": 1})),
    Call("DELETE", "/inbox/{task}/signers/{signer}", SIGNERS),
    Call("POST", "/inbox/{task}/transfer", SIGNERS, given=_json({"user_id": 1})),
    Call("POST", "/inbox/{task}/delegation", SIGNERS, given=_json({"user_id": 1})),
    Call("POST", "/inbox/{task}/taking-back", SIGNERS),
    Call("POST", "/requests/{request}/copies", SIGNERS, given=_json({"user_ids": [1]})),
    Call("POST", "/requests/{request}/comments", SIGNERS, given=_json({"text": "x"})),
    Call(
        "POST", "/requests/{request}/uploads", SIGNERS, given=lambda: {"data": {"file": (BytesIO(b"%PDF-"), "a.pdf")}}
    ),
    Call("GET", "/requests/{request}/timeline/{action}/files/{number}", hidden_from=STRANGER),
    Call("POST", "/requests/{request}/urging", SIGNERS),
    Call("GET", "/delegations", is_about=False),
    Call("POST", "/delegations", SIGNERS, is_about=False, given=_json({"to_user_id": 1})),
    Call("POST", "/delegations/{delegation}/revoke", SIGNERS),
    Call("GET", "/departments", is_about=False),
    Call("POST", "/departments", ADMINS, is_about=False, given=_json({"name": "x"})),
    Call("GET", "/departments/{department}"),
    Call("PUT", "/departments/{department}", ADMINS, given=_json({"name": "x"})),
    Call("POST", "/departments/{department}/close", ADMINS),
    Call("POST", "/departments/{department}/reopen", ADMINS),
    Call("POST", "/departments/{department}/people", ADMINS, given=_json({"user_id": 1})),
    Call("DELETE", "/departments/{department}/people/{user}", ADMINS),
    Call("GET", "/invoices", REGISTER, is_about=False),
    Call("GET", "/invoices/export.xlsx", REGISTER, is_about=False),
    Call("GET", "/invoices/{invoice}", hidden_from=STRANGER),
    Call("GET", "/invoices/{invoice}/preview.pdf", hidden_from=STRANGER),
    Call("GET", "/invoices/{invoice}/register-entries", REGISTER, hidden_from=STRANGER),
    Call("GET", "/register/verification", REGISTER, is_about=False),
)
# Each task of the list is answered for itself, so the answer as a whole is never a refusal.
ANSWERED_ONE_BY_ONE = {("POST", "/inbox/approvals")}


@pytest.fixture
def things(app: Flask, people: dict[str, Actor]) -> dict[str, int]:
    """Ids of a customer, its header, and an issued request of Alice's with all that belongs to it."""
    programs = {name: Program(app, token_of(app, people[name])) for name in ("alice", "bob", "fiona", "ada")}
    alice = programs["alice"]
    customer = make_customer(alice)
    draft = alice.post("/requests", request_body(customer), 201)
    file = {"file": (BytesIO(b"%PDF-1.7"), "contract.pdf")}
    attached = alice.call("POST", f"/requests/{draft['id']}/attachments", data=file)
    sent = alice.post(f"/requests/{draft['id']}/submit")
    decided = decide(programs["bob"], sent["number"], "approve")
    decide(programs["fiona"], sent["number"], "approve")
    decide(programs["fiona"], sent["number"], "issue", channel="simulator")
    file = {"file": (BytesIO(b"%PDF-1.7"), "contract.pdf")}
    uploaded = alice.call("POST", f"/requests/{draft['id']}/uploads", data=file)
    alice.call("POST", f"/requests/{draft['id']}/comments", json={"files": [uploaded.json["id"]]})
    delegation = programs["bob"].post("/delegations", {"to_user_id": people["bea"].user_id}, 201)
    department = programs["ada"].post("/departments", {"name": "Sales"}, 201)
    document = alice.get(f"/requests/{draft['id']}")
    return {
        "customer": customer["id"],
        "header": customer["headers"][0]["id"],
        "request": draft["id"],
        "attachment": attached.json["id"],
        "task": decided["task"]["id"],
        "signer": 1,
        "user": 1,
        "delegation": delegation["id"],
        "department": department["id"],
        "action": document["timeline"][-1]["id"],
        "number": 1,
        "invoice": document["invoice"]["id"],
    }


def test_every_operation_is_in_the_table(app: Flask) -> None:
    listed = {(call.method, call.path.partition("?")[0]) for call in CALLS} | ANSWERED_ONE_BY_ONE
    assert {(method, _placeholders(path)) for method, path in _operations(app)} == listed


@pytest.mark.parametrize("role", sorted(ACME))
def test_a_role_may_do_what_it_may_do_on_the_pages_and_nothing_else(
    program: As, things: dict[str, int], role: str
) -> None:
    caller = program(role)
    wrong = []
    for call in CALLS:
        may = role in call.allowed
        if may and call.method != "GET":
            continue
        status = caller.call(call.method, call.path.format(**things), **call.given()).status_code
        expected = {403} if not may else {404} if role in call.hidden_from else {200}
        # Where both hold, either answer keeps the secret.
        if not may and role in call.hidden_from:
            expected |= {404}
        if status not in expected:
            wrong.append((call.method, call.path, status))
    assert wrong == []


def test_a_reader_changes_nothing(app: Flask, program: As, things: dict[str, int]) -> None:
    otto = program("otto")
    statuses = {
        (call.method, call.path): otto.call(call.method, call.path.format(**things), **call.given()).status_code
        for call in CALLS
        if call.method != "GET"
    }
    assert set(statuses.values()) == {403}, statuses


@pytest.mark.parametrize("name", ["carol", "carl"])
def test_what_belongs_to_the_other_company_is_not_there(program: As, things: dict[str, int], name: str) -> None:
    caller = program(name)
    statuses = {}
    for call in CALLS:
        if not call.is_about:
            continue
        answer = caller.call(call.method, call.path.format(**things), **call.given())
        statuses[call.method, call.path] = answer.status_code
        assert answer.json["code"] != "conflict"
    # Carol applies, so what an applicant may not do at all is refused before anybody looks for the thing.
    assert set(statuses.values()) <= ({404} if name == "carl" else {404, 403}), statuses
    refused_by_role = ("register", "departments")
    assert {status for (_, path), status in statuses.items() if not any(word in path for word in refused_by_role)} == {
        404
    }


def test_lists_of_the_other_company_are_empty(program: As, things: dict[str, int]) -> None:
    carl = program("carl")
    for path in ("/customers", "/requests", "/inbox", "/invoices"):
        assert carl.get(path)["items"] == []


@pytest.mark.parametrize("token", ["", "wrong", "wrong token", "é"])
def test_without_a_good_token_every_operation_asks_for_one(app: Flask, people: dict[str, Actor], token: str) -> None:
    stranger = Program(app, token)
    for call in CALLS:
        path = re.sub(r"{\w+}", "1", call.path)
        answer = stranger.call(call.method, path, **call.given())
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), path
        assert answer.mimetype == "application/problem+json"


def test_a_revoked_token_opens_nothing(app: Flask, people: dict[str, Actor]) -> None:
    from tasks import accounts

    program = Program(app, token_of(app, people["alice"]))
    program.get("/account")
    with app.app_context():
        (token,) = accounts.list_tokens(people["alice"])
        accounts.revoke_token(people["alice"], token_id=token.id)
    assert program.call("GET", "/account").status_code == 401


def test_a_browser_that_is_logged_in_still_needs_its_csrf_token(as_user: Callable[[str], Browser]) -> None:
    browser = as_user("alice")
    assert browser.get("/api/v1/account").status_code == 200
    assert browser.post("/api/v1/requests", json={}, csrf=False).status_code == 400
    assert browser.post("/api/v1/requests", json={}).status_code == 201


def _operations(app: Flask) -> set[tuple[str, str]]:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document is not None
    return {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, item in document["paths"].items()
        for method in item
        if method != "parameters"
    }


def _placeholders(path: str) -> str:
    return path.replace("_id}", "}")
