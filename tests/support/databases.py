"""Which databases the tests run on: both, unless PIAOFLOW_TEST_DATABASES names one (``make test-sqlite``)."""

import os

from flask import Flask

from models.db import db

ALL = ("sqlite", "postgresql")


def selected() -> list[str]:
    """Return the chosen databases, to parametrise a fixture with."""
    chosen = [name.strip() for name in os.environ.get("PIAOFLOW_TEST_DATABASES", ",".join(ALL)).split(",")]
    unknown = set(chosen) - set(ALL)
    if unknown:
        raise ValueError(f"PIAOFLOW_TEST_DATABASES knows {', '.join(ALL)}, not {', '.join(sorted(unknown))}")
    return chosen


# What the database believes that the table of customers holds; none, or fewer than 0, where it has never looked.
_BELIEVED = {
    "sqlite": "SELECT CAST(substr(stat, 1, instr(stat, ' ') - 1) AS INTEGER) FROM sqlite_stat1 WHERE tbl = 'customer'",
    "postgresql": "SELECT reltuples FROM pg_class WHERE relname = 'customer'",
}


def believed_customers(app: Flask) -> int:
    """How many customers the database believes that there are; -1 where it does not know."""
    with app.app_context(), db.engine.connect() as connection:
        dialect = db.engine.dialect.name
        has_any = "SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'"
        if dialect == "sqlite" and not connection.exec_driver_sql(has_any).scalar_one():
            return -1
        found = connection.exec_driver_sql(_BELIEVED[dialect]).scalars().first()
        return -1 if found is None else int(found)
