"""Pages of the flows: what is published, how it looks, what is wrong with a new version."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from models.access import Permission, can
from models.errors import AppError, Invalid
from models.processes import ProcessDefinition
from tasks import moves, processes
from web.errors import form_status
from web.forms import problems_of, remedy, sentence
from web.htmx import see_other
from web.i18n import language
from web.processes import move_pages, version_pages  # noqa: F401 - their pages belong to the same blueprint
from web.processes.room import bp
from web.security import current_actor

__all__ = ["bp"]

_XML = "application/xml"


@bp.get("")
def index() -> ResponseReturnValue:
    return _page()


@bp.get("/<int:definition_id>")
def show(definition_id: int) -> ResponseReturnValue:
    actor = current_actor()
    definition = processes.get_definition(actor, definition_id)
    running = processes.count_running(actor)
    versions = processes.list_versions(actor, key=definition.key)
    may_move = can(actor, Permission.PROCESS_PUBLISH)
    return render_template(
        "processes/show.html",
        definition=definition,
        tables=processes.show_tables(definition),
        running=running.get(definition.id, 0),
        running_elsewhere=sum(running.get(row.id, 0) for row in versions if row.id != definition.id),
        may_move=may_move,
        batches=moves.list_moves(actor, key=definition.key) if may_move else (),
        has_others=len(versions) > 1,
        newest=versions[0],
    )


@bp.get("/<int:definition_id>/picture.bpmn")
def picture(definition_id: int) -> ResponseReturnValue:
    definition = processes.get_definition(current_actor(), definition_id)
    return Response(processes.picture(definition, language()), mimetype=_XML)


@bp.get("/<int:definition_id>/<name>")
def download(definition_id: int, name: str) -> ResponseReturnValue:
    """The diagram (``KEY.bpmn``) or a decision (``KEY.dmn``) as its author wrote it."""
    definition = processes.get_definition(current_actor(), definition_id)
    text = processes.source(definition, name)
    response = Response(text, mimetype=_XML)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@bp.post("")
def publish() -> ResponseReturnValue:
    """Check the uploaded files, and publish them unless they were only to be checked."""
    try:
        bpmn, tables = _uploaded(request.files.getlist("files"))
        if request.form.get("action") == "check":
            findings = processes.check_upload(current_actor(), bpmn=bpmn, tables=tables)
            return _page(findings=findings, is_checked=True)
        definition = processes.publish_process(
            current_actor(), bpmn=bpmn, tables=tables, note=request.form.get("note", "").strip()[:500]
        )
    except AppError as error:
        return make_response(_page(refusal=error), form_status(error))
    said = _("Version %(version)d is published. Requests under way finish on theirs.", version=definition.version)
    flash(said, "success")
    return see_other(url_for("processes.show", definition_id=definition.id))


def _page(
    *, findings: Sequence[processes.Finding] = (), is_checked: bool = False, refusal: AppError | None = None
) -> str:
    actor = current_actor()
    definitions = processes.list_definitions(actor)
    return render_template(
        "processes/index.html",
        definitions=definitions,
        latest=_latest(definitions),
        running=processes.count_running(actor),
        findings=[(finding, *_said(finding)) for finding in findings],
        is_checked=is_checked,
        refusal=refusal,
        refused=problems_of(refusal),
    )


def _latest(definitions: Sequence[ProcessDefinition]) -> list[ProcessDefinition]:
    newest: dict[str, ProcessDefinition] = {}
    for definition in definitions:
        newest.setdefault(definition.key, definition)
    return list(newest.values())


def _said(finding: processes.Finding) -> tuple[str, str]:
    """Fault and remedy."""
    problem = Invalid.of(finding.message, finding.fields, code=finding.code, remedy=finding.fix)
    return sentence(problem), remedy(problem)


def _uploaded(files: Sequence[FileStorage]) -> tuple[bytes, list[bytes]]:
    diagrams = [file for file in files if _suffix(file) in (".bpmn", ".xml")]
    if len(diagrams) != 1:
        raise Invalid("Choose one .bpmn file, and the .dmn files that it needs.", code="process.files", field="files")
    return diagrams[0].read(), [file.read() for file in files if _suffix(file) == ".dmn"]


def _suffix(file: FileStorage) -> str:
    return PurePath(file.filename or "").suffix.lower()
