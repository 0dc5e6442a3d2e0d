"""The inbox as a browser asks for it, with very many open tasks, and a bulk decision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import ColumnElement, Connection, insert, select

from bench.company import Company, found_company, statements_of
from bench.timing import Row, median_of, wall_milliseconds, within
from models.db import Model, db
from models.processes import HumanTask, ProcessInstance, TaskSigner
from models.requests import InvoiceRequest
from tasks import inbox
from tasks.accounts.login import begin_session

_OPEN = 10_000
_BULK = 200
_SAMPLES = 15
_FIRST_ID = 1_000_000


def measure(folder: Path) -> list[Row]:
    company = found_company(folder / "inbox")
    bulk = _bulk(company)
    _fill(company, company.submit())
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


def _fill(company: Company, request_id: int) -> None:
    """The open task of a request ten thousand times, with request, instance and candidate, by bulk insert."""
    task_id = company.open_task(request_id)
    with company.app.app_context(), db.engine.begin() as connection:
        task = HumanTask.__table__.c
        instance_id = connection.scalar(select(task.instance_id).where(task.id == task_id))

        def copy(model: type[Model], where: ColumnElement[bool], change: Callable[[int], dict[str, Any]]) -> None:
            _copy(connection, model, where, change)

        copy(InvoiceRequest, InvoiceRequest.__table__.c.id == request_id, lambda n: {"id": n, "number": f"B{n}"})
        copy(ProcessInstance, ProcessInstance.__table__.c.id == instance_id, lambda n: {"id": n, "subject_id": n})
        copy(HumanTask, task.id == task_id, lambda n: {"id": n, "subject_id": n, "instance_id": n})
        copy(TaskSigner, TaskSigner.__table__.c.task_id == task_id, lambda n: {"id": n, "task_id": n})


def _copy(
    connection: Connection, model: type[Model], where: ColumnElement[bool], change: Callable[[int], dict[str, Any]]
) -> None:
    row = dict(connection.execute(select(model.__table__).where(where)).mappings().one())
    connection.execute(insert(model.__table__), [row | change(_FIRST_ID + number) for number in range(_OPEN)])
