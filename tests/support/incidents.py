"""A flow of the demo that has stopped, for the pages about it."""

from pathlib import Path
from unittest.mock import patch

from sqlalchemy import select

from models.access import Role
from models.accounts import Membership
from models.db import db
from models.tenancy import ALL_COMPANIES, serve_company
from tasks import inbox
from tasks.boundary import separate
from tests.conftest import dispose, make_app


def stop_a_flow(data: Path) -> None:
    """Issue an invoice that the register does not take, so that its flow stops with an incident."""
    app = make_app(f"sqlite:///{data / 'piaoflow.db'}", data)
    with app.app_context():
        with separate():
            serve_company(ALL_COMPANIES)
            members = db.session.scalars(select(Membership))
            finance = next(member.as_actor() for member in members if Role.FINANCE.value in member.roles)
        tasks = inbox.list_tasks(finance).rows
        task_id = next(row.task.id for row in tasks if row.task.form_key == inbox.ISSUING_FORM)
        with patch("tasks.register.append_entry", side_effect=OSError("the disk is full")):
            inbox.decide(finance, task_id=task_id, decision="issue", channel="simulator")
    dispose(app)
