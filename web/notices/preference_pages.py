"""What a person wants to be told, where and when: a table of boxes, and the hours."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.errors import AppError
from tasks import notices
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other
from web.labels import options
from web.notices.schema import PreferenceSchema
from web.security import current_actor, current_identity

bp = Blueprint("notice_preferences", __name__, url_prefix="/notices/preferences")

_schema = PreferenceSchema()


@bp.route("", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    actor = current_actor()
    if request.method == "GET":
        draft = notices.read_preferences(actor)
        return _page(draft, draft.wanted)
    try:
        notices.save_preferences(actor, _schema.load(submitted(_schema)))
    except (ValidationError, AppError) as error:
        page = _page(request.form, frozenset(request.form.getlist("wanted")), form_errors(error))
        return make_response(page, form_status(error))
    flash(_("Your choices were saved. They count from now on."), "success")
    return see_other(url_for("notice_preferences.edit"))


def _page(values: object, wanted: frozenset[str], errors: dict[str, str] | None = None) -> str:
    return render_template(
        "notices/preferences.html",
        values=values,
        wanted=wanted,
        errors=errors or {},
        groups=notices.GROUPS,
        channels=notices.CHANNELS,
        digests=options("digest"),
        company_zone=current_identity().time_zone,
    )
