"""Pages of the inbox. The address is the view: view, search text and open task all stand in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import ValidationError

from models.errors import AppError
from tasks import inbox, issuing, requests
from tasks.inbox import InboxRow
from web.errors import form_status
from web.forms import form_errors, sentence, submitted
from web.htmx import see_other, wants_fragment
from web.i18n import day
from web.inbox.schema import DecisionSchema
from web.security import current_actor

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

_decision = DecisionSchema()


@bp.get("")
def index() -> ResponseReturnValue:
    return _page(None)


@bp.get("/<int:task_id>")
def show(task_id: int) -> ResponseReturnValue:
    return _page(inbox.get_task(current_actor(), task_id))


@bp.post("/<int:task_id>")
def decide(task_id: int) -> ResponseReturnValue:
    actor = current_actor()
    row = inbox.get_task(actor, task_id)
    try:
        entries = _decision.load(submitted(_decision))
        inbox.decide(actor, task_id=task_id, seen_revision=entries.pop("revision"), **entries)
    except (ValidationError, AppError) as error:
        return _page(inbox.get_task(actor, task_id), errors=form_errors(error), values=request.form), form_status(error)
    flash(_said(entries["decision"], row.request.number or ""), "success")
    following = inbox.find_next(actor, after=task_id)
    return see_other(url_for("inbox.show", task_id=following.id) if following else url_for("inbox.index"))


@bp.post("/approve")
def approve_many() -> ResponseReturnValue:
    chosen = [int(text) for text in request.form.getlist("ids") if text.isdecimal()]
    results = inbox.approve_many(current_actor(), task_ids=chosen)
    approved = sum(result.refusal is None for result in results)
    if approved:
        flash(ngettext("%(num)d task approved.", "%(num)d tasks approved.", approved), "success")
    for result in results:
        if result.refusal is not None:
            flash(sentence(result.refusal), "warning")
    return see_other(url_for("inbox.index"))


def _page(row: InboxRow | None, *, errors: dict[str, str] | None = None, values: Any = None) -> str:
    """The whole page, or for htmx the document alone."""
    actor = current_actor()
    document = _document(row) if row else {}
    if wants_fragment() and row:
        return render_template("inbox/_document.html", errors=errors or {}, values=values or {}, **document)
    view, text = request.args.get("view", "open"), request.args.get("q", "").strip()
    after = request.args.get("after", type=int)
    return render_template(
        "inbox/index.html",
        page=inbox.list_tasks(actor, view=view, text=text, after=after),
        counts=inbox.count_views(actor),
        view=view,
        text=text,
        errors=errors or {},
        values=values or {},
        **document,
    )


def _document(row: InboxRow) -> dict[str, Any]:
    actor = current_actor()
    return {
        "row": row,
        "document": requests.read_document(actor, row.request.id),
        "can_answer": inbox.may_answer(actor, row.task),
        "decisions": inbox.DECISIONS.get(row.task.form_key, ()),
        "channels": [(name.value, _(channel.title)) for name, channel in issuing.CHANNELS.items()],
        "today": day(datetime.now(UTC)),
    }


def _said(decision: str, number: str) -> str:
    sentences = {
        "approve": _("%(number)s approved.", number=number),
        "return": _("%(number)s returned to the applicant.", number=number),
        "reject": _("%(number)s rejected.", number=number),
        "issue": _("%(number)s is issued and registered.", number=number),
    }
    return sentences.get(decision, _("%(number)s done.", number=number))
