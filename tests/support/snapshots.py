"""A PostgreSQL database that goes back to how it was: some milliseconds, where copying one anew takes a second."""

from typing import LiteralString, cast

from tests.support.postgres import Server


class Snapshot:
    """The rows and counters of a database as they are now, kept in a schema of its own beside them.

    Going back switches triggers off, for append-only tables refuse otherwise; that needs a superuser.
    """

    def __init__(self, server: Server, url: str) -> None:
        self.url = url
        self._connection = server.connect(url)
        tables = self._names("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        self._connection.execute("CREATE SCHEMA kept")
        for table in tables:
            self._run(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"')
        self._go_back = ";".join(
            [
                "SET session_replication_role = replica",
                *(f'DELETE FROM public."{table}"' for table in tables),
                *(
                    f'INSERT INTO public."{table}" SELECT * FROM kept."{table}"'
                    for table in tables
                    if self._has_rows(table)
                ),
                # A test of tampering may have switched them off.
                *self._names(
                    "SELECT DISTINCT format('ALTER TABLE %s ENABLE TRIGGER USER', tgrelid::regclass)"
                    " FROM pg_trigger WHERE NOT tgisinternal"
                ),
                *self._names(
                    "SELECT format('SELECT setval(%L, %s, %L)', sequencename, coalesce(last_value, 1),"
                    " last_value IS NOT NULL) FROM pg_sequences WHERE schemaname = 'public'"
                ),
            ]
        )

    def restore(self) -> str:
        """Cut whatever connection a test has left open, and undo what it did. Returns the database's address."""
        self._run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        self._run(self._go_back)
        return self.url

    def close(self) -> None:
        self._connection.close()

    def _has_rows(self, table: str) -> bool:
        return bool(self._names(f'SELECT 1 FROM public."{table}" LIMIT 1'))

    def _names(self, query: str) -> list[str]:
        return [row[0] for row in self._connection.execute(cast(LiteralString, query)).fetchall()]

    def _run(self, statement: str) -> None:
        self._connection.execute(cast(LiteralString, statement))
