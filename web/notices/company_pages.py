"""How a company is told outside the house: links in its mails."""

from __future__ import annotations

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.access import Permission, require
from tasks import accounts, mail_links
from web.htmx import see_other
from web.security import current_actor

bp = Blueprint("company_notices", __name__, url_prefix="/company/notices")


@bp.get("")
def show() -> ResponseReturnValue:
    actor = current_actor()
    require(actor, Permission.COMPANY_EDIT)
    return render_template("notices/company.html", company=accounts.get_company(actor))


@bp.post("/links")
def switch_links() -> ResponseReturnValue:
    mail_links.switch_links(current_actor(), is_on=request.form.get("is_on") == "true")
    flash(_("The company's settings were saved."), "success")
    return see_other(url_for("company_notices.show"))
