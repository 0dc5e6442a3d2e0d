"""Hostile input is refused or bounded by our engine; where the stock engine breaks, it is seen to break."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.faults.hostile.__main__ import ATTACKS

pytestmark = pytest.mark.faults
KINDS: Final = ("expression", "script", "table", "answer", "file", "state")
SEEN: Final = Path(__file__).with_name("hostile") / "stock_breaks.csv"
_TIMEOUT_SECONDS: Final = 600


def attack_all(engine: str, kind: str) -> list[dict[str, Any]]:
    """The verdicts over every attack of a kind. In a program of its own: only one without threads may fork."""
    command = [sys.executable, "-m", "tests.faults.hostile", engine, f"{kind}: "]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("kind", KINDS)
def test_our_engine_refuses_or_bounds_every_attack(kind: str) -> None:
    verdicts = attack_all("ours", kind)

    assert len(verdicts) == sum(attack.kind == kind for attack in ATTACKS)
    assert [verdict for verdict in verdicts if not verdict["holds"]] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_stock_engine_breaks_where_it_was_seen_to(kind: str) -> None:
    with SEEN.open(encoding="utf-8", newline="") as file:
        seen = {row["name"]: row["breaks"] for row in csv.DictReader(file) if row["kind"] == kind}

    breaks = {verdict["name"]: verdict["breaks"] for verdict in attack_all("stock", kind) if verdict["breaks"]}

    assert {name: breaks.get(name, "") for name in seen} == seen


def test_there_are_enough_of_them_and_no_two_have_one_name() -> None:
    names = [(attack.kind, attack.name) for attack in ATTACKS]

    assert len(set(names)) == len(names) >= 300
