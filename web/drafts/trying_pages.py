"""Pages on which a draft is tried out before it is published."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.drafts import FlowDraft
from models.errors import Invalid
from tasks import drafts, processes, replays
from web.drafts.room import bp
from web.forms import problems_of
from web.replaying import read_limit, show_report
from web.security import current_actor


@bp.get("/<int:draft_id>/cases")
def cases(draft_id: int) -> ResponseReturnValue:
    """The test cases of the flow, each with what becomes of it on the draft."""
    actor = current_actor()
    draft = drafts.get_draft(actor, draft_id)
    results, refusal = list[replays.CaseResult](), None
    try:
        results = drafts.try_cases(actor, draft_id=draft_id)
    except Invalid as error:
        refusal = error
    return render_template(
        "replays/cases.html",
        about=_about(draft),
        results=results,
        passed=sum(result.passed for result in results),
        refusal=refusal,
        faults=problems_of(refusal),
    )


@bp.get("/<int:draft_id>/replay")
def replay(draft_id: int) -> ResponseReturnValue:
    """The newest finished requests, or those of the version that ``?of=`` names, on the draft."""
    actor = current_actor()
    draft = drafts.get_draft(actor, draft_id)
    versions = [row.version for row in processes.list_versions(actor, key=draft.key)]
    given, limit = request.args.get("of", type=int), read_limit(request.args.get("limit", type=int))
    of = given if given in versions else None
    report, refusal = None, None
    try:
        report = drafts.replay_draft(actor, draft_id=draft_id, limit=limit, version=of)
    except Invalid as error:
        refusal = error
    return render_template(
        "replays/show.html",
        about=_about(draft),
        versions=versions,
        of=of or "",
        limit=limit,
        **show_report(report, refusal),
    )


def _about(draft: FlowDraft) -> dict[str, str]:
    """The page that these are about: its address, and what it is called in the crumbs and under the heading."""
    title = _("Draft of %(key)s", key=draft.key)
    return {"url": url_for("drafts.review", draft_id=draft.id), "crumb": title, "title": title}
