"""Numbers by pattern: where a series begins again, and patterns that cannot be used."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from flask import Flask

from models.access import Actor, Permission
from models.db import db
from models.errors import Invalid
from models.tenancy import serve_company
from tasks import numbering
from tasks.boundary import command

NEW_YEARS_EVE, NEW_YEAR, SECOND = date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)


def _draw(actor: Actor, pattern: str, *days: date) -> list[str]:
    serve_company(actor.company_id)
    assert actor.company_id is not None
    numbers = [numbering.draw(actor.company_id, "request", pattern, day) for day in days]
    db.session.rollback()
    return numbers


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ("{year}-{sequence:03}", ["2026-001", "2026-002", "2027-001", "2027-002"]),
        ("{year}{month:02}-{sequence}", ["202612-1", "202612-2", "202701-1", "202701-2"]),
        ("{year}{month:02}{day:02}-{sequence}", ["20261231-1", "20261231-2", "20270101-1", "20270102-1"]),
        ("R{sequence}", ["R1", "R2", "R3", "R4"]),
    ],
)
def test_a_series_begins_again_when_the_period_in_its_pattern_changes(
    session: None, people: dict[str, Actor], pattern: str, numbers: list[str]
) -> None:
    assert _draw(people["alice"], pattern, NEW_YEARS_EVE, NEW_YEARS_EVE, NEW_YEAR, SECOND) == numbers


def test_a_number_that_was_rolled_back_is_drawn_again(session: None, people: dict[str, Actor]) -> None:
    assert _draw(people["alice"], "{sequence}", NEW_YEAR) == _draw(people["alice"], "{sequence}", NEW_YEAR) == ["1"]


@command(Permission.REQUEST_SUBMIT)
def _draw_one(actor: Actor) -> str:
    assert actor.company_id is not None
    return numbering.draw(actor.company_id, "request", "{sequence}", NEW_YEAR)


def test_eight_threads_draw_every_number_once(app: Flask, people: dict[str, Actor]) -> None:
    def draw(_turn: int) -> int:
        with app.app_context():
            return int(_draw_one(people["alice"]))

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(draw, range(64))) == list(range(1, 65))


def test_each_company_counts_for_itself(app: Flask, people: dict[str, Actor]) -> None:
    for name in ("alice", "carol"):
        with app.app_context():
            serve_company(people[name].company_id)
            assert people[name].company_id is not None
            assert numbering.draw(people[name].company_id, "request", "{sequence}", NEW_YEAR) == "1"
            db.session.commit()


@pytest.mark.parametrize("pattern", ["{nobody}-{sequence}", "{sequence", "{0}", "{sequence:x!}"])
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid, match="cannot be used"):
        numbering.write(pattern, NEW_YEAR, 1)
