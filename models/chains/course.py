"""Where a request stands in its chain, and where a decision leads it: the process variable `chain`, as plain data.

`steps` are the approvals as planned, those that are done with `approved`; `position` is the step that is asked, from 0.
Steps with the same `stage` are asked at the same time: `together` then has the places of those that are still asked,
and `position` is the first of them. A flow that knows nothing of `together` asks them one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

from models.chains.planned import Person, PlannedStep
from models.errors import Invalid

Course = dict[str, Any]
Step = dict[str, Any]
# Plans the rules from a place on, given who approved each step that is done, by its key.
Planner = Callable[[int, Mapping[str, frozenset[Person]]], Sequence["Planned"]]


class Keyed(Protocol):
    """A rule, of which only its key is asked."""

    @property
    def key(self) -> str: ...


class Planned(Protocol):
    """A step of a plan."""

    def as_data(self) -> Step: ...


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
    rules: Sequence[Keyed],
    planner: Planner,
    *,
    decision: str,
    approved: Mapping[int, Sequence[Person]] = MappingProxyType({}),
    return_to: int | None = None,
    resume: str | None = None,
) -> Course:
    """The course after the decision on the steps at the places of `approved`, which has those who approved each.

    What lies before the new position never changes; the steps from there on are planned anew. After a return that
    resumes "back", an approval leads straight back to the step that returned, or to its whole stage, if that is still
    ahead. A return to a step of a stage asks that step, and not those beside it that are approved. A return that would
    ask nobody goes to the applicant.
    """
    if decision == "reject":
        return course | {"outcome": "rejected"}
    if decision == "return" and return_to is None:
        return course | {"outcome": "returned"}
    if decision == "return":
        return _returned(course, rules, planner, _earlier(course, return_to), goes_back=resume == "back")
    if decision != "approve":
        raise Invalid("Choose what to decide.", code="chain.decision", field="decision")
    moved, target = _approved(course, approved)
    return _at(moved, rules, planner, target)


def foresee(course: Course, places: Sequence[int], decision: str, **where: Any) -> Course:
    """The course after a decision on the steps at `places`, if the plan then still stands: nobody is asked who."""
    steps = [_Standing(step) for step in course["steps"]]

    def planner(start: int, approved: Mapping[str, frozenset[Person]]) -> Sequence[_Standing]:
        return [step for step in steps[start:] if step.key not in approved]

    return move(course, steps, planner, decision=decision, approved=dict.fromkeys(places, ()), **where)


class _Standing:
    """A step as it was planned, which stands in for its rule."""

    def __init__(self, step: Step) -> None:
        self.key: str = step["key"]
        self._step = step

    def as_data(self) -> Step:
        return {name: value for name, value in self._step.items() if name != "approved"}


def rewound(course: Course) -> Course:
    """A course as it began, if nothing of it was planned anew since."""
    steps = [_Standing(step).as_data() for step in course["steps"]]
    return _settled(course | {"position": 0, "steps": steps, "back_to": None})


def _approved(course: Course, approved: Mapping[int, Sequence[Person]]) -> tuple[Course, int]:
    """The course with the steps at the places of `approved` done, and the place that is asked next."""
    back_to, steps = course["back_to"], [*course["steps"]]
    for place, people in approved.items():
        steps[place] = steps[place] | {"approved": list(people)}
    stage = stage_at(steps, course["position"])
    target = next(_left(steps, course["position"]), stage.stop)
    if back_to is not None and target == stage.stop:
        target, back_to = back_to, None
    return course | {"steps": steps, "back_to": back_to}, target


def stage_at(steps: Sequence[Mapping[str, Any]], place: int) -> range:
    """The places of the steps that are asked at the same time as the one at `place`; empty behind the last step."""
    if not 0 <= place < len(steps):
        return range(place, place)
    number, first, last = steps[place].get("stage"), place, place
    while number is not None and first > 0 and steps[first - 1].get("stage") == number:
        first -= 1
    while number is not None and last + 1 < len(steps) and steps[last + 1].get("stage") == number:
        last += 1
    return range(first, last + 1)


def _earlier(course: Course, return_to: int | None) -> int:
    if return_to is None or not 0 <= return_to < stage_at(course["steps"], course["position"]).start:
        raise Invalid("Choose one of the steps before this one.", code="chain.return_to", field="return_to")
    return return_to


def _returned(course: Course, rules: Sequence[Keyed], planner: Planner, target: int, *, goes_back: bool) -> Course:
    stage = stage_at(course["steps"], target)
    beside = [course["steps"][place] for place in stage if place != target and "approved" in course["steps"][place]]
    moved = _at(course | {"back_to": None}, rules, planner, stage.start, beside)
    if moved["outcome"] != "next":  # nobody is left there: what is returned is never approved by that
        return course | {"outcome": "returned"}
    return _leading_back(moved, course, rules) if goes_back else moved


def _leading_back(moved: Course, course: Course, rules: Sequence[Keyed]) -> Course:
    """`moved`, from which an approval leads straight to where `course` stood: what was approved between them stands."""
    places = {rule.key: place for place, rule in enumerate(rules)}
    steps = moved["steps"]
    # Behind the last step stands nobody of the chain: an approval then leads straight to its end.
    left = [places[course["steps"][place]["key"]] for place in stage_at(course["steps"], course["position"])[:1]]
    later = [place for place, step in enumerate(steps) if left and places[step["key"]] >= left[0]]
    back_to = stage_at(steps, later[0]).start if later else len(steps)
    between = range(stage_at(steps, moved["position"]).stop, back_to)
    if back_to < between.start:  # all that lay between has fallen away
        return moved
    approved = {step["key"]: step["approved"] for step in course["steps"] if "approved" in step}
    kept = [
        step | {"approved": approved[step["key"]]} if place in between and step["key"] in approved else step
        for place, step in enumerate(steps)
    ]
    return moved | {"steps": kept, "back_to": back_to}


def _at(course: Course, rules: Sequence[Keyed], planner: Planner, target: int, beside: Sequence[Step] = ()) -> Course:
    """At `target`, with everything from there on as it looks now, but for the steps `beside` it, which are done."""
    places = {rule.key: place for place, rule in enumerate(rules)}
    history = [step for step in course["steps"][:target] if step not in beside]
    start = max((places[step["key"]] + 1 for step in history), default=0)
    done = {step["key"]: frozenset(step.get("approved", ())) for step in (*history, *beside)}
    planned = [step.as_data() for step in planner(start, done)] if start < len(rules) else []
    ahead = sorted((*beside, *planned), key=lambda step: places[step["key"]])
    return _settled(course | {"position": len(history), "steps": [*history, *ahead]})


def _settled(course: Course) -> Course:
    """Stand at the first step that is left to ask; a chain that has none is approved."""
    steps, position = course["steps"], course["position"]
    course = {name: value for name, value in course.items() if name != "together"}
    while stage := stage_at(steps, position):
        left = [*_left(steps, position)]
        if left:
            together = {"together": left} if len(stage) > 1 else {}
            return course | {"position": left[0], "outcome": "next", **together}
        position = stage.stop
    return course | {"position": position, "outcome": "approved"}


def _left(steps: Sequence[Step], position: int) -> Iterator[int]:
    """The places from `position` on, in its stage, of the steps that are not approved."""
    return (place for place in stage_at(steps, position) if place >= position and "approved" not in steps[place])
