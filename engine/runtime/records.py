"""The stored form of an instance, format 2: rows of tasks, and variables as the text of their values."""

from typing import Final

import msgspec

from engine.runtime.task import TaskId

FORMAT: Final = 2

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
    """The process, or the subprocess that stands for `task`; `variables` is None when it shares those around it."""

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
