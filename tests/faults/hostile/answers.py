"""Answers of forms: what a person, or a program in their place, may send as the answer to a human task."""

from datetime import datetime
from typing import Any, Final

from tests.faults.hostile.attack import Attack


class _Object:
    """Something that is not data."""


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def _cycle() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


# The task declares one field, `answer`.
_ANSWERS: Final[dict[str, Any]] = {
    "typename of the stock serializer": {"answer": {"typename": "BpmnWorkflow"}},
    "typename of nothing known": {"answer": {"typename": "nothing"}},
    "typename deep inside": {"answer": [{"a": {"typename": "Task", "id": 1}}]},
    "tag of our own": {"answer": {"$": "decimal", "v": "not a number"}},
    "tag of our own, nested": {"answer": {"$": "map", "v": {"$": "datetime", "v": "x"}}},
    "variable of the process": {"answer": 1, "amount": 0},
    "several variables of the process": {"amount": 0, "approver": 1},
    "dunder as a field": {"__class__": "x"},
    "builtins as a field": {"__builtins__": {}},
    "function name as a field": {"answer": 1, "len": 5},
    "cyclic list": {"answer": _cycle()},
    "deep list": {"answer": _nested(100)},
    "very deep list": {"answer": _nested(100_000)},
    "not a number": {"answer": float("nan")},
    "infinity": {"answer": float("inf")},
    "float": {"answer": 0.1},
    "bytes": {"answer": b"\x00"},
    "set": {"answer": {1}},
    "object": {"answer": _Object()},
    "class": {"answer": _Object},
    "function": {"answer": print},
    "generator": {"answer": (i for i in ())},
    "complex number": {"answer": 1j},
    "naive time": {"answer": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is the attack
    "number as a key": {"answer": {1: 2}},
    "none as a key": {"answer": {None: 2}},
    "tuple as a key": {"answer": {(1, 2): 3}},
    "lone surrogate": {"answer": "\ud800"},
    "lone surrogate as a key": {"answer": {"\udfff": 1}},
    "null character": {"answer": "a\x00b"},
    "ten megabytes of text": {"answer": "a" * 10_000_000},
    "a million items": {"answer": [1] * 1_000_000},
    "a huge integer": {"answer": 10**100_000},
    "an integer of forty digits": {"answer": 10**40},
    "a huge context": {"answer": {str(number): number for number in range(1_000_000)}},
}

ATTACKS: Final = [Attack("answer", name, answer, answer) for name, answer in _ANSWERS.items()]
