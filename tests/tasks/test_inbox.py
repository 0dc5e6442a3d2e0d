"""Deciding: who may, what it does, and who wins when two are at it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from models.access import Actor
from models.customers import Customer, Header
from models.db import db
from models.errors import Conflict, Invalid, NotAllowed, NotFound
from models.invoices import Invoice
from models.notices import Notification, OutboxMessage
from models.processes import HumanTask, ProcessIncident, ProcessInstance
from models.register import RegisterEntry
from models.requests import Approval, InvoiceRequest
from models.tenancy import serve_company
from tasks import inbox, processes, register, requests
from tasks.boundary import separate
from tests.support.notices import tell_everybody

People = dict[str, Actor]
Ask = Callable[..., int]


@pytest.fixture
def ask(app: Flask, people: People) -> Ask:
    """`ask(total)`: a submitted request of Alice's for a known customer; returns its id."""

    def submit(total: str = "50000.00") -> int:
        alice = people["alice"]
        with app.app_context():
            customer_id, header_id = _customer(alice)
        with app.app_context():
            draft = requests.RequestDraft(
                customer_id=customer_id,
                header_id=header_id,
                invoice_type="digital_special",
                reason="Contract 7",
                lines=[requests.LineDraft(name="Consulting", amount=Decimal(total), rate="0.06")],
            )
            request = requests.create_draft(alice, draft)
            return requests.submit_request(alice, request_id=request.id).id

    return submit


def _customer(actor: Actor) -> tuple[int, int]:
    serve_company(actor.company_id)
    known = db.session.scalars(select(Customer)).first()
    if known is None:
        known = Customer(code="C1", name="Globex")
        known.headers = [Header(title="Globex Ltd", tax_id="91330100799655058B", is_default=True)]
        db.session.add(known)
        db.session.commit()
    return known.id, known.headers[0].id


def _first_task(actor: Actor) -> HumanTask:
    return inbox.list_tasks(actor).rows[0].task


def _decide(app: Flask, actor: Actor, decision: str, **answer: object) -> None:
    with app.app_context():
        inbox.decide(actor, task_id=_first_task(actor).id, decision=decision, **answer)


def _request(app: Flask, actor: Actor, request_id: int) -> InvoiceRequest:
    with app.app_context():
        request = requests.get_request(actor, request_id)
        db.session.expunge(request)
        return request


def test_two_approvals_and_finance_make_a_registered_invoice(app: Flask, people: People, ask: Ask) -> None:
    request_id = ask()
    _decide(app, people["bob"], "approve")
    _decide(app, people["fiona"], "approve")
    _decide(app, people["fiona"], "issue", channel="simulator")
    assert _request(app, people["alice"], request_id).stage == "issued"
    with app.app_context():
        serve_company(people["fiona"].company_id)
        invoice = db.session.scalars(select(Invoice)).one()
        assert (invoice.gross, invoice.is_sample, len(invoice.number)) == (Decimal("50000.00"), True, 20)
        assert db.session.scalar(select(func.count(RegisterEntry.id))) == 1
    with app.app_context():
        assert register.verify_register(people["fiona"]) is None


def test_the_chain_that_was_shown_is_the_chain_that_runs(app: Flask, people: People, ask: Ask) -> None:
    with app.app_context():
        shown = requests.preview_approvers(
            people["alice"], amount=Decimal("150000.00"), invoice_type="digital_special", customer_id=None
        )
    ask("150000.00")
    asked = []
    for step in shown.steps:
        actor = next(person for person in people.values() if person.user_id == step.candidates[0])
        with app.app_context():
            task = _first_task(actor)
            asked.append((task.title, tuple(signer.user_id for signer in task.signers)))
        _decide(app, actor, "approve")
    assert asked == [(step.title, step.candidates) for step in shown.steps]
    assert len(asked) == 3


def test_a_request_that_is_returned_and_submitted_again_goes_on_with_its_number(
    app: Flask, people: People, ask: Ask
) -> None:
    request_id = ask()
    number = _request(app, people["alice"], request_id).number
    _decide(app, people["bob"], "return", comment="Wrong header")
    returned = _request(app, people["alice"], request_id)
    assert returned.approval is Approval.RETURNED
    with app.app_context():
        requests.submit_request(people["alice"], request_id=request_id)
    again = _request(app, people["alice"], request_id)
    assert (again.approval, again.number) == (Approval.IN_APPROVAL, number)
    with app.app_context():
        assert _first_task(people["bob"]).title == "Manager approval"


def test_a_rejected_request_is_over(app: Flask, people: People, ask: Ask) -> None:
    request_id = ask()
    _decide(app, people["bob"], "reject", comment="No contract")
    assert _request(app, people["alice"], request_id).approval is Approval.REJECTED
    with app.app_context():
        assert requests.find_instance(people["alice"], request_id).status == "completed"
        assert inbox.count_open(people["bob"]) == 0


@pytest.mark.parametrize("decision", ["return", "reject"])
def test_whoever_sends_a_request_back_says_why(app: Flask, people: People, ask: Ask, decision: str) -> None:
    ask()
    with pytest.raises(Invalid, match="reason"):
        _decide(app, people["bob"], decision)


def test_the_applicant_never_approves_their_own_request(app: Flask, people: People, ask: Ask) -> None:
    ask()
    alice_as_approver = Actor(people["alice"].company_id, people["alice"].user_id, people["bob"].roles)
    with app.app_context():
        task_id = _first_task(people["bob"]).id
    with app.app_context(), pytest.raises(NotAllowed):
        inbox.decide(alice_as_approver, task_id=task_id, decision="approve")


def test_a_stranger_finds_no_such_task(app: Flask, people: People, ask: Ask) -> None:
    ask()
    with app.app_context():
        task_id = _first_task(people["bob"]).id
    for stranger in ("carol", "carl", "dora"):
        with app.app_context(), pytest.raises(NotFound):
            inbox.get_task(people[stranger], task_id)


def test_a_task_that_was_answered_says_by_whom(app: Flask, people: People, ask: Ask) -> None:
    ask()
    with app.app_context():
        task_id = _first_task(people["bea"]).id
    _decide(app, people["bob"], "approve")
    with app.app_context(), pytest.raises(Conflict, match="Bob already handled"):
        inbox.decide(people["bea"], task_id=task_id, decision="approve")


def test_a_task_of_a_request_that_was_withdrawn_says_by_whom_and_when(app: Flask, people: People, ask: Ask) -> None:
    request_id = ask()
    with app.app_context():
        task_id = _first_task(people["bob"]).id
    with app.app_context(), time_machine.travel(datetime(2030, 3, 31, 7, 4, tzinfo=UTC), tick=False):
        requests.withdraw_request(people["alice"], request_id=request_id)
    with app.app_context(), pytest.raises(Conflict, match=r"^Alice withdrew .* at 2030-03-31 15:04, so this task"):
        inbox.decide(people["bob"], task_id=task_id, decision="approve")


def test_who_withdraws_too_late_hears_who_decided_and_when(app: Flask, people: People, ask: Ask) -> None:
    request_id = ask()
    with time_machine.travel(datetime(2030, 3, 31, 7, 4, tzinfo=UTC), tick=False):
        _decide(app, people["bob"], "reject", comment="No contract")
    with app.app_context(), pytest.raises(Conflict, match=r"^Bob handled request .* .Rejected. at 2030-03-31 15:04"):
        requests.withdraw_request(people["alice"], request_id=request_id)


def test_of_two_people_who_decide_at_once_one_wins(app: Flask, people: People, ask: Ask) -> None:
    request_ids = [ask() for _ in range(5)]
    with app.app_context():
        task_ids = [row.task.id for row in inbox.list_tasks(people["bob"]).rows]

    def decide(job: tuple[str, int]) -> str:
        name, task_id = job
        with app.app_context():
            try:
                inbox.decide(people[name], task_id=task_id, decision="approve")
            except Conflict:
                return "late"
            return "won"

    jobs = [(name, task_id) for task_id in task_ids for name in ("bob", "bea", "bob", "bea")]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(decide, jobs))
    assert results.count("won") == len(request_ids)
    with app.app_context():
        assert inbox.count_open(people["fiona"]) == len(request_ids)


def test_a_number_that_is_taken_leaves_the_task_open(app: Flask, people: People, ask: Ask) -> None:
    for _ in range(2):
        ask("5000.00")
    for name in ("bob", "fiona"):
        for _ in range(2):
            _decide(app, people[name], "approve")
    number = {"channel": "manual", "number": "26112000000000000001"}
    _decide(app, people["fiona"], "issue", **number)
    with pytest.raises(Conflict, match="already registered"):
        _decide(app, people["fiona"], "issue", **number)
    with app.app_context():
        assert inbox.count_open(people["fiona"]) == 1
        assert register.verify_register(people["fiona"]) is None


def test_an_answer_cannot_reach_what_the_task_does_not_ask_for(app: Flask, people: People, ask: Ask) -> None:
    request_id = ask()
    _decide(app, people["bob"], "approve", request_id=999, chain={"steps": []})
    with app.app_context():
        instance = requests.find_instance(people["alice"], request_id)
        assert processes.read_data(instance)["request_id"] == request_id


def test_bulk_approval_reports_each_task(app: Flask, people: People, ask: Ask) -> None:
    ask("10.00"), ask("20.00"), ask("20.00")
    with app.app_context():
        task_ids = [row.task.id for row in inbox.list_tasks(people["bob"]).rows]
    with app.app_context():
        results = inbox.approve_many(people["bob"], task_ids=[*task_ids, 9999])
    refused = [result.refusal.code if result.refusal else None for result in results]
    assert refused == [None, "inbox.flagged", "inbox.flagged", "task.not_found"]


def test_an_overdue_task_is_reminded_of_once(app: Flask, people: People, ask: Ask) -> None:
    ask()
    clock = Actor(None, None, is_system=True)
    later = datetime.now(UTC) + timedelta(days=20)  # longer than 16 working hours beside any holiday
    for expected in (1, 0):
        with time_machine.travel(later, tick=False), app.app_context():
            assert inbox.act_on_late(clock)["remind"] == expected
    tell_everybody(app)
    with app.app_context():
        serve_company(people["bob"].company_id)
        mails = db.session.scalars(select(OutboxMessage).where(OutboxMessage.title.startswith("Overdue"))).all()
        assert {mail.recipient for mail in mails} == {"bob@acme.example", "bea@acme.example"}


def test_a_request_that_waits_for_days_tells_its_applicant(app: Flask, people: People, ask: Ask) -> None:
    request_id = ask()
    clock = Actor(None, None, is_system=True)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=6), tick=False):
        for expected in (1, 0):
            with app.app_context():
                assert processes.wake_due(clock) == expected
    tell_everybody(app)
    with app.app_context():
        serve_company(people["alice"].company_id)
        titles = db.session.scalars(select(OutboxMessage.title).where(OutboxMessage.recipient == "alice@acme.example"))
        assert any("has waited for approval" in title for title in titles)
        assert db.session.scalars(select(ProcessInstance)).one().subject_id == request_id


def test_an_instance_that_cannot_be_woken_keeps_no_other_waiting(app: Flask, people: People, ask: Ask) -> None:
    broken, _sound = ask("10.00"), ask("20.00")
    clock = Actor(None, None, is_system=True)
    with app.app_context():
        serve_company(people["alice"].company_id)
        db.session.scalars(select(ProcessInstance).where(ProcessInstance.subject_id == broken)).one().state = "?"
        db.session.commit()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=6), tick=False), app.app_context():
        assert processes.wake_due(clock) == 1
    with app.app_context(), separate():
        serve_company(people["alice"].company_id)
        stopped = db.session.scalars(select(ProcessIncident)).one()
        assert (stopped.instance.subject_id, stopped.attempts, stopped.engine_task_id) == (broken, 1, "")


def test_a_task_that_comes_by_itself_is_announced_once(
    app: Flask, people: People, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask()

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(requests, "mark_approved", fail)
        _decide(app, people["bob"], "approve")
        _decide(app, people["fiona"], "approve")
    with app.app_context():
        (incident,) = processes.list_incidents(people["dora"]).incidents
        processes.retry_incident(people["dora"], incident_id=incident.id)
    clock = Actor(None, None, is_system=True)
    for expected in (1, 0):
        with app.app_context():
            assert inbox.announce_new(clock) == expected
    tell_everybody(app)
    with app.app_context():
        serve_company(people["fiona"].company_id)
        told = select(func.count(Notification.id)).where(
            Notification.user_id == people["fiona"].user_id, Notification.topic == "task.open"
        )
        assert db.session.scalar(told) == 2  # her review, and now the issuing


def test_sixty_returns_cost_no_number_and_lose_no_task(app: Flask, people: People, ask: Ask) -> None:
    request_id = ask()
    for _ in range(60):
        _decide(app, people["bob"], "return", comment="again")
        with app.app_context():
            requests.submit_request(people["alice"], request_id=request_id)
    with app.app_context():
        assert inbox.count_open(people["bob"]) == 1
        assert requests.get_request(people["alice"], request_id).number.endswith("00001")
