"""The one gate into this package: permission, company scope, transaction. The only file that commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.orm.exc import StaleDataError

from models.access import Actor, Permission, require
from models.db import SQLITE_WRITERS, begin_write, db, is_sqlite
from models.errors import Conflict
from models.tenancy import ALL_COMPANIES, serve_company

P = ParamSpec("P")
R = TypeVar("R")
Operation = Callable[Concatenate[Actor, P], R]

_OPEN = "transaction_open"


def command(permission: Permission) -> Callable[[Operation[P, R]], Operation[P, R]]:
    """Mark a function that changes something.

    The outermost command commits; a command called by another joins its transaction. If anything raises,
    nothing at all is kept.
    """

    def decorate(operate: Operation[P, R]) -> Operation[P, R]:
        @wraps(operate)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            require(actor, permission)
            serve_company(_company(actor))
            with _transaction():
                return operate(actor, *args, **kwargs)

        run.permission = permission  # type: ignore[attr-defined]
        return run

    return decorate


def query(permission: Permission) -> Callable[[Operation[P, R]], Operation[P, R]]:
    """Mark a function that only reads."""

    def decorate(operate: Operation[P, R]) -> Operation[P, R]:
        @wraps(operate)
        def run(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
            require(actor, permission)
            serve_company(_company(actor))
            return operate(actor, *args, **kwargs)

        run.permission = permission  # type: ignore[attr-defined]
        return run

    return decorate


def job(run: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that the clock or a worker calls. It holds no transaction; its commands have their own."""
    run.permission = None  # type: ignore[attr-defined]
    return run


def public(operate: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that anyone may call before it is known who they are: sign up, log in, accept an invitation.

    It runs in a session and a transaction of its own that serves all companies, so it must return values, never rows.
    """

    @wraps(operate)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with separate():
            serve_company(ALL_COMPANIES)
            with _transaction():
                return operate(*args, **kwargs)

    run.permission = None  # type: ignore[attr-defined]
    return run


def public_query(operate: Callable[P, R]) -> Callable[P, R]:
    """Like `public`, for what only reads: it waits for no writer."""

    @wraps(operate)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with separate():
            serve_company(ALL_COMPANIES)
            return operate(*args, **kwargs)

    run.permission = None  # type: ignore[attr-defined]
    return run


def founding(operate: Callable[P, R]) -> Callable[P, R]:
    """Like `public`, for making a company: the session serves none until `operate` has made it and names it.

    So the rest of the new company's set-up can be done by its own commands, in the same transaction.
    """

    @wraps(operate)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with separate(), _transaction():
            return operate(*args, **kwargs)

    run.permission = None  # type: ignore[attr-defined]
    return run


def steps(run: Callable[P, R]) -> Callable[P, R]:
    """Mark a function that anyone may call and whose steps are operations of their own, with slow work between them."""
    return job(run)


@contextmanager
def separate() -> Iterator[None]:
    """A session of its own for what happens inside, closed after it. Refused inside a transaction."""
    if db.session().info.get(_OPEN):
        raise RuntimeError("a separate session was asked for inside a transaction")
    db.session.remove()
    try:
        yield
    finally:
        db.session.remove()


@contextmanager
def _transaction() -> Iterator[None]:
    session = db.session()
    if session.info.get(_OPEN):
        yield
        return
    session.rollback()  # ends a read transaction, if one is open
    with _turn_to_write():
        session.info[_OPEN] = True
        try:
            begin_write(session)
            yield
            session.commit()
        except StaleDataError as error:
            session.rollback()
            raise Conflict("Somebody else was faster. Look again.", code="stale") from error
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info[_OPEN] = False


@contextmanager
def _turn_to_write() -> Iterator[None]:
    if not is_sqlite(db.session()):
        yield
        return
    SQLITE_WRITERS.acquire()
    try:
        yield
    finally:
        SQLITE_WRITERS.release()


def _company(actor: Actor) -> object:
    return ALL_COMPANIES if actor.is_system and actor.company_id is None else actor.company_id
