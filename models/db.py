"""The database handle: one declarative base, one session, the column types, and how a connection is prepared."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Hashable
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

import pysqlite3
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Connection, DateTime, Dialect, Engine, Enum, MetaData, String, event
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.types import TypeDecorator

MINIMUM_SQLITE = (3, 51, 3)
_CENT = Decimal("0.01")
_KEPT = "kept"
T = TypeVar("T")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime. SQLite drops the zone on the way in; this puts it back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: attach a time zone first")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Amount(TypeDecorator[Decimal]):
    """Money with two decimals, stored as a whole number of cents: exact, summable and comparable on every database.

    SQLite has no decimal type; a NUMERIC column there is a float.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        cents = Decimal(value) / _CENT
        if cents != cents.to_integral_value():
            raise ValueError(f"{value} has more than two decimals: round it first")
        return int(cents)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        # PostgreSQL answers sum(bigint) with a numeric.
        return None if value is None else (Decimal(int(value)) * _CENT).quantize(_CENT)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal of any precision (quantity, unit price), stored as its own text. Not for sorting or summing in SQL."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(value, "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def enum_type(kind: type[StrEnum]) -> Enum:
    """A column type for `kind`: its values as text, with a check constraint, so that the database refuses others."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        name=name,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:

    class Model(Base):
        """What every table inherits. (`db.Model` is made at run time, where a type checker cannot see it.)"""

        __abstract__ = True
else:
    Model = db.Model


def utc_now() -> datetime:
    return datetime.now(UTC)


def touch(row: Model, attribute: str) -> None:
    """Let a change of what belongs to `row` count as a change of the row itself, so that its revision goes up.

    SQLAlchemy raises a revision only with a column of the row; `attribute` names one that is loaded.
    """
    flag_modified(row, attribute)


def keep(kind: str, key: Hashable, value: T) -> T:
    """Remember what this transaction has locked or read: until it ends, or the savepoint that it was in is undone."""
    session = db.session()
    kept = session.info.setdefault(_KEPT, WeakKeyDictionary())
    kept.setdefault(_innermost(session), {})[kind, key] = value
    return value


def recall(kind: str, key: Hashable) -> Any:
    """What was kept in this transaction under `kind` and `key`, else None."""
    session = db.session()
    kept, at = session.info.get(_KEPT, {}), _innermost(session)
    while at is not None:
        if (kind, key) in kept.get(at, ()):
            return kept[at][kind, key]
        at = at.parent
    return None


def leave(kind: str) -> None:
    """Nothing that was kept under `kind` holds any more."""
    for kept in db.session().info.get(_KEPT, {}).values():
        for known in [key for key in kept if key[0] == kind]:
            del kept[known]


def _innermost(session: Session) -> SessionTransaction | None:
    return session.get_nested_transaction() or session.get_transaction()


class FifoLock:
    """A lock that serves waiters in the order in which they came.

    SQLite's own busy handler polls, so under load one writer can starve for seconds; queueing here first keeps the
    longest wait of a process near the length of the queue.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    def acquire(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def release(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()  # handed over: it stays held
            else:
                self._held = False


SQLITE_WRITERS = FifoLock()


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def begin_write(session: Session) -> None:
    """Start a transaction that will write, in a session that has none open.

    SQLite takes its write lock now, so that two writers queue up; a read lock upgraded later would fail at once
    with "database is locked".
    """
    session.connection(execution_options={"begin": "BEGIN IMMEDIATE"})


def refresh_statistics(session: Session, *tables: str) -> None:
    """Let the database look at what `tables` hold, all where none is named, in the transaction of `session`.

    PostgreSQL plans badly, and seconds instead of milliseconds long, for tables that it has not looked at since they
    were filled. SQLite chooses the tables itself.
    """
    names = ", ".join(f'"{table}"' for table in tables)
    statement = "PRAGMA optimize=0x10002" if is_sqlite(session) else f"ANALYZE {names}".rstrip()
    session.connection().exec_driver_sql(statement)


def check_sqlite_version(version: tuple[int, ...] = pysqlite3.sqlite_version_info) -> None:
    """Raise `RuntimeError` on a library with the WAL-reset corruption fault (3.7.0 to 3.51.2)."""
    if version < MINIMUM_SQLITE:
        have, need = (".".join(map(str, v)) for v in (version, MINIMUM_SQLITE))
        raise RuntimeError(f"SQLite {have} can corrupt this database; {need} or newer is needed (package pysqlite3)")


_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL lost acknowledged commits in simulated power cuts
    "busy_timeout=10000",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "cache_size=-20000",
    "journal_size_limit=67108864",
    "temp_store=MEMORY",
    "mmap_size=0",
)


@event.listens_for(Engine, "connect")
def _prepare_sqlite(connection: Any, _record: object) -> None:
    if not type(connection).__module__.startswith(("sqlite3", "pysqlite3")):
        return
    check_sqlite_version()
    connection.isolation_level = None  # we say BEGIN ourselves, below
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))
