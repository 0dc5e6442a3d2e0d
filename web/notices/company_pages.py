"""How a company is told outside the house: links in its mails, and its chat groups."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Permission, require
from models.errors import AppError
from tasks import accounts, mail_links, notices
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other
from web.labels import options
from web.notices.schema import ChatSchema
from web.security import current_actor

bp = Blueprint("company_notices", __name__, url_prefix="/company/notices")

_chat = ChatSchema()


@bp.get("")
def show() -> ResponseReturnValue:
    return _page({"groups": ["waiting", "urgent"]}, ["waiting", "urgent"])


@bp.post("/links")
def switch_links() -> ResponseReturnValue:
    mail_links.switch_links(current_actor(), is_on=request.form.get("is_on") == "true")
    flash(_("The company's settings were saved."), "success")
    return see_other(url_for("company_notices.show"))


@bp.post("/chat")
def add_chat() -> ResponseReturnValue:
    key = str(current_app.config["SECRET_KEY"])
    try:
        channel = notices.add_chat_channel(current_actor(), _chat.load(submitted(_chat)), secret_key=key)
    except (ValidationError, AppError) as error:
        # The address and the secret are typed anew: they are not written into a page.
        page = _page(request.form, request.form.getlist("groups"), form_errors(error))
        return make_response(page, form_status(error))
    flash(_("“%(name)s” was added. Send a trial message to see that it works.", name=channel.name), "success")
    return see_other(url_for("company_notices.show", _anchor="chat"))


@bp.post("/chat/<int:channel_id>/test")
def test_chat(channel_id: int) -> ResponseReturnValue:
    notices.try_chat_channel(current_actor(), channel_id=channel_id)
    flash(_("A trial message is on its way. Reload in some seconds to see whether it arrived."), "success")
    return see_other(url_for("company_notices.show", _anchor="chat"))


@bp.post("/chat/<int:channel_id>/switch")
def switch_chat(channel_id: int) -> ResponseReturnValue:
    is_on = request.form.get("is_on") == "true"
    notices.switch_chat_channel(current_actor(), channel_id=channel_id, is_on=is_on)
    flash(_("The company's settings were saved."), "success")
    return see_other(url_for("company_notices.show", _anchor="chat"))


@bp.post("/chat/<int:channel_id>/remove")
def remove_chat(channel_id: int) -> ResponseReturnValue:
    notices.remove_chat_channel(current_actor(), channel_id=channel_id)
    flash(_("The chat channel was removed."), "success")
    return see_other(url_for("company_notices.show", _anchor="chat"))


def _page(values: object, groups: list[str], errors: dict[str, str] | None = None) -> str:
    actor = current_actor()
    require(actor, Permission.COMPANY_EDIT)
    return render_template(
        "notices/company.html",
        company=accounts.get_company(actor),
        channels=notices.list_chat_channels(actor),
        last=notices.last_chat_messages(actor),
        kinds=options("chat_kind"),
        group_options=options("notice_group"),
        values=values,
        groups=groups,
        errors=errors or {},
    )
