"""Gapless numbers: drawn last, under a lock, in the transaction that uses them; if it fails, none is lost."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from models.db import db, is_sqlite
from models.errors import Invalid
from models.requests import NumberSeries


def draw(company_id: int, kind: str, pattern: str, on: date) -> str:
    """The next number of `kind`, written by `pattern` (fields: year, month, day, sequence).

    The sequence starts again whenever a field that the pattern shows has changed.
    """
    return draw_many(company_id, kind, pattern, on, count=1)[0]


def draw_many(company_id: int, kind: str, pattern: str, on: date, *, count: int) -> list[str]:
    """The next `count` numbers of `kind`, in order, under one lock."""
    period = _period(pattern, on)
    _make_series(company_id, kind, period)
    series = db.session.scalars(
        select(NumberSeries)
        .where(NumberSeries.company_id == company_id, NumberSeries.kind == kind, NumberSeries.period == period)
        .with_for_update()
        # Another transaction may have drawn since this session last read the row.
        .execution_options(populate_existing=True)
    ).one()
    return [write(pattern, on, series.draw()) for _ in range(count)]


def write(pattern: str, on: date, sequence: int) -> str:
    """A number by `pattern`. Raises `Invalid` for a pattern that cannot be used."""
    try:
        return pattern.format(year=on.year, month=on.month, day=on.day, sequence=sequence)
    except (KeyError, IndexError, ValueError) as error:
        raise Invalid(
            "The number pattern “{pattern}” cannot be used. Only {{year}}, {{month}}, {{day}} and {{sequence}} may be "
            "in braces.",
            code="numbering.pattern",
            field="number_pattern",
            pattern=pattern,
        ) from error


def _period(pattern: str, on: date) -> str:
    if "{day" in pattern:
        return f"{on:%Y-%m-%d}"
    if "{month" in pattern:
        return f"{on:%Y-%m}"
    return f"{on:%Y}" if "{year" in pattern else ""


def _make_series(company_id: int, kind: str, period: str) -> None:
    insert = sqlite.insert if is_sqlite(db.session()) else postgresql.insert
    db.session.execute(
        insert(NumberSeries)
        .values(company_id=company_id, kind=kind, period=period, next_value=1)
        .on_conflict_do_nothing(index_elements=["company_id", "kind", "period"])
    )
