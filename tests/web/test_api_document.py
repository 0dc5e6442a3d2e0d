"""The OpenAPI document, and the page made from it: complete, true to the routes, and open to read."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import Browser

METHODS = {"get", "post", "put", "delete"}


@pytest.fixture
def document(client: Browser) -> dict[str, Any]:
    found = client.get("/api/v1/openapi.json").json
    assert isinstance(found, dict)
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def test_every_route_is_described_and_nothing_else(app: Flask, document: dict[str, Any]) -> None:
    routes = {
        (re.sub(r"<int:(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api_docs.openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _operation in operations(document)} == routes


def test_every_operation_says_what_it_does_and_what_it_refuses(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _path, _method, operation in operations(document)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(document):
        assert operation["summary"], path
        assert operation["tags"], path
        assert {"401", "403"} <= operation["responses"].keys(), path
        assert ("{" not in path) or "404" in operation["responses"], path
        assert ("requestBody" not in operation) or "422" in operation["responses"], (path, method)
        assert any(status.startswith("2") for status in operation["responses"]), path


def test_every_reference_leads_somewhere_and_every_shape_is_used(document: dict[str, Any]) -> None:
    references = set(_references(document))
    for reference in references:
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
    shapes = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert shapes <= references


def test_types_and_codes_are_valid_json_schema(document: dict[str, Any]) -> None:
    known = {"string", "number", "integer", "boolean", "array", "object", "null"}
    for schema in _schemas(document):
        types = schema.get("type", [])
        named = [types] if isinstance(types, str) else types
        assert set(named) <= known
        assert len(named) == len(set(named)), schema
        assert len(schema.get("enum", [])) == len(set(schema.get("enum", []))), schema


def test_money_is_text_and_codes_are_listed_with_their_words(document: dict[str, Any]) -> None:
    row = document["components"]["schemas"]["RequestRow"]["properties"]
    assert row["gross"]["type"] == "string"
    assert re.fullmatch(row["gross"]["pattern"], "1234.50")
    assert row["created_at"]["format"] == "date-time"
    assert "in_approval" in row["stage"]["enum"]
    assert "in_approval: In approval" in row["stage"]["description"]


def test_refusals_are_problem_details_and_a_token_is_asked_for(document: dict[str, Any]) -> None:
    refused = document["components"]["responses"]["NOT_FOUND"]["content"]
    assert refused == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
    assert document["security"] == [{"token": []}]


def test_the_reference_shows_every_operation_to_anybody(client: Browser, document: dict[str, Any]) -> None:
    page = client.get("/api/docs")
    assert page.status_code == 200
    for _path, _method, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in page.text
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in page.text
    assert "<script>" not in page.text


def test_the_examples_can_be_pasted(client: Browser) -> None:
    text = client.get("/api/docs").text
    (example,) = re.findall(r"<code>(curl -X POST [^<]*/api/v1/customers -H[^<]*)</code>", text)
    assert "$TOKEN" in example
    assert "Content-Type: application/json" in example


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Whatever has a type: entries, parameters, shapes. The properties of a shape may be called "type" too."""
    if isinstance(node, dict):
        if isinstance(node.get("type"), str | list) and "scheme" not in node:
            yield node
        for value in node.values():
            yield from _schemas(value)
    elif isinstance(node, list):
        for value in node:
            yield from _schemas(value)
