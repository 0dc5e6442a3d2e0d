"""The benchmarks count what they say they count, and go on without the peer."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from bench import decisions
from bench.company import Company, statements_of
from bench.peers import viewflow
from models.db import db

MARKED = "SELECT 1 AS counted"


def counted(seen: list[str]) -> int:
    return seen.count(MARKED)


def test_statements_are_counted_while_the_block_runs_and_no_longer(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        connection.execute(text(MARKED))
        with statements_of(db.engine) as seen:
            for _ in range(3):
                connection.execute(text(MARKED))
        connection.execute(text(MARKED))
    assert counted(seen) == 3


def test_a_call_costs_its_own_statements(app: Flask) -> None:
    company = Company(app, {}, (0, 0))
    once = company.cost_of(lambda: db.session.execute(text(MARKED)))
    twice = company.cost_of(lambda: [db.session.execute(text(MARKED)) for _ in range(2)])
    assert twice.statements == once.statements + 1


def test_without_the_peer_one_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(viewflow, "PYTHON", tmp_path / "missing")
    (row,) = decisions._beside(1.0, tmp_path)
    assert "could not be installed" in row.floor
    assert row.goal == row.met == ""
