"""List functions (DMN 1.5, 10.3.4.4) and sort."""

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel import operators
from engine.feel.builtins.signature import built_in
from engine.feel.functions import invoke
from engine.feel.limits import Purse
from engine.feel.scope import Scope
from engine.feel.values import Function, Unsuitable

_MAX_FLATTEN_DEPTH = 64


def _list_contains(scope: Scope, items: list[Any], element: Any) -> bool:
    return _position(items, element, scope.run) >= 0


def _position(items: list[Any], element: Any, purse: Purse) -> int:
    purse.charge_items(len(items))
    return next((index for index, item in enumerate(items) if operators.equal(item, element, purse) is True), -1)


def _count(_: Scope, items: list[Any]) -> Decimal:
    return Decimal(len(items))


def _extreme(operator: str) -> Callable[[Scope, list[Any]], Any]:
    def find(_: Scope, items: list[Any]) -> Any:
        if not items:
            return None
        best = items[0]
        if operators.ordered(operator, best, best) is None:
            raise Unsuitable
        for item in items[1:]:
            better = operators.ordered(operator, item, best)
            if better is None:
                raise Unsuitable
            best = item if better else best
        return best

    return find


def _all(_: Scope, items: list[Any]) -> bool | None:
    if False in [item for item in items if isinstance(item, bool)]:
        return False
    return True if all(item is True for item in items) else None


def _any(_: Scope, items: list[Any]) -> bool | None:
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


def _sublist(_: Scope, items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any]:
    position = int(start)
    if position == 0 or abs(position) > len(items) or (length is not None and length < 1):
        raise Unsuitable
    first = position - 1 if position > 0 else len(items) + position
    if length is None:
        return items[first:]
    if first + length > len(items):
        raise Unsuitable
    return items[first : first + int(length)]


def _append(_: Scope, items: list[Any], added: list[Any]) -> list[Any]:
    return [*items, *added]


def _concatenate(scope: Scope, lists: list[list[Any]]) -> list[Any]:
    scope.run.charge_items(sum(map(len, lists)))
    return [item for items in lists for item in items]


def _insert_before(_: Scope, items: list[Any], position: Decimal, item: Any) -> list[Any]:
    index = _index(items, position)
    return [*items[:index], item, *items[index:]]


def _remove(_: Scope, items: list[Any], position: Decimal) -> list[Any]:
    index = _index(items, position)
    return items[:index] + items[index + 1 :]


def _index(items: list[Any], position: Decimal) -> int:
    """From a position counted from 1, or from -1 at the end, to one counted from 0; a fraction is cut off."""
    if not 1 <= abs(position) < len(items) + 1:
        raise Unsuitable
    return int(position) - 1 if position > 0 else len(items) + int(position)


def _replace_at(_: Scope, items: list[Any], position: Decimal, item: Any) -> list[Any]:
    index = _index(items, position)
    return [*items[:index], item, *items[index + 1 :]]


def _replace_where(scope: Scope, items: list[Any], match: Function, new_item: Any) -> list[Any]:
    if len(match.parameters) != 2:
        raise Unsuitable
    replaced = []
    for item in items:
        answer = invoke(match, scope, item, new_item)
        if not isinstance(answer, bool):
            raise Unsuitable
        replaced.append(new_item if answer else item)
    return replaced


def _reverse(_: Scope, items: list[Any]) -> list[Any]:
    return items[::-1]


def _index_of(scope: Scope, items: list[Any], match: Any) -> list[Decimal]:
    return [Decimal(n) for n, item in enumerate(items, 1) if operators.equal(item, match, scope.run) is True]


def _union(scope: Scope, lists: list[list[Any]]) -> list[Any]:
    return _distinct_values(scope, _concatenate(scope, lists))


def _distinct_values(scope: Scope, items: list[Any]) -> list[Any]:
    distinct: list[Any] = []
    for item in items:
        if _position(distinct, item, scope.run) < 0:
            distinct.append(item)
    return distinct


def _flatten(scope: Scope, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    _flatten_into(flat, items, scope.run, 0)
    return flat


def _flatten_into(flat: list[Any], items: list[Any], purse: Purse, depth: int) -> None:
    if depth > _MAX_FLATTEN_DEPTH:
        raise Unsuitable
    purse.charge_items(len(items))
    for item in items:
        if isinstance(item, list):
            _flatten_into(flat, item, purse, depth + 1)
        else:
            flat.append(item)


def _sort(scope: Scope, items: list[Any], precedes: Function | None = None) -> list[Any]:
    scope.run.charge_items(len(items) * 4)

    def order(left: Any, right: Any) -> int:
        scope.run.charge(1)
        if _precedes(scope, left, right, precedes):
            return -1
        return 1 if _precedes(scope, right, left, precedes) else 0

    return sorted(items, key=cmp_to_key(order))


def _precedes(scope: Scope, left: Any, right: Any, precedes: Function | None) -> bool:
    answer = operators.ordered("<", left, right) if precedes is None else invoke(precedes, scope, left, right)
    if not isinstance(answer, bool):
        raise Unsuitable
    return answer


_LIST = ("list: list", "*list: any")
_LISTS = "*list: list"

LIST_FUNCTIONS = (
    built_in("list contains", ("list: list, element: any", _list_contains)),
    built_in("count", ("list: list", _count)),
    built_in("min", *((text, _extreme("<")) for text in _LIST)),
    built_in("max", *((text, _extreme(">")) for text in _LIST)),
    built_in("all", *((text, _all) for text in _LIST)),
    built_in("any", *((text, _any) for text in _LIST)),
    built_in("sublist", ("list: list, start position: number, length?: number", _sublist)),
    built_in("append", ("list: list, *item: any", _append)),
    built_in("concatenate", (_LISTS, _concatenate)),
    built_in("insert before", ("list: list, position: number, newItem: any", _insert_before)),
    built_in("remove", ("list: list, position: number", _remove)),
    built_in(
        "list replace",
        ("list: list, position: number, newItem: any", _replace_at),
        ("list: list, match: function, newItem: any", _replace_where),
    ),
    built_in("reverse", ("list: list", _reverse)),
    built_in("index of", ("list: list, match: any", _index_of)),
    built_in("union", (_LISTS, _union)),
    built_in("distinct values", ("list: list", _distinct_values)),
    built_in("flatten", ("list: list", _flatten)),
    built_in("sort", ("list: list, precedes?: function", _sort)),
)
