"""What the editor asks while it is open: read, save, go back and forth, check, say who is here. All of it is JSON."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError

from models.drafts import DraftEdit
from tasks import drafts, processes
from web.drafts.room import bp
from web.drafts.schema import SaveSchema, StepSchema, VisitSchema
from web.drafts.words import say_findings
from web.i18n import language
from web.security import current_actor

_save = SaveSchema()
_step = StepSchema()
_visit = VisitSchema()


@bp.get("/<int:draft_id>/files/<name>")
def read(draft_id: int, name: str) -> ResponseReturnValue:
    return _file(drafts.read_file(current_actor(), draft_id=draft_id, name=name))


@bp.get("/<int:draft_id>/files/<name>/<int:number>")
def read_number(draft_id: int, name: str, number: int) -> ResponseReturnValue:
    return _file(drafts.read_edit(current_actor(), draft_id=draft_id, name=name, number=number))


@bp.get("/<int:draft_id>/files/<name>/<int:number>/picture.bpmn")
def picture(draft_id: int, name: str, number: int) -> ResponseReturnValue:
    """A diagram as it was, with its labels in the reader's language."""
    edit = drafts.read_edit(current_actor(), draft_id=draft_id, name=name, number=number)
    return Response(processes.picture_of(edit.text, language()), mimetype="application/xml")


@bp.get("/<int:draft_id>/files/<name>/variables")
def variables(draft_id: int, name: str) -> ResponseReturnValue:
    """What expressions can read, by element: names with the id of the element that sets them."""
    return jsonify(elements=drafts.list_variables(current_actor(), draft_id=draft_id, name=name))


@bp.put("/<int:draft_id>/files/<name>")
def save(draft_id: int, name: str) -> ResponseReturnValue:
    """Keep a text. 409 when somebody saved another meanwhile: ``number`` is kept aside, ``current`` is theirs."""
    actor = current_actor()
    saved = drafts.save_file(actor, draft_id=draft_id, name=name, **_save.load(_sent()))
    answer = jsonify(number=saved.number, current=saved.current, findings=_findings(draft_id))
    answer.status_code = 409 if saved.is_aside else 200
    return answer


@bp.post("/<int:draft_id>/files/<name>/step")
def step(draft_id: int, name: str) -> ResponseReturnValue:
    actor, entries = current_actor(), _step.load(_sent())
    if entries["to"] == "undo":
        edit = drafts.undo_edit(actor, draft_id=draft_id, name=name)
    elif entries["to"] == "redo":
        edit = drafts.redo_edit(actor, draft_id=draft_id, name=name)
    else:
        edit = drafts.restore_edit(actor, draft_id=draft_id, name=name, number=entries["number"])
    return _file(edit)


@bp.get("/<int:draft_id>/findings")
def findings(draft_id: int) -> ResponseReturnValue:
    return jsonify(findings=_findings(draft_id))


@bp.post("/<int:draft_id>/visit")
def visit(draft_id: int) -> ResponseReturnValue:
    here = drafts.visit_draft(current_actor(), draft_id=draft_id, **_visit.load(_sent()))
    others = [{"name": row.name, "is_editing": row.is_editing, "is_me": row.is_me} for row in here.others]
    return jsonify(may_edit=here.may_edit, others=others, numbers=here.numbers)


@bp.post("/<int:draft_id>/leave")
def leave(draft_id: int) -> ResponseReturnValue:
    """Sent by a page that is being closed, so as a form: a beacon has no headers of its own."""
    drafts.leave_draft(current_actor(), draft_id=draft_id, tab=request.form.get("tab", ""))
    return "", 204


def _sent() -> dict[str, Any]:
    data = request.get_json(silent=True)
    if not isinstance(data, dict):
        raise ValidationError({"": ["JSON"]})
    return data


def _file(edit: DraftEdit) -> Response:
    return jsonify(text=edit.text, number=edit.number, parent=edit.parent)


def _findings(draft_id: int) -> list[dict[str, Any]]:
    return say_findings(drafts.check_draft(current_actor(), draft_id=draft_id))
