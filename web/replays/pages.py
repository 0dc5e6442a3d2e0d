"""Pages on which a version of a flow is tried out: with past requests, and with its test cases."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.errors import Invalid
from models.processes import ProcessDefinition
from tasks import processes, replays
from web.forms import problems_of
from web.replaying import read_limit, show_report
from web.security import current_actor

bp = Blueprint("replays", __name__, url_prefix="/flows")


@bp.get("/<int:definition_id>/replay")
def show(definition_id: int) -> ResponseReturnValue:
    """The newest finished requests, or those of the version that ``?of=`` names, on this version."""
    actor = current_actor()
    definition = processes.get_definition(actor, definition_id)
    versions = [row.version for row in processes.list_versions(actor, key=definition.key)]
    of = request.args.get("of", type=int)
    limit = read_limit(request.args.get("limit", type=int))
    report, refusal = None, None
    try:
        report = replays.replay_on_version(actor, definition_id, version=of if of in versions else None, limit=limit)
    except Invalid as error:  # a version of an earlier release that this one does not run any more
        refusal = error
    return render_template(
        "replays/show.html",
        versions=versions,
        of=of if of in versions else "",
        limit=limit,
        about=_about(definition),
        **show_report(report, refusal),
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
        about=_about(definition),
        results=results,
        passed=sum(result.passed for result in results),
        refusal=refusal,
        faults=problems_of(refusal),
    )


def _about(definition: ProcessDefinition) -> dict[str, str]:
    """The page that this one is about: its address, and what it is called in the crumbs and under the heading."""
    return {
        "url": url_for("processes.show", definition_id=definition.id),
        "crumb": definition.key,
        "title": _("%(key)s, version %(version)d", key=definition.key, version=definition.version),
    }
