"""Whether the parts that everything stands on are there."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.db import db
from tasks.boundary import public_query

# What the driver or the pool raises when the database does not answer.
DATABASE_ERRORS: tuple[type[Exception], ...] = (OperationalError, InterfaceError, PoolTimeout)


@public_query
def ping_database() -> str:
    """The kind of database (``sqlite``, ``postgresql``) once it has answered. Raises one of `DATABASE_ERRORS`."""
    db.session.execute(select(1))
    return db.session().get_bind().dialect.name
