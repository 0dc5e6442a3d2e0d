"""Pages about a batch of moves: how far it is, what was refused and why, stopping it, and the way back."""

from __future__ import annotations

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from models.errors import Conflict
from models.moves import ItemState
from tasks import moves
from web.forms import sentence
from web.htmx import see_other, wants_fragment
from web.processes.room import bp
from web.processes.version_pages import said
from web.security import current_actor

_ON_A_PAGE = 20


@bp.get("/moves/<int:batch_id>")
def show_move(batch_id: int) -> ResponseReturnValue:
    """The page, or only how far the batch is, which the page asks for while it runs."""
    actor = current_actor()
    progress = moves.read_progress(actor, batch_id=batch_id)
    refusals = [
        (reason.element_id, said(reason), count) for reason, count in moves.list_refusals(actor, batch_id=batch_id)
    ]
    if wants_fragment():
        return render_template("processes/_move_progress.html", progress=progress, refusals=refusals)
    state = next((one for one in ItemState if one == request.args.get("state")), None)
    page = moves.list_items(
        actor, batch_id=batch_id, state=state, after=request.args.get("after", 0, type=int), limit=_ON_A_PAGE
    )
    subjects = [(item.instance.subject_kind, item.instance.subject_id) for item in page.items]
    numbers = moves.name_subjects(actor, subjects=subjects)
    rows = [
        (item, numbers.get(subject, ""), "".join(said(reason) for reason in moves.reasons_of(item)[:1]))
        for item, subject in zip(page.items, subjects, strict=True)
    ]
    return render_template(
        "processes/move_batch.html",
        progress=progress,
        home=progress.batch.target_id or (progress.batch.undoes and progress.batch.undoes.target_id),
        refusals=refusals,
        rows=rows,
        state=state,
        counts={one: getattr(progress, one) for one in ItemState},
        next_after=page.next_after,
    )


@bp.post("/moves/<int:batch_id>/stop")
def stop_move(batch_id: int) -> ResponseReturnValue:
    moves.stop_move(current_actor(), batch_id=batch_id)
    return see_other(url_for("processes.show_move", batch_id=batch_id))


@bp.post("/moves/<int:batch_id>/resume")
def resume_move(batch_id: int) -> ResponseReturnValue:
    try:
        moves.resume_move(current_actor(), batch_id=batch_id)
    except Conflict as error:
        flash(sentence(error), "error")
    return see_other(url_for("processes.show_move", batch_id=batch_id))


@bp.post("/moves/<int:batch_id>/back")
def roll_back_move(batch_id: int) -> ResponseReturnValue:
    """Begin the way back, and lead to its page."""
    try:
        batch = moves.roll_back_move(current_actor(), batch_id=batch_id, note=request.form.get("note", "").strip())
    except Conflict as error:
        flash(sentence(error), "error")
        return see_other(url_for("processes.show_move", batch_id=batch_id))
    return see_other(url_for("processes.show_move", batch_id=batch.id))
