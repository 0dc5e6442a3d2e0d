"""The one form of a request: new, changed, saved as it is typed, previewed, submitted. Works without a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, jsonify, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Actor
from models.customers import Customer
from models.errors import AppError, NotFound
from models.invoice_types import tax_rates
from models.requests import InvoiceRequest
from tasks import customers, requests
from tasks.requests import MAX_ATTACHMENT_BYTES, MAX_LINES, RequestDraft
from web import files, labels
from web.converters import MAX_ID
from web.errors import form_status
from web.htmx import see_other
from web.i18n import rate_label
from web.requests import entries as form
from web.requests.entries import Entries, Line
from web.requests.form_view import COLUMN_LABELS, LABELS, by_place, field_label, look
from web.requests.room import bp
from web.requests.schema import RequestSchema
from web.security import current_actor

_schema = RequestSchema()
_OFFERED = 50
# Buttons that change the form and save nothing: ``add-line``, ``remove-line.3``.
_ROW_ACTIONS: dict[str, Callable[[list[Line], str], list[Line]]] = {
    "add-line": lambda lines, _row: form.add_line(lines),
    "duplicate-line": form.duplicate_line,
    "remove-line": form.remove_line,
    "refresh": lambda lines, _row: lines,
}


@bp.get("/new")
def new() -> ResponseReturnValue:
    entries = form.blank_entries()
    customer_id = request.args.get("customer_id", "")
    if customer_id.isascii() and customer_id.isdigit() and int(customer_id) <= MAX_ID:
        entries = _with_header(entries | {"customer_id": customer_id})
    return _page(entries, None)


@bp.post("/new")
def create() -> ResponseReturnValue:
    return _answer(None)


@bp.get("/<int:request_id>/edit")
def edit(request_id: int) -> ResponseReturnValue:
    found = requests.get_editable(current_actor(), request_id)
    return _page(form.entries_of(found), found)


@bp.post("/<int:request_id>/edit")
def update(request_id: int) -> ResponseReturnValue:
    return _answer(request_id)


@bp.post("/autosave", defaults={"request_id": None})
@bp.post("/<int:request_id>/autosave")
def autosave(request_id: int | None) -> ResponseReturnValue:
    kept = _keep(request_id, form.read_entries(request.form))
    return jsonify(url=url_for("requests.autosave", request_id=kept.id, revision=kept.revision))


@bp.post("/preview", defaults={"request_id": None})
@bp.post("/<int:request_id>/preview")
def preview(request_id: int | None) -> ResponseReturnValue:
    actor = current_actor()
    if request_id is not None:
        requests.get_editable(actor, request_id)
    entries = form.read_entries(request.form)
    view = look(actor, entries, request_id)
    return render_template("requests/_preview.html", entries=entries, view=view, column_labels=COLUMN_LABELS)


@bp.get("/customers")
def list_customers() -> ResponseReturnValue:
    found = customers.find_customers(current_actor(), request.args.get("q", "")[:100])
    return jsonify([{"value": row.id, "text": row.name, "sub": _header_line(row)} for row in found])


@bp.get("/headers")
def headers() -> ResponseReturnValue:
    entries = _with_header(form.blank_entries() | {"customer_id": request.args.get("customer_id", "")})
    return render_template("requests/_header_field.html", customer=_customer(entries), entries=entries, errors={})


def _answer(request_id: int | None) -> ResponseReturnValue:
    """Do what the pressed button says with the form as it was sent."""
    entries = _with_header(form.read_entries(request.form))
    action, _dot, row = request.form.get("action", "save").partition(".")
    if action in _ROW_ACTIONS:
        entries["lines"] = _ROW_ACTIONS[action](entries["lines"], row)
        return _page(entries, _found(request_id))
    try:
        if action == "attach":
            return _attach(request_id, entries)
        if action == "detach":
            return _detach(request_id, entries, row)
        return _save(request_id, entries, submit=action == "submit")
    except (ValidationError, AppError) as error:
        found = _found(request_id)
        return make_response(_page(entries, found, errors=by_place(error)), form_status(error))


def _save(request_id: int | None, entries: Entries, *, submit: bool) -> ResponseReturnValue:
    actor, draft = current_actor(), _load(entries)
    if submit:
        sent = requests.submit_draft(actor, draft, request_id=request_id, revision=_revision())
        flash(_("%(number)s was submitted for approval.", number=sent.number), "success")
        return see_other(url_for("requests.show", request_id=sent.id))
    if request_id is None:
        saved = requests.create_draft(actor, draft)
    else:
        saved = requests.update_draft(actor, draft, request_id=request_id, revision=_revision())
    flash(_("The draft was saved."), "success")
    return see_other(url_for("requests.edit", request_id=saved.id))


def _attach(request_id: int | None, entries: Entries) -> ResponseReturnValue:
    kept = _keep(request_id, entries)
    try:
        for file in request.files.getlist("files"):
            if file.filename:
                requests.add_attachment(
                    current_actor(), store=files.store(), request_id=kept.id, name=file.filename, data=file.read()
                )
    except AppError as error:
        page = _page(entries, _found(kept.id), errors=by_place(error), revision=kept.revision)
        return make_response(page, form_status(error))
    return see_other(url_for("requests.edit", request_id=kept.id, _anchor="attachments"))


def _detach(request_id: int | None, entries: Entries, attachment_id: str) -> ResponseReturnValue:
    kept = _keep(request_id, entries)
    if attachment_id.isascii() and attachment_id.isdigit():
        requests.remove_attachment(current_actor(), request_id=kept.id, attachment_id=int(attachment_id))
    return see_other(url_for("requests.edit", request_id=kept.id, _anchor="attachments"))


def _keep(request_id: int | None, entries: Entries) -> InvoiceRequest:
    return requests.keep_unfinished(
        current_actor(), request_id=request_id, typed=form.typed(entries), revision=_revision()
    )


def _load(entries: Entries) -> RequestDraft:
    draft: RequestDraft = _schema.load(entries)
    return draft


def _revision() -> int | None:
    """The revision that the page was made from; it travels in the address of the form."""
    return request.args.get("revision", type=int)


def _found(request_id: int | None) -> InvoiceRequest | None:
    return None if request_id is None else requests.get_editable(current_actor(), request_id)


def _with_header(entries: Entries) -> Entries:
    """With the customer's usual header, if the header chosen so far is not one of the customer's."""
    customer = _customer(entries)
    own = {str(header.id) for header in customer.headers} if customer else set()
    if customer is None or entries["header_id"] in own:
        return entries
    usual = customer.default_header
    # A header of somebody else's, sent on purpose, stays: the operation refuses it and says so.
    return entries if entries["header_id"] else entries | {"header_id": str(usual.id) if usual else ""}


def _customer(entries: Entries) -> Customer | None:
    customer_id = str(entries["customer_id"])
    if not (customer_id.isascii() and customer_id.isdigit() and int(customer_id) <= MAX_ID):
        return None
    try:
        return customers.get_customer(current_actor(), int(customer_id))
    except NotFound:
        return None


def _header_line(customer: Customer) -> str:
    header = customer.default_header
    number = customers.show_tax_id(current_actor(), header.tax_id) if header else ""
    return f"{header.title} {number}".strip() if header else ""


def _page(
    entries: Entries,
    found: InvoiceRequest | None,
    *,
    errors: dict[str, str] | None = None,
    revision: int | None = None,
) -> str:
    """The form. `revision` is the one the entries were made from: by default that of the address, or the newest."""
    actor = current_actor()
    entries = form.typed(entries)  # rows are numbered afresh
    entries["lines"] = entries["lines"] or [form.blank_line()]
    view = look(actor, entries, found.id if found else None, errors=errors)
    seen = revision or _revision() or (found.revision if found else None)
    target: dict[str, Any] = {"request_id": found.id, "revision": seen} if found else {}
    form_id: dict[str, Any] = {"request_id": found.id} if found else {}
    return render_template(
        "requests/edit.html",
        **_choices(actor, entries),
        entries=entries,
        found=found,
        view=view,
        is_refused=bool(errors),
        form_url=url_for("requests.update" if found else "requests.create", **target),
        autosave_url=url_for("requests.autosave", **target),
        preview_url=url_for("requests.preview", **form_id),
    )


def _choices(actor: Actor, entries: Entries) -> dict[str, Any]:
    """What the form offers, and its words."""
    customer = _customer(entries)
    offered = customers.find_customers(actor, request.form.get("customer_text", "")[:100], limit=_OFFERED)
    return {
        "customer": customer,
        "choices": list({row.id: row.name for row in [*([customer] if customer else []), *offered]}.items()),
        "items": requests.list_items(actor),
        "rates": [(rate.key, rate_label(rate.key)) for rate in tax_rates()],
        "invoice_types": labels.options("invoice_type"),
        "labels": LABELS,
        "column_labels": COLUMN_LABELS,
        "field_label": field_label,
        "max_lines": MAX_LINES,
        "max_bytes": MAX_ATTACHMENT_BYTES,
        "remark_limit": requests.REMARK_LIMIT,
    }
