"""What else can be done with a task: each verb is a small page, which scripts show in a dialog over the document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Actor
from models.errors import AppError, NotFound
from tasks import accounts, inbox
from tasks.inbox import TaskView
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other, wants_fragment
from web.inbox.files import SentFiles, show_files, take_files
from web.inbox.pages import carried, next_url
from web.inbox.schema import VerbSchema
from web.security import current_actor

bp = Blueprint("verbs", __name__, url_prefix="/inbox")

_verb = VerbSchema()
_Entries = dict[str, Any]


def _hand_on(verb: str) -> Callable[[Actor, TaskView, _Entries], object]:
    operation = {"transfer": inbox.transfer, "delegate": inbox.delegate}[verb]

    def run(actor: Actor, seen: TaskView, entries: _Entries) -> object:
        return operation(actor, task_id=seen.row.task.id, user_id=entries["user_id"] or 0, comment=entries["comment"])

    return run


def _add(actor: Actor, seen: TaskView, entries: _Entries) -> object:
    return inbox.add_signer(
        actor,
        task_id=seen.row.task.id,
        user_id=entries["user_id"] or 0,
        place=entries["place"],
        comment=entries["comment"],
    )


def _remove(actor: Actor, seen: TaskView, entries: _Entries) -> object:
    return inbox.remove_signer(
        actor, task_id=seen.row.task.id, signer_id=entries["signer_id"] or 0, comment=entries["comment"]
    )


def _return(actor: Actor, seen: TaskView, entries: _Entries) -> object:
    return inbox.decide(
        actor,
        task_id=seen.row.task.id,
        decision="return",
        comment=entries["comment"],
        seen_revision=entries["revision"],
        return_to=entries["return_to"],
        resume=entries["resume"],
        files=entries["files"],
    )


def _copy(actor: Actor, seen: TaskView, entries: _Entries) -> object:
    return inbox.copy_to(
        actor, request_id=seen.row.request.id, user_ids=entries["user_ids"], comment=entries["comment"]
    )


def _comment(actor: Actor, seen: TaskView, entries: _Entries) -> object:
    return inbox.comment_on(
        actor,
        request_id=seen.row.request.id,
        text=entries["comment"],
        mentions=entries["user_ids"],
        files=entries["files"],
    )


def _snooze(actor: Actor, seen: TaskView, entries: _Entries) -> object:
    return inbox.snooze(actor, task_id=seen.row.task.id, until=entries["until"])


_RUN: dict[str, Callable[[Actor, TaskView, _Entries], object]] = {
    "transfer": _hand_on("transfer"),
    "delegate": _hand_on("delegate"),
    "add": _add,
    "remove": _remove,
    "return": _return,
    "copy": _copy,
    "comment": _comment,
    "snooze": _snooze,
}
# After these the task waits for somebody else, or later: the next one opens.
_LEAVES = frozenset({"transfer", "delegate", "return", "snooze"})


@bp.get("/<int:task_id>/<verb>")
def ask(task_id: int, verb: str) -> ResponseReturnValue:
    return _form(task_id, _known(verb), {}, {"signer_id": request.args.get("signer_id", "")})


@bp.post("/<int:task_id>/<verb>")
def run(task_id: int, verb: str) -> ResponseReturnValue:
    actor = current_actor()
    seen = inbox.read_task(actor, task_id)
    operate = _RUN[_known(verb)]
    sent = take_files(seen.row.request.id)
    try:
        sent.refuse_problems()
        operate(actor, seen, _verb.load(submitted(_verb)) | {"files": sent.ids})
    except (ValidationError, AppError) as error:
        return _form(task_id, verb, form_errors(error), request.form, sent), form_status(error)
    flash(_said(verb, seen.row.request.number or ""), "success")
    return see_other(next_url(task_id) if verb in _LEAVES else url_for("inbox.show", task_id=task_id, **carried()))


@bp.post("/<int:task_id>/take-back")
def take_back(task_id: int) -> ResponseReturnValue:
    actor = current_actor()
    inbox.take_back(actor, task_id=task_id)
    if wants_fragment():  # of the list of a bulk decision
        return render_template("inbox/_taken_back.html", number=inbox.get_task(actor, task_id).request.number)
    flash(_("You have taken your approval back. Decide again."), "success")
    return see_other(url_for("inbox.index"))


@bp.post("/<int:task_id>/wake")
def wake(task_id: int) -> ResponseReturnValue:
    inbox.wake(current_actor(), task_id=task_id)
    return see_other(url_for("inbox.show", task_id=task_id))


@bp.post("/<int:task_id>/urge")
def urge(task_id: int) -> ResponseReturnValue:
    actor = current_actor()
    told = inbox.urge(actor, request_id=inbox.get_task(actor, task_id).request.id)
    flash(_("They are told that you are waiting.") if told else _("Whoever can do it is told."), "success")
    return see_other(url_for("inbox.show", task_id=task_id, **carried()))


def _known(verb: str) -> str:
    if verb not in _RUN:
        raise NotFound("There is no such page.", code="inbox.verb")
    return verb


def _form(task_id: int, verb: str, errors: dict[str, str], values: Any, sent: SentFiles | None = None) -> str:
    actor = current_actor()
    seen = inbox.read_task(actor, task_id)
    members = accounts.list_people(actor, include_inactive=False)
    left_out = {actor.user_id, seen.row.request.applicant_id} if verb not in ("copy", "comment") else {actor.user_id}
    return render_template(
        "inbox/_verb.html" if wants_fragment() else "inbox/verb.html",
        is_page=not wants_fragment(),
        seen=seen,
        verb=verb,
        people=[(member.user_id, member.user.name) for member in members if member.user_id not in left_out],
        chosen=values.getlist("user_ids") if hasattr(values, "getlist") else [],
        errors=errors,
        values=values,
        carried=carried(),
        snoozes=inbox.SNOOZES,
        files=show_files(seen, sent),
    )


def _said(verb: str, number: str) -> str:
    sentences = {
        "transfer": _("%(number)s is handed over.", number=number),
        "delegate": _("%(number)s comes back to you with their opinion.", number=number),
        "add": _("One more person is asked about %(number)s.", number=number),
        "remove": _("They are no longer asked about %(number)s.", number=number),
        "return": _("%(number)s is sent back.", number=number),
        "copy": _("They can see %(number)s now and are told.", number=number),
        "comment": _("Your comment on %(number)s is kept.", number=number),
        "snooze": _("%(number)s comes back later.", number=number),
    }
    return sentences[verb]
