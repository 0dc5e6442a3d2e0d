"""What a saved database holds: rows per table, the heads of its hash chains, and whether the chains are whole.

Read from the saved files alone, never from the running database, so that it can be done wherever an archive is.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import pysqlite3.dbapi2 as sqlite3

from models.ledger import verify

SQLITE_FILE = "piaoflow.db"
# Where the entries of each chain are.
CHAINS = {"register": "register_entry", "audit": "audit_entry"}
_ENTRY = ("company_id", "sequence", "body", "previous_hash", "hash")


@dataclass(frozen=True)
class Contents:
    """`problems` are sentences about what does not fit together."""

    revision: str
    counts: dict[str, int]
    heads: dict[str, str]
    problems: list[str]


class Entry(NamedTuple):
    """A row of a chain, as `models.ledger.verify` reads it."""

    company_id: int
    sequence: int
    body: str
    previous_hash: str
    hash: str


class Head(NamedTuple):
    company_id: int
    name: str
    sequence: int
    hash: str


class Tables(Protocol):
    """A saved database, of whichever kind."""

    def problems(self) -> list[str]: ...

    def names(self) -> list[str]: ...

    def count(self, table: str) -> int: ...

    def rows(self, table: str, columns: Sequence[str]) -> Iterable[Sequence[Any]]:
        """The rows, in the order of the first two columns."""


def examine(folder: Path) -> Contents:
    """Read the database saved in `folder`."""
    if (folder / SQLITE_FILE).exists():
        with closing(_open_read_only(folder / SQLITE_FILE)) as connection:
            return _examine(SqliteTables(connection))
    return _examine(CsvTables(folder))


def _examine(tables: Tables) -> Contents:
    if problems := tables.problems():
        return Contents("", {}, {}, problems)
    names = tables.names()
    revision = (
        "".join(row[0] for row in tables.rows("alembic_version", ["version_num"])) if "alembic_version" in names else ""
    )
    heads = [
        Head(int(company), name, int(sequence), digest)
        for company, name, sequence, digest in tables.rows("ledger_head", ["company_id", "name", "sequence", "hash"])
    ]
    return Contents(
        revision=revision,
        counts={name: tables.count(name) for name in names},
        heads={f"{head.company_id}/{head.name}": f"{head.sequence}:{head.hash}" for head in heads},
        problems=[problem for head in heads if (problem := _broken_chain(tables, head))],
    )


def _broken_chain(tables: Tables, head: Head) -> str | None:
    rows = (Entry(int(row[0]), int(row[1]), *row[2:]) for row in tables.rows(CHAINS[head.name], _ENTRY))
    fault = verify(head.company_id, (entry for entry in rows if entry.company_id == head.company_id), head)
    if fault is None:
        return None
    return f"the chain “{head.name}” of company {head.company_id} is broken at {fault.sequence} ({fault.reason})"


class SqliteTables:
    """A database file of SQLite."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def problems(self) -> list[str]:
        try:
            found = [row[0] for row in self._connection.execute("PRAGMA integrity_check(5)")]
            orphans = self._connection.execute("PRAGMA foreign_key_check").fetchmany(5)
        except sqlite3.DatabaseError as error:
            return [f"the database cannot be read: {error}"]
        broken = [] if found == ["ok"] else [f"the database is damaged: {line}" for line in found]
        return broken + [f"a row of {table} points at nothing in {parent}" for table, _row, parent, _key in orphans]

    def names(self) -> list[str]:
        found = self._connection.execute("SELECT name FROM pragma_table_list WHERE type = 'table' ORDER BY name")
        return [row[0] for row in found if not row[0].startswith("sqlite_")]

    def count(self, table: str) -> int:
        return int(self._connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608  # from names()

    def rows(self, table: str, columns: Sequence[str]) -> Iterable[Sequence[Any]]:
        statement = f'SELECT {", ".join(columns)} FROM "{table}" ORDER BY {", ".join(columns[:2])}'  # noqa: S608
        rows: Iterable[Sequence[Any]] = self._connection.execute(statement)
        return rows


class CsvTables:
    """A folder with one CSV file for each table, as PostgreSQL's COPY writes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        csv.field_size_limit(sys.maxsize)

    def problems(self) -> list[str]:
        return [] if self.names() else ["there is no database in the archive"]

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.csv"))

    def count(self, table: str) -> int:
        return sum(1 for _row in self._read(table)) - 1

    def rows(self, table: str, columns: Sequence[str]) -> Iterable[Sequence[Any]]:
        rows = self._read(table)
        header = next(rows)
        places = [header.index(column) for column in columns]
        return ([row[place] for place in places] for row in rows)

    def _read(self, table: str) -> Iterator[list[str]]:
        with (self._folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            yield from csv.reader(file)


def _open_read_only(path: Path) -> Any:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)
