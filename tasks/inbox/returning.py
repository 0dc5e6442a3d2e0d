"""Where a step of an approval chain can be sent back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.chains.course import stage_at
from models.processes import HumanTask
from tasks import processes

CHAIN = "chain"


@dataclass(frozen=True)
class ReturnTarget:
    """An earlier step of the chain; `position` counts from 0."""

    position: int
    title: str
    title_zh: str


def return_targets(task: HumanTask) -> tuple[ReturnTarget, ...]:
    """The steps that were passed before this one, first first. None where the diagram runs no chain.

    Steps at the same time as this one are not before it.
    """
    chain = chain_of(task)
    steps = chain.get("steps", [])
    steps = steps[: stage_at(steps, place_of(chain)).start]
    return tuple(
        ReturnTarget(place, str(step.get("title") or ""), str(step.get("title_zh") or ""))
        for place, step in enumerate(steps)
    )


def chain_of(task: HumanTask) -> dict[str, Any]:
    """The variable of the flow that holds its approval chain; empty when there is none."""
    chain = processes.read_data(task.instance).get(CHAIN)
    return chain if isinstance(chain, dict) else {}


def place_of(chain: dict[str, Any]) -> int:
    """At which step, from 0, a chain stands."""
    return int(chain.get("position") or 0)
