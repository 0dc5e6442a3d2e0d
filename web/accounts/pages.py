"""The front door: log in and out, the first sign-up, invitations, language, change of company."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from marshmallow import ValidationError

from models.errors import AppError, Invalid
from tasks import accounts
from web.accounts.schema import AcceptSchema, LoginSchema, SignUpSchema
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import safe_target, see_other
from web.i18n import LANGUAGES, language, remember_language
from web.security import current_actor, current_identity, forget, remember

bp = Blueprint("accounts", __name__)

_login = LoginSchema()
_sign_up = SignUpSchema()
_accept = AcceptSchema()


@bp.route("/login", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    target = safe_target(request.values.get("next"))
    if request.method == "GET":
        if not accounts.has_any_company():
            return redirect(url_for("accounts.sign_up"))
        if current_user.is_authenticated:
            return redirect(target)
        return _page("login", target=target)
    try:
        entries = _login.load(submitted(_login))
        secret = accounts.log_in(entries["email"], entries["password"], **_browser())
    except (ValidationError, AppError) as error:
        return _again("login", error, target=target)
    return remember(see_other(target), secret)


@bp.post("/logout")
def log_out() -> ResponseReturnValue:
    session_id = current_identity().session_id
    if session_id is not None:
        accounts.log_out(current_actor(), session_id=session_id)
    return forget(see_other(url_for("accounts.log_in")))


@bp.route("/signup", methods=["GET", "POST"])
def sign_up() -> ResponseReturnValue:
    """The first visit to an empty system. Afterwards it only says that people are invited."""
    is_closed = accounts.has_any_company()
    if request.method == "GET":
        return _page("signup", is_closed=is_closed)
    try:
        entries = _sign_up.load(submitted(_sign_up))
        accounts.sign_up_company(**entries, language=language(), address=request.remote_addr or "")
    except (ValidationError, AppError) as error:
        return _again("signup", error, is_closed=is_closed)
    secret = accounts.log_in(entries["email"], entries["password"], **_browser())
    return remember(see_other(url_for("home.index")), secret)


@bp.route("/invite/<token>", methods=["GET", "POST"])
def accept_invitation(token: str) -> ResponseReturnValue:
    invitation = accounts.find_invitation(token)
    if request.method == "GET":
        return _page("invite", invitation=invitation, values={"name": invitation.name})
    try:
        entries = _accept.load(submitted(_accept))
        accounts.accept_invitation(token, **entries, language=language(), address=request.remote_addr or "")
        secret = accounts.log_in(invitation.email, entries["password"], **_browser())
    except (ValidationError, AppError) as error:
        return _again("invite", error, invitation=invitation)
    response = remember(see_other(url_for("home.index")), secret)
    flash(_("Welcome to %(company)s.", company=invitation.company_name), "success")
    return response


@bp.post("/language")
def set_language() -> ResponseReturnValue:
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise Invalid("“{language}” is not offered.", code="account.language", field="language", language=chosen[:20])
    if current_user.is_authenticated:
        accounts.update_profile(current_actor(), language=chosen)
    return remember_language(see_other(safe_target(request.form.get("next"))), chosen)


@bp.post("/company/switch")
def switch_company() -> ResponseReturnValue:
    identity = current_identity()
    company_id = request.form.get("company_id", type=int) or 0
    if identity.session_id is not None:
        accounts.switch_company(identity.actor, session_id=identity.session_id, company_id=company_id)
    return see_other(url_for("home.index"))


def _browser() -> dict[str, str]:
    return {"address": request.remote_addr or "", "user_agent": request.user_agent.string}


def _page(name: str, **context: object) -> ResponseReturnValue:
    return render_template(f"accounts/{name}.html", **{"values": {}, "errors": {}} | context)


def _again(name: str, error: ValidationError | AppError, **context: object) -> ResponseReturnValue:
    """The form once more, with what was typed and what is wrong with it."""
    return make_response(_page(name, values=request.form, errors=form_errors(error), **context), form_status(error))
