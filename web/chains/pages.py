"""Pages of the approval chains: what each asks, of whom, and changing it. Works without a script."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, current_app, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Permission, Role, can
from models.chains import ApprovalChain, ApproverKind, PlannedStep, read_steps
from models.errors import AppError, Invalid
from models.language import N_
from models.organization import Organization
from models.requests import EDITS
from models.signing import VERBS
from tasks import chains
from web.chains import words
from web.chains.schema import ChainSchema, Row, read_binding, read_rows, read_step, show_binding, show_step
from web.errors import form_status
from web.forms import form_errors, sentence
from web.htmx import see_other
from web.labels import label, options
from web.security import current_actor

bp = Blueprint("chains", __name__, url_prefix="/chains")

_chain = ChainSchema()
_MOST_STEPS = 20
NO_MAIL_SERVER = N_(
    "This installation has no mail server (PIAOFLOW_SMTP_URL), so people from outside cannot be reached: their mails "
    "stay in files."
)
_EMPTY_STEP: Row = {
    "title": "",
    "kind": ApproverKind.ROLE.value,
    "role": Role.APPROVER.value,
    "levels": "1",
    "mode": "any",
    "verbs": sorted(VERBS),
    "due_hours": "24",
}


@bp.get("")
def index() -> ResponseReturnValue:
    actor = current_actor()
    found, organization = chains.list_chains(actor), chains.read_organization(actor)
    customers = chains.name_customers(actor, [row for chain in found for row in chain.newest.claims.customer_ids])
    return render_template(
        "chains/index.html",
        chains=found,
        bindings={chain.key: words.describe_binding(chain.newest.claims, organization, customers) for chain in found},
        describe=lambda rule: words.describe_step(rule, organization),
        may_edit=can(actor, Permission.CHAIN_EDIT),
    )


@bp.get("/-/gallery")
def gallery() -> ResponseReturnValue:
    organization = chains.read_organization(current_actor())
    return render_template(
        "chains/gallery.html",
        gallery=chains.GALLERY,
        steps={item.key: _described(item.steps, organization) for item in chains.GALLERY},
    )


@bp.get("/-/new")
def new() -> ResponseReturnValue:
    """A form with the steps of a chain of the gallery, or with one empty step."""
    organization = chains.read_organization(current_actor())
    item = next((item for item in chains.GALLERY if item.key == request.args.get("copy")), None)
    values: dict[str, Any] = {"key": item.key, "name": item.name, "name_zh": item.name_zh} if item else {}
    rules = read_steps(item.steps) if item else ()
    rows = [show_step(rule, organization) for rule in rules] or [dict(_EMPTY_STEP)]
    return _page(None, values, rows)


@bp.post("/-/new")
def add() -> ResponseReturnValue:
    return _save(None)


@bp.get("/<key>")
def edit(key: str) -> ResponseReturnValue:
    actor = current_actor()
    chain, organization = chains.get_chain(actor, key), chains.read_organization(actor)
    values = {"name": chain.name, "name_zh": chain.name_zh, "revision": chain.revision}
    values |= show_binding(chain.newest.claims)
    return _page(chain, values, [show_step(rule, organization) for rule in chain.newest.rules])


@bp.post("/<key>")
def save(key: str) -> ResponseReturnValue:
    return _save(chains.get_chain(current_actor(), key))


@bp.post("/<key>/move")
def move(key: str) -> ResponseReturnValue:
    chains.move_chain(current_actor(), key=key, up=request.form.get("to") == "up")
    return see_other(url_for("chains.index"))


@bp.post("/<key>/active")
def set_active(key: str) -> ResponseReturnValue:
    is_active = request.form.get("is_active") == "true"
    revision = request.form.get("revision", 0, int)
    chains.set_active(current_actor(), key=key, is_active=is_active, revision=revision)
    return see_other(url_for("chains.index"))


@bp.get("/-/condition")
def condition() -> ResponseReturnValue:
    """What a condition means, or what is wrong with it: beside its field, as it is typed."""
    row = next(iter(read_rows(request.args)), {})
    text, number = str(row.get("condition", "")), str(row.get("row", ""))
    try:
        chains.check_condition(
            current_actor(),
            text,
            title=str(row.get("title", "")),
            position=int(number) + 1 if number.isascii() and number.isdecimal() else 1,
        )
    except AppError as error:
        return render_template("chains/_condition.html", words="", fault=sentence(error))
    return render_template("chains/_condition.html", words=words.describe_condition(text), fault="")


def _save(chain: ApprovalChain | None) -> ResponseReturnValue:
    actor, rows = current_actor(), read_rows(request.form)
    action, _dot, row = request.form.get("action", "save").partition(".")
    values = {**request.form.to_dict(), **_binding_lists()}
    if action not in ("save", "preview"):
        return _page(chain, values, _changed(rows, action, row))
    organization = chains.read_organization(actor)
    try:
        entries = _chain.load(request.form.to_dict())
        draft = chains.ChainDraft(
            name=entries["name"],
            name_zh=entries["name_zh"],
            steps=[read_step(row, organization) for row in rows],
            binding=read_binding(request.form),
            effective_from=entries["effective_from"],
            note=entries["note"],
        )
        if action == "preview":
            return _page(chain, values, rows, preview=_preview(draft))
        if chain is None:
            chains.add_chain(actor, draft, key=entries["key"])
        else:
            chains.save_chain(actor, draft, key=chain.key, revision=entries["revision"])
    except (ValidationError, AppError) as error:
        faults = _by_field(error)
        return make_response(_page(chain, values, rows, errors=faults), form_status(error))
    flash(_("The chain is saved. It applies to requests submitted from now on."), "success")
    if _lacks_mail() and any(row.get("kind") == ApproverKind.EXTERNAL for row in rows):
        flash(_(NO_MAIL_SERVER), "warning")
    return see_other(url_for("chains.index"))


def _preview(draft: chains.ChainDraft) -> Sequence[PlannedStep]:
    """Who would approve. Raises `Invalid` for an amount that is none."""
    try:
        amount = Decimal(request.form.get("preview_amount", "").replace(",", "") or "0")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise Invalid("Enter an amount, such as 1234.50.", code="chain.preview_amount", field="preview_amount")
    requester = request.form.get("preview_person", 0, int)
    return chains.preview_draft(current_actor(), draft, amount=amount, requester_id=requester)


def _changed(rows: list[Row], action: str, row: str) -> list[Row]:
    """The rows after a button that needs no script."""
    place = int(row) if row.isascii() and row.isdecimal() and int(row) < len(rows) else len(rows)
    if action == "add-line":
        return [*rows, dict(_EMPTY_STEP)]
    if action == "duplicate-line" and place < len(rows):
        return [*rows[: place + 1], rows[place] | {"key": ""}, *rows[place + 1 :]]
    if action == "remove-line":
        return [*rows[:place], *rows[place + 1 :]]
    if action in ("up-line", "down-line") and place < len(rows):
        other = max(place - 1, 0) if action == "up-line" else min(place + 1, len(rows) - 1)
        rows.insert(other, rows.pop(place))
    if action == "build-line" and place < len(rows):
        entries = [str(rows[place].get(f"new_{part}", "")) for part in ("fact", "operator", "value")]
        rows[place]["condition"] = words.build_condition(str(rows[place].get("condition", "")), *entries)
        rows[place]["new_value"] = ""
    for first in rows[:1]:
        first.pop("alongside", None)  # there is none before it any more
    return rows


def _binding_lists() -> dict[str, Any]:
    return {name: value for name, value in read_binding(request.form).items() if isinstance(value, list)} | {
        "every": bool(request.form.get("every"))
    }


def _page(
    chain: ApprovalChain | None,
    values: Any,
    rows: list[Row],
    *,
    errors: dict[str, str] | None = None,
    preview: Sequence[PlannedStep] | None = None,
) -> str:
    actor = current_actor()
    organization = chains.read_organization(actor)
    customer_ids = [int(row) for row in values.get("customer_ids") or () if str(row).isdecimal()]
    return render_template(
        "chains/edit.html",
        chain=chain,
        values=values,
        rows=rows,
        errors=errors or {},
        most_steps=_MOST_STEPS,
        empty_step=_EMPTY_STEP,
        choices=_choices(organization),
        customers=list(chains.name_customers(actor, customer_ids).items()),
        history=_history(chain, organization),
        preview=preview,
        names={member.user_id: member.name for member in organization.members.values()},
        describe_condition=words.describe_condition,
        lacks_mail=_lacks_mail(),
        no_mail_server=NO_MAIL_SERVER,
    )


def _lacks_mail() -> bool:
    """Whether mails of this installation stay in files, where nobody outside reads them."""
    return not current_app.config["SETTINGS"].smtp_url


def _choices(organization: Organization) -> dict[str, list[tuple[str, str]]]:
    people = [(str(member.user_id), member.name) for member in organization.members.values() if member.is_active]
    units = [(str(unit.id), unit.name) for unit in organization.units.values()]
    escalation = [("head", _("Head of the applicant")), ("admins", _("Administrators")), *people]
    return {
        "kinds": words.options(words.KINDS),
        "roles": [(role.value, label("role", role)) for role in Role],
        "people": people,
        "units": units,
        "modes": words.options(words.MODES),
        "facts": words.options(words.FACTS),
        "operators": words.options(words.OPERATORS),
        "when_empty": words.options(words.WHEN_EMPTY),
        "when_self": words.options(words.WHEN_SELF),
        "repeat": words.options(words.REPEAT),
        "verbs": words.options(words.VERBS),
        "editable": [(name, label("entry", name)) for name in EDITS],
        "escalate_to": escalation,
        "auto": [
            ("approve", _("approve it")),
            ("return", _("return it to the applicant")),
            ("reject", _("reject it")),
        ],
        "invoice_types": options("invoice_type"),
        "grades": options("grade"),
    }


def _history(chain: ApprovalChain | None, organization: Organization) -> list[tuple[Any, list[str]]]:
    """The versions, newest first, with what each changed."""
    versions = list(chain.versions) if chain else []
    pairs = zip([None, *versions[:-1]], versions, strict=True) if versions else ()
    return [(after, words.describe_changes(before, after, organization)) for before, after in pairs][::-1]


def _described(steps: Sequence[Any], organization: Organization) -> list[tuple[str, str, str]]:
    rules = read_steps(steps)
    return [(rule.title, rule.title_zh, words.describe_step(rule, organization)) for rule in rules]


def _by_field(error: AppError | ValidationError) -> dict[str, str]:
    """Errors by the names of the form: ``lines.0.people`` for an operation's ``steps.0.approvers.people``."""
    return {
        path.replace("steps.", "lines.", 1).replace(".approvers.", "."): text
        for path, text in form_errors(error).items()
    }
