"""Conformance cases on disk: a diagram, decisions beside it, and a `.json` that says how it must behave."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "bpmn_cases"
_EXPECTATIONS = frozenset({"open", "titles", "data", "due", "messages", "sent", "incidents", "raises", "complete"})
_ACTIONS = frozenset({"answer", "wake", "deliver", "signal", "add_item", "remove_item", "retry", "skip"})
_DETAILS = frozenset({"with", "title", "payload", "key", "item"})


@dataclass(frozen=True)
class Step:
    """One thing done to the instance, and what must be true afterwards. Without an action it is the start."""

    action: str
    subject: str
    details: Mapping[str, Any]
    expected: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}".strip()


@dataclass(frozen=True)
class Case:
    """One case. `script` has the keys of the file; `refused` cases are never started."""

    name: str
    path: Path
    script: Mapping[str, Any]

    @cached_property
    def bpmn(self) -> bytes:
        return self.path.with_suffix(".bpmn").read_bytes()

    @cached_property
    def tables(self) -> dict[str, bytes]:
        """The decisions of the case by their ids, which are the names of their files."""
        return {key: (self.path.parent / f"{key}.dmn").read_bytes() for key in self.script.get("decisions", ())}

    @property
    def is_refused(self) -> bool:
        return "refused" in self.script

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        return tuple(_step(entry) for entry in self.script["play"])


def read_cases(folder: Path = CASES) -> Iterator[Case]:
    """Every case below `folder`, by name. Raises ValueError for a diagram without a script, or the other way round."""
    scripts, diagrams = ({path.with_suffix("") for path in folder.rglob(f"*{end}")} for end in (".json", ".bpmn"))
    if alone := scripts ^ diagrams:
        raise ValueError(f"a diagram and its script belong together: {sorted(map(str, alone))}")
    for stem in sorted(scripts):
        path = stem.with_suffix(".json")
        yield Case(stem.relative_to(folder).as_posix(), path, json.loads(path.read_text(), parse_float=Decimal))


def _step(entry: Mapping[str, Any]) -> Step:
    if unknown := entry.keys() - _EXPECTATIONS - _ACTIONS - _DETAILS:
        raise ValueError(f"a step has unknown keys {sorted(unknown)}")
    action = next((key for key in entry if key in _ACTIONS), "start")
    return Step(
        action=action,
        subject=entry.get(action, ""),
        details={key: entry[key] for key in _DETAILS & entry.keys()},
        expected={key: entry[key] for key in _EXPECTATIONS & entry.keys()},
    )
