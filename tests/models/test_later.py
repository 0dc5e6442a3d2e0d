"""Rows that are written at the end of a transaction are part of it like any other."""

import pytest
from sqlalchemy import bindparam, insert, select

from models.customers import Customer
from models.db import db
from models.errors import NotAllowed
from models.later import write_later
from models.tenancy import serve_company

ADD = insert(Customer)


@pytest.fixture
def company(session, people):
    serve_company(people["ada"].company_id)
    return people["ada"].company_id


def add(company, name):
    write_later(ADD, company_id=company, code=name, name=name, revision=1)


def fail_after(company, name):
    """In a savepoint."""
    with db.session.begin_nested():
        add(company, name)
        raise ZeroDivisionError


def written(company):
    db.session.remove()
    serve_company(company)
    return db.session.scalars(select(Customer.name).order_by(Customer.id)).all()


def test_they_come_with_the_commit_in_the_order_they_were_asked_for(company):
    add(company, "first")
    add(company, "second")
    assert db.session.scalars(select(Customer.name)).all() == []
    db.session.commit()
    assert written(company) == ["first", "second"]


def test_a_rollback_takes_them_along(company):
    add(company, "gone")
    db.session.rollback()
    add(company, "kept")
    db.session.commit()
    assert written(company) == ["kept"]


def test_a_savepoint_takes_those_along_that_came_in_it(company):
    add(company, "before")
    with db.session.begin_nested():
        add(company, "in one that holds")
    with pytest.raises(ZeroDivisionError):
        fail_after(company, "gone")
    add(company, "behind")
    db.session.commit()
    assert written(company) == ["before", "in one that holds", "behind"]


def test_a_savepoint_inside_another_is_undone_with_it(company):
    outer = db.session.begin_nested()
    with db.session.begin_nested():
        add(company, "gone")
    outer.rollback()
    add(company, "kept")
    db.session.commit()
    assert written(company) == ["kept"]


def test_they_may_point_at_rows_that_are_new(company):
    db.session.add(Customer(code="new", name="new"))
    add(company, "behind it")
    db.session.commit()
    assert written(company) == ["new", "behind it"]


def test_a_row_of_another_company_is_refused_at_once(company, people):
    with pytest.raises(NotAllowed):
        add(people["carl"].company_id, "foreign")


def test_a_row_that_the_database_does_not_take_undoes_the_rest(company):
    columns = Customer.__table__.c["company_id", "code", "name", "revision"]
    nobody = select(*columns).where(columns.company_id == bindparam("company_id"), columns.code == "nobody")
    add(company, "with it")
    write_later(insert(Customer).from_select(list(columns.keys()), nobody), company_id=company)
    with pytest.raises(RuntimeError, match="took"):
        db.session.commit()
    db.session.rollback()
    assert written(company) == []
