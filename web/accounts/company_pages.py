"""A company's settings as a seller, and further companies."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Permission, can, require
from models.errors import AppError
from tasks import accounts
from tasks.accounts import CompanyDraft
from web.accounts.schema import CompanySchema
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other
from web.security import current_actor, current_identity

bp = Blueprint("company", __name__, url_prefix="/company")

_schema = CompanySchema()


@bp.route("", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    actor = current_actor()
    if request.method == "GET":
        company = accounts.get_company(actor)
        values = {name: getattr(company, name) for name in asdict(CompanyDraft(""))}
        return _page("company", values, may_edit=can(actor, Permission.COMPANY_EDIT))
    try:
        accounts.edit_company(actor, _schema.load(submitted(_schema)))
    except (ValidationError, AppError) as error:
        page = _page("company", request.form, form_errors(error), may_edit=can(actor, Permission.COMPANY_EDIT))
        return make_response(page, form_status(error))
    flash(_("The company's settings were saved."), "success")
    return see_other(url_for("company.edit"))


@bp.route("/new", methods=["GET", "POST"])
def create() -> ResponseReturnValue:
    """A further company; its founder works there from now on."""
    identity = current_identity()
    require(identity.actor, Permission.COMPANY_EDIT)
    if request.method == "GET":
        return _page("company_new", asdict(CompanyDraft("")), may_edit=True)
    try:
        company_id = accounts.create_company(identity.actor, _schema.load(submitted(_schema)))
    except (ValidationError, AppError) as error:
        return make_response(_page("company_new", request.form, form_errors(error), may_edit=True), form_status(error))
    if identity.session_id is not None:
        accounts.switch_company(identity.actor, session_id=identity.session_id, company_id=company_id)
    flash(_("The company was made. You work there now, as its administrator."), "success")
    return see_other(url_for("company.edit"))


def _page(name: str, values: object, errors: dict[str, str] | None = None, **context: object) -> str:
    return render_template(f"accounts/{name}.html", values=values, errors=errors or {}, **context)
