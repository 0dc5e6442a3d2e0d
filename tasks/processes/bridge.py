"""The engine with its catalogue, and how what it refuses becomes a refusal that our callers know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.catalogue import Catalogue
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
from models.errors import AppError, Conflict, Invalid

CATALOGUE = Catalogue()
ENGINE = Engine(CATALOGUE, refusals=(AppError,))
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
