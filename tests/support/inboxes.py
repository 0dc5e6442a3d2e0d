"""An approver's inbox in the demo company with many tasks, for the pages that show lists."""

from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from models.access import Role
from models.accounts import Membership
from models.customers import Customer
from models.db import db
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import requests
from tasks.boundary import separate
from tests.conftest import dispose, make_app
from tests.support.requests import make_draft


def fill_inbox(data: Path, amounts: list[str]) -> None:
    """Submit a request of each amount. Two of the same amount are possible duplicates, so both have a red flag."""
    app = make_app(f"sqlite:///{data / 'piaoflow.db'}", data)
    with app.app_context():
        with separate():
            serve_company(ALL_COMPANIES)
            members = db.session.scalars(select(Membership))
            applicant = next(member.as_actor() for member in members if Role.APPLICANT.value in member.roles)
        serve_company(applicant.company_id)
        customer = db.session.scalars(select(Customer).where(Customer.headers.any())).first()
        assert customer is not None
        drafts = [make_draft(customer, amount=str(Decimal(amount))) for amount in amounts]
        for draft in drafts:
            requests.submit_draft(applicant, draft)
    dispose(app)
