"""What nobody should send, sent to the REST API: a refusal that names the entry, never a fault of the server."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import Browser
from tests.support.api import PREFIX, As, Program, make_customer, request_body

# As JSON text, since no value of Python becomes some of them.
HOSTILE = (
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e999",
    "9223372036854775808",
    "9" * 400,
    '""',
    '"NaN"',
    '"\\u0000"',
    '"\\ud800"',
    '"' + "长" * 5000 + '"',
    "[]",
    '["x"]',
    "{}",
    '{"x": {"y": [1]}}',
)
NOT_JSON = (b"", b"{", b"nothing", b"\xff\xfe", b"NaN", b"[" * 100_000, b"9" * 5000)
NOT_AN_OBJECT = (b"[]", b"null", b'"x"', b"7", b"true")


def refused(answer: TestResponse, status: int = 422) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"]
    assert answer.json["detail"]
    return answer.json


@pytest.mark.parametrize("body", NOT_JSON + NOT_AN_OBJECT, ids=lambda body: repr(body[:12]))
def test_what_is_no_json_object_is_refused(program: As, body: bytes) -> None:
    answer = program("alice").call("POST", "/requests", data=body, content_type="application/json")
    assert refused(answer)["errors"]


def test_another_content_type_is_refused_with_the_one_to_send(program: As) -> None:
    problem = refused(program("alice").call("POST", "/requests", data="reason=x"), 415)
    assert "application/json" in problem["detail"]


def test_a_body_without_end_is_refused(program: As) -> None:
    alice = program("alice")
    for size in (5, 13):
        body = json.dumps({"reason": "x" * size * 1024**2})
        answer = alice.call("POST", "/requests", data=body, content_type="application/json")
        assert answer.status_code in (413, 422)
        assert "MB" in answer.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lines": [{"name": "x", "quantity": "many", "unit_price": "1"}]}, "lines.0.quantity"),
        ({"lines": [{"name": "x", "amount": "1e5"}]}, "lines.0.amount"),
        ({"lines": [{"name": "x", "amount": "1", "rate": "0.12"}]}, "lines.0.rate"),
        ({"lines": [{"name": "x", "amount": "1", "colour": "red"}]}, "lines.0.colour"),
        ({"lines": ["x"]}, "lines.0"),
        ({"lines": "x"}, "lines"),
        ({"lines": [{"name": "x", "amount": "1"}] * 2001}, "lines"),
        ({"lines": [{"name": "", "amount": "1"}]}, "lines.0.name"),
        ({"customer_id": "1"}, "customer_id"),
        ({"customer_id": 2**31}, "customer_id"),
        ({"invoice_type": "golden"}, "invoice_type"),
        ({"expected_on": "31.3.2026"}, "expected_on"),
        ({"delivery_email": "nobody"}, "delivery_email"),
        ({"reason": "a\x00b"}, "reason"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_refusal_names_the_entry(program: As, changes: dict[str, Any], field: str) -> None:
    alice = program("alice")
    body = request_body(make_customer(alice)) | changes
    problem = refused(alice.call("POST", "/requests", json=body))
    assert [part["field"] for part in problem["errors"]] == [field]
    assert problem["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/requests?stage=nowhere", "stage"),
        ("/requests?next=x", "next"),
        ("/requests?next=99999999999999999999", "next"),
        ("/requests?limit=100000", "limit"),
        ("/requests?since=yesterday", "since"),
        ("/requests?colour=red", "colour"),
        ("/requests?q=%00", "q"),
        ("/customers?grade=Z", "grade"),
        ("/inbox?view=all", "view"),
        ("/invoices?next=2026-01-01.99999999999999999999", "next"),
        ("/invoices?least=NaN", "least"),
        ("/invoices?most=1e30", "most"),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(program: As, path: str, field: str) -> None:
    problem = refused(program("ada").call("GET", path))
    assert [part["field"] for part in problem["errors"]] == [field]


def test_faults_of_customer_and_header_are_said_at_once(program: As) -> None:
    body = {"name": "x", "email": "nobody", "header": {"tax_id": "91350100M000100Y44"}}
    problem = refused(program("alice").call("POST", "/customers", json=body))
    assert {part["field"] for part in problem["errors"]} == {"email", "header.tax_id"}


def test_an_id_that_no_row_can_have_is_not_found(program: As) -> None:
    alice = program("alice")
    for path in ("/requests/99999999999999999999", "/requests/-1", "/requests/x", "/nowhere"):
        refused(alice.call("GET", path), 404)
    refused(alice.call("PATCH", "/requests"), 405)


def test_whatever_stands_in_a_body_is_answered_without_a_fault(program: As, client: Browser) -> None:
    """Each hostile value in each entry, in the place of a good one, so that it comes as far as it can."""
    caller = program("ada")
    schemas = client.get(f"{PREFIX}/openapi.json").json["components"]["schemas"]  # type: ignore[index]
    calls = 0
    for method, path, shape, body in _good_bodies(caller):
        for name in schemas[shape]["properties"]:
            for value in HOSTILE:
                text = json.dumps(_with(body, name, "@")).replace('"@"', value)
                answer = caller.call(method, path, data=text, content_type="application/json")
                calls += 1
                assert answer.status_code < 500, (method, path, name, value[:40])
                assert answer.status_code < 400 or answer.mimetype == "application/problem+json"
    assert calls > 1000


def _good_bodies(caller: Program) -> Iterator[tuple[str, str, str, Any]]:
    """Calls with the shape of their body, and a good one; the shape of a line stands in ``lines``."""
    customer = make_customer(caller)
    header = customer["headers"][0]["id"]
    line = {"name": "x", "amount": "1.00"}
    foreign = {"title": "x", "kind": "foreign"}
    draft = caller.post("/requests", request_body(customer), 201)
    sent = caller.post(f"/requests/{caller.post('/requests', request_body(customer), 201)['id']}/submit")
    task = caller.get("/inbox", view="started", q=sent["number"])["items"][0]["id"]
    yield "POST", f"/inbox/{task}/decision", "DecisionEntry", {"decision": "approve"}
    yield "POST", "/requests", "RequestEntry", request_body(customer)
    yield "POST", "/requests", "LineEntry", {"lines": [line]}
    yield "POST", "/requests/preview", "LineEntry", {"lines": [line]}
    yield "PUT", f"/requests/{draft['id']}", "RequestChange", request_body(customer)
    yield "POST", "/customers", "NewCustomer", {"name": "x", "header": foreign}
    yield "POST", f"/customers/{customer['id']}/headers", "HeaderEntry", foreign
    yield "PUT", f"/customers/{customer['id']}", "CustomerChange", {"name": "x"}
    yield "PUT", f"/headers/{header}", "HeaderEntry", foreign
    yield "POST", "/tax-number-checks", "TaxNumberEntry", {}
    yield "POST", "/inbox/approvals", "BulkApproval", {}


def _with(body: Any, name: str, value: str) -> Any:
    if list(body) == ["lines"]:
        return {"lines": [body["lines"][0] | {name: value}]}
    return body | {name: value}
