"""The files of a draft: what each has been, files from elsewhere, and all of them as a package."""

from __future__ import annotations

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.errors import AppError
from tasks import drafts
from web.drafts.room import bp
from web.drafts.words import say_changes_of, say_findings
from web.errors import form_status
from web.htmx import see_other
from web.security import current_actor


@bp.get("/<int:draft_id>/files")
def files(draft_id: int) -> ResponseReturnValue:
    return _page(draft_id)


@bp.post("/<int:draft_id>/files")
def take(draft_id: int) -> ResponseReturnValue:
    """Take files into the draft. What was put into our words, and what is left to decide, is said once."""
    given = [(file.filename or "", file.read()) for file in request.files.getlist("files") if file.filename]
    try:
        taken = drafts.import_files(current_actor(), draft_id=draft_id, files=given)
    except AppError as error:
        return make_response(_page(draft_id, refusal=error), form_status(error))
    return _page(draft_id, taken=taken)


@bp.post("/<int:draft_id>/files/<name>/restore")
def restore(draft_id: int, name: str) -> ResponseReturnValue:
    number = request.form.get("number", type=int) or 0
    drafts.restore_edit(current_actor(), draft_id=draft_id, name=name, number=number)
    flash(_("%(name)s is what it was in number %(number)d.", name=name, number=number), "success")
    return see_other(url_for("drafts.files", draft_id=draft_id))


@bp.get("/<int:draft_id>/package.zip")
def package(draft_id: int) -> ResponseReturnValue:
    actor = current_actor()
    draft = drafts.get_draft(actor, draft_id)
    response = Response(drafts.export_draft(actor, draft_id=draft_id), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"{draft.key}-draft.zip")
    return response


@bp.get("/<int:draft_id>/files/<name>/<int:number>/download")
def download(draft_id: int, name: str, number: int) -> ResponseReturnValue:
    edit = drafts.read_edit(current_actor(), draft_id=draft_id, name=name, number=number)
    response = Response(edit.text, mimetype="application/xml")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _page(draft_id: int, *, taken: list[drafts.ImportedFile] | None = None, refusal: AppError | None = None) -> str:
    actor = current_actor()
    draft = drafts.get_draft(actor, draft_id)
    return render_template(
        "drafts/files.html",
        draft=draft,
        histories={file.name: drafts.list_edits(actor, draft_id=draft_id, name=file.name) for file in draft.files},
        taken=[(row.name, say_changes_of(row), say_findings({row.name: row.open_points})) for row in taken or ()],
        refusal=refusal,
    )
