"""A decision through the operation: gate, engine, tasks, audit, outbox and commit, on a SQLite file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from bench.company import Company, Cost, found_company
from bench.peers import viewflow
from bench.timing import Row, beside, compared, cpu_milliseconds, faster, median_of, no_slower, within
from models.db import db

_REQUESTS = 40
_ROUNDS = 60
_RETURNED = 5
_EARLY = 3
_WHAT = "a decision, standard chain"


def measure(folder: Path) -> list[Row]:
    """Ours, then the peer on the same work, in one run."""
    company = found_company(folder / "decisions")
    _warm_up(company)
    ours = _approvals(company)
    spent = milliseconds(ours)
    return [
        within(_WHAT, spent, at_most=3, unit="ms"),
        within(f"{_WHAT}, first step", statements(ours[::2]), at_most=12, unit="SQL statements"),
        within(f"{_WHAT}, last step", statements(ours[1::2]), at_most=12, unit="SQL statements"),
        compared(_WHAT, spent, "an insert and its commit", _floor(company)),
        *_beside(spent, folder / "viewflow"),
        *_returns(company),
    ]


def milliseconds(costs: list[Cost]) -> float:
    return median_of([cost.milliseconds for cost in costs])


def statements(costs: list[Cost]) -> float:
    return median_of([cost.statements for cost in costs])


def _beside(spent: float, folder: Path) -> list[Row]:
    """Ours beside the peer: its flow with a node for each of ours, and the shortest flow that asks the same people."""
    try:
        alike, short = (viewflow.measure(folder, shape, requests=_REQUESTS) for shape in ("alike", "short"))
    except viewflow.Unavailable as missing:
        return [Row(_WHAT, f"{spent:.2f} ms", str(missing), "–")]
    return [
        faster(_WHAT, spent, _called("django-viewflow 2.4", alike), milliseconds(alike), at_least=2),
        beside(_WHAT, spent, _called("django-viewflow 2.4, views only", short), milliseconds(short)),
    ]


def _called(name: str, costs: list[Cost]) -> str:
    return f"{name}, {statements(costs[::2]):.0f} and {statements(costs[1::2]):.0f} SQL statements"


def _warm_up(company: Company) -> None:
    request_id = company.submit()
    company.decide("bob", request_id, "return", "bench")
    company.resubmit(request_id)
    company.decide("bob", request_id)
    company.decide("fiona", request_id)


def _approvals(company: Company) -> list[Cost]:
    """What Bob's decision costs, and Fiona's, which is the last: in turn."""
    costs = []
    for _ in range(_REQUESTS):
        request_id = company.submit()
        costs += [company.decide("bob", request_id), company.decide("fiona", request_id)]
    return costs


def _returns(company: Company) -> list[Row]:
    """The same request returned and sent again, over and over: early rounds beside late ones, of several requests."""
    returned: dict[bool, list[float]] = {True: [], False: []}
    resubmitted: dict[bool, list[float]] = {True: [], False: []}
    for request_id in [company.submit() for _ in range(_RETURNED)]:
        for number in range(_ROUNDS):
            spent = company.decide("bob", request_id, "return", "bench"), company.resubmit(request_id)
            if number < _EARLY or number >= _ROUNDS - _EARLY:
                returned[number < _EARLY].append(spent[0].milliseconds)
                resubmitted[number < _EARLY].append(spent[1].milliseconds)
    late = f"returns {_ROUNDS - _EARLY + 1} to {_ROUNDS} of a request"
    first = f"returns 1 to {_EARLY}"
    return [
        no_slower(late, median_of(returned[False]), first, median_of(returned[True]), at_most=1.2),
        compared(
            "the resubmissions after them",
            median_of(resubmitted[False]),
            f"after {first}",
            median_of(resubmitted[True]),
        ),
    ]


def _floor(company: Company) -> float:
    def insert() -> None:
        with db.engine.connect() as connection:
            connection.execute(text("INSERT INTO job_done (key, at) VALUES (hex(randomblob(8)), '2026-01-01')"))
            connection.commit()

    with company.app.app_context():
        return median_of([cpu_milliseconds(insert) for _ in range(50)])
