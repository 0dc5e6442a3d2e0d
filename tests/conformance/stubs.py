"""The services that conformance cases may call, and the form that their tasks show."""

from typing import Any

try:
    from engine.errors import BpmnError
except ImportError:
    BpmnError = RuntimeError
from engine.catalogue import Catalogue, ServiceTask

FORMS = frozenset({"form"})


class StubFailure(RuntimeError):
    """What the service `fail` raises: a fault of a program, not an error of the diagram."""


def _echo(_context: Any, value: Any) -> dict[str, Any]:
    return {"value": value}


def _add(_context: Any, a: int, b: int) -> dict[str, Any]:
    return {"sum": a + b}


def _fail(_context: Any, reason: str) -> None:
    raise StubFailure(reason)


def _bpmn_error(_context: Any, code: str | None) -> None:
    """Throw the error `code` of the diagram; nothing when it is null."""
    if code is not None:
        raise BpmnError(code)


STUBS = (
    ServiceTask("echo", _echo, {"value": "any"}),
    ServiceTask("add", _add, {"a": "integer", "b": "integer"}),
    ServiceTask("bpmn_error", _bpmn_error, {"code": "string"}),
    ServiceTask("fail", _fail, {"reason": "string"}),
)


def stub_catalogue() -> Catalogue:
    """A catalogue with exactly the services of the cases."""
    return Catalogue(*STUBS)
