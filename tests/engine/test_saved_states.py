"""States that earlier releases stored still load and run to their end. Add a file for every new format; change none."""

import contextlib
import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.catalogue import Catalogue
from engine.errors import EngineError
from engine.process import Engine

STATES = sorted((Path(__file__).parent / "states").glob("*.json"))
BEGUN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_state_of_an_earlier_release_runs_to_its_end(path: Path) -> None:
    saved = json.loads(path.read_text(encoding="utf-8"))
    engine = Engine(Catalogue())
    definition = engine.load(saved["bpmn"].encode(), {})
    now = BEGUN + timedelta(days=1, hours=1)
    outcome = engine.wake(definition, saved["state"], context=None, now=now)
    assert sorted(task.element_id for task in outcome.open_tasks) == ["ask", "beside"]
    assert [timer.due_at for timer in outcome.timers] == [BEGUN + timedelta(days=2)]
    for task_id, answer in (("ask", {"answer": "no"}), ("beside", {"paid": True})):
        task = next(task for task in outcome.open_tasks if task.element_id == task_id)
        outcome = engine.complete(definition, outcome.state, task.id, answer, context=None, now=now)
    assert [waiting.name for waiting in outcome.messages] == ["payment"]
    outcome = engine.deliver(definition, outcome.state, "payment", {}, context=None, now=now)
    assert outcome.is_complete
    assert outcome.data == {
        "people": [3, 4],
        "amount": Decimal("0.10"),
        "day": date(2026, 3, 1),
        "at": BEGUN,
        "$": {"typename": "x"},
        "votes": ["yes", "no"],
        "paid": True,
    }


def test_there_is_a_state_of_every_format() -> None:
    assert [path.stem for path in STATES] == ["format_1", "format_2"]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("path", STATES, ids=lambda path: path.stem)
def test_a_damaged_state_is_refused_or_runs(path: Path, seed: int) -> None:
    """Nothing but the engine's own refusals comes out, wherever a few characters are lost or changed."""
    saved, chance = json.loads(path.read_text(encoding="utf-8")), random.Random(seed)
    engine = Engine(Catalogue())
    definition = engine.load(saved["bpmn"].encode(), {})
    for _ in range(60):
        place, length = chance.randrange(60, len(saved["state"])), chance.randrange(4)
        noise = chance.choice(["", "0", "null", "[]", "{}", '"', '"x"', ",5", "-", "E"])
        damaged = saved["state"][:place] + noise + saved["state"][place + length :]
        with contextlib.suppress(EngineError):
            engine.wake(definition, damaged, context=None, now=BEGUN)
