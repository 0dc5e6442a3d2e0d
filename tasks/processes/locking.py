"""The one order of locks for whatever touches a running flow, so that no two ever wait for each other.

Instance, then the record that it is about, then tasks and all other rows, then number series, then the heads of the
hash chains (`tasks/ledger.py`: audit log, then register). Whoever may come to an instance later locks it first of
all, before it reads what it decides by. Two instances are never locked in one transaction. PostgreSQL locks rows;
SQLite has one writer at a time, who finds nothing locked.
"""

from __future__ import annotations

from sqlalchemy import Select, select

from models.db import db
from models.processes import HumanTask, InstanceStatus, ProcessInstance


def lock_instance(instance_id: int) -> ProcessInstance:
    """The instance as it is now, which nobody else changes until this transaction ends. Raises `NoResultFound`."""
    return db.session.scalars(_locked().where(ProcessInstance.id == instance_id)).one()


def lock_task(task_id: int) -> None:
    """Lock the instance of a task, for whoever is about to answer it. Nothing to do when there is no such task."""
    instance_id = db.session.scalar(select(HumanTask.instance_id).where(HumanTask.id == task_id))
    if instance_id is not None:
        lock_instance(instance_id)


def lock_about(subject: tuple[str, int]) -> ProcessInstance | None:
    """Lock the running instance about `subject` (kind, id), before that record is changed. None when there is none."""
    kind, subject_id = subject
    return db.session.scalars(
        _locked().where(
            ProcessInstance.subject_kind == kind,
            ProcessInstance.subject_id == subject_id,
            ProcessInstance.status == InstanceStatus.RUNNING,
        )
    ).one_or_none()


def _locked() -> Select[ProcessInstance]:
    """Read anew: a session that has read the row before would keep what it read, or refuse what is newer."""
    return select(ProcessInstance).with_for_update().execution_options(populate_existing=True)
