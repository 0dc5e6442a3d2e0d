"""Past requests on a changed flow."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from models.access import Actor
from models.db import db
from models.errors import Invalid, NotAllowed
from models.processes import HumanTask, ProcessInstance, ProcessStep
from models.register import RegisterEntry
from models.requests import InvoiceRequest
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import inbox, processes, replays, requests
from tests.support.approvals import asks, put_steps, submit
from tests.support.flows import NEW_ID, ONE_MORE_STEP, changed

People = dict[str, Actor]
# Every request goes through the extended chain.
STRICTER = {'"simple"': '"extended"', '"standard"': '"extended"'}


def decide(app: Flask, actor: Actor, request_id: int, decision: str = "approve", **given: Any) -> None:
    with app.app_context():
        (row,) = [row for row in inbox.list_tasks(actor).rows if row.request.id == request_id]
        inbox.decide(actor, task_id=row.task.id, decision=decision, comment="a word", **given)


def issue(app: Flask, people: People, request_id: int) -> None:
    number = f"2611200000000000{request_id:04}"
    decide(app, people["fiona"], request_id, "issue", channel="manual", number=number)


def issued(app: Flask, people: People, amount: str = "106.00") -> int:
    """A request that went the whole way: Bob, Fiona, and Fiona again, who issued the invoice."""
    request_id = submit(app, people["alice"], amount)
    decide(app, people["bob"], request_id)
    decide(app, people["fiona"], request_id)
    issue(app, people, request_id)
    return request_id


def replay(
    app: Flask, actor: Actor, *edits: Mapping[str, str], tables: Mapping[str, str] | None = None, **given: Any
) -> replays.Report:
    _, shipped = processes.shipped_flow()
    decisions = {name: table.decode() for name, table in shipped.items()} | dict(tables or {})
    with app.app_context():
        return replays.replay_requests(
            actor, key="invoice_request", bpmn=changed(*edits).decode(), decisions=decisions, **given
        )


def stricter() -> dict[str, str]:
    _, shipped = processes.shipped_flow()
    table = shipped["approval_chain"].decode()
    for old, new in STRICTER.items():
        assert old in table
        table = table.replace(old, new)
    return {"approval_chain": table}


def differences(report: replays.Report) -> list[tuple[str, str, Any]]:
    return [(found.kind.value, found.title, found.person) for found, _count in report.grouped]


def test_on_the_same_flow_every_request_goes_the_way_that_it_went(app: Flask, people: People) -> None:
    issued(app, people)
    rejected = submit(app, people["alice"], "107.00")
    decide(app, people["bob"], rejected, "reject")
    returned = submit(app, people["alice"], "108.00")
    decide(app, people["bob"], returned)
    decide(app, people["fiona"], returned, "return")
    with app.app_context():
        requests.submit_request(people["alice"], request_id=returned)
    decide(app, people["bob"], returned)
    decide(app, people["fiona"], returned, "return", return_to=0, resume="back")
    decide(app, people["bob"], returned)
    decide(app, people["fiona"], returned)
    decide(app, people["fiona"], returned, "return", return_to=1)
    decide(app, people["fiona"], returned)
    issue(app, people, returned)
    report = replay(app, people["dora"])
    assert report.grouped == ()
    assert (report.same, report.different, report.partial, report.unanswered) == (3, 0, 0, 0)
    assert report.seconds_now == report.seconds_then > 0


def test_steps_that_were_asked_at_the_same_time_are_answered_by_who_answered_them(app: Flask, people: People) -> None:
    together = [asks("legal", people["bob"]), asks("money", people["fiona"], alongside=True)]
    put_steps(app, people["ada"], *together, asks("last", people["bea"]))
    request_id = submit(app, people["alice"])
    decide(app, people["fiona"], request_id)
    decide(app, people["bob"], request_id)
    decide(app, people["bea"], request_id, "reject")
    assert replay(app, people["dora"]).same == 1


def test_a_step_more_is_reached_would_have_waited_and_asks_its_people(app: Flask, people: People) -> None:
    request_id = issued(app, people)
    report = replay(app, people["ada"], ONE_MORE_STEP)
    assert sorted(differences(report)) == [
        ("asked", "Look", "role:finance"),
        ("reached", "Look", None),
        ("waits", "Look", None),
    ]
    (request,) = report.requests
    assert (request.subject_id, bool(request.number), request.unanswered) == (request_id, True, 1)
    assert request.seconds_now == request.seconds_then
    (hidden,) = replay(app, people["dora"], ONE_MORE_STEP).requests
    assert hidden.number == ""


def test_another_chain_asks_other_people_and_keeps_the_answers_of_those_who_are_asked_still(
    app: Flask, people: People
) -> None:
    put_steps(app, people["ada"], asks("one", people["bob"]), asks("two", people["bea"]))
    put_steps(app, people["ada"], asks("one", people["bob"]), asks("three", people["fiona"]), key="extended")
    request_id = submit(app, people["alice"])
    decide(app, people["bob"], request_id)
    decide(app, people["bea"], request_id)
    issue(app, people, request_id)
    report = replay(app, people["dora"], tables=stricter())
    assert sorted(differences(report)) == [
        ("asked", "three", people["fiona"].user_id),
        ("not_asked", "two", people["bea"].user_id),
        ("waits", "three", None),
    ]
    (request,) = report.requests
    assert request.seconds_now < request.seconds_then
    assert report.names[people["bea"].user_id or 0]


def test_a_step_with_a_new_id_asks_the_same_people_and_gets_their_answers(app: Flask, people: People) -> None:
    issued(app, people)
    report = replay(app, people["dora"], NEW_ID)
    assert sorted(differences(report)) == [("not_reached", "approve", None), ("reached", "Approve request", None)]


def test_a_timer_that_would_have_been_due_fires_before_the_answer(app: Flask, people: People) -> None:
    """The recorded answers came a second after they were asked for; the changed timer is due at once."""
    issued(app, people)
    soon = {'xsi:type="bpmn:tFormalExpression">P5D': 'xsi:type="bpmn:tFormalExpression">PT0S'}
    assert [kind for kind, *_ in differences(replay(app, people["dora"], soon))] == ["reached"] * 3


def test_a_request_from_before_answers_were_kept_is_replayed_by_its_rows_and_says_so(
    app: Flask, people: People
) -> None:
    issued(app, people)
    with app.app_context():
        serve_company(ALL_COMPANIES)
        db.session.execute(update(ProcessStep).values(given=None))
        db.session.commit()
    report = replay(app, people["dora"])
    assert (report.grouped, report.partial) == ((), 1)


def test_a_step_that_cannot_be_evaluated_stops_and_says_why(app: Flask, people: People) -> None:
    issued(app, people)
    nonsense = {'name="due_hours" value="=16"': 'name="due_hours" value="=&quot;soon&quot;"'}
    report = replay(app, people["dora"], nonsense)
    (found,) = [found for found, _count in report.grouped if found.kind is replays.Kind.STOPS]
    assert (found.title, found.title_zh) == ("Issue invoice", "开具发票")
    assert found.message.format(**dict(found.fields))


def test_what_nobody_can_know_is_not_made_up(app: Flask, people: People) -> None:
    """The flow goes by what the people of a new step said in words."""
    issued(app, people)
    by_comment = {'name="due_hours" value="=16"': 'name="due_hours" value="=if comment = null then 8 else 16"'}
    found = differences(replay(app, people["dora"], ONE_MORE_STEP, by_comment))
    assert [title for kind, title, _person in found if kind == "unknown"] == ["Issue invoice"]


def test_only_the_newest_requests_that_have_ended_are_replayed(app: Flask, people: People) -> None:
    issued(app, people)
    newest = issued(app, people, "107.00")
    submit(app, people["alice"], "108.00")
    report = replay(app, people["dora"], ONE_MORE_STEP, limit=1)
    assert [request.subject_id for request in report.requests] == [newest]


def test_what_takes_too_long_is_left_out_and_counted(app: Flask, people: People) -> None:
    for amount in ("106.00", "107.00"):
        issued(app, people, amount)
    report = replay(app, people["dora"], seconds=0)
    assert (len(report.requests), report.left_out) == (1, 1)


def test_a_replay_writes_nothing(app: Flask, people: People) -> None:
    issued(app, people)

    def rows() -> list[int | None]:
        with app.app_context():
            serve_company(ALL_COMPANIES)
            tables = ProcessInstance, ProcessStep, HumanTask, RegisterEntry
            return [db.session.scalar(select(func.count()).select_from(table)) for table in tables]

    before = rows()
    replay(app, people["dora"], ONE_MORE_STEP, tables=stricter())
    assert rows() == before


def test_a_diagram_with_faults_is_refused(app: Flask, people: People) -> None:
    with pytest.raises(Invalid):
        replay(app, people["dora"], {'targetRef="end_rejected"': 'targetRef="nowhere"'})


def test_who_may_not_publish_may_not_replay(app: Flask, people: People) -> None:
    with pytest.raises(NotAllowed):
        replay(app, people["fiona"])


def test_the_requests_of_another_company_are_not_among_them(app: Flask, people: People) -> None:
    issued(app, people)
    assert replay(app, people["carl"]).requests == ()


def test_another_chain_is_planned_for_what_the_request_said_then(app: Flask, people: People) -> None:
    """Its sum was changed since, as by a resubmission, and says another thing to the condition of a step."""
    above = asks("above", people["fiona"], condition="amount > 1000")
    put_steps(app, people["ada"], asks("one", people["bob"]))
    put_steps(app, people["ada"], asks("one", people["bob"]), above, key="extended")
    request_id = submit(app, people["alice"])
    decide(app, people["bob"], request_id)
    issue(app, people, request_id)
    with app.app_context():
        serve_company(ALL_COMPANIES)
        request = db.session.get_one(InvoiceRequest, request_id)
        request.gross, request.net = Decimal(5000), Decimal(5000) - request.tax
        db.session.commit()
    assert replay(app, people["dora"], tables=stricter()).grouped == ()


def test_a_step_that_is_asked_once_instead_of_twice_takes_the_time_of_the_first(app: Flask, people: People) -> None:
    request_id = submit(app, people["alice"])
    decide(app, people["bob"], request_id, "return")
    with app.app_context():
        requests.submit_request(people["alice"], request_id=request_id)
    for name in ("bob", "fiona"):
        decide(app, people[name], request_id)
    issue(app, people, request_id)
    never = {'chain.outcome = "returned"</bpmn': 'chain.outcome = "returned" and amount = 0</bpmn'}
    (replayed,) = replay(app, people["dora"], never).requests
    with app.app_context():
        serve_company(ALL_COMPANIES)
        first = db.session.scalars(select(HumanTask).order_by(HumanTask.id)).first()
        assert first is not None
        assert first.closed_at is not None
        assert replayed.seconds_now == (first.closed_at - first.created_at).total_seconds()
