"""An archive, made into a data folder again: into an empty place only, and checked when it is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Table

from models.access import Actor, Permission
from models.db import db
from models.errors import Conflict, Invalid
from tasks.backups import archive
from tasks.backups.archive import DATABASE, Manifest
from tasks.backups.checking import compare, verify
from tasks.backups.contents import SQLITE_FILE, examine
from tasks.boundary import command


def restore(path: Path, into: Path, secret_key: str | None) -> Manifest:
    """Check the archive and write attachments and database into the folder `into`.

    Of SQLite comes `piaoflow.db`, ready for use; of PostgreSQL a folder of tables for `load_tables`. Raises `Conflict`
    for a folder that holds something, `Invalid` for an archive that is not whole.
    """
    if into.exists() and any(into.iterdir()):
        raise Conflict("The folder {folder} is not empty. Name a new one.", code="backup.not_empty", folder=into)
    verdict = verify(path, secret_key)
    if verdict.problems or verdict.manifest is None:
        raise _damaged(path, verdict.problems)
    into.mkdir(parents=True, exist_ok=True, mode=0o700)
    archive.unpack(path, into)
    if problems := list(compare(verdict.manifest, examine(into / DATABASE))):
        raise _damaged(path, problems)
    database = into / DATABASE / SQLITE_FILE
    if database.exists():
        database.rename(into / SQLITE_FILE)
        database.parent.rmdir()
    return verdict.manifest


@command(Permission.OPERATE)
def load_tables(_actor: Actor, folder: Path) -> dict[str, int]:
    """Fill the empty PostgreSQL database with the tables that `restore` left in `folder`; the rows per table.

    Raises `Conflict` when there are rows already.
    """
    driver: Any = db.session.connection().connection.driver_connection
    tables = [table for table in db.metadata.sorted_tables if (folder / f"{table.name}.csv").exists()]
    for table in tables:
        if _count(driver, table):
            raise Conflict("The database holds data already. Name an empty one.", code="backup.not_empty")
    for table in tables:
        _load(driver, table, folder / f"{table.name}.csv")
        _move_sequence(driver, table)
    return {table.name: _count(driver, table) for table in tables}


def _load(driver: Any, table: Table, source: Path) -> None:
    with source.open("rb") as file:
        header = file.readline().decode().strip()
        columns = ", ".join(f'"{name}"' for name in header.split(","))
        with driver.cursor().copy(f'COPY "{table.name}" ({columns}) FROM STDIN WITH (FORMAT csv)') as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)


def _move_sequence(driver: Any, table: Table) -> None:
    """New rows get numbers after the restored ones."""
    if table.autoincrement_column is not None:
        name = table.autoincrement_column.name
        driver.execute(
            f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{name}'), max({name})) FROM \"{table.name}\" "  # noqa: S608
            "HAVING max(1) IS NOT NULL"
        )


def _count(driver: Any, table: Table) -> int:
    return int(driver.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0])  # noqa: S608  # our own names


def _damaged(path: Path, problems: list[archive.Problem]) -> Invalid:
    return Invalid(
        "The archive {name} is not whole and was not restored.",
        code="backup.damaged",
        name=path.name,
        problems=tuple(
            Invalid(str(problem).replace("{", "{{").replace("}", "}}"), code="backup.damaged") for problem in problems
        ),
    )
