"""The services that conformance cases may call, and the form that their tasks show."""

from typing import Any

from engine.catalogue import Catalogue, ServiceTask
from engine.errors import BpmnError

FORMS = frozenset({"form"})


class StubFailure(RuntimeError):
    """What the service `check` raises: a fault of a program, not an error of the diagram."""


def _echo(_context: Any, value: Any) -> dict[str, Any]:
    return {"value": value}


def _add(_context: Any, a: int, b: int) -> dict[str, Any]:
    return {"sum": a + b}


def _check(_context: Any, value: Any) -> dict[str, Any]:
    if not value:
        raise StubFailure("there is nothing to do")
    return {"value": value}


def _bpmn_error(_context: Any, code: str | None) -> None:
    """Throw the error `code` of the diagram; nothing when it is null."""
    if code is not None:
        raise BpmnError(code)


STUBS = (
    ServiceTask("echo", _echo, {"value": "any"}),
    ServiceTask("add", _add, {"a": "integer", "b": "integer"}),
    ServiceTask("check", _check, {"value": "any"}),
    ServiceTask("bpmn_error", _bpmn_error, {"code": "string"}),
)


def stub_catalogue() -> Catalogue:
    """A catalogue with exactly the services of the cases."""
    return Catalogue(*STUBS)
