"""What a decision sends to the database is counted, so that it cannot creep up unseen. No timing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from models.access import Actor
from models.db import db, is_sqlite
from models.processes import HumanTask, TaskStatus
from tasks import inbox, requests
from tests.support.requests import make_customer, make_draft, make_request

pytestmark = pytest.mark.usefixtures("session")
People = dict[str, Actor]
# By step: who decides, how, and the most statements on SQLite (its BEGIN is one) and on PostgreSQL. Bob is asked beside
# Bea, whose turn then falls away: one more.
STEPS = [("bob", "return", 16, 18), ("bob", "approve", 13, 15), ("fiona", "approve", 12, 16)]


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def decide(actor: Actor, request_id: int, decision: str) -> list[str]:
    """The statements of one decision, in a session of its own."""
    about = HumanTask.subject_kind == requests.KIND, HumanTask.subject_id == request_id
    wanted = select(HumanTask.id).where(*about, HumanTask.status == TaskStatus.OPEN)
    task_id = db.session.scalars(wanted).one()
    db.session.remove()
    with statements() as seen:
        inbox.decide(actor, task_id=task_id, decision=decision, comment="a word")
    return seen


@pytest.mark.parametrize(("who", "decision", "on_sqlite", "on_postgresql"), STEPS)
def test_a_decision_sends_no_more_statements_than_this(
    people: People, who: str, decision: str, on_sqlite: int, on_postgresql: int
) -> None:
    customer = make_customer(people["alice"])
    drafts = [make_draft(customer, amount=amount) for amount in ("106.00", "107.00")]
    for draft in drafts:  # the first one may find the flow not parsed yet
        request_id = requests.submit_draft(people["alice"], draft).id
        if who == "fiona":
            decide(people["bob"], request_id, "approve")
        seen = decide(people[who], request_id, decision)
    assert len(seen) <= (on_sqlite if is_sqlite(db.session()) else on_postgresql), "\n".join(seen)


def test_the_sixtieth_return_sends_as_many_statements_as_the_second(people: People) -> None:
    alice, counts = people["alice"], list[int]()
    request_id = make_request(alice, make_customer(alice))
    for _ in range(60):
        counts.append(len(decide(people["bob"], request_id, "return")))
        requests.submit_request(alice, request_id=request_id)
    assert counts[-1] == counts[1]
