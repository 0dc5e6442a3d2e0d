"""Views, filters, sums, tasks put off, and named views of the inbox; and what changed since the last round."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from models.access import Actor
from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from tasks import delegations, inbox, requests
from tasks.delegations import DelegationDraft
from tasks.inbox import InboxFilter
from tests.support.approvals import act, submit, waiting
from tests.support.requests import make_customer, make_draft, make_request

People = dict[str, Actor]
Listed = Callable[..., list[int]]


@pytest.fixture
def listed(app: Flask, people: People) -> Listed:
    """`listed(who, view, …)`: the requests of a view; its counter and its sum must say the same."""

    def read(who: str, view: str = "open", **wanted: object) -> list[int]:
        actor, narrowed = people[who], InboxFilter(**wanted)  # type: ignore[arg-type]
        with app.app_context():
            rows = inbox.list_tasks(actor, view=view, wanted=narrowed).rows
            found = inbox.sum_tasks(actor, view=view, wanted=narrowed)
            assert (found.count, found.gross) == (len(rows), sum((row.request.gross for row in rows), Decimal(0)))
            if not wanted:
                assert inbox.count_views(actor)[view] == len(rows)
            return [row.request.id for row in rows]

    return read


def test_a_task_put_off_leaves_the_open_ones_of_one_person_until_then(
    app: Flask, people: People, listed: Listed
) -> None:
    with time_machine.travel(datetime(2026, 3, 4, 2, 0, tzinfo=UTC), tick=False) as clock:
        request_id = submit(app, people["alice"])
        task_id = waiting(app, people, request_id)["bob"]
        until = act(app, people["bob"], "snooze", task_id=task_id, until="hours")
        assert until == datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
        assert (listed("bob"), listed("bob", "snoozed"), listed("bea")) == ([], [request_id], [request_id])
        with app.app_context():
            assert inbox.count_open(people["bob"]) == 0
            assert inbox.find_next(people["bob"], after=0) is None
        clock.shift(timedelta(hours=3))
        assert (listed("bob"), listed("bob", "snoozed")) == ([request_id], [])


@pytest.mark.parametrize(
    ("until", "local"),
    [("tomorrow", datetime(2026, 10, 8, 1, 0, tzinfo=UTC)), ("week", datetime(2026, 10, 8, 1, 0, tzinfo=UTC))],
)
def test_tomorrow_and_next_week_begin_with_working_time(
    app: Flask, people: People, until: str, local: datetime
) -> None:
    """The evening before the National Day holidays of 2026: both begin when people are back, at nine."""
    with time_machine.travel(datetime(2026, 9, 30, 12, 0, tzinfo=UTC), tick=False):
        task_id = waiting(app, people, submit(app, people["alice"]))["bob"]
        assert act(app, people["bob"], "snooze", task_id=task_id, until=until) == local


def test_a_task_put_off_again_has_one_time_and_can_be_brought_back(app: Flask, people: People, listed: Listed) -> None:
    request_id = submit(app, people["alice"])
    task_id = waiting(app, people, request_id)["bob"]
    act(app, people["bob"], "snooze", task_id=task_id, until="hours")
    act(app, people["bob"], "snooze", task_id=task_id, until="week")
    assert listed("bob", "snoozed") == [request_id]
    act(app, people["bob"], "wake", task_id=task_id)
    assert (listed("bob"), listed("bob", "snoozed")) == ([request_id], [])


def test_only_whoever_is_asked_puts_off_and_only_what_is_open(app: Flask, people: People) -> None:
    task_id = waiting(app, people, submit(app, people["alice"]))["bob"]
    with pytest.raises(NotAllowed):
        act(app, people["alice"], "snooze", task_id=task_id, until="hours")
    with pytest.raises(Invalid):
        act(app, people["bob"], "snooze", task_id=task_id, until="never")
    act(app, people["bea"], "decide", task_id=task_id, decision="approve")
    with pytest.raises(Conflict, match="already handled"):
        act(app, people["bob"], "snooze", task_id=task_id, until="hours")


def test_at_risk_are_those_due_within_a_day_or_overdue(app: Flask, people: People, listed: Listed) -> None:
    with time_machine.travel(datetime(2026, 3, 4, 2, 0, tzinfo=UTC), tick=False) as clock:
        request_id = submit(app, people["alice"])
        with app.app_context():
            due_at = inbox.list_tasks(people["bob"]).rows[0].task.due_at
        assert due_at is not None
        clock.move_to(due_at - timedelta(days=1))
        assert listed("bob", "at_risk") == []
        clock.shift(timedelta(seconds=1))
        assert (listed("bob", "at_risk"), listed("bob", overdue=True)) == ([request_id], [])
        clock.move_to(due_at + timedelta(seconds=1))
        assert (listed("bob", "at_risk"), listed("bob", overdue=True)) == ([request_id], [request_id])


def test_filters_narrow_by_amount_customer_applicant_and_text(app: Flask, people: People, listed: Listed) -> None:
    small = submit(app, people["alice"], "106.00")
    with app.app_context():
        other = make_customer(people["alice"], "Initech", tax_id="91330100799655058B")
        large = make_request(people["alice"], other, amount="2120.00")
    with app.app_context():
        customer_id = requests.get_request(people["alice"], large).customer_id
    assert listed("bob") == [small, large]
    assert listed("bob", min_amount=Decimal("106.01")) == [large]
    assert listed("bob", min_amount=Decimal("106.00"), max_amount=Decimal("106.00")) == [small]
    assert listed("bob", customer_id=customer_id) == [large]
    assert listed("bob", applicant_id=people["alice"].user_id) == [small, large]
    assert listed("bob", applicant_id=people["bob"].user_id) == []
    assert listed("bob", text="2120.00") == [large]


def test_copies_show_what_somebody_was_told_about_and_whether_they_read_it(
    app: Flask, people: People, listed: Listed
) -> None:
    request_id = submit(app, people["alice"])
    act(app, people["alice"], "copy_to", request_id=request_id, user_ids=[people["dora"].user_id])
    assert (listed("dora", "copies"), listed("bob", "copies")) == ([request_id], [])
    with app.app_context():
        assert inbox.list_tasks(people["dora"], view="copies").unread == {request_id}
    act(app, people["dora"], "read_copy", request_id=request_id)
    with app.app_context():
        assert inbox.list_tasks(people["dora"], view="copies").unread == frozenset()


def test_a_view_is_kept_by_name_replaced_and_shared(app: Flask, people: People) -> None:
    def names(who: str) -> list[tuple[str, str]]:
        with app.app_context():
            return [(view.name, view.query) for view in inbox.list_views(people[who])]

    act(app, people["bob"], "save_view", name=" Large ", address="view=open&min=1000")
    act(app, people["bob"], "save_view", name="Large", address="view=open&min=2000")
    assert (names("bob"), names("bea")) == ([("Large", "view=open&min=2000")], [])
    act(app, people["bob"], "save_view", name="Large", address="view=open&min=2000", is_shared=True)
    assert names("bea") == [("Large", "view=open&min=2000")]
    with app.app_context():
        view_id = inbox.list_views(people["bob"])[0].id
    with pytest.raises(NotFound):
        act(app, people["bea"], "delete_view", view_id=view_id)
    act(app, people["bob"], "delete_view", view_id=view_id)
    assert names("bob") == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_view_without_a_good_name_is_refused(app: Flask, people: People, name: str) -> None:
    with pytest.raises(Invalid, match="name"):
        act(app, people["bob"], "save_view", name=name, address="view=open")


def test_an_approver_reads_what_was_changed_since_the_last_round(app: Flask, people: People) -> None:
    request_id = submit(app, people["alice"])
    task_id = waiting(app, people, request_id)["bob"]
    with app.app_context():
        assert requests.changes_since_last_round(people["bob"], request_id) == []
    act(app, people["bob"], "decide", task_id=task_id, decision="return", comment="Which contract?")
    with app.app_context():
        request = requests.get_request(people["alice"], request_id)
        draft = requests.as_draft(request)
        line = replace(draft.lines[0], amount=Decimal("212.00"), quantity=None, unit_price=None)
        draft = replace(draft, contract_number="HT-9", lines=[line])
        requests.submit_draft(people["alice"], draft, request_id=request_id)
    with app.app_context():
        found = requests.changes_since_last_round(people["bob"], request_id)
        changes = {(change.field, change.line): (change.before, change.after) for change in found}
    assert changes[("contract_number", 0)] == ("", "HT-9")
    assert changes[("gross", 0)] == ("106.00", "212.00")
    assert ("reason", 0) not in changes


def test_the_view_of_a_task_says_what_one_may_do_with_it(app: Flask, people: People) -> None:
    task_id = waiting(app, people, submit(app, people["alice"]))["bob"]
    with app.app_context():
        seen = inbox.read_task(people["bob"], task_id)
        assert seen.decisions == ("approve", "return", "reject")
        assert {"transfer", "delegate", "add_before", "add_after", "add_parallel", "snooze"} <= seen.verbs
        assert "take_back" not in seen.verbs
        assert seen.is_unseen
    with app.app_context():
        others = inbox.read_task(people["alice"], task_id)
        assert (others.decisions, others.verbs) == ((), {"copy", "comment"})
    act(app, people["bob"], "decide", task_id=task_id, decision="approve")
    with app.app_context():
        assert "take_back" in inbox.read_task(people["bob"], task_id).verbs


def test_a_list_shows_the_red_flags_that_the_document_shows(app: Flask, people: People) -> None:
    with app.app_context():
        acme = make_customer(people["alice"], "Acme Ltd")
        globex = make_customer(people["alice"], "Globex", tax_id="91330100799655058B")
        plain = make_request(people["alice"], acme, amount="50.00")
        twins = [make_request(people["alice"], acme, amount="106.00") for _ in range(2)]
        other_customer = make_request(people["alice"], globex, amount="106.00")
        outdated = make_request(people["alice"], globex, amount="70.00")
        globex.headers[0].valid_to = datetime.now(UTC)
        db.session.commit()
    with app.app_context():
        page = inbox.list_tasks(people["bob"])
        shown = {key: [(flag.code, flag.fields) for flag in flags] for key, flags in page.flags.items()}
    with app.app_context():
        documents = {
            key: requests.read_document(people["bob"], key) for key in [plain, *twins, other_customer, outdated]
        }
        expected = {
            key: [(check.code, check.fields) for check in document.checks if check.is_red_flag]
            for key, document in documents.items()
        }
    assert shown == {key: flags for key, flags in expected.items() if flags}
    assert set(shown) == {*twins, other_customer, outdated}
    assert [code for code, _ in shown[outdated]] == ["request.header_changed"]


def test_red_flags_of_a_page_cost_one_statement_however_many_rows(app: Flask, people: People) -> None:
    def statements() -> int:
        seen: list[str] = []
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
            inbox.list_tasks(people["bob"])
        return len(seen)

    with app.app_context():
        customer = make_customer(people["alice"])
        first, *others = [make_draft(customer, amount=amount) for amount in ("10.00", "20.00", "20.00", "30.00")]
        requests.submit_draft(people["alice"], first)
    few = statements()
    with app.app_context():
        for draft in others:
            requests.submit_draft(people["alice"], draft)
    assert statements() == few


def _delegate(app: Flask, giver: Actor, taker: Actor) -> None:
    with app.app_context():
        delegations.create_delegation(giver, DelegationDraft(to_user_id=taker.user_id))


def test_what_one_decides_for_somebody_shows_to_both(app: Flask, people: People, listed: Listed) -> None:
    """Bob is away and Fiona stands in for him; Bea is asked herself."""
    _delegate(app, people["bob"], people["fiona"])
    request_id = submit(app, people["alice"])
    assert (listed("fiona", "for_others"), listed("bea", "for_others")) == ([request_id], [])
    assert (listed("bob"), listed("bob", "by_others")) == ([], [])
    with app.app_context():
        page = inbox.list_tasks(people["fiona"], view="for_others")
        assert list(page.stand_ins.values()) == ["Bob"]
    task_id = waiting(app, people, request_id)["fiona"]
    act(app, people["fiona"], "decide", task_id=task_id, decision="approve")
    assert (listed("fiona", "for_others"), listed("bob", "by_others")) == ([], [request_id])
    with app.app_context():
        assert inbox.list_tasks(people["bob"], view="by_others").stand_ins == {task_id: "Fiona"}
        assert inbox.read_task(people["bob"], task_id).row.request.id == request_id
    assert (listed("bea", "by_others"), listed("carl", "by_others")) == ([], [])


def test_a_task_for_somebody_that_is_put_off_waits_with_the_others(app: Flask, people: People, listed: Listed) -> None:
    _delegate(app, people["bob"], people["fiona"])
    request_id = submit(app, people["alice"])
    act(app, people["fiona"], "snooze", task_id=waiting(app, people, request_id)["fiona"], until="week")
    assert (listed("fiona", "for_others"), listed("fiona", "snoozed")) == ([], [request_id])
