"""The one order of locks for whatever touches a running flow, so that no two ever wait for each other.

Instance, then the record that it is about, then tasks and all other rows, then number series, then the heads of the
hash chains (`tasks/ledger.py`: register, then the audit log as the transaction ends). Whoever may come to an instance
later locks it first of all, before it reads what it decides by. Two instances are never locked in one transaction, but
by the hand-over of a leaver, which locks all it needs before anything else, in the order of their ids. PostgreSQL locks
rows; SQLite has one writer at a time, who finds nothing locked.
"""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from models.db import db, is_sqlite, keep, recall
from models.processes import HumanTask, InstanceStatus, ProcessInstance

_HELD = "instances"


def lock_instance(instance_id: int) -> ProcessInstance:
    """The instance as it is now, which nobody else changes until this transaction ends. Raises `NoResultFound`.

    One that this transaction has locked before is not asked for again.
    """
    held: ProcessInstance | None = recall(_HELD, instance_id)
    if held is None and is_sqlite(db.session()):
        return db.session.get_one(ProcessInstance, instance_id, options=[joinedload(ProcessInstance.definition)])
    return held or _hold(db.session.scalars(_locked().where(ProcessInstance.id == instance_id)).one())


def lock_task(task_id: int) -> None:
    """Lock the instance of a task, for whoever is about to answer it. Nothing to do when there is no such task.

    Nor on SQLite, where a transaction that writes is alone, and reads nothing that is older than itself.
    """
    if is_sqlite(db.session()):
        return
    of_task = select(HumanTask.instance_id).where(HumanTask.id == task_id).scalar_subquery()
    instance = db.session.scalars(_locked().where(ProcessInstance.id == of_task)).one_or_none()
    if instance is not None:
        _hold(instance)


def lock_about(subject: tuple[str, int]) -> ProcessInstance | None:
    """Lock the running instance about `subject` (kind, id), before that record is changed. None when there is none."""
    kind, subject_id = subject
    instance = db.session.scalars(
        _locked().where(
            ProcessInstance.subject_kind == kind,
            ProcessInstance.subject_id == subject_id,
            ProcessInstance.status == InstanceStatus.RUNNING,
        )
    ).one_or_none()
    return instance and _hold(instance)


def lock_answered(task: HumanTask) -> None:
    """Lock a task behind its instance, and read it anew. SQLite has nothing to lock, and nothing newer to read."""
    if not is_sqlite(db.session()):
        db.session.flush()
        wanted = select(HumanTask).where(HumanTask.id == task.id).with_for_update()
        db.session.scalars(wanted.execution_options(populate_existing=True)).one()


def _locked() -> Select[ProcessInstance]:
    """Read anew: a session that has read the row before would keep what it read, or refuse what is newer.

    Nothing is joined: PostgreSQL, once it has waited for the lock, would join the row as it is now to others as they
    were before.
    """
    return select(ProcessInstance).with_for_update().execution_options(populate_existing=True)


def _hold(instance: ProcessInstance) -> ProcessInstance:
    return keep(_HELD, instance.id, instance)
