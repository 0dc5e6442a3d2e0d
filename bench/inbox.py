"""The inbox as a browser asks for it, with very many open tasks, and a bulk decision."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient

from bench.company import Company, found_company, statements_of
from bench.crowd import multiply
from bench.timing import Row, median_of, wall_milliseconds, within
from models.db import db
from tasks import inbox
from tasks.accounts.login import begin_session

_OPEN = 10_000
_BULK = 200
_SAMPLES = 15


def measure(folder: Path) -> list[Row]:
    company = found_company(folder / "inbox")
    bulk = _bulk(company)
    multiply(company, company.submit(), _OPEN)
    return [*_page(company), bulk]


def _bulk(company: Company) -> Row:
    task_ids = [company.open_task(company.submit()) for _ in range(_BULK)]
    bob = company.people["bob"]
    results: list[inbox.BulkResult] = []
    with company.app.app_context():
        spent = wall_milliseconds(lambda: results.extend(inbox.approve_many(bob, task_ids=task_ids)))
    refused = [str(result.refusal) for result in results if result.refusal]
    assert len(results) == _BULK
    assert not refused, refused[0]
    return within(f"a bulk decision of {_BULK}, on the clock", spent / 1000, at_most=2, unit="s")


def _page(company: Company) -> list[Row]:
    """Bob's first page of the open tasks, as a logged-in browser gets it: session, query, counters, template."""
    browser = _logged_in(company, "bob")
    with company.app.app_context():
        engine = db.engine
        assert inbox.count_open(company.people["bob"]) > _OPEN
    assert browser.get("/inbox").status_code == 200
    with statements_of(engine) as seen:
        spent = [wall_milliseconds(lambda: browser.get("/inbox")) for _ in range(_SAMPLES)]
    what = f"inbox page, {_OPEN:,} open tasks, on the clock"
    return [
        within(what, median_of(spent), at_most=50, unit="ms"),
        within(what, len(seen) / _SAMPLES, at_most=12, unit="SQL statements"),
    ]


def _logged_in(company: Company, name: str) -> FlaskClient:
    user_id = company.people[name].user_id
    assert user_id is not None
    with company.app.app_context():
        secret = begin_session(user_id)
    browser = company.app.test_client()
    browser.set_cookie(company.app.config["LOGIN_COOKIE_NAME"], secret)
    return browser
