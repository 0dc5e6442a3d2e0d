"""The stored form of an instance, format 2: rows of tasks, and variables as the text of their values."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from engine.runtime.values import from_text, to_text

FORMAT: Final = 2

TaskId = int | str  # numbers; a task that format 1 stored keeps its old id, a text

Texts = dict[str, msgspec.Raw]


class TaskRecord(msgspec.Struct, array_like=True):
    """A task. `own` has the variables of an instance of a loop, `ahead` the items that a loop has not come to."""

    id: TaskId
    parent: TaskId | None
    spec: str
    state: int
    internal: Texts
    own: Texts | None
    ahead: list[msgspec.Raw] = []


class ScopeRecord(msgspec.Struct):
    """The process, or the subprocess that stands for `task`, which has the variables around it and none of its own."""

    task: TaskId | None
    variables: Texts | None
    correlations: Texts
    tasks: list[TaskRecord]


class StateRecord(msgspec.Struct):
    """An instance: its scopes, outermost first. `last_id` is the highest number that a task had."""

    format: int
    definition: str
    last_id: int
    scopes: list[ScopeRecord]


class Head(msgspec.Struct):
    """What every format begins with."""

    format: int
    definition: str


read_head = msgspec.json.Decoder(Head).decode
read_state = msgspec.json.Decoder(StateRecord).decode


def encoded(values: Mapping[str, Any]) -> Texts:
    """Values by name, each as the text that stands for it."""
    return {name: msgspec.Raw(to_text(value)) for name, value in values.items()} if values else {}


def decoded(texts: Texts) -> dict[str, Any]:
    """What `encoded` was given. Raises `StateInvalid`."""
    return {name: from_text(bytes(text)) for name, text in texts.items()} if texts else {}


def raw(texts: Mapping[str, bytes]) -> Texts:
    """Texts as they stand in a record."""
    return {name: msgspec.Raw(text) for name, text in texts.items()}


def as_bytes(texts: Texts) -> dict[str, bytes]:
    """Texts out of a record."""
    return {name: bytes(text) for name, text in texts.items()}
