"""Rows that only add to a record (audit log, timeline, notices): written at the end of the transaction, in one
statement per kind, however many there are.

They are part of the transaction like any other row. A savepoint that is undone takes those with it that were asked for
since it began. Nothing reads them back before the commit.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Insert, event
from sqlalchemy.orm import Session, SessionTransaction

from models.db import db
from models.tenancy import require_served

_ROWS, _MARKS = "later", "later_marks"
_Row = tuple[Insert, dict[str, Any]]


def write_later(statement: Insert, *, company_id: int, **values: Any) -> None:
    """Let `statement` insert a row of the company when the transaction commits, behind those asked for before.

    `statement` is one object per kind of row. Raises `NotAllowed` for a company that the session does not serve.
    """
    session = db.session()
    require_served(session, company_id)
    if not session.in_transaction():
        session.begin()
    session.info.setdefault(_ROWS, []).append((statement, {"company_id": company_id, **values}))


def _write(session: Session) -> None:
    """Raises `RuntimeError` when the database took fewer rows than it was given."""
    rows: list[_Row] = session.info.get(_ROWS, [])
    if not rows:
        return
    session.flush()  # they may point at rows that are new
    session.info[_ROWS] = []
    by_statement = dict[Insert, list[dict[str, Any]]]()
    for statement, values in rows:
        by_statement.setdefault(statement, []).append(values)
    for statement, given in by_statement.items():
        done = session.connection().execute(statement, given, execution_options={"preserve_rowcount": True})
        taken = done.rowcount
        if taken != len(given):
            raise RuntimeError(f"{len(given)} rows were to be written, the database took {taken}")


@event.listens_for(db.session, "before_commit")
def _at_the_end(session: Session) -> None:
    if not session.in_nested_transaction():
        _write(session)


@event.listens_for(db.session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested and session.info.get(_ROWS):
        marks = session.info.setdefault(_MARKS, WeakKeyDictionary())
        marks[transaction] = len(session.info[_ROWS])


@event.listens_for(db.session, "after_soft_rollback")
def _undo(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested or transaction.parent is None:
        del session.info.get(_ROWS, [])[session.info.get(_MARKS, {}).get(transaction, 0) :]
