"""The database has looked at what its tables hold, so that it plans well, whenever much was written at once."""

import pytest
from flask import Flask

from models.access import Actor
from models.customers import Customer
from models.db import db
from models.tenancy import serve_company
from tasks import cleanup, clock
from tasks.handlers import HANDLERS
from tests.support.databases import believed_customers
from tests.support.notices import CLOCK
from web import migrations

MANY = 400


@pytest.fixture
def filled(app: Flask, people: dict[str, Actor]) -> Flask:
    """A database with many customers at which it has not looked."""
    with app.app_context():
        serve_company(people["alice"].company_id)
        db.session.add_all(Customer(code=f"C{place}", name=f"Customer {place}") for place in range(MANY))
        db.session.commit()
    return app


def test_the_database_looks_when_it_is_told_to(filled: Flask) -> None:
    with filled.app_context():
        cleanup.refresh_statistics(CLOCK)
    assert believed_customers(filled) == MANY


def test_it_looks_once_a_day(filled: Flask) -> None:
    with filled.app_context():
        HANDLERS["cleanup"].run(clock.CLOCK, None, {})  # type: ignore[arg-type]
    assert believed_customers(filled) == MANY


def test_it_looks_behind_an_upgrade(filled: Flask) -> None:
    migrations.upgrade(filled)
    assert believed_customers(filled) == MANY
