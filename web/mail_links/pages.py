"""Confirm a decision by a link in a mail. Looking changes nothing: programs that follow links in mails look too."""

from __future__ import annotations

from flask import Blueprint, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError, fields
from werkzeug.wrappers import Response

from models.errors import AppError, Invalid
from tasks import inbox, mail_links, outsiders
from web.errors import form_status, status_of
from web.forms import FormSchema, form_errors, sentence, submitted, text
from web.htmx import see_other

bp = Blueprint("mail_links", __name__, url_prefix="/decide")


class DecisionSchema(FormSchema):
    decision = fields.String(load_default="")
    comment = text(inbox.COMMENT_LIMIT)


_schema = DecisionSchema()


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    turn = outsiders.find_turn(token, secret_key=_key())
    if turn is not None:
        return _outside(turn, {})
    try:
        view = mail_links.find_link(token, secret_key=_key())
    except AppError as error:
        return _refused(error)
    return _page(view, {"decision": request.args.get("decision", "")})


@bp.post("/<token>")
def decide(token: str) -> ResponseReturnValue:
    turn = outsiders.find_turn(token, secret_key=_key())
    if turn is not None:
        return _decide_outside(turn, token)
    try:
        view = mail_links.find_link(token, secret_key=_key())
        entries = _schema.load(submitted(_schema))
        mail_links.decide_by_link(token, **entries, secret_key=_key(), address=request.remote_addr or "")
    except (ValidationError, Invalid) as error:
        return make_response(_page(view, request.form, form_errors(error)), form_status(error))
    except AppError as error:
        return _refused(error)
    return _unseen(render_template("mail_links/done.html", view=view, decision=entries["decision"]))


def _decide_outside(turn: outsiders.TurnView, token: str) -> ResponseReturnValue:
    """The page that then opens says what was decided, however often it is loaded."""
    try:
        entries = _schema.load(submitted(_schema))
        outsiders.decide_turn(token, **entries, secret_key=_key())
    except (ValidationError, AppError) as error:
        now = outsiders.find_turn(token, secret_key=_key()) or turn
        status = 409 if now.closing else form_status(error)
        return _outside(now, request.form, {} if now.closing else form_errors(error), status)
    return _unseen(see_other(url_for("mail_links.show", token=token)))


def _outside(
    turn: outsiders.TurnView, values: object, errors: dict[str, str] | None = None, status: int = 200
) -> ResponseReturnValue:
    closing = sentence(turn.closing) if turn.closing else ""
    page = render_template("mail_links/outside.html", view=turn, values=values, errors=errors or {}, closing=closing)
    return _unseen(page, status)


def _page(view: mail_links.LinkView, values: object, errors: dict[str, str] | None = None) -> ResponseReturnValue:
    return _unseen(
        render_template(
            "mail_links/show.html", view=view, decisions=mail_links.DECISIONS, values=values, errors=errors or {}
        )
    )


def _refused(error: AppError) -> ResponseReturnValue:
    return _unseen(render_template("mail_links/refused.html", text=sentence(error)), status_of(error))


def _unseen(page: str | Response, status: int | None = None) -> Response:
    """The address is a secret: no other site learns it, and no search engine keeps it."""
    response = make_response(page)
    response.status_code = status or response.status_code
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _key() -> str:
    return str(current_app.config["SECRET_KEY"])
