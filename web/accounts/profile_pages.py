"""One's own account: profile, password, the browsers one is signed in with, and tokens for programs."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.errors import AppError
from tasks import accounts
from web.accounts.browsers import browser_name
from web.accounts.schema import PasswordSchema, ProfileSchema, TokenSchema
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other
from web.i18n import remember_language
from web.security import current_actor, current_identity

bp = Blueprint("account", __name__, url_prefix="/account")

_profile = ProfileSchema()
_password = PasswordSchema()
_token = TokenSchema()
_SHOWN_ONCE = "new_token"


@bp.get("")
def show() -> ResponseReturnValue:
    return _page()


@bp.post("/profile")
def edit_profile() -> ResponseReturnValue:
    try:
        entries = _profile.load(submitted(_profile))
        accounts.update_profile(current_actor(), **entries)
    except (ValidationError, AppError) as error:
        return _again("profile", error)
    flash(_("Your profile was saved."), "success")
    return remember_language(see_other(url_for("account.show")), entries["language"])


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    identity = current_identity()
    try:
        entries = _password.load(submitted(_password))
        accounts.change_password(
            identity.actor, **entries, session_id=identity.session_id, address=request.remote_addr or ""
        )
    except (ValidationError, AppError) as error:
        return _again("password", error)
    flash(_("Your password was changed. Every other browser was logged out."), "success")
    return see_other(url_for("account.show"))


@bp.post("/sessions/<int:session_id>/end")
def end_session(session_id: int) -> ResponseReturnValue:
    accounts.end_session(current_actor(), session_id=session_id)
    flash(_("That browser was logged out."), "success")
    return see_other(url_for("account.show"))


@bp.post("/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    accounts.end_other_sessions(current_actor(), session_id=current_identity().session_id)
    flash(_("Every other browser was logged out."), "success")
    return see_other(url_for("account.show"))


@bp.post("/tokens")
def create_token() -> ResponseReturnValue:
    try:
        entries = _token.load(submitted(_token))
        _created, secret = accounts.create_token(current_actor(), **entries)
    except (ValidationError, AppError) as error:
        return _again("token", error)
    session[_SHOWN_ONCE] = secret
    return see_other(url_for("account.show", _anchor="tokens"))


@bp.post("/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    accounts.revoke_token(current_actor(), token_id=token_id)
    flash(_("The token was revoked: programs that use it are out."), "success")
    return see_other(url_for("account.show", _anchor="tokens"))


def _page(form: str = "", errors: dict[str, str] | None = None) -> str:
    identity = current_identity()
    return render_template(
        "accounts/account.html",
        identity=identity,
        browser_name=browser_name,
        sessions=accounts.list_sessions(identity.actor),
        tokens=accounts.list_tokens(identity.actor),
        new_token=session.pop(_SHOWN_ONCE, ""),
        form=form,
        values=request.form,
        errors=errors or {},
    )


def _again(form: str, error: ValidationError | AppError) -> ResponseReturnValue:
    """The page once more; only the form named `form` shows what was typed and what is wrong."""
    return make_response(_page(form, form_errors(error)), form_status(error))
