"""What the clock does when nobody decides: remind, escalate, decide; each once, however many clocks look."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from models.access import Actor
from models.db import db
from models.errors import Conflict, NotFound
from models.notices import NoticeEvent
from models.tenancy import serve_company
from tasks import inbox, requests
from tests.support.approvals import approval_of, ask_all, step_of, submit, waiting

People = dict[str, Actor]
CLOCK = Actor(None, is_system=True, origin="clock")
# A Monday at nine in Shanghai, before a week without holidays.
MONDAY = datetime(2026, 11, 23, 1, tzinfo=UTC)


def submitted(app: Flask, people: People, *asked: str, amount: str = "106.00", **more: object) -> int:
    """A request made on that Monday whose step asks the people named."""
    step = step_of("all", [people[name].user_id for name in asked], **more)
    with time_machine.travel(MONDAY, tick=False):
        ask_all(app, people["dora"], step)
        return submit(app, people["alice"], amount)


def told(app: Flask, people: People, topic: str) -> list[list[int]]:
    with app.app_context():
        serve_company(people["ada"].company_id)
        return list(db.session.scalars(select(NoticeEvent.people).where(NoticeEvent.topic == topic)))


def look(app: Flask, what: str, at: datetime) -> int:
    with time_machine.travel(at, tick=False), app.app_context():
        return inbox.act_on_late(CLOCK)[what]


def test_it_reminds_some_working_hours_before_the_task_is_due(app: Flask, people: People) -> None:
    submitted(app, people, "bob", due_hours="16", remind_hours="4")
    # due on Tuesday at 18:00, so the reminder is for Tuesday at 14:00
    assert look(app, "remind", MONDAY + timedelta(hours=28)) == 0
    assert look(app, "remind", MONDAY + timedelta(hours=30)) == 1
    assert look(app, "remind", MONDAY + timedelta(hours=31)) == 0


def test_who_is_above_hears_of_it_once_and_may_see_the_request(app: Flask, people: People) -> None:
    bea = people["bea"]
    request_id = submitted(app, people, "bob", escalate_hours="8", escalate_to=bea.user_id)
    with app.app_context(), pytest.raises(NotFound):
        requests.get_request(bea, request_id)
    assert [look(app, "escalate", MONDAY + timedelta(days=20)) for _ in range(2)] == [1, 0]
    assert told(app, people, "task.escalated") == [[bea.user_id]]
    with app.app_context():
        assert requests.get_request(bea, request_id).id == request_id


def test_without_a_head_the_administrators_hear_of_it(app: Flask, people: People) -> None:
    submitted(app, people, "bob", escalate_hours="8", escalate_to='"head"')
    look(app, "escalate", MONDAY + timedelta(days=20))
    assert told(app, people, "task.escalated") == [[people["ada"].user_id]]


@pytest.mark.parametrize(("decision", "state"), [("reject", "rejected"), ("return", "returned")])
def test_it_decides_as_the_step_says(app: Flask, people: People, decision: str, state: str) -> None:
    request_id = submitted(app, people, "bob", "bea", auto=f'"{decision}"', auto_hours="8")
    assert look(app, "decide", MONDAY + timedelta(hours=8)) == 0
    assert look(app, "decide", MONDAY + timedelta(hours=10)) == 1
    assert approval_of(app, people["alice"], request_id) == state
    assert "bob" not in waiting(app, people, request_id)


def test_who_comes_after_the_clock_hears_that_the_chain_has_decided(app: Flask, people: People) -> None:
    request_id = submitted(app, people, "bob", auto='"return"', auto_hours="8")
    task_id = waiting(app, people, request_id)["bob"]
    look(app, "decide", MONDAY + timedelta(hours=10))
    with app.app_context(), pytest.raises(Conflict, match=r"^The approval chain already handled this task .Returned."):
        inbox.decide(people["bob"], task_id=task_id, decision="approve")


def test_a_task_that_cannot_be_escalated_keeps_no_other_waiting(
    app: Flask, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    submitted(app, people, "bob", escalate_hours="8", escalate_to="4711")  # nobody has this number
    submitted(app, people, "bea", amount="212.00", escalate_hours="8", escalate_to=people["fiona"].user_id)
    late = MONDAY + timedelta(days=20)
    assert look(app, "escalate", late) == 1
    assert told(app, people, "task.escalated") == [[people["fiona"].user_id]]
    assert "the clock failed at task" in caplog.text


def test_four_clocks_decide_once(app: Flask, people: People) -> None:
    request_id = submitted(app, people, "bob", auto='"return"', auto_hours="8")
    with time_machine.travel(MONDAY + timedelta(days=2), tick=False), ThreadPoolExecutor(4) as pool:

        def decide() -> int:
            with app.app_context():
                return inbox.act_on_late(CLOCK)["decide"]

        assert sum(found.result() for found in [pool.submit(decide) for _ in range(4)]) == 1
    assert approval_of(app, people["alice"], request_id) == "returned"
