"""Pages of the incidents: what has stopped and why, retrying it, skipping it, correcting its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import sees_all_requests
from models.errors import AppError
from models.processes import IncidentState, ProcessIncident
from tasks import processes, requests
from web.errors import form_status
from web.forms import form_errors, sentence
from web.htmx import see_other
from web.incidents.schema import Entry, HelpSchema, ListSchema, entries_of, read_entries
from web.security import current_actor

bp = Blueprint("incidents", __name__, url_prefix="/incidents")

_help = HelpSchema()
_list = ListSchema()


@bp.get("")
def index() -> ResponseReturnValue:
    actor, wanted = current_actor(), _list.load(request.args.to_dict())
    is_open = wanted["state"] != "done"
    return render_template(
        "incidents/index.html",
        page=processes.list_incidents(actor, is_open=is_open, before=wanted["before"]),
        is_open=is_open,
        count=processes.count_incidents(actor),
    )


@bp.get("/<int:incident_id>")
def show(incident_id: int) -> ResponseReturnValue:
    actor = current_actor()
    incident = processes.get_incident(actor, incident_id)
    variables = processes.read_variables(actor, incident)
    return _page(incident, entries_of(processes.as_texts(variables)) if variables is not None else [])


@bp.post("/<int:incident_id>")
def help_on(incident_id: int) -> ResponseReturnValue:
    """Retry with what was corrected, or only keep the corrections."""
    actor = current_actor()
    incident = processes.get_incident(actor, incident_id)
    entries = read_entries(request.form)
    try:
        given = _help.load(request.form.to_dict())
        variables = processes.read_variables(actor, incident) or {}
        texts = {entry.name: entry.text for entry in entries if entry.name or entry.text.strip()}
        changes = processes.from_texts(texts, variables)
        act = processes.correct_data if given["action"] == "correct" else processes.retry_incident
        incident = act(actor, incident_id=incident_id, changes=changes, seen_revision=given["revision"])
    except (ValidationError, AppError) as error:
        return make_response(_page(incident, entries, errors=_by_field(error, entries)), form_status(error))
    _say(incident, given["action"])
    return see_other(url_for("incidents.show", incident_id=incident_id))


@bp.post("/<int:incident_id>/skip")
def skip(incident_id: int) -> ResponseReturnValue:
    actor = current_actor()
    incident = processes.get_incident(actor, incident_id)
    try:
        given = _help.load(request.form.to_dict())
        processes.skip_incident(actor, incident_id=incident_id, reason=given["reason"], seen_revision=given["revision"])
    except (ValidationError, AppError) as error:
        variables = processes.read_variables(actor, incident)
        entries = entries_of(processes.as_texts(variables)) if variables is not None else []
        page = _page(incident, entries, errors=form_errors(error), reason=request.form.get("reason", ""))
        return make_response(page, form_status(error))
    flash(_("The step was skipped; the flow has gone on."), "success")
    return see_other(url_for("incidents.index"))


def _say(incident: ProcessIncident, action: str) -> None:
    if action == "correct":
        flash(_("The data are corrected. The step waits for you to retry it."), "success")
    elif incident.state is IncidentState.OPEN:
        flash(_("It failed again: %(reason)s", reason=sentence_of(incident)), "error")
    else:
        flash(_("The step is done; the flow has gone on."), "success")


def sentence_of(incident: ProcessIncident) -> str:
    """Why the step failed, in the reader's language."""
    return sentence(AppError(incident.message, code=incident.code, **incident.fields))


def _page(
    incident: ProcessIncident,
    entries: Sequence[Entry],
    *,
    errors: Mapping[str, str] | None = None,
    reason: str = "",
) -> str:
    instance = incident.instance
    return render_template(
        "incidents/show.html",
        incident=incident,
        why=sentence_of(incident),
        about=_about(incident),
        entries=entries,
        errors=errors or {},
        reason=reason,
        flow=processes.flow_state(instance),
        definition=instance.definition,
        is_open=incident.state is IncidentState.OPEN,
    )


def _about(incident: ProcessIncident) -> tuple[str, str] | None:
    """Number and address of the request that the flow is about, for those who see every request."""
    actor, instance = current_actor(), incident.instance
    if instance.subject_kind != requests.KIND or not sees_all_requests(actor):
        return None
    number = requests.get_request(actor, instance.subject_id).number
    return number or "–", url_for("requests.show", request_id=instance.subject_id)


def _by_field(error: AppError | ValidationError, entries: Sequence[Entry]) -> dict[str, str]:
    """Errors by the names of the form: an operation speaks of ``variables.NAME``."""
    fields = {f"variables.{entry.name}": entry.field for entry in entries}
    return {fields.get(path, path): text for path, text in form_errors(error).items()}
