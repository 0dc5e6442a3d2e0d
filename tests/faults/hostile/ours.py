"""Our engine under attack: every input through the door by which a stranger's input comes in."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from engine.catalogue import Catalogue, ServiceTask
from engine.feel import compile_expression, to_json
from engine.process import Definition, Engine, Outcome
from tests.engine.diagrams import one_task
from tests.faults.hostile.attack import DATA, Attack

_NOW: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
_ENGINE: Final = Engine(Catalogue(ServiceTask("echo", lambda _context, value: {"value": value}, {"value": "any"})))
_FORMS: Final = frozenset({"form"})


def run(attack: Attack) -> str:
    """What became of it: a value, as text. Raises whatever the engine raises."""
    return _DOORS[attack.kind](attack.ours)


def _expression(text: str) -> str:
    return json.dumps(to_json(compile_expression(text, DATA).evaluate(_data())))


def _table(source: bytes) -> str:
    return json.dumps(to_json(_ENGINE.evaluate_decision(source, "t", _data(), now=_NOW).as_dict()["result"]))


def _file(source: bytes) -> str:
    """Checked, loaded, started, answered and woken two days later."""
    problems = _ENGINE.check(source, decisions=frozenset(), forms=_FORMS)
    assert all(str(problem) for problem in problems)
    definition = _ENGINE.load(source, {})
    outcome = _ENGINE.start(definition, {**_data(), "many": list(range(10_000))}, context=None, now=_NOW)
    outcome = _ENGINE.wake(definition, outcome.state, context=None, now=_NOW + timedelta(days=2))
    for _ in range(5):
        if outcome.open_tasks:
            outcome = _answer(definition, outcome, {"answer": 1})
    return json.dumps(to_json(outcome.data))


def _given(answer: dict[str, Any]) -> str:
    definition, outcome = _at_rest()
    outcome = _answer(definition, outcome, answer)
    outcome.state.encode()
    assert _ENGINE.read_data(definition, outcome.state) == outcome.data
    assert outcome.data["amount"] == DATA["amount"]
    return json.dumps(to_json(outcome.data))


def _state(change: Callable[[Any], str]) -> str:
    definition, outcome = _at_rest()
    stored = change(json.loads(outcome.state))
    outcome = _ENGINE.complete(definition, stored, outcome.open_tasks[0].id, {"answer": 1}, context=None, now=_NOW)
    return json.dumps(to_json(outcome.data))


def _at_rest() -> tuple[Definition, Outcome]:
    definition = _ENGINE.load(one_task(), {})
    return definition, _ENGINE.start(definition, _data(), context=None, now=_NOW)


def _answer(definition: Definition, outcome: Outcome, answer: dict[str, Any]) -> Outcome:
    return _ENGINE.complete(definition, outcome.state, outcome.open_tasks[0].id, answer, context=None, now=_NOW)


def _data() -> dict[str, Any]:
    return {**DATA, "amount": Decimal(str(DATA["amount"]))}


_DOORS: Final[dict[str, Callable[[Any], str]]] = {
    "expression": _expression,
    "script": _file,
    "table": _table,
    "file": _file,
    "answer": _given,
    "state": _state,
}
