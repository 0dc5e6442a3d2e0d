"""Many running requests that move to another version of their flow, beside what the engine alone takes for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from bench.company import Company, found_company
from bench.crowd import multiply
from bench.timing import Row, compared, median_call, wall_milliseconds, within
from engine.process import Definition
from models.access import Role
from models.db import db, utc_now
from models.processes import ProcessDefinition, ProcessInstance
from models.tenancy import serve_company
from tasks import moves, processes
from tasks.processes.bridge import ENGINE
from tasks.processes.definitions import loaded

_MANY = 1_000
_SOONER = b"P5D", b"P3D"


def measure(folder: Path) -> list[Row]:
    company = found_company(folder / "moves")
    company.people["dora"] = replace(company.people["bob"], roles=frozenset({Role.DESIGNER}))
    multiply(company, company.submit(), _MANY - 1)
    target = _publish(company)
    planned = _plan(company, target)
    bare = _bare(company, target)
    moved = _move(company, target)
    back = _back(company)
    return [
        within(f"{_MANY:,} running requests looked at, on the clock", planned / 1000, at_most=5, unit="s"),
        within(
            f"{_MANY:,} running requests moved to another version, on the clock", moved / 1000, at_most=60, unit="s"
        ),
        within(f"the same {_MANY:,} rolled back, on the clock", back / 1000, at_most=60, unit="s"),
        compared("a request moved, with its commit", moved / _MANY, "the bare engine", bare),
    ]


def _publish(company: Company) -> int:
    bpmn, _ = processes.shipped_flow()
    with company.app.app_context():
        return processes.publish_process(company.people["dora"], bpmn=bpmn.replace(*_SOONER)).id


def _plan(company: Company, target: int) -> float:
    with company.app.app_context():
        return wall_milliseconds(lambda: _check(company, target))


def _check(company: Company, target: int) -> None:
    report = processes.plan_migration(company.people["dora"], to_id=target)
    assert len(report.safe) == _MANY


def _bare(company: Company, target: int) -> float:
    """Milliseconds for one instance in memory: its plan and its move."""
    with company.app.app_context():
        serve_company(company.people["dora"].company_id)
        instance = db.session.scalars(select(ProcessInstance).limit(1)).one()
        old, new = _loaded(instance.definition_id), _loaded(target)
        state = instance.state

        def move() -> None:
            ENGINE.plan_migration(old, new, state)
            ENGINE.migrate(old, new, state, context=None, now=utc_now())

        return median_call(move, samples=5, calls=20)


def _loaded(definition_id: int) -> Definition:
    return loaded(db.session.get_one(ProcessDefinition, definition_id))


def _move(company: Company, target: int) -> float:
    dora = company.people["dora"]
    with company.app.app_context():
        batch_id = moves.start_move(dora, to_id=target).id
    return _work(company, batch_id)


def _back(company: Company) -> float:
    dora = company.people["dora"]
    with company.app.app_context():
        batch_id = moves.roll_back_move(dora, batch_id=1).id
    return _work(company, batch_id)


def _work(company: Company, batch_id: int) -> float:
    """As the queue works it off, in this thread."""
    dora = company.people["dora"]
    with company.app.app_context():
        spent = wall_milliseconds(lambda: moves.work_off(dora.as_process(), batch_id=batch_id))
    with company.app.app_context():
        assert moves.read_progress(dora, batch_id=batch_id).moved == _MANY
    return spent
