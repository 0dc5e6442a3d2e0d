"""The running database, saved into a folder as it is at one moment, while others go on writing."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite3
from sqlalchemy import Table

from models.db import db
from tasks.backups.contents import SQLITE_FILE


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
        names = [table.name for table in db.metadata.sorted_tables]
        if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar():
            names.append("alembic_version")
        for name in names:
            with (folder / f"{name}.csv").open("wb") as file, driver.cursor() as cursor:
                order = _order(db.metadata.tables.get(name))
                with cursor.copy(
                    f'COPY (SELECT * FROM "{name}"{order}) TO STDOUT WITH (FORMAT csv, HEADER)'  # noqa: S608  # our names
                ) as copy:
                    for chunk in copy:
                        file.write(chunk)


def _order(table: Table | None) -> str:
    """Chains are read in their order; elsewhere the order makes two backups of the same rows the same."""
    if table is None:
        return ""
    columns = (
        ["company_id", "sequence"]
        if "sequence" in table.c and "company_id" in table.c
        else list(table.primary_key.columns.keys())
    )
    return " ORDER BY " + ", ".join(f'"{column}"' for column in columns)
