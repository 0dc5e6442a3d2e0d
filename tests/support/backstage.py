"""The demo's company behind its pages: tests set the stage by operations, and the people act in browsers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from models.access import Actor
from models.accounts import Membership
from models.customers import Customer
from models.db import db, utc_now
from models.delegations import Delegation
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import chains, inbox, requests
from tasks.boundary import separate
from tasks.chains import ChainDraft
from tasks.requests import LineDraft, RequestDraft
from tests.conftest import dispose, make_app


@dataclass(frozen=True)
class Backstage:
    """`people`, `emails` and `names` are by the first part of the address: approver, legal, finance, applicant …"""

    app: Flask
    people: Mapping[str, Actor]
    emails: Mapping[str, str]
    names: Mapping[str, str]

    def claim(
        self, key: str, steps: Sequence[Mapping[str, Any]], amount: int, *, name: str = "", name_zh: str = ""
    ) -> None:
        """A chain that claims the requests from `amount` on, below the next thousand."""
        binding = {"kinds": ["request"], "min_amount": str(amount), "max_amount": f"{amount + 999}.99"}
        with self.app.app_context():
            chains.add_chain(
                self.people["admin"],
                ChainDraft(name=name or key, name_zh=name_zh, steps=steps, binding=binding),
                key=key,
            )

    def end_delegations(self) -> None:
        """Those of the demo would let somebody else sit in for a person whom a step names."""
        with self.app.app_context():
            serve_company(self.people["admin"].company_id)
            db.session.execute(update(Delegation).values(revoked_at=utc_now()))
            db.session.commit()

    def asks(self, title: str, names: Sequence[str], mode: str = "all", **more: Any) -> dict[str, Any]:
        """A step that asks people by name."""
        people = [self.people[name].user_id for name in names]
        return {"title": title, "approvers": {"kind": "people", "people": people}, "mode": mode, **more}

    def submit(self, amount: str) -> tuple[int, str]:
        """A request of the applicant on its way: its id and number."""
        applicant = self.people["applicant"]
        with self.app.app_context():
            serve_company(applicant.company_id)
            customer = next(row for row in db.session.scalars(select(Customer)) if row.default_header)
            assert customer.default_header
            line = LineDraft(name="软件开发服务", amount=Decimal(amount), rate="0.06")
            draft = RequestDraft(
                customer_id=customer.id, header_id=customer.default_header.id, reason="HT-2026-7", lines=[line]
            )
            request = requests.submit_draft(applicant, draft)
            return request.id, request.number or ""

    def task_of(self, name: str, request_id: int) -> int | None:
        """The task about a request that waits for somebody now."""
        with self.app.app_context():
            rows = inbox.list_tasks(self.people[name], limit=500).rows
            return next((row.task.id for row in rows if row.request.id == request_id), None)

    def decide(self, name: str, request_id: int, decision: str = "approve", comment: str = "") -> None:
        """Somebody answers, behind the stage."""
        task_id = self.task_of(name, request_id)
        assert task_id, f"nothing waits for {name}"
        with self.app.app_context():
            inbox.decide(self.people[name], task_id=task_id, decision=decision, comment=comment)


@contextmanager
def backstage(data: Path) -> Iterator[Backstage]:
    """The company in the data folder of a product that may be running."""
    app = make_app(f"sqlite:///{data / 'piaoflow.db'}", data)
    with app.app_context(), separate():
        serve_company(ALL_COMPANIES)
        members = list(db.session.scalars(select(Membership)))
        emails = {member.user.email.partition("@")[0]: member.user.email for member in members}
        names = {member.user.email.partition("@")[0]: member.user.name for member in members}
        people = {member.user.email.partition("@")[0]: member.as_actor() for member in members}
    yield Backstage(app, people, emails, names)
    dispose(app)
