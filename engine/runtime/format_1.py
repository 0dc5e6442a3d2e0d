"""States that were stored before format 2: every task had a copy of the variables, and the tree a finished past.

Open tasks keep their old ids, because the tables know them by these.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn.specs.control import _EndJoin
from SpiffWorkflow.bpmn.specs.mixins.multiinstance_task import LoopTask

from engine.bpmn.control import BoundaryEventSplit
from engine.bpmn.gateways import FLOW, ParallelGateway
from engine.bpmn.loops import INDEX, LOOP, MultiInstanceTask
from engine.bpmn.parser import ExecutableSpecs
from engine.runtime.records import FORMAT, ScopeRecord, StateRecord, TaskRecord, Texts
from engine.runtime.task import ACTIVE

_Values = dict[str, Any]  # variables, each value encoded


def converted(state: str, specs: ExecutableSpecs) -> StateRecord:
    """The state in today's format. Raises what reading a damaged one raises: `KeyError`, `TypeError` and the like."""
    stored = msgspec.json.decode(state)
    scopes: list[_Scope] = []
    for item in stored["scopes"]:
        scopes.append(_scope(item, stored["data"], specs, scopes))
    return StateRecord(FORMAT, stored["definition"], 0, [scope.record(scopes) for scope in scopes])


@dataclass
class _Row:
    id: str
    parent: str | None
    spec: Any
    state: int
    internal: Mapping[str, Any]
    data: _Values

    @property
    def is_active(self) -> bool:
        """Open and reached; the joins that SpiffWorkflow added are gone."""
        return bool(self.state & ACTIVE) and self.spec is not None and not isinstance(self.spec, _EndJoin)


@dataclass
class _Scope:
    task: str | None
    data: _Values
    rows: dict[str, _Row]

    def record(self, scopes: list["_Scope"]) -> ScopeRecord:
        kept = {row.id for row in self._kept()}
        tasks = []
        for row in self._kept():
            own = _texts(self._own(row, scopes)) if self._is_loop_instance(row) else None
            internal = _texts({**row.internal, **self._flow(row), **self._loop(row)})
            state = TaskState.WAITING if isinstance(row.spec, ParallelGateway) else row.state
            ahead = [_text(item) for item in self._ahead(row)]
            tasks.append(TaskRecord(row.id, self._nearest(row, kept), row.spec.name, state, internal, own, ahead))
        return ScopeRecord(self.task, None if self.task else _texts(self.variables(scopes)), {}, tasks)

    def variables(self, scopes: list["_Scope"]) -> _Values:
        """As the open tasks saw them, also those of subprocesses inside; at the end, as the last one left them."""
        found = dict(self.data)
        for row in self.rows.values():
            if row.is_active and not self._is_loop_instance(row):
                found |= self._seen(row, scopes)
        return found

    def _seen(self, row: _Row, scopes: list["_Scope"]) -> _Values:
        inner = next((scope for scope in scopes if scope.task == row.id), None)
        return row.data if inner is None else row.data | inner.variables(scopes)

    def _kept(self) -> Iterator[_Row]:
        arrived: set[tuple[str, Any]] = set()
        for row in sorted(self.rows.values(), key=lambda row: row.state == TaskState.CANCELLED):
            if isinstance(row.spec, ParallelGateway) and row.state in (TaskState.WAITING, TaskState.CANCELLED):
                token = (row.spec.name, self._flow(row)[FLOW])
                if token not in arrived and self._is_waited_for(row):
                    arrived.add(token)
                    yield row
            elif row.parent is None or row.is_active or self._holds_open_members(row):
                yield row

    def _is_waited_for(self, token: _Row) -> bool:
        """SpiffWorkflow cancelled all waiting tokens of a gateway but the last; they still count."""
        return any(row.spec is token.spec and row.state == TaskState.WAITING for row in self.rows.values())

    def _holds_open_members(self, split: _Row) -> bool:
        return isinstance(split.spec, BoundaryEventSplit) and any(
            row.parent == split.id and row.is_active and row.spec in split.spec.outputs for row in self.rows.values()
        )

    def _is_loop_instance(self, row: _Row) -> bool:
        loop = self.rows[row.parent].spec if row.parent else None
        return isinstance(loop, LoopTask) and bool(loop.task_spec == row.spec.name)

    def _own(self, row: _Row, scopes: list["_Scope"]) -> _Values:
        """What an instance of a loop knows and the loop does not."""
        around, seen = self.rows[row.parent or ""].data, self._seen(row, scopes)
        return {name: value for name, value in seen.items() if name not in around or around[name] != value}

    def _flow(self, row: _Row) -> dict[str, str]:
        return {FLOW: self.rows[row.parent or ""].spec.name} if isinstance(row.spec, ParallelGateway) else {}

    def _loop(self, row: _Row) -> dict[str, Any]:
        """What a loop and its instances remember; SpiffWorkflow knew what was merged and what remained."""
        if self._is_loop_instance(row):
            return {INDEX: row.internal["key_or_index"]}
        if not isinstance(row.spec, MultiInstanceTask) or "merged" not in row.internal:
            return {}
        instances = [item for item in self.rows.values() if item.parent == row.id and self._is_loop_instance(item)]
        running = [item.internal["key_or_index"] for item in instances if item.is_active]
        total, ahead = len(self._items(row)), row.internal.get("remaining", [])
        done = [index for index in range(total) if index not in running and index not in ahead]
        return {LOOP: {"total": total, "done": done, "removed": 0}}

    def _ahead(self, row: _Row) -> list[Any]:
        return [self._items(row)[index] for index in row.internal.get("remaining", [])]

    def _items(self, row: _Row) -> list[Any]:
        items: list[Any] = row.data.get(row.spec.repetition.collection or "", [])
        return items

    def _nearest(self, row: _Row, kept: set[str]) -> str | None:
        parent = row.parent
        while parent is not None and parent not in kept:
            parent = self.rows[parent].parent
        return parent


def _scope(stored: Any, data: list[_Values], specs: ExecutableSpecs, outer: list[_Scope]) -> _Scope:
    spec = specs.process
    if stored["task"] is not None:
        caller = next(scope.rows[stored["task"]] for scope in outer if stored["task"] in scope.rows)
        spec = specs.subprocesses[caller.spec.spec]
    rows = [_row(row, data, spec) for row in stored["tasks"]]
    return _Scope(stored["task"], _unwrapped(data[stored["data"]]), {row.id: row for row in rows})


def _row(row: list[Any], data: list[_Values], spec: Any) -> _Row:
    task_id, parent, name, state, _triggered, _changed, internal, snapshot = row
    return _Row(task_id, parent, spec.task_specs.get(name), state, _unwrapped(internal), _unwrapped(data[snapshot]))


def _unwrapped(data: Any) -> _Values:
    """Variables of which one is called `$` were wrapped as a whole."""
    values: _Values = data["v"] if data.get("$") == "map" else data
    return values


def _texts(values: Mapping[str, Any]) -> Texts:
    return {name: _text(value) for name, value in values.items()}


def _text(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
