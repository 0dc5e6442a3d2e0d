"""A program that talks to the REST API with a bearer token."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from models.access import Actor
from tasks import accounts

PREFIX = "/api/v1"
TAX_ID = "9144030071526726XG"


class Program:
    """Sends JSON with a token; it has neither cookies nor CSRF tokens."""

    def __init__(self, app: Flask, token: str) -> None:
        self._client = FlaskClient(app, use_cookies=False)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, **given: Any) -> TestResponse:
        headers = {**self.headers, **given.pop("headers", {})}
        return self._client.open(f"{PREFIX}{path}", method=method, headers=headers, **given)

    def get(self, path: str, **query: Any) -> Any:
        return self._expect(200, self.call("GET", path, query_string=query))

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self._expect(status, self.call("POST", path, json=body))

    def put(self, path: str, body: Any) -> Any:
        return self._expect(200, self.call("PUT", path, json=body))

    def _expect(self, status: int, answer: TestResponse) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json


def token_of(app: Flask, actor: Actor) -> str:
    """A token that acts as `actor`."""
    with app.app_context():
        return accounts.create_token(actor, name="test")[1]


def make_customer(program: Program, name: str = "腾讯科技（深圳）有限公司", tax_id: str = TAX_ID) -> Any:
    return program.post("/customers", {"name": name, "header": {"tax_id": tax_id}}, 201)


def request_body(customer: Any, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A request that may be submitted as it is."""
    body = {
        "customer_id": customer["id"],
        "header_id": customer["headers"][0]["id"],
        "reason": "Contract 7",
        "lines": list(lines) or [{"name": "软件开发服务", "amount": "106.00", "rate": "0.06"}],
    }
    return body | changes


def decide(program: Program, number: str, decision: str, **answer: Any) -> Any:
    """Answer the open task about the request `number`."""
    (task,) = [row for row in program.get("/inbox", q=number)["items"] if row["request"]["number"] == number]
    return program.post(f"/inbox/{task['id']}/decision", {"decision": decision, "revision": task["revision"], **answer})


As = Callable[[str], Program]
