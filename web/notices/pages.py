"""The page behind the bell, where a notice leads, and the figures that pages ask for again and again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from models.access import Permission, can
from models.errors import NotFound
from tasks import inbox, notices
from web.htmx import see_other
from web.i18n import language
from web.labels import label
from web.security import current_actor

bp = Blueprint("notices", __name__, url_prefix="/notices")

_PAGES: dict[str, tuple[str, str]] = {
    "request": ("requests.show", "request_id"),
    "task": ("inbox.show", "task_id"),
    "incident": ("incidents.show", "incident_id"),
    "delegation": ("delegations.index", "id"),
}


def init_app(app: Flask) -> None:
    """Give the frame the figure beside the bell."""
    app.jinja_env.globals["unread_notices"] = _unread


@bp.get("")
def index() -> ResponseReturnValue:
    group, unread_only = request.args.get("group", ""), request.args.get("unread") == "true"
    bell = notices.read_bell(current_actor(), group=group, unread_only=unread_only, limit=100)
    rows = [
        (notice, notices.sentence(notice.topic, notice.fields, language()))
        for notice in bell.notices
        if notice.topic in notices.TOPICS
    ]
    chips = _chips(group, unread_only, bell.unread)
    return render_template("notices/index.html", rows=rows, unread=bell.unread, chips=chips, topics=notices.TOPICS)


@bp.get("/counts")
def counts() -> ResponseReturnValue:
    """The figures of the frame as JSON. A page that has them already is answered 304."""
    actor = current_actor()
    unread = notices.count_unread(actor)
    figures = {"bell": unread}
    if can(actor, Permission.TASK_DECIDE):
        figures["inbox.index"] = inbox.count_open(actor)
    response: Response = jsonify(counts=figures, label=_bell_label(unread))
    response.add_etag()
    return response.make_conditional(request)


@bp.post("/read")
def mark_all_read() -> ResponseReturnValue:
    notices.mark_all_read(current_actor())
    return see_other(url_for("notices.index"))


@bp.get("/<int:notice_id>")
def open_notice(notice_id: int) -> ResponseReturnValue:
    """Lead to what the notice is about, and count it as read."""
    return see_other(_address(notices.open_notice(current_actor(), notice_id=notice_id)))


@bp.get("/to/<subject>")
def follow(subject: str) -> ResponseReturnValue:
    """To the page of ``request:12``, ``task:7``, ``incident:3`` or ``delegation:5``."""
    return see_other(_address(subject))


def _address(subject: str) -> str:
    kind, _sep, number = subject.partition(":")
    if kind not in _PAGES or not (number.isascii() and number.isdecimal()):
        raise NotFound("There is no such page.", code="notice.subject")
    endpoint, name = _PAGES[kind]
    values: dict[str, Any] = {name: int(number)}
    return url_for(endpoint, **values)


def _chips(group: str, unread_only: bool, unread: int) -> list[dict[str, object]]:
    every = {"label": _("All"), "url": url_for("notices.index"), "is_current": not group and not unread_only}
    new = {
        "label": _("Unread"),
        "url": url_for("notices.index", unread="true"),
        "is_current": unread_only,
        "count": unread,
    }
    kinds = [
        {
            "label": label("notice_group", name),
            "url": url_for("notices.index", group=name),
            "is_current": name == group,
        }
        for name in notices.GROUPS
    ]
    return [every, new, *kinds]


def _bell_label(unread: int) -> str:
    return ngettext("%(num)d unread notice", "%(num)d unread notices", unread) if unread else _("Notices")


def _unread() -> int:
    return notices.count_unread(current_actor()) if current_user.is_authenticated else 0
