"""Write the one migration of the unreleased product anew from the tables of `models/`; takes no arguments.

After the first release a change of the tables is a migration of its own, and this tool goes.
"""

import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from sqlalchemy.types import TypeDecorator

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "models" / "migrations" / "versions" / "0001_initial.py"

TEMPLATE = '''"""Every table, and the triggers that keep books closed. Written by tools/initial_migration.py."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Rows of the register and the audit log are never changed or deleted, nor are versions of chains, nor what an issued
# invoice says.
TRIGGERS = {triggers}


def upgrade() -> None:
    {upgrade}
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    {downgrade}
    if op.get_bind().dialect.name == "postgresql":
        {functions}
'''


def main() -> None:
    """Write the file; `ruff format` makes it pleasant to read."""
    sys.path.insert(0, str(ROOT))
    metadata = all_tables()
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        script = produce_migrations(context, metadata)
        upgrade, downgrade = (render(operations, context) for operations in (script.upgrade_ops, script.downgrade_ops))
    triggers = {dialect: list(statements(metadata, dialect)) for dialect in ("sqlite", "postgresql")}
    drops = [f'op.execute("DROP FUNCTION {name}")' for name in functions(triggers["postgresql"])]
    TARGET.write_text(
        TEMPLATE.format(
            triggers=repr(triggers), upgrade=upgrade, downgrade=downgrade, functions="\n        ".join(drops)
        ),
        encoding="utf-8",
    )
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", "--no-force-exclude", TARGET], check=True)


def all_tables() -> sa.MetaData:
    """The tables of every room."""
    package = importlib.import_module("models")
    for module in pkgutil.iter_modules(package.__path__, "models."):
        if module.name != "models.migrations":
            importlib.import_module(module.name)
    return importlib.import_module("models.db").Base.metadata


def render(operations: UpgradeOps, context: MigrationContext) -> str:
    """The body of `upgrade` or `downgrade`, without Alembic's remarks."""
    code = render_python_code(operations, migration_context=context, render_item=plain_type)
    return re.sub(r"^\s*# .*(\n|$)", "", code, flags=re.MULTILINE).strip()


def plain_type(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """A column type of ours as the plain type it is made of: a migration imports nothing of ours."""
    return f"sa.{item.impl!r}" if kind == "type" and isinstance(item, TypeDecorator) else False


def statements(metadata: sa.MetaData, dialect: str) -> Iterator[str]:
    """The triggers, and the functions they call, that come with the tables."""
    found: list[str] = []
    engine = sa.create_mock_engine(
        f"{dialect}+psycopg://" if dialect == "postgresql" else "sqlite://",
        lambda ddl, *_: found.append(str(ddl.compile(dialect=engine.dialect)).strip()),
    )
    metadata.create_all(engine, checkfirst=False)
    return (text for text in found if re.match(r"CREATE (TRIGGER|OR REPLACE FUNCTION)", text))


def functions(texts: list[str]) -> list[str]:
    """The names of the functions among `texts`."""
    return [match[1] for text in texts if (match := re.match(r"CREATE OR REPLACE FUNCTION (\w+)", text))]


if __name__ == "__main__":
    main()
