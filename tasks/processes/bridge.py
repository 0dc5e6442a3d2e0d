"""The engine with its catalogue, and how what it refuses becomes a refusal that our callers know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from engine.catalogue import Catalogue, ServiceTask
from engine.errors import (
    AnswerInvalid,
    BpmnErrorUncaught,
    DefinitionInvalid,
    EngineError,
    ExpressionInvalid,
    IncidentNotOpen,
    MessageNotExpected,
    MigrationUnsafe,
    RunawayProcess,
    ServiceUnknown,
    StateInvalid,
    TaskNotOpen,
)
from engine.process import Engine
from models.db import db, is_sqlite
from models.errors import AppError, Conflict, Invalid


@contextmanager
def _savepoint(service: ServiceTask) -> Iterator[None]:
    """A service that fails leaves nothing behind, and the steps before it stay.

    One that checks first needs no savepoint on SQLite; on PostgreSQL a statement that fails would end the transaction.
    """
    try:
        if service.checks_first and is_sqlite(db.session()):
            yield
        else:
            with db.session.begin_nested():
                yield
    except StaleDataError as error:
        raise Conflict("Somebody else was faster. Look again.", code="stale") from error


CATALOGUE = Catalogue(guard=_savepoint)
# A database that is away says nothing about the step: the whole run is undone, and may be tried again.
INTERRUPTIONS = (OperationalError, InterfaceError)
ENGINE = Engine(CATALOGUE, refusals=(AppError,), interruptions=INTERRUPTIONS)
_REFUSALS: dict[type[EngineError], type[AppError]] = {
    DefinitionInvalid: Invalid,
    ExpressionInvalid: Invalid,
    AnswerInvalid: Invalid,
    ServiceUnknown: Invalid,
    TaskNotOpen: Conflict,
    RunawayProcess: Conflict,
    StateInvalid: Conflict,
    MessageNotExpected: Conflict,
    BpmnErrorUncaught: Conflict,
    IncidentNotOpen: Conflict,
    MigrationUnsafe: Conflict,
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the engine refuses into a refusal that our callers know."""
    try:
        yield
    except EngineError as error:
        refusal = _REFUSALS.get(type(error), Conflict)
        raise refusal(error.message, code=error.code, **error.fields) from error
