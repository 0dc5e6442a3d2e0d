"""The running database, saved into a folder as it is at one moment, while others go on writing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite3

from models.db import db
from tasks.backups.contents import CHAINS, SQLITE_FILE


def save_database(folder: Path) -> None:
    """Save it into `folder`: SQLite as a database file, PostgreSQL as one CSV file for each table."""
    if db.engine.dialect.name == "sqlite":
        _save_sqlite(folder / SQLITE_FILE)
    else:
        _save_postgres(folder)


def _save_sqlite(target: Path) -> None:
    """In one step: page by page, each write in between would start the copy again, and it would never end."""
    with closing(db.engine.raw_connection()) as source, closing(sqlite3.connect(target)) as copy:
        driver: Any = source.driver_connection
        driver.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it


def _save_postgres(folder: Path) -> None:
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with db.engine.connect().execution_options(**options) as connection:
        driver: Any = connection.connection.driver_connection
        for name in _tables(driver):
            order = "company_id, sequence" if name in CHAINS.values() else "1"
            statement = f'COPY (SELECT * FROM "{name}" ORDER BY {order}) TO STDOUT WITH (FORMAT csv, HEADER)'  # noqa: S608
            with (folder / f"{name}.csv").open("wb") as file, driver.cursor().copy(statement) as copy:
                for chunk in copy:
                    file.write(chunk)


def _tables(driver: Any) -> list[str]:
    """Whatever is there, known to this version or not; but the job queue, whose work comes again with the next day."""
    found = driver.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename")
    return [name for (name,) in found if not name.startswith("procrastinate_")]
