"""A hash chain over rows of one company: change, drop or reorder one, and every later hash is wrong.

Pure functions and the row that holds a chain's head. The exact bytes hashed are stored beside the hash.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    DDL,
    Engine,
    Insert,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import ExecutableDDLElement

from models.db import Model
from models.tenancy import CompanyScoped

GENESIS = "0" * 64
_DOMAIN = b"PIAOFLOW-LEDGER-1\0"
_OF_CHAIN = {"id", "company_id", "sequence", "body", "previous_hash", "hash"}


class LedgerHead(CompanyScoped, Model):
    """The last entry of one chain (`name`: register, audit). Locked and moved by the entry that is appended."""

    __table_args__ = (UniqueConstraint("company_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sequence: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(default=GENESIS)


def chained(table: Table, chain: str) -> Insert:
    """Make `table` the entries of `chain`: append-only, and each insert moves the chain's head.

    Returns the statement that appends, to be given company_id, body, at, and the columns of the table's own; it locks
    the head until the transaction ends, and adds no row where the company has no such chain.
    """
    append_only(table)
    for dialect, statements in _moving_head(table.name, chain).items():
        for statement in statements:
            event.listen(table, "after_create", ddl(statement, dialect))
    own = [column for column in table.columns if column.name not in _OF_CHAIN]
    head, company, body = LedgerHead.__table__.c, bindparam("company_id", type_=Integer), bindparam("body", type_=Text)
    follow = select(
        head.company_id,
        head.sequence + 1,
        body,
        head.hash,
        func.ledger_hash(head.company_id, head.sequence + 1, head.hash, body),
        *(bindparam(column.name, type_=column.type) for column in own),
    ).where(head.company_id == company, head.name == chain)
    return insert(table).from_select(
        ["company_id", "sequence", "body", "previous_hash", "hash", *(column.name for column in own)],
        follow.with_for_update(),
    )


class Link(Protocol):
    """What a chain's entries and its head have in common."""

    @property
    def sequence(self) -> int: ...

    @property
    def hash(self) -> str: ...


class Entry(Link, Protocol):
    @property
    def body(self) -> str: ...

    @property
    def previous_hash(self) -> str: ...


@dataclass(frozen=True)
class Break:
    """Where a chain is broken: the first entry that does not follow from the one before."""

    sequence: int
    reason: str


def canonical(facts: dict[str, Any]) -> str:
    """Sorted compact JSON: one text for one set of facts. Decimal and date values must already be text."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def entry_hash(company_id: int, sequence: int, previous_hash: str, body: str) -> str:
    digest = hashlib.sha256(body.encode()).digest()
    return hashlib.sha256(
        _DOMAIN + struct.pack(">QQ", company_id, sequence) + bytes.fromhex(previous_hash) + digest
    ).hexdigest()


def verify(company_id: int, entries: Iterable[Entry], head: Link | None) -> Break | None:
    """Recompute the chain over `entries` in order of sequence. None when it is whole."""
    previous, expected = GENESIS, 1
    for entry in entries:
        if entry.sequence != expected:
            return Break(expected, "missing")
        if entry.previous_hash != previous or entry.hash != entry_hash(company_id, expected, previous, entry.body):
            return Break(expected, "changed")
        previous, expected = entry.hash, expected + 1
    if head is not None and (head.sequence, head.hash) != (expected - 1, previous):
        return Break(expected, "cut")
    return None


@event.listens_for(Engine, "connect")
def _give_sqlite_the_hash(connection: Any, _record: object) -> None:
    if hasattr(connection, "create_function"):
        connection.create_function("ledger_hash", 4, entry_hash, deterministic=True)


# The same as `entry_hash`, which checks what it makes.
_HASH_ON_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION ledger_hash(company_id bigint, sequence bigint, previous_hash text, body text) "
    "RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256("
    f"decode('{_DOMAIN.hex()}', 'hex') || int8send(company_id) || int8send(sequence) || decode(previous_hash, 'hex') "
    "|| sha256(convert_to(body, 'UTF8'))), 'hex') $$"
)


def _moving_head(name: str, chain: str) -> dict[str, list[str]]:
    """The triggers by which an entry moves the head of its chain. A restored entry older than the head does not."""
    move = (
        "UPDATE ledger_head SET sequence = NEW.sequence, hash = NEW.hash "  # noqa: S608  # names of our own
        f"WHERE company_id = NEW.company_id AND name = '{chain}' AND sequence < NEW.sequence;"
    )
    return {
        "sqlite": [f"CREATE TRIGGER {name}_moves_head AFTER INSERT ON {name} BEGIN {move} END"],
        "postgresql": [
            f"CREATE OR REPLACE FUNCTION {name}_move_head() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {move} RETURN NULL; END $$",
            f"CREATE TRIGGER {name}_moves_head AFTER INSERT ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_move_head()",
        ],
    }


def append_only(table: Table) -> None:
    """Let the database itself refuse to change or delete a row of `table`. Declared with the table, made with it."""
    for dialect, statements in append_only_ddl(table.name).items():
        for statement in statements:
            event.listen(table, "after_create", ddl(statement, dialect))


def ddl(statement: str, dialect: str) -> ExecutableDDLElement:
    """`statement` as something that runs after a table is made, on one kind of database only."""
    return DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]


def append_only_ddl(name: str) -> dict[str, list[str]]:
    """The statements behind `append_only`, per database, for the migrations."""
    message = f"{name} is append-only"
    sqlite = [
        f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        for verb in ("UPDATE", "DELETE")
    ]
    postgresql = [
        f"CREATE OR REPLACE FUNCTION {name}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{message}'; END $$",
        f"CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}_append_only()",
    ]
    return {"sqlite": sqlite, "postgresql": postgresql}


event.listen(LedgerHead.__table__, "after_create", ddl(_HASH_ON_POSTGRESQL, "postgresql"))
