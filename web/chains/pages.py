"""Pages of the approval chains: what each asks, of whom, and changing it. Works without a script."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Role
from models.errors import AppError
from tasks import accounts, chains
from web.chains.schema import ChainSchema, read_steps, show_step
from web.errors import form_status
from web.forms import form_errors
from web.htmx import see_other
from web.labels import label
from web.security import current_actor

bp = Blueprint("chains", __name__, url_prefix="/chains")

_chain = ChainSchema()
_MOST_STEPS = 20
_EMPTY_STEP = {"title": "", "title_zh": "", "approver": f"role:{Role.APPROVER}", "due_hours": "24"}


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template("chains/index.html", chains=chains.list_chains(current_actor()))


@bp.get("/<key>")
def edit(key: str) -> ResponseReturnValue:
    chain = chains.get_chain(current_actor(), key)
    values = {"name": chain.name, "name_zh": chain.name_zh, "revision": chain.revision}
    return _page(key, values, [show_step(step) for step in chain.newest.rules])


@bp.post("/<key>")
def save(key: str) -> ResponseReturnValue:
    steps = read_steps(request.form)
    action, _dot, row = request.form.get("action", "save").partition(".")
    if action != "save":
        return _page(key, request.form, _changed(steps, action, row))
    try:
        entries = _chain.load({**request.form, "lines": steps})
        chains.save_chain(
            current_actor(),
            chains.ChainDraft(name=entries["name"], name_zh=entries["name_zh"], steps=entries["lines"]),
            key=key,
            revision=entries["revision"],
        )
    except (ValidationError, AppError) as error:
        return make_response(_page(key, request.form, steps, errors=_by_field(error)), form_status(error))
    flash(_("The chain is saved. It applies to requests submitted from now on."), "success")
    return see_other(url_for("chains.index"))


def _changed(steps: list[dict[str, str]], action: str, row: str) -> list[dict[str, str]]:
    """The rows after a button that needs no script: add, duplicate or remove a line."""
    place = int(row) if row.isascii() and row.isdecimal() else len(steps)
    if action == "add-line":
        return [*steps, dict(_EMPTY_STEP)]
    if action == "duplicate-line":
        return [*steps[: place + 1], *steps[place : place + 1], *steps[place + 1 :]]
    return [*steps[:place], *steps[place + 1 :]]


def _page(key: str, values: Any, steps: list[dict[str, str]], *, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "chains/edit.html",
        key=key,
        values=values,
        columns=_columns(),
        steps=steps,
        errors=errors or {},
        most_steps=_MOST_STEPS,
    )


def _columns() -> list[dict[str, Any]]:
    return [
        {"name": "title", "label": _("Step"), "type": "text", "width": "l", "required": True},
        {"name": "title_zh", "label": _("Step in Chinese"), "type": "text", "width": "l"},
        {"name": "approver", "label": _("Who approves"), "type": "select", "width": "l", "options": _approvers()},
        {"name": "due_hours", "label": _("Due after working hours"), "type": "decimal", "width": "s", "required": True},
    ]


def _approvers() -> list[tuple[str, str]]:
    roles = [(f"role:{role}", _("Anyone in the role %(role)s", role=label("role", role))) for role in Role]
    people = accounts.list_people(current_actor(), include_inactive=False)
    return [*roles, *((f"user:{member.user_id}", member.user.name) for member in people)]


def _by_field(error: AppError | ValidationError) -> dict[str, str]:
    """Errors by the names of the form: an operation speaks of ``steps.0.user_id``, the form of ``lines.0.approver``."""
    renamed = {}
    for path, text in form_errors(error).items():
        place = (
            path.replace("steps.", "lines.")
            .replace(".approvers.people", ".approver")
            .replace(".approvers.role", ".approver")
        )
        renamed[place] = text
    return renamed
