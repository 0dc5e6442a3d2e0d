"""What a diagram says of the people behind a task: plain candidates, or a step of an approval chain with its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.bpmn.assignment import hours_of
from engine.process import OpenTask
from models.calendars import WorkCalendar
from models.chains.outsiders import read_mail, read_name
from models.errors import Conflict
from models.processes import HumanTask, SignerKind, SignerStatus, StepMode, TaskSigner
from models.signing import AUTOMATIC, VERBS

_MOST_WEIGHT = 1_000_000


@dataclass(frozen=True)
class TaskPeople:
    """Who is asked, how their answers count, and what they may do."""

    signers: tuple[TaskSigner, ...]
    mode: StepMode = StepMode.ANY
    threshold: int | None = None
    verbs: tuple[str, ...] = VERBS
    step: dict[str, Any] | None = field(default=None)


def people_of(task: OpenTask) -> TaskPeople:
    """The people of an open task. Raises `EngineError` for nonsense in the plain settings, `Conflict` in a step."""
    step = task.properties.get("step")
    if step is None:
        return TaskPeople(tuple(_signer({"user": person}, 0, task) for person in task.candidates))
    if not isinstance(step, Mapping) or not isinstance(step.get("signers"), list):
        raise _nonsense(task)
    signers = tuple(_signer(entry, place, task) for place, entry in enumerate(step["signers"]))
    verbs = step.get("verbs")
    return TaskPeople(
        signers,
        mode=_mode(step.get("mode"), task),
        threshold=_whole(step.get("threshold"), task),
        verbs=VERBS if verbs is None else tuple(str(verb) for verb in verbs),
        step={name: value for name, value in step.items() if name != "signers"},
    )


def set_clock(row: HumanTask, calendar: WorkCalendar, due_hours: Decimal, now: datetime) -> None:
    """When the clock reminds, escalates, and decides: working hours before the due time, behind it, from the start.

    Where the step says nothing, it reminds at the due time and does no more.
    """
    step = row.step or {}
    row.remind_at = row.due_at
    early = hours_of(step.get("remind_hours"))
    if early is not None:
        row.remind_at = calendar.add_hours(now, max(due_hours - early, Decimal(0)))
    late, waited = hours_of(step.get("escalate_hours")), hours_of(step.get("auto_hours"))
    if late is not None and step.get("escalate_to") is not None:
        row.escalate_at = calendar.add_hours(now, due_hours + late)
    if waited is not None and step.get("auto") in AUTOMATIC:
        row.auto_at = calendar.add_hours(now, waited)


def _signer(entry: Any, place: int, task: OpenTask) -> TaskSigner:
    if not isinstance(entry, Mapping):
        raise _nonsense(task)
    user_id, (name, mail) = _whole(entry.get("user"), task), _outsider(entry.get("outsider"), task)
    if (user_id is None) == (mail is None):
        raise _nonsense(task)
    return TaskSigner(
        user_id=user_id,
        outsider=name,
        mail=mail,
        acts_for_id=_whole(entry.get("for"), task),
        kind=SignerKind.ASKED,
        status=SignerStatus.WAITING,
        place=place,
        weight=min(_whole(entry.get("weight"), task) or 1, _MOST_WEIGHT),
        has_veto=entry.get("veto") is True,
    )


def _outsider(value: Any, task: OpenTask) -> tuple[str, str | None]:
    """Name and mail address of somebody from outside; no address where nobody is."""
    if value is None:
        return "", None
    mail = read_mail(str(value.get("mail") or "")) if isinstance(value, Mapping) else None
    if mail is None:
        raise _nonsense(task)
    return read_name(str(value.get("name") or "")) or mail, mail


def _mode(value: Any, task: OpenTask) -> StepMode:
    if value is None:
        return StepMode.ANY
    if value not in set(StepMode):
        raise _nonsense(task)
    return StepMode(value)


def _whole(value: Any, task: OpenTask) -> int | None:
    """A whole number, or None for none; FEEL's numbers are decimals."""
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError, ArithmeticError):
        raise _nonsense(task) from None
    if isinstance(value, bool) or number != value or number < 0:
        raise _nonsense(task)
    return number


def _nonsense(task: OpenTask) -> Conflict:
    return Conflict(
        "“{element}” is given a step that cannot be read: it needs a list of signers, each with a user or an outsider.",
        code="task.step",
        element=task.title,
    )
