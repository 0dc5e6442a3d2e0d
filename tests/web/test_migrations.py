"""The migrations: they make what the program knows, can be taken back, and run again."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError

from models.accounts import Company
from models.audit import AuditEntry
from models.db import db
from models.tenancy import ALL_COMPANIES, serve_company
from tests.conftest import make_app
from tests.support import postgres
from web import migrations

TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger "
    "WHERE NOT tgisinternal AND NOT starts_with(tgrelid::regclass::text, 'procrastinate')",
}


@pytest.fixture
def triggers(app: Flask) -> set[tuple[str, str]]:
    """Those of a database whose tables the program made itself."""
    return find_triggers(app)


@pytest.fixture
def bare(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """An application whose database, of the same kind as that of `app`, has no tables at all."""
    is_file = app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
    url = f"sqlite:///{tmp_path / 'bare.db'}" if is_file else postgres.server().create_database()
    bare = make_app(url, tmp_path / "bare")
    yield bare
    with bare.app_context():
        db.engine.dispose()
    if not is_file:
        postgres.server().drop_database(url)


def find_triggers(app: Flask) -> set[tuple[str, str]]:
    with app.app_context(), db.engine.connect() as connection:
        return {(name, text) for name, text in connection.exec_driver_sql(TRIGGERS[db.engine.dialect.name])}


def tables(app: Flask) -> set[str]:
    with app.app_context():
        return {name for name in inspect(db.engine).get_table_names() if not name.startswith("procrastinate_")}


def execute(app: Flask, statements: Iterable[str]) -> None:
    with app.app_context(), db.engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_up_down_up_gives_the_tables_of_the_program(bare: Flask) -> None:
    assert not migrations.is_current(bare)
    migrations.upgrade(bare)
    assert migrations.is_current(bare)
    assert migrations.find_difference(bare) is None
    assert tables(bare) == {*db.metadata.tables, "alembic_version"}
    migrations.downgrade(bare, "base")
    assert tables(bare) == {"alembic_version"}
    migrations.upgrade(bare)
    assert migrations.find_difference(bare) is None


def test_migrated_tables_have_the_triggers_of_the_program(bare: Flask, triggers: set[tuple[str, str]]) -> None:
    migrations.upgrade(bare)
    assert find_triggers(bare) == triggers
    assert triggers


def test_a_table_that_is_missing_is_a_difference(bare: Flask) -> None:
    migrations.upgrade(bare)
    execute(bare, ["DROP TABLE fired_slot"])
    assert "fired_slot" in (migrations.find_difference(bare) or "")


def test_the_books_of_a_migrated_database_are_closed(bare: Flask) -> None:
    migrations.upgrade(bare)
    with bare.app_context():
        serve_company(ALL_COMPANIES)
        db.session.add(Company(id=1, name="Acme"))
        db.session.flush()
        db.session.add(AuditEntry(company_id=1, sequence=1, action="a", body="", previous_hash="", hash=""))
        db.session.commit()
    for statement in ("UPDATE audit_entry SET body = 'b'", "DELETE FROM audit_entry"):
        with pytest.raises(DatabaseError, match="append-only"):
            execute(bare, [statement])
