"""Expected traces: element ids in the order of completion, `( a b | c )` for branches in any interleaving.

A trace is read into a tuple of items; an item is an id, or a frozen group of branches, each again a tuple of items.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

Items: TypeAlias = "tuple[str | Branches, ...]"


@dataclass(frozen=True)
class Branches:
    """Item sequences that run side by side; none of them is empty."""

    ways: tuple[Items, ...]


def parse_trace(text: str) -> Items:
    """The trace that `text` writes. Raises ValueError for brackets that do not match."""
    tokens = re.findall(r"[()|]|[^\s()|]+", text)
    items, rest = _sequence(tokens)
    if rest:
        raise ValueError(f"unexpected {rest[0]!r} in the trace {text!r}")
    return items


def explain_mismatch(expected: Items, completed: list[str]) -> str | None:
    """Why `completed` is no run of `expected`; None when it is."""
    states = {expected}
    for position, element in enumerate(completed):
        following = {after for state in states for after in _after(state, element)}
        if not following:
            allowed = sorted({name for state in states for name in _first(state)}) or ["nothing more"]
            done = " ".join(completed[:position]) or "nothing"
            return f"after {done!r} expected {' or '.join(allowed)}, but {element!r} was completed"
        states = following
    if () in states:
        return None
    missing = sorted({name for state in states for name in _first(state)})
    return f"the run stopped after {' '.join(completed)!r}; expected {' or '.join(missing)} next"


def _sequence(tokens: list[str]) -> tuple[Items, list[str]]:
    items: list[str | Branches] = []
    while tokens and tokens[0] not in ")|":
        if tokens[0] == "(":
            group, tokens = _group(tokens[1:])
            items.extend(group)
        else:
            items.append(tokens[0])
            tokens = tokens[1:]
    return tuple(items), tokens


def _group(tokens: list[str]) -> tuple[Items, list[str]]:
    ways: list[Items] = []
    while True:
        way, tokens = _sequence(tokens)
        ways.append(way)
        if not tokens:
            raise ValueError("a bracket of the trace is not closed")
        closing, tokens = tokens[0], tokens[1:]
        if closing == ")":
            return _together(ways), tokens


def _together(ways: list[Items]) -> Items:
    left = tuple(way for way in ways if way)
    return (Branches(left),) if left else ()


def _after(items: Items, element: str) -> set[Items]:
    """What is left of `items` once `element` was completed, for each way to read it."""
    if not items:
        return set()
    head, tail = items[0], items[1:]
    if isinstance(head, str):
        return {tail} if head == element else set()
    found: set[Items] = set()
    for index, way in enumerate(head.ways):
        for left in _after(way, element):
            ways = [*head.ways[:index], left, *head.ways[index + 1 :]]
            found.add(_together(ways) + tail)
    return found


def _first(items: Items) -> set[str]:
    """What may be completed next."""
    if not items:
        return set()
    head = items[0]
    return {head} if isinstance(head, str) else set().union(*(_first(way) for way in head.ways))
