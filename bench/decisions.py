"""A decision through the operation: gate, engine, tasks, audit, outbox and commit, on a SQLite file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from flask import Flask
from sqlalchemy import event, text

from bench.timing import Row, compared, cpu_milliseconds, median_of
from models.access import Actor, Role
from models.accounts import Membership, User
from models.db import db
from tasks import accounts, customers, inbox, requests
from tasks.boundary import separate
from web.app import create_app
from web.settings import Settings

_REQUESTS = 40


def measure(folder: Path) -> list[Row]:
    app = create_app(
        Settings(
            data_dir=folder, database_url=f"sqlite:///{folder / 'bench.db'}", secret_key="bench", log_level="ERROR"
        )
    )
    with app.app_context():
        db.create_all()
        alice, bob = _people()
    with app.app_context():
        _submit(alice)
    statements = _count_statements(app)
    samples, counts = [], []
    for _ in range(_REQUESTS):
        with app.app_context():
            task_id = inbox.list_tasks(bob, limit=1).rows[0].task.id
        before = len(statements)
        with app.app_context():
            samples.append(cpu_milliseconds(lambda t=task_id: inbox.decide(bob, task_id=t, decision="approve")))
        counts.append(len(statements) - before)
    row = compared("one decision with SQLite commit", median_of(samples), "an insert and its commit", _floor(app))
    return [Row(f"{row.what} ({median_of(counts):.0f} SQL statements)", row.value, row.floor, row.ratio)]


def _people() -> tuple[Actor, Actor]:
    admin = accounts.sign_up_company("Bench", name="Ada", email="ada@bench.example", password="violet tractor naps 9")
    with separate():
        company = db.session.get_one(User, admin).memberships[0].company_id
        actors = []
        for name, role in (("alice", Role.APPLICANT), ("bob", Role.APPROVER)):
            user = User(name=name, email=f"{name}@bench.example")
            db.session.add(user)
            db.session.flush()
            db.session.add(Membership(user_id=user.id, company_id=company, roles=[role.value]))
            actors.append(Actor(company, user.id, frozenset({role})))
        db.session.commit()
    return actors[0], actors[1]


def _submit(alice: Actor) -> None:
    customer = customers.create_customer(
        alice,
        customers.CustomerDraft(name="Globex"),
        customers.HeaderDraft(title="Globex", tax_id="91330100799655058B", is_default=True),
    )
    customer_id, header_id = customer.id, customer.headers[0].id
    for number in range(_REQUESTS):
        draft = requests.RequestDraft(
            customer_id=customer_id,
            header_id=header_id,
            reason="bench",
            lines=(requests.LineDraft(name="Consulting", amount=Decimal(50000 + number), rate="0.06"),),
        )
        requests.submit_draft(alice, draft, request_id=None, revision=None)


def _count_statements(app: Flask) -> list[str]:
    seen: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    return seen


def _floor(app: Flask) -> float:
    def insert() -> None:
        with db.engine.connect() as connection:
            connection.execute(text("INSERT INTO job_done (key, at) VALUES (hex(randomblob(8)), '2026-01-01')"))
            connection.commit()

    with app.app_context():
        return median_of([cpu_milliseconds(insert) for _ in range(50)])
