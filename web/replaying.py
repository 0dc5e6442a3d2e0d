"""What a replay of past requests found, in the reader's words: for versions and for drafts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from models.errors import AppError, Invalid
from tasks import replays
from tasks.replays import Difference, Kind
from web.forms import problems_of, sentence
from web.labels import label, local_title

LIMITS = (20, 50, 100, 500)
_ROLE = "role:"


def read_limit(given: int | None) -> int:
    """How many requests to run again: one of those that the page offers."""
    return given if given in LIMITS else 100


def show_report(report: replays.Report | None, refusal: AppError | None) -> dict[str, Any]:
    """What the template of a report needs."""
    return {
        "limits": LIMITS,
        "report": report,
        "refusal": refusal,
        "faults": problems_of(refusal),
        "say": lambda difference: say_difference(difference, report.names if report else {}),
        "then": _mean(report, "seconds_then"),
        "now": _mean(report, "seconds_now"),
    }


def say_difference(difference: Difference, names: Mapping[int, str]) -> str:
    """What differs, in the reader's language: the step, and who or why."""
    title = local_title(difference.title, difference.title_zh)
    if difference.person is not None:
        return _("%(person)s: %(step)s", person=_person(difference.person, names), step=title)
    if difference.kind in (Kind.STOPS, Kind.UNKNOWN):
        reason = sentence(Invalid.of(difference.message, dict(difference.fields), code="replay.stops"))
        return _("%(step)s: %(reason)s", step=title, reason=reason)
    return title


def _person(person: int | str, names: Mapping[int, str]) -> str:
    if isinstance(person, int):
        return names.get(person, str(person))
    return label("role", person.removeprefix(_ROLE)) if person.startswith(_ROLE) else person


def _mean(report: replays.Report | None, name: str) -> timedelta | None:
    if report is None or not report.requests:
        return None
    return timedelta(seconds=getattr(report, name) / len(report.requests))
