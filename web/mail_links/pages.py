"""Confirm a decision by a link in a mail. Looking changes nothing: programs that follow links in mails look too."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields

from models.errors import AppError, Invalid
from tasks import inbox, mail_links
from web.errors import form_status, status_of
from web.forms import FormSchema, form_errors, sentence, submitted, text

bp = Blueprint("mail_links", __name__, url_prefix="/decide")


class DecisionSchema(FormSchema):
    decision = fields.String(load_default="")
    comment = text(inbox.COMMENT_LIMIT)


_schema = DecisionSchema()


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    try:
        view = mail_links.find_link(token, secret_key=_key())
    except AppError as error:
        return _refused(error)
    return _page(view, {"decision": request.args.get("decision", "")})


@bp.post("/<token>")
def decide(token: str) -> ResponseReturnValue:
    try:
        view = mail_links.find_link(token, secret_key=_key())
        entries = _schema.load(submitted(_schema))
        mail_links.decide_by_link(token, **entries, secret_key=_key(), address=request.remote_addr or "")
    except (ValidationError, Invalid) as error:
        return make_response(_page(view, request.form, form_errors(error)), form_status(error))
    except AppError as error:
        return _refused(error)
    return _unseen(render_template("mail_links/done.html", view=view, decision=entries["decision"]))


def _page(view: mail_links.LinkView, values: object, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    return _unseen(
        render_template(
            "mail_links/show.html", view=view, decisions=mail_links.DECISIONS, values=values, errors=errors or {}
        )
    )


def _refused(error: AppError) -> ResponseReturnValue:
    return _unseen(render_template("mail_links/refused.html", text=sentence(error)), status_of(error))


def _unseen(page: str, status: int = 200) -> ResponseReturnValue:
    """The address is a secret: no other site learns it, and no search engine keeps it."""
    response = make_response(page, status)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _key() -> str:
    return str(current_app.config["SECRET_KEY"])
