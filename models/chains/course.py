"""Where a request stands in its chain, and where a decision leads it: the process variable `chain`, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.chains.planning import PlannedStep
from models.chains.rules import StepRule
from models.errors import Invalid

Course = dict[str, Any]
# Plans the rules from a place on, given who approved each step before them.
Planner = Callable[[int, Sequence[frozenset[int]]], Sequence[PlannedStep]]


def begin(key: str, version_id: int, steps: Sequence[PlannedStep]) -> Course:
    """The course of a request that was just submitted."""
    return _settled(
        {
            "key": key,
            "version_id": version_id,
            "position": 0,
            "steps": [step.as_data() for step in steps],
            "outcome": "next",
            "back_to": None,
        }
    )


def move(
    course: Course,
    rules: Sequence[StepRule],
    planner: Planner,
    *,
    decision: str,
    approved: Sequence[int] = (),
    return_to: int | None = None,
    resume: str | None = None,
) -> Course:
    """The course after the decision on its step; `approved` are those who approved it.

    What lies before the new position never changes; the steps from there on are planned anew. After a return that
    resumes "back", an approval leads straight back to the step that returned.
    """
    if decision == "reject":
        return course | {"outcome": "rejected"}
    if decision == "return" and return_to is None:
        return course | {"outcome": "returned"}
    if decision == "return":
        return _returned(course, rules, planner, _earlier(course, return_to), goes_back=resume == "back")
    if decision != "approve":
        raise Invalid("Choose what to decide.", code="chain.decision", field="decision")
    position, back_to = course["position"], course["back_to"]
    steps = [*course["steps"]]
    steps[position] = steps[position] | {"approved": list(approved)}
    target = position + 1 if back_to is None else back_to
    return _at(course | {"steps": steps, "back_to": None}, rules, planner, target)


def _earlier(course: Course, return_to: int | None) -> int:
    if return_to is None or not 0 <= return_to < course["position"]:
        raise Invalid("Choose one of the steps before this one.", code="chain.return_to", field="return_to")
    return return_to


def _returned(course: Course, rules: Sequence[StepRule], planner: Planner, target: int, *, goes_back: bool) -> Course:
    approved = {step["key"]: step["approved"] for step in course["steps"] if "approved" in step}
    moved = _at(course | {"back_to": None}, rules, planner, target)
    if not goes_back:
        return moved
    keys = [rule.key for rule in rules]
    # Behind the last step stands nobody of the chain: an approval then leads straight to its end.
    left = [keys.index(step["key"]) for step in course["steps"][course["position"] :][:1]]
    later = [place for place, step in enumerate(moved["steps"]) if left and keys.index(step["key"]) >= left[0]]
    steps = [
        step | {"approved": approved[step["key"]]} if place > target and step["key"] in approved else step
        for place, step in enumerate(moved["steps"])
    ]
    return moved | {"steps": steps, "back_to": later[0] if later else len(steps)}


def _at(course: Course, rules: Sequence[StepRule], planner: Planner, target: int) -> Course:
    """At `target`, with everything from there on as it looks now."""
    history = course["steps"][:target]
    done = {step["key"] for step in history}
    start = max((place for place, rule in enumerate(rules, start=1) if rule.key in done), default=0)
    given = [frozenset(step.get("approved", ())) for step in history]
    planned = [step.as_data() for step in planner(start, given)] if start < len(rules) else []
    return _settled(course | {"position": target, "steps": [*history, *planned]})


def _settled(course: Course) -> Course:
    is_over = course["position"] >= len(course["steps"])
    return course | {"outcome": "approved" if is_over else "next"}
