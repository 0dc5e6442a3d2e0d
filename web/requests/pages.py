"""The list of requests, and a request as a document with what can be done about it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import current_app, flash, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.access import Permission, can
from tasks import accounts, printing, requests
from tasks.requests import STAGES
from web import files
from web.htmx import see_other
from web.i18n import language
from web.labels import label
from web.requests import form_pages  # noqa: F401 - its pages belong to the same blueprint
from web.requests.room import bp
from web.requests.schema import ListSchema
from web.security import current_actor

__all__ = ["bp"]

_list = ListSchema()
# Stages that always have a tab; the others only while they hold something.
_USUAL = frozenset({"draft", "in_approval", "returned", "to_issue", "issued"})


@bp.get("")
def index() -> ResponseReturnValue:
    actor = current_actor()
    wanted, before = _list.load(request.args.to_dict())
    counts = requests.count_stages(actor, wanted)
    return render_template(
        "requests/index.html",
        page=requests.list_requests(actor, wanted, before=before),
        tabs=_tabs(counts, wanted.stage),
        wanted=wanted,
        is_filtered=any((wanted.text, wanted.stage, wanted.since, wanted.until, wanted.customer_id)),
        may_submit=can(actor, Permission.REQUEST_SUBMIT),
        me=actor.user_id,
        address=_address,
        search_url=url_for("requests.index"),
    )


@bp.get("/<int:request_id>")
def show(request_id: int) -> ResponseReturnValue:
    actor = current_actor()
    document = requests.read_document(actor, request_id)
    return render_template(
        "requests/show.html",
        document=document,
        is_mine=document.request.applicant_id == actor.user_id,
        withdraw_until=accounts.get_company(actor).withdraw_until,
        may_submit=can(actor, Permission.REQUEST_SUBMIT),
    )


@bp.post("/<int:request_id>/submit")
def submit(request_id: int) -> ResponseReturnValue:
    sent = requests.submit_request(current_actor(), request_id=request_id)
    flash(_("%(number)s was submitted for approval.", number=sent.number), "success")
    return see_other(url_for("requests.show", request_id=request_id))


@bp.post("/<int:request_id>/withdraw")
def withdraw(request_id: int) -> ResponseReturnValue:
    taken_back = requests.withdraw_request(current_actor(), request_id=request_id)
    flash(_("%(number)s was withdrawn. You can change it and submit it again.", number=taken_back.number), "success")
    return see_other(url_for("requests.show", request_id=request_id))


@bp.post("/<int:request_id>/copy")
def copy(request_id: int) -> ResponseReturnValue:
    draft = requests.copy_request(current_actor(), request_id=request_id)
    flash(_("This is a new draft with the same content."), "success")
    return see_other(url_for("requests.edit", request_id=draft.id))


@bp.post("/<int:request_id>/discard")
def discard(request_id: int) -> ResponseReturnValue:
    requests.discard_request(current_actor(), request_id=request_id)
    flash(_("The request was discarded."), "success")
    return see_other(url_for("requests.index"))


@bp.get("/<int:request_id>/attachments/<int:attachment_id>")
def download(request_id: int, attachment_id: int) -> ResponseReturnValue:
    attachment, data = requests.read_attachment(
        current_actor(), store=files.store(), request_id=request_id, attachment_id=attachment_id
    )
    return files.as_download(attachment, data)


@bp.get("/<int:request_id>/timeline/<int:action_id>/files/<int:number>")
def comment_file(request_id: int, action_id: int, number: int) -> ResponseReturnValue:
    file, data = requests.read_comment_file(
        current_actor(), store=files.store(), request_id=request_id, action_id=action_id, number=number
    )
    return files.as_download(file, data)


@bp.get("/<int:request_id>/flow.bpmn")
def flow(request_id: int) -> ResponseReturnValue:
    response = make_response(requests.read_diagram(current_actor(), request_id, language=language()))
    response.content_type = "application/xml; charset=utf-8"
    return response


@bp.get("/<int:request_id>/sheet.pdf")
def sheet(request_id: int) -> ResponseReturnValue:
    base = current_app.config["BASE_URL"] or request.host_url.rstrip("/")
    url = base + url_for("requests.show", request_id=request_id)
    paper = requests.build_sheet(current_actor(), request_id=request_id, language=language(), url=url)
    pdf = printing.approval_sheet_pdf(paper)
    return send_file(BytesIO(pdf), "application/pdf", download_name=f"{paper.request_number}.pdf")


def _tabs(counts: dict[str, int], current: str) -> list[dict[str, object]]:
    shown = [stage for stage in STAGES if stage in _USUAL or counts[stage] or stage == current]
    tabs = [(stage, label("stage", stage), counts[stage]) for stage in shown]
    return [
        {"label": name, "url": _address(stage=stage), "is_current": stage == current, "count": count}
        for stage, name, count in [("", _("All"), sum(counts.values())), *tabs]
    ]


def _address(**changes: Any) -> str:
    """The address of the list as it is, with `changes`; a change of the filter begins at the first page."""
    kept = {name: value for name, value in request.args.items() if name in _list.fields and name != "before"}
    arguments = {name: value for name, value in (kept | changes).items() if value not in ("", None)}
    return url_for("requests.index", **arguments)
