"""What stands open of an instance before its rows follow the engine: as the engine says, or read in one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import BindParameter, bindparam, literal, null, or_, select, union_all

from engine.bpmn.events.thrown import key_text
from engine.process import Outcome, Rest
from models.db import db
from models.processes import (
    HumanTask,
    IncidentState,
    ProcessIncident,
    ProcessInstance,
    ProcessWait,
    TaskStatus,
    WaitKind,
)

Wait = tuple[WaitKind, str, str, str, datetime | None]
StandingWait = tuple[int | None, Wait]


@dataclass
class Standing:
    """`tasks`: the engine's ids; `waits`: row ids, as far as they are known, and what each waits for, oldest first."""

    tasks: set[str] = field(default_factory=set)
    waits: list[StandingWait] = field(default_factory=list)
    has_incidents: bool = False


_TASK, _WAIT, _INCIDENT = HumanTask.__table__.c, ProcessWait.__table__.c, ProcessIncident.__table__.c
_OF_INSTANCE: BindParameter[int] = bindparam("instance_id")
# Built once. On tables, so the company is named here: the scope of the session narrows mapped classes only.
_STATEMENT = union_all(
    select(
        literal("wait").label("row"),
        _WAIT.id,
        _WAIT.kind,
        _WAIT.element_id,
        _WAIT.name,
        _WAIT.correlation,
        _WAIT.due_at,
    ).where(_WAIT.instance_id == _OF_INSTANCE, _WAIT.company_id == bindparam("company_id")),
    select(literal("task"), _TASK.id, null(), _TASK.engine_task_id, literal(""), literal(""), null()).where(
        _TASK.instance_id == _OF_INSTANCE,
        _TASK.company_id == bindparam("company_id"),
        or_(_TASK.status == TaskStatus.OPEN, _TASK.engine_task_id.in_(bindparam("open_now", expanding=True))),
    ),
    select(literal("incident"), _INCIDENT.id, null(), literal(""), literal(""), literal(""), null()).where(
        _INCIDENT.instance_id == _OF_INSTANCE,
        _INCIDENT.company_id == bindparam("company_id"),
        _INCIDENT.state == IncidentState.OPEN,
    ),
)


def read_standing(instance: ProcessInstance, open_now: Sequence[str]) -> Standing:
    """The rows of `instance` that are open in the database, and those of the engine's tasks `open_now`, even closed."""
    given = {"instance_id": instance.id, "company_id": instance.company_id, "open_now": list(open_now)}
    standing = Standing()
    for row, row_id, kind, name, *rest in db.session.execute(_STATEMENT, given):
        if row == "task":
            standing.tasks.add(name)
        elif row == "wait":
            standing.waits.append((row_id, (WaitKind(kind), name, *rest)))
        else:
            standing.has_incidents = True
    standing.waits.sort(key=lambda wait: wait[0] or 0)
    return standing


def standing_of(before: Rest | None) -> Standing | None:
    """The same as the engine knows it; None where it does not say, or says too little to tell two rows apart."""
    if before is None or before.has_incidents:
        return None
    waits = list(waits_of(before))
    return Standing(set(before.open_ids), [(None, wait) for wait in waits]) if len(set(waits)) == len(waits) else None


def waits_of(rest: Rest | Outcome) -> Iterator[Wait]:
    """What an instance waits for besides people, as its rows say it."""
    for timer in rest.timers:
        yield WaitKind.TIMER, timer.element_id, "", "", timer.due_at
    for waiting in rest.messages:
        yield WaitKind(waiting.kind), waiting.element_id, waiting.name, key_text(waiting.correlation), None
