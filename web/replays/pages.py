"""Pages on which a version of a flow is tried out: with past requests, and with its test cases."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.errors import Invalid
from tasks import processes, replays
from tasks.replays import Difference, Kind
from web.forms import problems_of, sentence
from web.labels import label, local_title
from web.security import current_actor

bp = Blueprint("replays", __name__, url_prefix="/flows")
LIMITS = (20, 100, 500)
_ROLE = "role:"


@bp.get("/<int:definition_id>/replay")
def show(definition_id: int) -> ResponseReturnValue:
    """The newest finished requests, or those of the version that ``?of=`` names, on this version."""
    actor = current_actor()
    definition = processes.get_definition(actor, definition_id)
    versions = [row.version for row in processes.list_versions(actor, key=definition.key)]
    of = request.args.get("of", type=int)
    limit = request.args.get("limit", LIMITS[1], type=int)
    limit = limit if limit in LIMITS else LIMITS[1]
    report, refusal = None, None
    try:
        report = replays.replay_on_version(actor, definition_id, version=of if of in versions else None, limit=limit)
    except Invalid as error:  # a version of an earlier release that this one does not run any more
        refusal = error
    return render_template(
        "replays/show.html",
        definition=definition,
        versions=versions,
        of=of if of in versions else "",
        limit=limit,
        limits=LIMITS,
        report=report,
        refusal=refusal,
        faults=problems_of(refusal),
        say=lambda difference: say_difference(difference, report.names if report else {}),
        then=_mean(report, "seconds_then"),
        now=_mean(report, "seconds_now"),
    )


@bp.get("/<int:definition_id>/cases")
def cases(definition_id: int) -> ResponseReturnValue:
    """The test cases of a version, each with what became of it."""
    actor = current_actor()
    definition = processes.get_definition(actor, definition_id)
    results, refusal = list[replays.CaseResult](), None
    try:
        results = replays.run_cases_of(actor, definition_id)
    except Invalid as error:
        refusal = error
    return render_template(
        "replays/cases.html",
        definition=definition,
        results=results,
        passed=sum(result.passed for result in results),
        refusal=refusal,
        faults=problems_of(refusal),
    )


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
