"""A company on a SQLite file: people, requests that wait for them, and how many statements a call sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, select

from bench.timing import cpu_milliseconds
from models.access import Actor, Role
from models.accounts import Membership, User
from models.db import db
from models.processes import HumanTask, TaskStatus
from models.tenancy import serve_company
from tasks import accounts, customers, inbox, requests
from tasks.boundary import separate
from web.app import create_app
from web.settings import Settings

_ROLES = {"alice": Role.APPLICANT, "bob": Role.APPROVER, "fiona": Role.FINANCE}


@dataclass(frozen=True)
class Cost:
    """What one call cost: milliseconds of processor time, and statements sent to the database."""

    milliseconds: float
    statements: int


@dataclass(frozen=True)
class Company:
    """Alice applies; the standard chain asks Bob, then Fiona, who issues. `buyer` is a customer and its header."""

    app: Flask
    people: dict[str, Actor]
    buyer: tuple[int, int]
    amounts: Iterator[int] = field(default_factory=lambda: count(50_000))

    def submit(self) -> int:
        """A new request of Alice's that waits for Bob; its id. Amounts differ, or they would look like duplicates."""
        customer_id, header_id = self.buyer
        draft = requests.RequestDraft(
            customer_id=customer_id,
            header_id=header_id,
            reason="bench",
            lines=(requests.LineDraft(name="Consulting", amount=Decimal(next(self.amounts)), rate="0.06"),),
        )
        with self.app.app_context():
            return requests.submit_draft(self.people["alice"], draft, request_id=None, revision=None).id

    def resubmit(self, request_id: int) -> Cost:
        """Send a returned request again as it is."""
        return self.cost_of(lambda: requests.submit_request(self.people["alice"], request_id=request_id))

    def open_task(self, request_id: int) -> int:
        """The id of the task that a request waits at."""
        with self.app.app_context():
            serve_company(self.people["alice"].company_id)
            about = HumanTask.subject_kind == requests.KIND, HumanTask.subject_id == request_id
            return db.session.scalars(select(HumanTask.id).where(*about, HumanTask.status == TaskStatus.OPEN)).one()

    def decide(self, name: str, request_id: int, decision: str = "approve", comment: str = "") -> Cost:
        """Answer the open task of a request."""
        task_id, actor = self.open_task(request_id), self.people[name]
        return self.cost_of(lambda: inbox.decide(actor, task_id=task_id, decision=decision, comment=comment))

    def cost_of(self, run: Callable[[], object]) -> Cost:
        """`run` in a session of its own, as a request of a browser has."""
        with self.app.app_context(), statements_of(db.engine) as seen:
            milliseconds = cpu_milliseconds(run)
        return Cost(milliseconds, len(seen))


def found_company(folder: Path) -> Company:
    """A company with the shipped flow and chains, in a database file of its own in `folder`."""
    folder.mkdir(exist_ok=True)
    url = f"sqlite:///{folder / 'bench.db'}"
    app = create_app(Settings(data_dir=folder, database_url=url, secret_key="bench", log_level="ERROR"))
    with app.app_context():
        db.create_all()
        people = _people()
    with app.app_context():
        customer = customers.create_customer(
            people["alice"],
            customers.CustomerDraft(name="Globex"),
            customers.HeaderDraft(title="Globex", tax_id="91330100799655058B", is_default=True),
        )
        return Company(app, people, (customer.id, customer.headers[0].id))


@contextmanager
def statements_of(engine: Engine) -> Iterator[list[str]]:
    """Every statement that `engine` sends meanwhile, BEGIN and savepoints too; only COMMIT is not one to the driver."""
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _people() -> dict[str, Actor]:
    admin = accounts.sign_up_company("Bench", name="Ada", email="ada@bench.example", password="violet tractor naps 9")
    with separate():
        company = db.session.get_one(User, admin).memberships[0].company_id
        actors = {name: _member(company, name, role) for name, role in _ROLES.items()}
        db.session.commit()
    return actors


def _member(company: int, name: str, role: Role) -> Actor:
    user = User(name=name, email=f"{name}@bench.example")
    db.session.add(user)
    db.session.flush()
    db.session.add(Membership(user_id=user.id, company_id=company, roles=[role.value]))
    return Actor(company, user.id, frozenset({role}))
