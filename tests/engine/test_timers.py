"""Timers under a clock that the test moves: raw ISO 8601 or FEEL, kept in the state, missed cycles coalesced."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine.bpmn.iso8601 import parse_cycle, parse_duration, parse_moment
from engine.catalogue import Catalogue, ServiceTask
from engine.process import Engine, Outcome
from tests.engine.diagrams import chain, end, process, service, start, timer, user
from tests.engine.runs import incident_of

NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)


class Clock:
    """An instance whose clock stands still until moved; counts reminders."""

    def __init__(self, source: bytes, **data: Any) -> None:
        self.reminders = 0
        self.engine = Engine(Catalogue(ServiceTask("remind", self._remind)))
        self.definition = self.engine.load(source, {})
        self.now = NOW
        self.outcome: Outcome = self.engine.start(self.definition, data, context=None, now=NOW)

    def _remind(self, _context: Any) -> None:
        self.reminders += 1

    def move(self, **time: float) -> Outcome:
        self.now += timedelta(**time)
        self.outcome = self.engine.wake(self.definition, self.outcome.state, context=None, now=self.now)
        return self.outcome

    def answer(self) -> Outcome:
        task = self.outcome.open_tasks[0]
        self.outcome = self.engine.complete(
            self.definition, self.outcome.state, task.id, {}, context=None, now=self.now
        )
        return self.outcome


def reminding(kind: str, text: str, *, interrupting: bool = False) -> bytes:
    return process(
        start()
        + user("ask")
        + timer("late", "ask", kind, text, interrupting=interrupting)
        + service("remind", "remind")
        + end("reminded")
        + end()
        + chain("start", "ask", "end")
        + chain("late", "remind", "reminded")
    )


@pytest.mark.parametrize(
    ("kind", "text", "due"),
    [
        ("timeDuration", "P5D", NOW + timedelta(days=5)),
        ("timeDuration", "PT90M", NOW + timedelta(minutes=90)),
        ("timeDuration", "P1M", datetime(2026, 2, 28, 8, tzinfo=UTC)),
        ("timeDuration", "P1Y1MT1H", datetime(2027, 2, 28, 9, tzinfo=UTC)),
        ("timeDuration", 'duration("P2D")', NOW + timedelta(days=2)),
        ("timeDuration", 'duration("P1M")', datetime(2026, 2, 28, 8, tzinfo=UTC)),
        ("timeDuration", 'if urgent then "PT1H" else "P1D"', NOW + timedelta(hours=1)),
        ("timeDate", "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("timeDate", "2026-03-01T08:00:00+08:00", datetime(2026, 3, 1, tzinfo=UTC)),
        ("timeDate", "due_on", datetime(2026, 4, 1, tzinfo=UTC)),
        ("timeDate", "due_text", datetime(2026, 5, 1, 12, tzinfo=UTC)),
        ("timeDate", 'due_on + duration("P1D")', datetime(2026, 4, 2, tzinfo=UTC)),
        ("timeDate", 'now() + duration("PT1H")', NOW + timedelta(hours=1)),
        ("timeCycle", "R3/PT1H", NOW + timedelta(hours=1)),
        ("timeCycle", "R/P1D", NOW + timedelta(days=1)),
        ("timeCycle", "R2/2026-02-01T00:00:00Z/P1D", datetime(2026, 2, 1, tzinfo=UTC)),
        ("timeCycle", '"R2/PT" + string(2) + "H"', NOW + timedelta(hours=2)),
    ],
)
def test_a_timer_is_due_when_it_says(kind: str, text: str, due: datetime) -> None:
    data = {"urgent": True, "due_on": date(2026, 4, 1), "due_text": "2026-05-01T12:00:00Z"}
    (found,) = Clock(reminding(kind, text), **data).outcome.timers
    assert (found.element_id, found.due_at) == ("late", due)
    assert found.due_at.tzinfo is not None


@pytest.mark.parametrize("text", ["nothing", '"soon"', "(1)", "{}"])
@pytest.mark.parametrize("kind", ["timeDuration", "timeDate", "timeCycle"])
def test_what_is_no_time_is_refused_when_the_wait_begins(kind: str, text: str) -> None:
    outcome = Clock(reminding(kind, text)).outcome
    assert incident_of(outcome).code == "timer.value"
    assert [task.element_id for task in outcome.open_tasks] == ["ask"]


def test_the_due_time_is_fixed_when_the_wait_begins() -> None:
    clock = Clock(reminding("timeDuration", "P5D"))
    for _ in range(4):
        assert clock.move(days=1).timers[0].due_at == NOW + timedelta(days=5)
    assert clock.reminders == 0
    assert clock.move(days=1).timers == ()
    assert clock.reminders == 1


def test_a_timer_fires_once_however_late() -> None:
    clock = Clock(reminding("timeDuration", "PT1H"))
    clock.move(days=400)
    clock.move(days=400)
    assert clock.reminders == 1


def test_an_interrupting_timer_takes_the_task_away() -> None:
    clock = Clock(reminding("timeDuration", "P1D", interrupting=True))
    done = clock.move(days=1)
    assert done.is_complete
    assert [(step.element_id, step.event) for step in done.steps if step.event == "cancelled"] == [("ask", "cancelled")]
    assert clock.reminders == 1


def test_a_cycle_fires_again_and_again_until_it_is_used_up() -> None:
    clock = Clock(reminding("timeCycle", "R3/PT1H"))
    for fired in (1, 2, 3):
        clock.move(hours=1)
        assert clock.reminders == fired
    assert clock.outcome.timers == ()
    clock.move(days=9)
    assert clock.reminders == 3
    done = clock.answer()
    assert done.is_complete
    assert [step.element_id for step in done.steps if step.event == "cancelled"] == []


def test_missed_rounds_of_a_cycle_are_one_reminder() -> None:
    clock = Clock(reminding("timeCycle", "R/PT1H"))
    outcome = clock.move(hours=5.5)
    assert clock.reminders == 1
    assert outcome.timers[0].due_at == NOW + timedelta(hours=6)


def test_a_counted_cycle_counts_the_missed_rounds() -> None:
    clock = Clock(reminding("timeCycle", "R3/PT1H"))
    clock.move(hours=2)
    assert clock.reminders == 1
    clock.move(hours=1)
    assert clock.reminders == 2
    assert clock.outcome.timers == ()


def test_ten_years_of_missed_seconds_cost_nothing() -> None:
    clock = Clock(reminding("timeCycle", "R/PT1S"))
    outcome = clock.move(days=3650)
    assert clock.reminders == 1
    assert outcome.timers[0].due_at == clock.now + timedelta(seconds=1)


def test_a_cycle_ends_with_its_task() -> None:
    clock = Clock(reminding("timeCycle", "R/PT1H"))
    clock.move(hours=1)
    done = clock.answer()
    assert done.is_complete
    assert done.timers == ()


def test_waiting_for_a_moment_holds_the_flow() -> None:
    wait = (
        '<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )
    clock = Clock(process(start() + wait + end() + chain("start", "wait", "end")))
    assert not clock.move(minutes=59).is_complete
    assert clock.move(minutes=1).is_complete


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "1D", "P1", "P1S", "PT1D", "P-1D", "P1.5D", "P9999999D", "p1d", "P1D ", "P1D\nP1D"]
)
def test_what_is_no_duration_is_none(text: str) -> None:
    assert parse_duration(text) is None or text.strip() == "P1D"


@pytest.mark.parametrize(
    "text", ["", "R", "R3", "R3/", "R3/x", "R3/P1D/P1D", "R/P0D", "R/PT0S", "3/P1D", "R3/P1D/2026-01-01"]
)
def test_what_is_no_cycle_is_none(text: str) -> None:
    assert parse_cycle(text) is None


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "2026-02-30", "2026"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_moment(text) is None


@pytest.mark.parametrize("text", ["P8000Y", "P999999D", "P9999Y", "P7973Y400D", "R/P8000Y"])
def test_a_time_past_the_calendar_is_its_last_moment(text: str) -> None:
    clock = Clock(reminding("timeCycle" if text.startswith("R") else "timeDuration", text))
    assert clock.outcome.timers[0].due_at.year >= 4000
    assert clock.move(days=1).open_tasks != ()
