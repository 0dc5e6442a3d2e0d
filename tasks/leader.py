"""Which one of several clocks on one database is the clock: a lock that the kernel or the server frees when it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

_ADVISORY_LOCK = 0x7069616F  # "piao"


class Leader(Protocol):
    def holds(self) -> bool:
        """Whether this process is the leader now; takes the lock when it is free."""

    def release(self) -> None:
        """Let another lead."""


class FileLeader:
    """For SQLite: a lock on a file beside the database. The file itself stays; only the lock counts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def holds(self) -> bool:
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class PostgresLeader:
    """For PostgreSQL: an advisory lock held by a connection of its own; the server frees it when that ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def holds(self) -> bool:
        try:
            if self._connection is None:
                self._connection = self._try_to_lead()
            else:
                self._connection.exec_driver_sql("SELECT 1")  # the lock is as alive as its connection
        except DBAPIError:
            self._connection = None
        return self._connection is not None

    def release(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(DBAPIError), self._connection:
                self._connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})")
            self._connection = None

    def _try_to_lead(self) -> Connection | None:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_ADVISORY_LOCK})").scalar():
            return connection
        connection.close()
        return None
