"""`python -m engine.feel 'EXPR' [--context FILE.json]`: the result as JSON, or the fault as JSON and exit code 1."""

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.errors import EngineError, ExpressionInvalid
from engine.feel import compile_expression, to_json
from engine.feel.limits import MAX_VALUE_DEPTH

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

_MAX_CONTEXT_BYTES = 2_000_000
_MAX_SECONDS = 1.6  # the start of Python takes some of the two seconds
_MAX_BYTES = 280_000_000


class _TookTooLong(BaseException):
    """Not an Exception, so that nothing on the way answers it."""


def main(arguments: list[str] | None = None) -> int:
    """Evaluate one expression. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m engine.feel", description=__doc__)
    parser.add_argument("expression")
    parser.add_argument("--context", metavar="FILE.json", type=Path)
    options = parser.parse_args(_expression_last(sys.argv[1:] if arguments is None else arguments))
    try:
        context = _read_context(options.context)
        value = compile_expression(options.expression, _names(context)).evaluate(context)
        output, code = json.dumps(to_json(value), ensure_ascii=False), 0
    except EngineError as error:
        output, code = json.dumps(_fault(error), ensure_ascii=False), 1
    except (MemoryError, _TookTooLong):
        output, code = json.dumps(_fault(_too_much()), ensure_ascii=False), 1
    sys.stdout.buffer.write((output + "\n").encode("utf-8", "replace"))
    return code


def _too_much() -> ExpressionInvalid:
    return ExpressionInvalid("The expression does too much work.", code="expression.fuel")


def _bound_process() -> None:
    """The bounds of the language hold already; these hold on a slow machine too. Not for a process that does more."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, _stop)
        signal.setitimer(signal.ITIMER_REAL, _MAX_SECONDS)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (_MAX_BYTES, _MAX_BYTES))


def _stop(*_: object) -> None:
    raise _TookTooLong


def _expression_last(arguments: list[str]) -> list[str]:
    """An expression may start with minus signs, which must not be taken for an option."""
    if arguments and not arguments[0].startswith(("--context", "--help")) and arguments[0] != "-h":
        return [*arguments[1:], "--", arguments[0]]
    return arguments


def _read_context(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        if path.stat().st_size > _MAX_CONTEXT_BYTES:
            raise ExpressionInvalid("The file {file} is too big.", code="expression.data", file=str(path))
        context = json.loads(path.read_text("utf-8"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError, ArithmeticError):
        raise ExpressionInvalid(
            "The file {file} cannot be read as JSON.", code="expression.data", file=str(path)
        ) from None
    if not isinstance(context, dict):
        raise ExpressionInvalid("The file {file} must hold a JSON object.", code="expression.data", file=str(path))
    return context


def _names(value: Any, depth: int = 0) -> Iterator[str]:
    """Every key in the data, so that keys with spaces and symbols can be written."""
    if depth > MAX_VALUE_DEPTH:
        return
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(part, depth + 1)


def _fault(error: EngineError) -> dict[str, Any]:
    fault: dict[str, Any] = {"error": str(error), "code": error.code}
    if isinstance(error, ExpressionInvalid):
        fault |= {"position": error.position, "line": error.line, "column": error.column}
    return fault


if __name__ == "__main__":
    _bound_process()
    sys.exit(main())
