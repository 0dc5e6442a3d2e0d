"""What is told to whoever comes too late: who closed a task, how, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.language import Sentence
from models.accounts import Company
from models.db import db
from models.errors import Conflict
from models.language import N_
from models.processes import HumanTask

_OUTCOMES = {
    "approve": N_("Approved"),
    "return": N_("Returned"),
    "reject": N_("Rejected"),
    "issue": N_("Issued"),
    "resubmit": N_("Submitted again"),
    "done": N_("Done"),
}
_HANDLED = N_("{person} already handled this task ({outcome}) at {time}. Nothing was changed by you.")
_WITHDRAWN = N_(
    "{person} withdrew or cancelled this request at {time}, so this task is no longer needed. Nothing was changed by "
    "you."
)
_TAKEN_BACK = N_("{person} took back, at {time}, the approval that led to this task. Nothing was changed by you.")
_PASSED_BY = N_("The flow went on without this task at {time}. Nothing was changed by you.")
_NOBODY = N_("The approval chain")


def closed_meanwhile(task: HumanTask, code: str = "task.closed") -> Conflict:
    """The refusal of an action on a task that is not open any more."""
    return Conflict(_sentence_for(task), code=code, **closing_of(task))


def closing_of(task: HumanTask) -> dict[str, Any]:
    """Fields of a sentence about a closed task: `person` (the chain, where the clock decided), `outcome` and `time`."""
    label = _OUTCOMES.get(task.outcome)
    return {
        "person": task.closer or Sentence(_NOBODY, {}),
        "outcome": Sentence(label, {}) if label else task.outcome,
        "time": company_time(task.closed_at, task.company_id),
    }


def company_time(moment: datetime | None, company_id: int) -> str:
    """A moment on the clock of the company: ``2026-03-31 15:04``."""
    zone = ZoneInfo(db.session.get_one(Company, company_id).time_zone)
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment else "–"


def _sentence_for(task: HumanTask) -> str:
    if task.outcome == "take_back":
        return _TAKEN_BACK
    if task.outcome == "cancelled":
        return _WITHDRAWN if task.closer else _PASSED_BY
    return _HANDLED
