"""What the tests' own PostgreSQL promises to the other tests."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import make_url

from tests.support import databases, postgres

pytestmark = pytest.mark.skipif("postgresql" not in databases.selected(), reason="only SQLite was asked for")


@pytest.fixture
def url() -> Iterator[str]:
    """A database with a parent, a child, and a trigger that refuses deletes, as the register has."""
    created = postgres.server().create_database()
    with connect(created) as connection:
        connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
        connection.execute("CREATE TABLE child (id int REFERENCES parent)")
        connection.execute("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'")
        connection.execute("CREATE TRIGGER keep BEFORE DELETE ON parent FOR EACH ROW EXECUTE FUNCTION refuse()")
        connection.execute("INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1)")
    yield created
    postgres.server().drop_database(created)


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def test_a_copy_of_a_template_has_its_rows_and_an_owner_whom_row_security_binds(url: str) -> None:
    copy = postgres.server().create_database(make_url(url).database or "")
    with connect(copy) as connection:
        assert connection.execute("SELECT count(*) FROM child").fetchone() == (1,)
        superuser = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(superuser).fetchone() == (False,)
    postgres.server().drop_database(copy)


def test_emptying_passes_foreign_keys_and_triggers(url: str) -> None:
    postgres.server().empty_database(url)
    with connect(url) as connection:
        assert connection.execute("SELECT (SELECT count(*) FROM parent) + (SELECT count(*) FROM child)").fetchone() == (
            0,
        )


def test_chinese_words_have_trigrams(url: str) -> None:
    with connect(url) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SELECT cardinality(show_trgm('上海远大'))").fetchone() == (5,)
