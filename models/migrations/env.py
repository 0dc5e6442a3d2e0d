"""How Alembic reaches the database. It imports nothing of ours: engine and metadata are handed in as attributes."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator


def run() -> None:
    """Run the migrations in one transaction: a server killed half-way leaves the database as it was."""
    attributes = context.config.attributes
    with attributes["engine"].connect().execution_options(begin="BEGIN IMMEDIATE") as connection:
        is_sqlite = connection.dialect.name == "sqlite"
        if is_sqlite:
            # Batch mode copies a table and drops the old one, which would delete the rows that point at it.
            _foreign_keys(connection, "OFF")
        try:
            context.configure(
                connection=connection,
                target_metadata=attributes["metadata"],
                render_as_batch=True,
                compare_type=True,
                transactional_ddl=True,
                render_item=_render_item,
                include_name=_include_name,
            )
            with context.begin_transaction():
                context.run_migrations()
                if is_sqlite:
                    _check_foreign_keys(connection)
        finally:
            if is_sqlite:
                _foreign_keys(connection, "ON")


def _foreign_keys(connection: Connection, state: Literal["ON", "OFF"]) -> None:
    """Outside a transaction, where the setting would be ignored; hence on the driver's own connection."""
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys={state}")


def _check_foreign_keys(connection: Connection) -> None:
    if broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
        raise RuntimeError(f"rows point at nothing after the migration: {broken[:5]}")


def _render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write a column type of ours as the plain type it is made of, so that a migration does not need ours."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def _include_name(name: str | None, kind: str, _parents: object) -> bool:
    """The tables of the job queue belong to Procrastinate, which makes them itself."""
    return not (kind == "table" and name and name.startswith("procrastinate_"))


run()
