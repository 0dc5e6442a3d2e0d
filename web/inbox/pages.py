"""Pages of the inbox. The address is the view: view, filters and open task all stand in it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import ValidationError

from models.errors import AppError, NotFound
from tasks import accounts, customers, inbox, issuing, requests
from tasks.inbox import BulkResult, InboxFilter, TaskView
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other, wants_fragment
from web.i18n import day
from web.inbox.edits import read_edits, show_edits
from web.inbox.files import SentFiles, show_files, take_files
from web.inbox.schema import DecisionSchema, InboxQuerySchema, SavedViewSchema, as_filter
from web.security import current_actor

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

_decision = DecisionSchema()
_query = InboxQuerySchema()
_saved_view = SavedViewSchema()
# Stands in the address of a task that opened because the one before it was decided.
_BY_ITSELF = "next"
_MOST_FOUND = 20
_NARROWING = ("q", "customer_id", "applicant_id", "min_amount", "max_amount", "overdue")


@bp.get("")
def index() -> ResponseReturnValue:
    return _page(None)


@bp.get("/<int:task_id>")
def show(task_id: int) -> ResponseReturnValue:
    actor = current_actor()
    seen = inbox.read_task(actor, task_id)
    # A task that came by itself after a decision is not one that its reader has opened: see `mark_seen`.
    if seen.is_unseen and not request.args.get(_BY_ITSELF):
        inbox.mark_seen(actor, task_id=task_id)
    if seen.is_unread:
        inbox.read_copy(actor, request_id=seen.row.request.id)
    if seen.is_unseen or seen.is_unread:
        seen = inbox.read_task(actor, task_id)
    return _page(seen)


@bp.post("/<int:task_id>/seen")
def mark_seen(task_id: int) -> ResponseReturnValue:
    """The person has done something with a task that opened by itself, or has looked at it for some seconds."""
    inbox.mark_seen(current_actor(), task_id=task_id)
    return "", 204


@bp.get("/applicants")
def find_applicants() -> ResponseReturnValue:
    """People for a type-ahead, also those who have left: their requests are still there."""
    text = request.args.get("q", "")[:100].strip().casefold()
    found = [(member.user_id, member.user.name) for member in accounts.list_people(current_actor())]
    return jsonify([{"value": value, "text": name} for value, name in found if text in name.casefold()][:_MOST_FOUND])


@bp.post("/<int:task_id>")
def decide(task_id: int) -> ResponseReturnValue:
    actor = current_actor()
    row = inbox.get_task(actor, task_id)
    sent = take_files(row.request.id)
    try:
        sent.refuse_problems()
        entries = _decision.load(submitted(_decision))
        edits = read_edits(inbox.read_task(actor, task_id), request.form) if entries["decision"] == "approve" else None
        seen_revision = entries.pop("revision")
        inbox.decide(actor, task_id=task_id, seen_revision=seen_revision, edits=edits, files=sent.ids, **entries)
    except (ValidationError, AppError) as error:
        seen = inbox.read_task(actor, task_id)
        return _page(seen, errors=form_errors(error), values=request.form, sent=sent), form_status(error)
    flash(_said(entries["decision"], row.request.number or ""), "success")
    return see_other(next_url(task_id, undo=task_id if entries["decision"] == "approve" else None))


@bp.post("/<int:task_id>/files")
def attach(task_id: int) -> ResponseReturnValue:
    """A file for the comment that is being written, sent ahead of it by the page's script."""
    row = inbox.get_task(current_actor(), task_id)
    sent = take_files(row.request.id)
    sent.refuse_problems()
    kept = requests.list_uploads(current_actor(), request_id=row.request.id, ids=sent.ids)
    return jsonify([{"id": file.id, "name": file.name, "size": file.size} for file in kept]), 201


@bp.post("/approve")
def approve_many() -> ResponseReturnValue:
    chosen = [int(text) for text in request.form.getlist("ids") if text.isdecimal()]
    results = inbox.approve_many(current_actor(), task_ids=chosen)
    if wants_fragment():
        return render_template("inbox/_result_rows.html", results=results)
    approved = sum(result.refusal is None for result in results)
    if approved:
        flash(ngettext("%(num)d task approved.", "%(num)d tasks approved.", approved), "success")
    if approved == len(results):
        return see_other(url_for("inbox.index", **carried()))
    return _page(None, results=results)


@bp.post("/views")
def save_view() -> ResponseReturnValue:
    try:
        entries = _saved_view.load(submitted(_saved_view))
        inbox.save_view(current_actor(), address=url_for("inbox.index", **carried()).partition("?")[2], **entries)
    except (ValidationError, AppError) as error:
        return _page(None, errors=form_errors(error), values=request.form), form_status(error)
    flash(_("The view “%(name)s” is kept.", name=entries["name"]), "success")
    return see_other(url_for("inbox.index", **carried()))


@bp.post("/views/<int:view_id>/delete")
def delete_view(view_id: int) -> ResponseReturnValue:
    view = inbox.delete_view(current_actor(), view_id=view_id)
    flash(_("The view “%(name)s” is deleted.", name=view.name), "success")
    return see_other(url_for("inbox.index"))


def next_url(task_id: int, *, undo: int | None = None) -> str:
    """The next task of the view that one works in, or its list; `undo` is the task that may be taken back there."""
    query = _read_query()
    following = inbox.find_next(current_actor(), after=task_id, view=query["view"], wanted=as_filter(query))
    if following is None:
        return url_for("inbox.index", undo=undo, **carried())
    opened: dict[str, Any] = {"task_id": following.id, "undo": undo, _BY_ITSELF: 1}
    return url_for("inbox.show", **opened, **carried())


def carried() -> dict[str, Any]:
    """View and filters of this address, for the addresses that lead on from it."""
    query = _read_query()
    narrowing = {name: request.args[name] for name in _NARROWING if query.get(name)}
    return ({"view": query["view"]} if query["view"] != "open" else {}) | narrowing


def _read_query() -> dict[str, Any]:
    try:
        return dict(_query.load(request.args))
    except ValidationError as error:
        readable = error.valid_data if isinstance(error.valid_data, dict) else {}
        return {"view": "open", "q": ""} | readable


def _page(
    seen: TaskView | None,
    *,
    errors: dict[str, str] | None = None,
    values: Any = None,
    results: list[BulkResult] | None = None,
    sent: SentFiles | None = None,
) -> str:
    """The whole page, or for htmx the document alone."""
    actor = current_actor()
    context = {"errors": errors or {}, "values": values or {}, "carried": carried(), "undo": _undo(), "actor": actor}
    if seen:
        context |= _document(seen) | {"edits": show_edits(seen, values or {}), "files": show_files(seen, sent)}
    if wants_fragment() and seen:
        return render_template("inbox/_document.html", **context)
    query = _read_query()
    wanted = as_filter(query)
    is_narrowed = any(query.get(name) for name in _NARROWING)
    return render_template(
        "inbox/index.html",
        page=inbox.list_tasks(actor, view=query["view"], wanted=wanted, after=query.get("after")),
        counts=inbox.count_views(actor),
        view=query["view"],
        wanted=wanted,
        text=wanted.text,
        is_narrowed=is_narrowed,
        found=inbox.sum_tasks(actor, view=query["view"], wanted=wanted) if is_narrowed else None,
        saved=inbox.list_views(actor),
        chosen=_chosen(wanted),
        filter_count=sum(bool(query.get(name)) for name in _NARROWING if name != "q"),
        results=results,
        waiting_views=inbox.WAITING_VIEWS,
        **context,
    )


def _undo() -> int | None:
    """The task that the person has just approved, if their approval can be taken back."""
    task_id = request.args.get("undo", type=int)
    if task_id is None:
        return None
    try:
        return task_id if "take_back" in inbox.read_task(current_actor(), task_id).verbs else None
    except AppError:
        return None


def _chosen(wanted: InboxFilter) -> dict[str, str]:
    """The names behind the ids of a filter; what is not there has none."""
    actor, found = current_actor(), {}
    if wanted.customer_id is not None:
        with suppress(NotFound):
            found["customer"] = customers.get_customer(actor, wanted.customer_id).name
    if wanted.applicant_id is not None:
        names = {member.user_id: member.user.name for member in accounts.list_people(actor)}
        if wanted.applicant_id in names:
            found["applicant"] = names[wanted.applicant_id]
    return found


def _document(seen: TaskView) -> dict[str, Any]:
    actor = current_actor()
    request_id = seen.row.request.id
    return {
        "row": seen.row,
        "seen": seen,
        "document": requests.read_document(actor, request_id),
        "changes": requests.changes_since_last_round(actor, request_id),
        "can_answer": seen.may_answer,
        "decisions": seen.decisions,
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
