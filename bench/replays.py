"""Finished requests of the past, run again on a changed flow."""

from __future__ import annotations

from pathlib import Path

from bench.company import Company, found_company
from bench.timing import Row, cpu_milliseconds, median_of, within
from models.access import Actor, Role
from models.db import db
from tasks import inbox, processes, replays

_REQUESTS = 300
_SERIES = 5


def measure(folder: Path) -> list[Row]:
    """What one of many costs; the changed flow decides otherwise which chain approves."""
    company = found_company(folder / "replays")
    for number in range(_REQUESTS):
        _issue(company, number)
    spent = median_of([cpu_milliseconds(lambda: _replay(company)) for _ in range(_SERIES)]) / _REQUESTS
    return [within(f"a finished request replayed, one of {_REQUESTS}", spent, at_most=6, unit="ms")]


def _issue(company: Company, number: int) -> None:
    request_id = company.submit()
    company.decide("bob", request_id)
    company.decide("fiona", request_id)
    task_id, fiona = company.open_task(request_id), company.people["fiona"]
    with company.app.app_context():
        invoice = f"26112{number:015}"
        inbox.decide(fiona, task_id=task_id, decision="issue", channel="manual", number=invoice)


def _replay(company: Company) -> None:
    bpmn, tables = processes.shipped_flow()
    designer = Actor(company.people["bob"].company_id, company.people["bob"].user_id, frozenset({Role.DESIGNER}))
    changed = {name: table.decode().replace('"standard"', '"extended"') for name, table in tables.items()}
    with company.app.app_context():
        report = replays.replay_requests(
            designer, key=processes.REQUEST_PROCESS, bpmn=bpmn.decode(), decisions=changed, limit=_REQUESTS
        )
        db.session.remove()
    if len(report.requests) != _REQUESTS or report.different != _REQUESTS:
        raise RuntimeError("the requests were not replayed")
