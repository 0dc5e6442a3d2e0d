"""The plain model, last part: a request on its way, as a small state machine that knows no database and no diagram.

A verb that may not be done raises `Refused` before it has changed anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.flows.plain_chain import Case, Person, Plan, plan_chain
from tests.flows.plain_course import Course, begin
from tests.flows.plain_step import FIRST, NO_SAY, Signer, Task, as_it_was, comes_after, hand_on, is_ready, weigh

SAID = {"approve": "approved", "reject": "rejected", "return": "returned"}


class Refused(Exception):
    """The verb may not be done now, by this person, in this way."""


class Request:
    """One request: its tasks from the first to the newest, and its course through the steps of its chain."""

    def __init__(self, requester: int, look: Callable[[], Case], steps: Sequence[Mapping[str, Any]]) -> None:
        self.requester, self.look = requester, look
        self.steps: Sequence[Mapping[str, Any]] = steps
        self.tasks: list[Task] = []
        self.approval = "in_approval"
        self.is_running = True
        self.tick = 0
        self.course = Course()
        self._begin(steps)

    @property
    def open_tasks(self) -> list[Task]:
        return [task for task in self.tasks if task.status == "open"]

    # -- what people do ------------------------------------------------------------------------------------------

    def decide(self, who: int, task: Task, word: str, return_to: int | None = None, *, back: bool = False) -> None:
        self._tick(who, task)
        if task.form == "issuing":
            self._issue_or_return(who, task, word, return_to, back=back)
            return
        signer = self._my_turn(who, task)
        self._must(task.form == "approval" and word in task.verbs)
        self._must(return_to is None or return_to < self.course.start)
        if signer.kind == "adviser":
            self._answer(task, signer, "advised")
            self._open_turns(task)
            return
        self._must(word != "return" or self._may_return(return_to, back=back))
        self._answer(task, signer, SAID[word])
        verdict = "return" if word == "return" else weigh(task)
        if verdict is None:
            self._open_turns(task)
        else:
            self._end(task, who, verdict, return_to, back=back)

    def transfer(self, who: int, task: Task, to: int) -> None:
        signer = self._my_step(who, task, "transfer", to)
        hand_on(task, signer, to, by=who, tick=self.tick)
        self._open_turns(task)

    def delegate(self, who: int, task: Task, to: int) -> None:
        signer = self._my_step(who, task, "delegate", to)
        self._must(signer.kind != "adviser")
        self._put_in(task, signer, "adviser", to)
        self._open_turns(task)

    def add_signer(self, who: int, task: Task, to: int, place: str) -> None:
        signer = self._my_step(who, task, f"add_{place}", to)
        self._must(signer.kind != "adviser")
        self._put_in(task, signer, place, to)
        if place == "after":
            self._answer(task, signer, "approved")
        self._open_turns(task)

    def remove_signer(self, who: int, task: Task, signer: Signer) -> None:
        self._tick(who, task)
        self._must(who == signer.by or "admin" in self._person(who).roles)
        self._must("remove" in task.verbs and signer.is_pending)
        others = [other for other in task.signers if other is not signer and other.status not in NO_SAY]
        self._must(any(other.kind == "asked" for other in others))
        self._take_out(task, signer)
        self._let_go_on(task, signer.parent)
        self._open_turns(task)
        verdict = weigh(task)
        if verdict is not None:
            self._end(task, who, verdict, None, back=False)

    def take_back(self, who: int, task: Task) -> None:
        self._must(self._person(who).may_decide)
        mine = [one for one in task.signers if one.user == who and one.status in ("approved", "advised")]
        self._must(mine and "take_back" in task.verbs)
        self._must(not any(one.user == who and (one.is_pending or one.status == "dropped") for one in task.signers))
        self.tick += 1
        if task.status == "open":
            self._take_answer_back(task, mine[-1])
        else:
            self._must((task.status, task.closed_by, task.outcome) == ("done", who, "approve"))
            self._reopen(who, task, mine[-1])

    def mark_seen(self, who: int, task: Task) -> None:
        if task.status == "open" and task.role in self._person(who).roles:
            task.is_seen = True
        for signer in task.signers:
            if (signer.user, signer.status) == (who, "open"):
                signer.is_seen = True

    def urge(self, who: int) -> None:
        self._must(who == self.requester and self._person(who).may_decide and self.is_running)
        asked = {one.user for task in self.open_tasks for one in task.signers if one.status == "open"} - {who}
        self._must(asked or any(task.role for task in self.open_tasks))
        self._must(not any(task.is_urged for task in self.open_tasks))
        for task in self.open_tasks:
            task.is_urged = True

    def withdraw(self, who: int) -> None:
        self._must(who == self.requester and self._may_submit() and self.approval in ("in_approval", "returned"))
        self.tick += 1
        self._close_all("cancelled", who, "cancelled")
        self.approval, self.is_running = "withdrawn", False

    def resubmit(self, who: int, steps: Sequence[Mapping[str, Any]]) -> None:
        self._must(who == self.requester and self._may_submit() and self.approval == "returned")
        self.tick += 1
        self._close_all("done", who, "resubmit")
        self.approval = "in_approval"
        self._begin(steps)

    def hand_over(self, leaver: int, heirs: Sequence[int], by: int) -> None:
        """Somebody leaves; what waits for them goes to the first heir who may have it."""
        self.tick += 1
        if not self.is_running or leaver == self.requester:
            return
        for task in self.open_tasks:
            self._hand_over_in(task, leaver, heirs, by)

    def _hand_over_in(self, task: Task, leaver: int, heirs: Sequence[int], by: int) -> None:
        asked = {signer.user for signer in task.signers if signer.is_pending}
        heir = next((heir for heir in heirs if heir != self.requester and heir not in asked), None)
        for signer in [one for one in task.signers if one.user == leaver and one.is_pending]:
            assert heir is not None
            was_held = signer.status == "held"
            moved = hand_on(task, signer, heir, by=by, tick=self.tick)
            if was_held:
                moved.status = "held"
        self._open_turns(task)

    # -- within a step ---------------------------------------------------------------------------------------------

    def _my_turn(self, who: int, task: Task) -> Signer:
        signer = task.turn_of(who)
        self._must(signer is not None)
        self._must(task.form != "approval" or who != self.requester)
        assert signer is not None
        return signer

    def _my_step(self, who: int, task: Task, verb: str, to: int) -> Signer:
        """The turn of somebody who may hand an approval on, to a person who may be asked."""
        self._tick(who, task)
        signer = self._my_turn(who, task)
        self._must(task.form == "approval" and verb in task.verbs)
        self._must(to != self.requester and self._person(to).may_decide)
        self._must(not any(one.user == to and one.is_pending for one in task.signers))
        return signer

    def _put_in(self, task: Task, signer: Signer, kind: str, to: int) -> None:
        task.signers.append(Signer(to, kind, place=signer.place, parent=signer, by=signer.user))
        if kind in FIRST:
            signer.status = "held"

    def _answer(self, task: Task, signer: Signer, status: str) -> None:
        signer.status, signer.answered = status, self.tick
        if status == "rejected":
            # Who was to agree after them has nothing to agree to.
            for child in [one for one in task.signers if one.parent is signer and one.kind == "after"]:
                self._take_out(task, child)
        self._let_go_on(task, signer.parent)

    def _take_out(self, task: Task, signer: Signer) -> None:
        """With everybody whom they had put in."""
        if signer.is_pending:
            signer.status, signer.answered = "removed", self.tick
            for child in [one for one in task.signers if one.parent is signer]:
                self._take_out(task, child)

    def _let_go_on(self, task: Task, parent: Signer | None) -> None:
        if parent is not None and parent.status == "held":
            first = [one for one in task.signers if one.parent is parent and one.kind in FIRST]
            if not any(one.is_pending for one in first):
                parent.status = "waiting"

    def _open_turns(self, task: Task) -> None:
        ready = [signer for signer in task.signers if signer.status == "waiting" and is_ready(task, signer)]
        for signer in ready:
            signer.status, signer.asked = "open", self.tick

    def _take_answer_back(self, task: Task, signer: Signer) -> None:
        assert signer.answered is not None
        since = [
            one
            for one in task.signers
            if comes_after(task, signer, one) and one.asked is not None and one.asked >= signer.answered
        ]
        self._must(all(one.is_pending and not one.is_seen for one in since))
        for one in since:
            has_first = any(other.parent is one and other.kind in FIRST and other.is_pending for other in task.signers)
            one.status, one.asked = "held" if has_first else "waiting", None
        signer.status, signer.answered = "open", None
        if signer.kind in FIRST and signer.parent is not None:
            signer.parent.status = "held"
        self._open_turns(task)

    # -- from step to step -------------------------------------------------------------------------------------------

    def _begin(self, steps: Sequence[Mapping[str, Any]]) -> None:
        self.steps = steps
        self._ask(begin(self._plan))

    def _plan(self, start: int, approved: Mapping[str, frozenset[int]]) -> list[Plan]:
        return plan_chain(self.steps, self.look(), start, approved) if start < len(self.steps) else []

    def _end(self, task: Task, who: int, verdict: str, return_to: int | None, *, back: bool) -> None:
        task.close("done", who, verdict, self.tick)
        if verdict == "approve":
            if not self.open_tasks:
                self._ask(self.course.approve(self._approvers(), self._plan))
            return
        self._close_all("cancelled", None, "cancelled")
        if verdict == "reject":
            self.approval, self.is_running = "rejected", False
        else:
            self._go_back(return_to, back=back)

    def _approvers(self) -> dict[int, frozenset[int]]:
        """Who approved each of the steps that were asked together, the last time it was asked."""
        done = {task.key: task.approvers for task in self.tasks if task.status == "done" and task.form == "approval"}
        return {place: done[self.course.steps[place].plan.key] for place in self.course.asked}

    def _issue_or_return(self, who: int, task: Task, word: str, return_to: int | None, *, back: bool) -> None:
        self._must("finance" in self._person(who).roles and word in ("issue", "return"))
        self._must(return_to is None or return_to < self.course.start)
        self._must(word == "issue" or self._may_return(return_to, back=back))
        task.close("done", who, word, self.tick)
        if word == "issue":
            self.is_running = False
        else:
            self.approval = "in_approval"
            self._go_back(return_to, back=back)

    def _may_return(self, to: int | None, *, back: bool) -> bool:
        return self._person(self.requester).is_active or self._earlier(to, back=back) is not None

    def _go_back(self, to: int | None, *, back: bool) -> None:
        """To an earlier step, or to the applicant; `back`: an approval there leads straight back here."""
        course = self._earlier(to, back=back)
        if course is None:
            self.approval = "returned"
            self.tasks.append(Task("revision", signers=[Signer(self.requester)]))
            self._open_turns(self.tasks[-1])
        else:
            self._ask(course)

    def _earlier(self, to: int | None, *, back: bool) -> Course | None:
        """Where a return leads; None is the applicant, who also gets what nobody else would be asked about."""
        course = None if to is None else self.course.return_to(to, self._plan, back=back)
        return course if course is not None and course.asked else None

    def _ask(self, course: Course) -> None:
        """Ask the people of the steps at which the course stands, or finance behind the last."""
        self.course = course
        for place in course.asked:
            self._ask_step(course.steps[place].plan)
        if not course.asked:
            self.approval = "approved"
            self.tasks.append(Task("issuing", role="finance"))

    def _ask_step(self, plan: Plan) -> None:
        signers = [
            Signer(seat.user, acts_for=seat.acts_for, place=place, weight=seat.weight, has_veto=seat.has_veto)
            for place, seat in enumerate(plan.seats)
        ]
        task = Task("approval", plan.key, plan.reason, plan.mode, plan.threshold, plan.verbs, signers=signers)
        task.stage, task.goes_back = plan.stage, self.course.back_to is not None
        self.tasks.append(task)
        self._open_turns(task)

    def _close_all(self, status: str, who: int | None, outcome: str) -> None:
        for task in self.open_tasks:
            task.close(status, who, outcome, self.tick)

    def _reopen(self, who: int, task: Task, mine: Signer) -> None:
        """The approval that settled a step is taken back: the step as it was, but for that answer."""
        later, place = self.tasks[self.tasks.index(task) + 1 :], self.course.place_of(task.key)
        beside = [one for one in later if one.stage is not None and one.stage == task.stage]
        self._must(self.is_running and self.approval != "returned" and place is not None)
        self._must(all(one.status == "open" or one in beside for one in later))
        self._must(not any(one.key == task.key for one in later))
        assert place is not None
        if place in self.course.asked:
            task.status = "cancelled"
            self._ask_step(self.course.steps[place].plan)
        else:
            self._reopen_stage(who, task, place)
        again = self.tasks[-1]
        again.mode, again.threshold = task.mode, task.threshold
        twins = {signer: as_it_was(signer, is_mine=signer is mine) for signer in task.signers}
        for signer, twin in twins.items():
            twin.parent = twins.get(signer.parent) if signer.parent else None
        again.signers = list(twins.values())
        for twin in again.signers:
            first = [one for one in again.signers if one.parent is twin and one.kind in FIRST and one.is_pending]
            if twin.status == "waiting" and first:
                twin.status = "held"
        self._open_turns(again)

    def _reopen_stage(self, who: int, task: Task, place: int) -> None:
        """What was asked behind the step goes, unless somebody has looked at it."""
        following = self.open_tasks
        answered = any(signer.answered is not None or signer.is_seen for one in following for signer in one.signers)
        self._must(not answered and not any(one.is_seen for one in following))
        course = self.course.return_to(place, self._plan, back=task.goes_back)
        self._must([course.steps[at].plan.key for at in course.asked] == [task.key])
        self._close_all("cancelled", None, "cancelled")
        following[0].closed_by, following[0].outcome = who, "take_back"
        self.approval = "in_approval"
        self._ask(course)

    # -- who may at all ------------------------------------------------------------------------------------------------

    def _person(self, who: int) -> Person:
        return self.look().world.people[who]

    def _may_submit(self) -> bool:
        return bool(self._person(self.requester).roles & {"admin", "applicant"})

    def _tick(self, who: int, task: Task) -> None:
        self._must(self._person(who).may_decide and task.status == "open")
        self.tick += 1

    def _must(self, holds: Any) -> None:
        if not holds:
            raise Refused
