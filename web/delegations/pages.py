"""Who acts for whom: the list, a new delegation, and its end before its time."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from marshmallow import ValidationError

from models.access import Permission, can
from models.errors import AppError
from tasks import accounts, delegations
from web.delegations.schema import DelegationSchema
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other
from web.security import current_actor

bp = Blueprint("delegations", __name__, url_prefix="/delegations")

_delegation = DelegationSchema()
_KINDS = {"request": lazy_gettext("Invoice requests")}


@bp.get("")
def index() -> ResponseReturnValue:
    return _page()


@bp.post("")
def create() -> ResponseReturnValue:
    try:
        delegations.create_delegation(current_actor(), _delegation.load(submitted(_delegation)))
    except (ValidationError, AppError) as error:
        return make_response(_page(form_errors(error)), form_status(error))
    flash(_("The delegation was saved."), "success")
    return see_other(url_for("delegations.index"))


@bp.post("/<int:delegation_id>/revoke")
def revoke(delegation_id: int) -> ResponseReturnValue:
    delegations.revoke_delegation(current_actor(), delegation_id=delegation_id)
    flash(_("The delegation ends now."), "success")
    return see_other(url_for("delegations.index"))


def _page(errors: dict[str, str] | None = None) -> str:
    actor = current_actor()
    active = accounts.list_people(actor, include_inactive=False)
    return render_template(
        "delegations/index.html",
        delegations=delegations.list_delegations(actor),
        may_give=can(actor, Permission.TASK_DECIDE),
        may_give_for_all=can(actor, Permission.PEOPLE_MANAGE),
        givers=[(row.user_id, row.user.name) for row in active],
        takers=[
            (row.user_id, row.user.name)
            for row in active
            if row.user_id != actor.user_id and can(row.as_actor(), Permission.TASK_DECIDE)
        ],
        kind_options=list(_KINDS.items()),
        kind_names=_KINDS,
        me=actor.user_id,
        today=accounts.get_company(actor).today(),
        values=request.form,
        errors=errors or {},
    )
