"""What the `spiffworkflow:property` settings of an element say to the runtime."""

from collections.abc import Mapping
from typing import Any


def settings(spec: Any) -> Mapping[str, str]:
    """The `spiffworkflow:property` settings of a task spec."""
    found: Mapping[str, str] = getattr(spec, "extensions", {}).get("properties", {})
    return found


def declared_fields(spec: Any) -> frozenset[str]:
    """What a human task or message event asks for. An answer sets nothing else: ids are not the user's."""
    return frozenset(settings(spec).get("fields", "").split())
