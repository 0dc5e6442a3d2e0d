"""The page behind the bell, and where a notice leads."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from models.errors import NotFound
from tasks import notices
from web.htmx import see_other
from web.i18n import language
from web.security import current_actor

bp = Blueprint("notices", __name__, url_prefix="/notices")


def init_app(app: Flask) -> None:
    """Give the frame the figure beside the bell."""
    app.jinja_env.globals["unread_notices"] = _unread


@bp.get("")
def index() -> ResponseReturnValue:
    bell = notices.read_bell(current_actor(), limit=100)
    rows = [(notice, notices.sentence(notice.topic, notice.fields, language())) for notice in bell.notices]
    return render_template("notices/index.html", rows=rows, unread=bell.unread)


@bp.post("/read")
def mark_all_read() -> ResponseReturnValue:
    notices.mark_all_read(current_actor())
    return see_other(url_for("notices.index"))


@bp.get("/to/<subject>")
def follow(subject: str) -> ResponseReturnValue:
    """To the page of ``request:12``, ``task:7`` or ``incident:3``."""
    kind, _sep, number = subject.partition(":")
    if number.isascii() and number.isdecimal():
        if kind == "request":
            return see_other(url_for("requests.show", request_id=int(number)))
        if kind == "task":
            return see_other(url_for("inbox.show", task_id=int(number)))
        if kind == "incident":
            return see_other(url_for("incidents.show", incident_id=int(number)))
    raise NotFound("There is no such page.", code="notice.subject")


def _unread() -> int:
    return notices.count_unread(current_actor()) if current_user.is_authenticated else 0
