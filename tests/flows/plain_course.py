"""The plain model, second part: where a request stands in its chain, and where an approval or a return leads it.

Written from the manual, as `plain_chain`: steps with the same stage are asked at the same time, and what lies before
where a request stands never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tests.flows.plain_chain import Plan

# Plans the steps from a place of the chain on, given who approved those that are done.
Planner = Callable[[int, Mapping[str, frozenset[int]]], Sequence[Plan]]


@dataclass(frozen=True)
class Passed:
    """A step of the course; `approved` is None until it is approved."""

    plan: Plan
    approved: frozenset[int] | None = None


@dataclass(frozen=True)
class Course:
    """`asked` are the places of the steps that are asked now, none behind the last step; an approval leads to
    `back_to`, if that is not None.
    """

    steps: tuple[Passed, ...] = ()
    asked: tuple[int, ...] = ()
    back_to: int | None = None

    @property
    def start(self) -> int:
        """Where the stage begins that is asked."""
        return self.stage(self.asked[0]).start if self.asked else len(self.steps)

    def stage(self, place: int) -> range:
        """The places of the steps that are asked at the same time as the one at `place`."""
        number = self.steps[place].plan.stage
        if number is None:
            return range(place, place + 1)
        places = [at for at, one in enumerate(self.steps) if one.plan.stage == number]
        return range(places[0], places[-1] + 1)

    def place_of(self, key: str) -> int | None:
        """The place of a step that is passed or asked."""
        end = self.stage(self.asked[0]).stop if self.asked else len(self.steps)
        return next((at for at, one in enumerate(self.steps[:end]) if one.plan.key == key), None)

    def approve(self, by: Mapping[int, frozenset[int]], planner: Planner) -> Course:
        """Everything that was asked is approved, each step `by` those."""
        end = self.stage(self.asked[0]).stop
        steps = tuple(replace(one, approved=by.get(at, one.approved)) for at, one in enumerate(self.steps))
        return _stand(steps[: end if self.back_to is None else self.back_to], (), planner)

    def return_to(self, place: int, planner: Planner, *, back: bool) -> Course:
        """Ask the step at `place` once more, but not those of its time that are approved."""
        stage = self.stage(place)
        beside = [self.steps[at] for at in stage if at != place and self.steps[at].approved is not None]
        course = _stand(self.steps[: stage.start], beside, planner)
        return self._leading_back(course) if back and course.asked else course

    def _leading_back(self, course: Course) -> Course:
        """What was approved between there and here stands."""
        rule = self.steps[self.start].plan.rule if self.asked else float("inf")
        later = [at for at, one in enumerate(course.steps) if one.plan.rule >= rule]
        back_to = course.stage(later[0]).start if later else len(course.steps)
        end = course.stage(course.asked[0]).stop
        if back_to < end:
            return course
        known = {one.plan.key: one.approved for one in self.steps}
        steps = tuple(
            replace(one, approved=known.get(one.plan.key)) if end <= at < back_to else one
            for at, one in enumerate(course.steps)
        )
        return replace(course, steps=steps, back_to=back_to)


def begin(planner: Planner) -> Course:
    """The course of a request that was just submitted."""
    return _stand((), (), planner)


def _stand(history: Sequence[Passed], beside: Sequence[Passed], planner: Planner) -> Course:
    """Behind `history`, with everything from there on as it looks now, but for what is done `beside`."""
    done = {one.plan.key: one.approved or frozenset() for one in (*history, *beside)}
    start = max((one.plan.rule + 1 for one in history), default=0)
    ahead = sorted((*beside, *map(Passed, planner(start, done))), key=lambda one: one.plan.rule)
    course = Course((*history, *ahead))
    left = [at for at in range(len(history), len(course.steps)) if course.steps[at].approved is None]
    if not left:
        return course
    stage = course.stage(left[0])
    return replace(course, asked=tuple(at for at in left if at in stage))
