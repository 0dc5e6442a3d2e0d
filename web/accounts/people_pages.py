"""The people of a company: the list, invitations with their links, roles, leaving."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Permission, require
from models.errors import AppError
from tasks import accounts, departments
from tasks.accounts import leavers
from web.accounts.roles import role_options
from web.accounts.schema import DepartmentSchema, InviteSchema, RolesSchema
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other
from web.labels import department_options
from web.security import current_actor

bp = Blueprint("people", __name__, url_prefix="/people")

_invite = InviteSchema()
_roles = RolesSchema()
_department = DepartmentSchema()
_SHOWN_ONCE = "new_invitation"


@bp.get("")
def index() -> ResponseReturnValue:
    return _page()


@bp.post("/invitations")
def invite() -> ResponseReturnValue:
    try:
        entries = _invite.load(submitted(_invite))
        invitation, secret = accounts.invite_person(current_actor(), **entries)
    except (ValidationError, AppError) as error:
        return make_response(_page(form_errors(error)), form_status(error))
    return _show_link(invitation.email, secret)


@bp.post("/invitations/<int:invitation_id>/resend")
def resend_invitation(invitation_id: int) -> ResponseReturnValue:
    invitation, secret = accounts.resend_invitation(current_actor(), invitation_id=invitation_id)
    return _show_link(invitation.email, secret)


@bp.post("/invitations/<int:invitation_id>/revoke")
def revoke_invitation(invitation_id: int) -> ResponseReturnValue:
    accounts.revoke_invitation(current_actor(), invitation_id=invitation_id)
    flash(_("The invitation was withdrawn: its link no longer works."), "success")
    return see_other(url_for("people.index"))


@bp.get("/<int:membership_id>")
def show(membership_id: int) -> ResponseReturnValue:
    return _person_page(membership_id)


@bp.post("/<int:membership_id>")
def change_roles(membership_id: int) -> ResponseReturnValue:
    try:
        entries = _roles.load(submitted(_roles))
        membership = accounts.change_roles(current_actor(), membership_id=membership_id, **entries)
    except (ValidationError, AppError) as error:
        return make_response(_person_page(membership_id, form_errors(error)), form_status(error))
    flash(_("The roles of %(name)s were saved.", name=membership.user.name), "success")
    return see_other(url_for("people.index"))


@bp.post("/<int:membership_id>/department")
def change_department(membership_id: int) -> ResponseReturnValue:
    actor = current_actor()
    require(actor, Permission.PEOPLE_MANAGE)  # before the row is looked for: both refusals must read the same
    membership = accounts.get_person(actor, membership_id)
    try:
        entries = _department.load(submitted(_department))
        departments.place_person(actor, user_id=membership.user_id, **entries)
    except (ValidationError, AppError) as error:
        return make_response(_person_page(membership_id, form_errors(error)), form_status(error))
    flash(_("The department of %(name)s was saved.", name=membership.user.name), "success")
    return see_other(url_for("people.show", membership_id=membership_id))


@bp.post("/<int:membership_id>/deactivate")
def deactivate(membership_id: int) -> ResponseReturnValue:
    membership = accounts.deactivate_person(current_actor(), membership_id=membership_id)
    flash(_("%(name)s can no longer come in.", name=membership.user.name), "success")
    return see_other(url_for("people.index"))


@bp.post("/<int:membership_id>/reactivate")
def reactivate(membership_id: int) -> ResponseReturnValue:
    membership = accounts.reactivate_person(current_actor(), membership_id=membership_id)
    flash(_("%(name)s can come in again.", name=membership.user.name), "success")
    return see_other(url_for("people.index"))


def _page(errors: dict[str, str] | None = None) -> str:
    actor = current_actor()
    return render_template(
        "accounts/people.html",
        people=accounts.list_people(actor),
        invitations=accounts.list_invitations(actor),
        department_of=departments.primary_departments(actor),
        waiting=leavers.count_waiting(actor),
        department_options=department_options(departments.list_departments(actor).roots),
        shown_link=session.pop(_SHOWN_ONCE, None),
        role_options=role_options(),
        values=request.form,
        chosen_roles=request.form.getlist("roles"),
        errors=errors or {},
        me=actor.user_id,
    )


def _person_page(membership_id: int, errors: dict[str, str] | None = None) -> str:
    actor = current_actor()
    require(actor, Permission.PEOPLE_MANAGE)  # the row itself may be read by every colleague
    membership = accounts.get_person(actor, membership_id)
    own = departments.primary_departments(actor).get(membership.user_id)
    return render_template(
        "accounts/person.html",
        membership=membership,
        role_options=role_options(),
        chosen_roles=request.form.getlist("roles") if request.method == "POST" else membership.roles,
        department_id=request.form.get("department_id") or (own.id if own else ""),
        department_options=department_options(departments.list_departments(actor).roots),
        errors=errors or {},
        is_me=membership.user_id == actor.user_id,
        waiting=leavers.count_waiting(actor).get(membership.user_id, 0),
    )


def _show_link(email: str, secret: str) -> ResponseReturnValue:
    """Lead to the list, which shows the link this once. (Till then it is in the administrator's own signed cookie.)"""
    base = current_app.config["BASE_URL"] or request.host_url.rstrip("/")
    link = base + url_for("accounts.accept_invitation", token=secret)
    session[_SHOWN_ONCE] = {"email": email, "link": link}
    return see_other(url_for("people.index"))
