"""The OpenAPI document as a page shows it: operations under headings, their entries as rows, a call to copy."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from web.rest.fields import KIND_KEY, NOTE_KEY

_METHODS = ("get", "post", "put", "patch", "delete")
_SCHEMAS = "#/components/schemas/"
# An id in an example; braces in an address would mean something to curl.
_ANY_ID = "1"


@dataclass(frozen=True)
class Entry:
    """One entry of a query, a body or an answer; `shape` is the name of what it holds, `kind` that of its codes."""

    name: str
    type: str
    is_required: bool
    text: str = ""
    shape: str = ""
    kind: str = ""
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """`answer` is the shape that comes back, or "" for a file (`answer_type` says which) or nothing."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    parameters: tuple[Entry, ...]
    body: str
    status: str
    answer: str
    answer_type: str
    refusals: tuple[str, ...]
    curl: str


@dataclass(frozen=True)
class Heading:
    name: str
    text: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Shape:
    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Reference:
    about: str
    headings: tuple[Heading, ...]
    shapes: tuple[Shape, ...]


def read_reference(document: dict[str, Any], base_url: str) -> Reference:
    """Everything that `document` describes, in its order. Examples call `base_url`."""
    schemas = document["components"]["schemas"]
    operations = [
        (details["tags"][0], _operation(document, path, method, details, base_url))
        for path, item in document["paths"].items()
        for method, details in item.items()
        if method in _METHODS
    ]
    headings = tuple(
        Heading(tag["name"], tag["description"], tuple(found for name, found in operations if name == tag["name"]))
        for tag in document["tags"]
    )
    shapes = tuple(Shape(name, tuple(_entries(schema))) for name, schema in schemas.items())
    return Reference(document["info"]["description"], headings, shapes)


def _operation(document: dict[str, Any], path: str, method: str, details: dict[str, Any], base_url: str) -> Operation:
    shared = document["paths"][path].get("parameters", [])
    status, answer = next((status, answer) for status, answer in details["responses"].items() if status < "300")
    answer_type, answered = _content(answer)
    body_type, body = _content(details.get("requestBody", {}))
    return Operation(
        id=details["operationId"],
        method=method.upper(),
        path=path,
        summary=details["summary"],
        text=details.get("description", ""),
        parameters=tuple(_parameter(found) for found in [*shared, *details.get("parameters", [])]),
        body=_shape(body),
        status=status,
        answer=_shape(answered),
        answer_type=answer_type,
        refusals=tuple(sorted(code for code in details["responses"] if "400" <= code < "600")),
        curl=_curl(document, method, base_url + path, body_type, body, answer_type),
    )


def _content(holder: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The media type and the schema of a body or an answer; neither where it has no content."""
    for media_type, content in holder.get("content", {}).items():
        return media_type, content["schema"]
    return "", {}


def _parameter(parameter: dict[str, Any]) -> Entry:
    schema = parameter["schema"] | {"description": parameter.get("description", "")}
    return _entry(parameter["name"], schema, is_required=parameter["required"])


def _entries(schema: dict[str, Any]) -> Iterator[Entry]:
    required = schema.get("required", ())
    for name, found in schema.get("properties", {}).items():
        yield _entry(name, found, is_required=name in required)


def _entry(name: str, schema: dict[str, Any], *, is_required: bool) -> Entry:
    inner = schema.get("items", schema)
    return Entry(
        name=name,
        type=_type(schema),
        is_required=is_required,
        text=schema.get(NOTE_KEY, schema.get("description", "")),
        shape=_shape(inner),
        kind=inner.get(KIND_KEY, ""),
        codes=tuple(str(code) for code in inner.get("enum", ()) if code not in ("", None)),
    )


def _type(schema: dict[str, Any]) -> str:
    """The JSON type in few words: ``integer``, ``string, date``, ``array of string``."""
    if "anyOf" in schema:
        return " | ".join("object" if "$ref" in part else str(part["type"]) for part in schema["anyOf"])
    if "$ref" in schema:
        return "object"
    names = schema.get("type", "string")
    found = names if isinstance(names, str) else " | ".join(names)
    if found == "array":
        return f"array of {_type(schema['items'])}"
    return f"{found}, {schema['format']}" if "format" in schema else found


def _shape(schema: dict[str, Any]) -> str:
    for part in (schema, *schema.get("anyOf", ())):
        if part.get("$ref", "").startswith(_SCHEMAS):
            return str(part["$ref"].removeprefix(_SCHEMAS))
    return ""


def _curl(
    document: dict[str, Any], method: str, url: str, body_type: str, schema: dict[str, Any], answer_type: str
) -> str:
    """A call that can be pasted into a shell in which TOKEN is set."""
    address = "/".join(_ANY_ID if part.startswith("{") else part for part in url.split("/"))
    parts = ["curl", *(["-X", method.upper()] if method != "get" else []), shlex.quote(address)]
    parts += ["-H", '"Authorization: Bearer $TOKEN"']
    if body_type == "multipart/form-data":
        parts += ["-F", "file=@contract.pdf"]
    elif body_type:
        example = json.dumps(_example(document, schema), ensure_ascii=False)
        parts += ["-H", shlex.quote(f"Content-Type: {body_type}"), "-d", shlex.quote(example)]
    if answer_type not in ("", "application/json"):
        parts += ["-OJ"]
    return " ".join(parts)


def _example(document: dict[str, Any], schema: dict[str, Any]) -> Any:
    """What a body of this shape may look like: the entries that have an example, or hold a shape that has."""
    if name := _shape(schema):
        properties = document["components"]["schemas"][name].get("properties", {})
        found = {entry: _example(document, inner) for entry, inner in properties.items()}
        return {entry: value for entry, value in found.items() if value not in (None, {}, [{}])}
    if "items" in schema and "example" not in schema:
        return [_example(document, schema["items"])]
    return schema.get("example")
