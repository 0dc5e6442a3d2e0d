"""What an approval reads about departments, people and delegations."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from models.access import Permission
from models.db import db, utc_now
from models.delegations import Delegation
from models.departments import Department, DepartmentMember
from models.tenancy import serve_company
from tasks.boundary import query
from tasks.departments import load_organization

YESTERDAY = utc_now() - timedelta(days=1)


@query(Permission.COMPANY_READ)
def read(actor):
    return load_organization(actor)


def keep(actor, *rows):
    """Rows as they would stand, in the actor's company."""
    serve_company(actor.company_id)
    db.session.add_all(rows)
    db.session.commit()


@pytest.fixture
def sales(session, people):
    """Bob heads the sales department; Alice is in it."""
    department = Department(name="Sales", head_id=people["bob"].user_id)
    keep(people["ada"], department)
    keep(people["ada"], DepartmentMember(department_id=department.id, user_id=people["alice"].user_id))
    return department


def delegation(giver, taker, **given):
    return Delegation(from_user_id=giver.user_id, to_user_id=taker.user_id, starts_at=YESTERDAY, **given)


def test_people_and_departments_are_those_of_the_company(sales, people):
    found = read(people["alice"])
    assert found.head_of(people["alice"].user_id) == people["bob"].user_id
    assert found.with_role("approver") == (people["bob"].user_id, people["bea"].user_id)
    assert people["carol"].user_id not in found.members


def test_a_closed_department_heads_nobody(sales, people):
    sales.is_active = False
    db.session.commit()
    assert read(people["alice"]).head_of(people["alice"].user_id) is None


def test_a_delegation_comes_with_its_limits(session, people):
    keep(people["ada"], delegation(people["bob"], people["bea"], max_amount=Decimal("9.50"), kinds=["request"]))
    (found,) = read(people["alice"]).stand_ins
    assert (found.from_id, found.to_id) == (people["bob"].user_id, people["bea"].user_id)
    assert (found.starts_at, found.ends_at) == (YESTERDAY, None)
    assert (found.kinds, found.min_amount, found.max_amount) == (frozenset({"request"}), None, Decimal("9.50"))


def test_revoked_ended_and_foreign_delegations_are_left_out(session, people):
    revoked = delegation(people["bob"], people["bea"], revoked_at=utc_now())
    ended = delegation(people["bob"], people["bea"], ends_at=utc_now())
    keep(people["ada"], revoked, ended, delegation(people["bob"], people["bea"]))
    assert len(read(people["alice"]).stand_ins) == 1
    db.session.remove()
    assert read(people["carl"]).stand_ins == ()


def test_it_is_read_once_until_something_of_it_changes(sales, people):
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    read(people["alice"])
    read(people["bob"])
    assert len([text for text in statements if text.startswith("SELECT") and "company.stamp" not in text]) == 3
    sales.name = "Sales and more"
    db.session.commit()
    statements.clear()
    assert "Sales and more" in [unit.name for unit in read(people["alice"]).units.values()]
    assert len([text for text in statements if text.startswith("SELECT") and "company.stamp" not in text]) == 3
