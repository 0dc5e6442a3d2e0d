"""The open task of one request very many times, by bulk insert: as many running flows as a large company has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select

from bench.company import Company
from models.db import Model, db
from models.processes import HumanTask, ProcessInstance, ProcessWait, TaskSigner
from models.requests import InvoiceRequest

_FIRST_ID = 1_000_000


def multiply(company: Company, request_id: int, count: int) -> None:
    """`count` copies of a request that waits, with its instance, task, signer and timer."""
    task_id = company.open_task(request_id)
    with company.app.app_context(), db.engine.begin() as connection:
        task = HumanTask.__table__.c
        instance_id = connection.scalar(select(task.instance_id).where(task.id == task_id))

        def copy(model: type[Model], where: ColumnElement[bool], change: Callable[[int], dict[str, Any]]) -> None:
            _copy(connection, model, where, change, count)

        copy(InvoiceRequest, InvoiceRequest.__table__.c.id == request_id, lambda n: {"id": n, "number": f"B{n}"})
        copy(ProcessInstance, ProcessInstance.__table__.c.id == instance_id, lambda n: {"id": n, "subject_id": n})
        copy(HumanTask, task.id == task_id, lambda n: {"id": n, "subject_id": n, "instance_id": n})
        copy(TaskSigner, TaskSigner.__table__.c.task_id == task_id, lambda n: {"id": n, "task_id": n})
        copy(ProcessWait, ProcessWait.__table__.c.instance_id == instance_id, lambda n: {"id": n, "instance_id": n})


def _copy(
    connection: Connection,
    model: type[Model],
    where: ColumnElement[bool],
    change: Callable[[int], dict[str, Any]],
    count: int,
) -> None:
    row = dict(connection.execute(select(model.__table__).where(where)).mappings().one())
    connection.execute(insert(model.__table__), [row | change(_FIRST_ID + number) for number in range(count)])
