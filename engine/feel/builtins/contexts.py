"""Context functions, negation, equality by identity and the check for null (DMN 1.5, 10.3.4.2, .7 and .8)."""

from typing import Any

from engine.feel import operators
from engine.feel.builtins.signature import built_in
from engine.feel.scope import Scope
from engine.feel.values import DateTime, Time, Unsuitable


def _not(_: Scope, negand: bool | None) -> bool | None:
    return None if negand is None else not negand


def _get_value(_: Scope, context: dict[str, Any], key: str) -> Any:
    return context.get(key)


def _get_value_by_path(_: Scope, context: dict[str, Any], keys: list[Any]) -> Any:
    value: Any = context
    if not keys:
        raise Unsuitable
    for key in keys:
        if not isinstance(value, dict) or not isinstance(key, str):
            return None
        value = value.get(key)
    return value


def _get_entries(_: Scope, context: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in context.items()]


def _context(_: Scope, entries: list[Any]) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:
            raise Unsuitable
        if entry["key"] in built:
            raise Unsuitable
        built[entry["key"]] = entry["value"]
    return built


def _context_put(_: Scope, context: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    return {**context, key: value}


def _context_put_path(scope: Scope, context: dict[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    if not keys or not all(isinstance(key, str) for key in keys):
        raise Unsuitable
    scope.run.charge_items(len(context) + len(keys))
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0])
    if not isinstance(inner, dict):
        raise Unsuitable
    return {**context, keys[0]: _context_put_path(scope, inner, keys[1:], value)}


def _context_merge(scope: Scope, contexts: list[Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, dict):
            raise Unsuitable
        scope.run.charge_items(len(context))
        merged.update(context)
    return merged


def _is_defined(_: Scope, value: Any) -> bool:
    return value is not None


def _is(scope: Scope, first: Any, second: Any) -> bool:
    """The same element of the same semantic domain: unlike `=`, a zone must be spelled alike and null is itself."""
    if type(first) is not type(second):
        return False
    if isinstance(first, Time | DateTime):
        return bool(first == second)
    return operators.equal(first, second, scope.run) is True


CONTEXT_FUNCTIONS = (
    built_in("not", ("negand: boolean?", _not)),
    built_in(
        "get value",
        ("m: context, key: string", _get_value),
        ("context: context, key: string", _get_value),
        ("context: context, keys: list", _get_value_by_path),
    ),
    built_in("get entries", ("m: context", _get_entries), ("context: context", _get_entries)),
    built_in("context", ("entries: list", _context)),
    built_in(
        "context put",
        ("context: context, key: string, value: any", _context_put),
        ("context: context, keys: list, value: any", _context_put_path),
    ),
    built_in("context merge", ("contexts: list", _context_merge)),
    built_in("is defined", ("value: any", _is_defined)),
    built_in("is", ("value1: any, value2: any", _is)),
)
