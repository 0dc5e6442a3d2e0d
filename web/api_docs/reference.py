"""The OpenAPI document as a page shows it: operations by heading, entries as rows, an example to copy."""

from __future__ import annotations

from typing import Any


def read_reference(document: dict[str, Any]) -> dict[str, Any]:
    return document
