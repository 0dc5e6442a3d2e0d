"""Stored states that nobody should be able to write, for the day when somebody does."""

import json
from collections.abc import Callable
from typing import Any, Final

from tests.faults.hostile.attack import Attack

Change = Callable[[dict[str, Any]], Any]


def _text(value: Any) -> str:
    return json.dumps(value)


def _ids_the_same(state: Any) -> str:
    """Every task its own parent: a reader that walks up does not end."""

    def change(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: change(item) for key, item in value.items()}
        if isinstance(value, list):
            return [change(item) for item in value]
        is_id = isinstance(value, str) and len(value) == 36 and value.count("-") == 4
        return "00000000-0000-4000-8000-000000000000" if is_id else 1 if type(value) is int else value

    return _text(change(state))


# A change of the state of an instance at rest, as its JSON; it is applied to a fresh one of each engine.
_CHANGES: Final[dict[str, Change]] = {
    "empty": lambda state: "",
    "not json": lambda state: "{",
    "cut off": lambda state: _text(state)[:-40],
    "another json": lambda state: "[]",
    "null": lambda state: "null",
    "deep": lambda state: "[" * 100_000 + "]" * 100_000,
    "a huge number": lambda state: "9" * 100_000,
    "not a number": lambda state: _text(state)[:-1] + ', "x": NaN}',
    "every part gone": lambda state: "{}",
    "a typename of a module": lambda state: _text({**state, "typename": "os.system"}),
    "pickled": lambda state: "cos\nsystem\n(S'id'\ntR.",
    "every text another": lambda state: _text(dict.fromkeys(state, "x")),
    "every number another": lambda state: _text(state).replace("1", "7"),
    "every id another": lambda state: _text(state).replace("a", "b"),
    "every name another": lambda state: _text(state).replace("ask", "other"),
    "lists for contexts": lambda state: _text({key: [value] for key, value in state.items()}),
    "null for every part": lambda state: _text(dict.fromkeys(state)),
    "all ids the same": _ids_the_same,
}


ATTACKS: Final = [Attack("state", name, change, change) for name, change in _CHANGES.items()]
