"""Pages of drafts: the editor, publishing, putting away."""

from __future__ import annotations

from contextlib import suppress

from flask import flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.drafts import FlowDraft
from models.errors import AppError, Invalid
from tasks import drafts, processes, replays
from web.changes import say_changes
from web.drafts import file_pages, script_pages, trying_pages  # noqa: F401 - their pages belong to the same blueprint
from web.drafts.palette import palette
from web.drafts.room import bp
from web.drafts.schema import PublishSchema
from web.drafts.words import say_findings
from web.errors import form_status
from web.forms import problems_of
from web.htmx import see_other
from web.security import allow_style_attributes, current_actor

__all__ = ["bp"]

_publish = PublishSchema()


@bp.post("")
def begin() -> ResponseReturnValue:
    """Go to the draft of a flow; begin one where there is none."""
    draft = drafts.open_draft(current_actor(), key=request.form.get("key", ""))
    return see_other(url_for("drafts.edit", draft_id=draft.id))


@bp.get("/<int:draft_id>")
def edit(draft_id: int) -> ResponseReturnValue:
    actor = current_actor()
    draft = drafts.get_draft(actor, draft_id)
    allow_style_attributes()  # the simulation and the decision tables need it for places and sizes of what they draw
    return render_template("drafts/edit.html", draft=draft, palette=palette(actor, draft.id))


@bp.get("/<int:draft_id>/publish")
def review(draft_id: int) -> ResponseReturnValue:
    """What will be published: the faults, the changes, and what happens to running requests."""
    return _review(drafts.get_draft(current_actor(), draft_id))


@bp.post("/<int:draft_id>/publish")
def publish(draft_id: int) -> ResponseReturnValue:
    actor = current_actor()
    draft = drafts.get_draft(actor, draft_id)
    entries = _publish.load(request.form)
    try:
        definition = drafts.publish_draft(actor, draft_id, note=entries["note"], over=entries["over"])
    except AppError as error:
        return make_response(_review(draft, refusal=error), form_status(error))
    said = _("Version %(version)d is published. Requests under way finish on theirs.", version=definition.version)
    flash(said, "success")
    return see_other(url_for("processes.show", definition_id=definition.id))


@bp.post("/<int:draft_id>/discard")
def discard(draft_id: int) -> ResponseReturnValue:
    drafts.discard_draft(current_actor(), draft_id)
    flash(_("The draft was discarded. Nothing of it is lost: its address brings it back."), "info")
    return see_other(url_for("drafts.edit", draft_id=draft_id))


@bp.post("/<int:draft_id>/reopen")
def reopen(draft_id: int) -> ResponseReturnValue:
    drafts.reopen_draft(current_actor(), draft_id)
    return see_other(url_for("drafts.edit", draft_id=draft_id))


def _review(draft: FlowDraft, *, refusal: AppError | None = None) -> str:
    actor = current_actor()
    review = drafts.review_draft(actor, draft_id=draft.id)
    cases = list[replays.CaseResult]()
    with suppress(Invalid):  # of a draft with faults, which are listed
        cases = drafts.try_cases(actor, draft_id=draft.id)
    return render_template(
        "drafts/publish.html",
        draft=draft,
        findings=say_findings(review.findings),
        changes=None if review.changes is None else say_changes(review.changes),
        newer=review.newer,
        cases=cases,
        failed=[result for result in cases if not result.passed],
        is_publishable=review.is_publishable,
        refusal=refusal,
        refused=problems_of(refusal),
        running=processes.count_running(actor).get(draft.base_id, 0),
    )
