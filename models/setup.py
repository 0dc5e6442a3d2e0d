"""The stamp of a company: what is set up of it (people, departments, delegations, calendar, chains) has not changed
while the stamp is the same.

Triggers write a new, random stamp in the transaction of whatever changes those tables, also where no code of ours is
asked. So what was read once can be kept: by all transactions that see the same stamp, in every process, and nothing of
it outlives a change, a rollback or a restored backup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event, select
from sqlalchemy.orm import ORMExecuteState, Session

from models.accounts import Company, Membership, User
from models.calendars import CalendarDay
from models.chains.tables import ApprovalChain, ChainVersion
from models.db import Model, db, keep, leave, recall
from models.delegations import Delegation
from models.departments import Department, DepartmentMember
from models.ledger import ddl

T = TypeVar("T")
_STAMP = "stamp"
_MOST_COMPANIES = 256
_SQLITE_STAMP = "lower(hex(randomblob(16)))"
_POSTGRESQL_STAMP = "gen_random_uuid()::text"
# Which columns of a table count; none are named where all do.
_WATCHED: dict[type[Model], Sequence[str]] = {
    Membership: (),
    Department: (),
    DepartmentMember: (),
    Delegation: (),
    CalendarDay: (),
    ApprovalChain: (),
    ChainVersion: (),
    Company: ("time_zone", "working_hours", "working_weekdays", "has_national_holidays"),
    User: ("name", "is_active"),
}


class Remembered(Generic[T]):
    """What is read of a company's setup, for as long as its stamp stays the same."""

    def __init__(self) -> None:
        self._kept: WeakKeyDictionary[Engine, dict[int, tuple[str, T]]] = WeakKeyDictionary()

    def get(self, company_id: int, read: Callable[[], T]) -> T:
        """What was kept of the company, else what `read` reads now. All threads share it."""
        stamp = _stamp_of(company_id)
        kept = self._kept.setdefault(db.engine, {})
        found = kept.get(company_id)
        if found is not None and found[0] == stamp:
            return found[1]
        value = read()
        if len(kept) >= _MOST_COMPANIES:
            kept.clear()
        kept[company_id] = stamp, value
        return value


def keep_stamp(company_id: int, stamp: str) -> None:
    """Do not ask for the stamp again in this transaction, unless it writes to the setup itself."""
    keep(_STAMP, company_id, stamp)


def _stamp_of(company_id: int) -> str:
    if _is_changed(db.session()):
        db.session.flush()  # what this transaction has changed counts
    known: str | None = recall(_STAMP, company_id)
    if known is not None:
        return known
    stamp = db.session.execute(select(Company.stamp).where(Company.id == company_id)).scalar_one()
    keep_stamp(company_id, stamp)
    return stamp


def _is_changed(session: Session) -> bool:
    return any(type(row) in _WATCHED for row in (*session.new, *session.dirty, *session.deleted))


@event.listens_for(db.session, "before_flush")
def _written(session: Session, _context: object, _instances: object) -> None:
    if _is_changed(session):
        leave(_STAMP)


@event.listens_for(db.session, "do_orm_execute")
def _written_in_bulk(state: ORMExecuteState) -> None:
    mapper = state.bind_mapper
    if (state.is_update or state.is_delete) and mapper is not None and mapper.class_ in _WATCHED:
        leave(_STAMP)


def stamp_ddl(model: type[Model], columns: Sequence[str]) -> dict[str, list[str]]:
    """The triggers that renew the stamp when a row of `model` comes, goes, or changes in `columns`; per database."""
    name, changed = model.__tablename__, " OF " + ", ".join(columns) if columns else ""
    events = ["INSERT", f"UPDATE{changed}", "DELETE"] if not columns else [f"UPDATE{changed}"]
    which = "id" if model is Company else "company_id"
    return {
        "sqlite": [_sqlite(name, happening, _whose(model, which, _row(happening))) for happening in events],
        "postgresql": [
            f"CREATE OR REPLACE FUNCTION {name}_stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608
            f"UPDATE company SET stamp = {_POSTGRESQL_STAMP} WHERE {_whose(model, which, '(COALESCE(NEW, OLD))')}; "
            "RETURN NULL; END $$",
            f'CREATE TRIGGER {name}_stamp AFTER {" OR ".join(events)} ON "{name}" '
            f"FOR EACH ROW EXECUTE FUNCTION {name}_stamp()",
        ],
    }


def _sqlite(name: str, happening: str, whose: str) -> str:
    verb = happening.split(maxsplit=1)[0].lower()
    return (
        f'CREATE TRIGGER {name}_stamp_{verb} AFTER {happening} ON "{name}" BEGIN '  # noqa: S608  # names of our own
        f"UPDATE company SET stamp = {_SQLITE_STAMP} WHERE {whose}; END"
    )


def _row(happening: str) -> str:
    return "OLD" if happening == "DELETE" else "NEW"


def _whose(model: type[Model], which: str, row: str) -> str:
    if model is User:
        return f"id IN (SELECT company_id FROM membership WHERE user_id = {row}.id)"  # noqa: S608
    return f"id = {row}.{which}"


for _model, _columns in _WATCHED.items():
    for _dialect, _statements in stamp_ddl(_model, _columns).items():
        for _statement in _statements:
            event.listen(_model.__table__, "after_create", ddl(_statement, _dialect))
