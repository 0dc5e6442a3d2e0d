"""The list of customers, a customer with its headers and papers, and the form of its facts."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import current_app, flash, jsonify, make_response, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Permission, can, require
from models.customers import Customer
from models.errors import AppError
from tasks import customers, invoices, requests
from tasks.customers import CustomerDraft, HeaderDraft
from tasks.invoices import InvoiceFilter
from tasks.requests import RequestFilter
from web import labels
from web.customers import header_pages, import_pages  # noqa: F401 - their pages belong to the same blueprint
from web.customers.forms import (
    LABELS,
    flash_similar,
    flash_warnings,
    form_values,
    load_header,
    owner_names,
    owner_options,
)
from web.customers.room import bp
from web.customers.schema import CustomerSchema, ListSchema
from web.errors import form_status
from web.forms import form_errors, submitted
from web.htmx import see_other
from web.i18n import language
from web.security import current_actor

__all__ = ["bp"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_RECENT = 5
_FILTERS = ("q", "owner_id", "grade", "state")
_customer = CustomerSchema()
_list = ListSchema()


@bp.get("")
def index() -> ResponseReturnValue:
    actor = current_actor()
    wanted, after = _list.load(request.args.to_dict())
    page = customers.list_customers(actor, wanted, after=after)
    return render_template(
        "customers/index.html",
        page=page,
        wanted=wanted,
        is_filtered=any((wanted.text, wanted.owner_id, wanted.grade, wanted.state != "active")),
        may_edit=can(actor, Permission.CUSTOMER_EDIT),
        owners=owner_options(actor),
        owner_names=owner_names(actor),
        grades=labels.options("grade"),
        tax_ids={row.id: _shown_number(row) for row in page.customers},
        address=_address,
        search_url=url_for("customers.index"),
    )


@bp.get("/find")
def find() -> ResponseReturnValue:
    """Customers for a type-ahead: value, text, and a second line that tells namesakes apart."""
    found = customers.find_customers(current_actor(), request.args.get("q", "")[:100])
    return jsonify(
        [
            {"value": row.id, "text": row.name, "sub": " · ".join(filter(None, (row.code, _shown_number(row))))}
            for row in found
        ]
    )


@bp.get("/similar")
def similar() -> ResponseReturnValue:
    actor = current_actor()
    found = customers.find_similar(
        actor, request.args.get("name", "")[:200], except_id=request.args.get("customer_id", type=int)
    )
    return render_template("customers/_similar.html", similar=found)


@bp.get("/export.xlsx")
def export() -> ResponseReturnValue:
    wanted, _after = _list.load(request.args.to_dict())
    data = customers.export_customers(current_actor(), wanted, language())
    return send_file(BytesIO(data), mimetype=_XLSX, as_attachment=True, download_name=_("customers.xlsx"))


@bp.get("/new")
def new() -> ResponseReturnValue:
    actor = current_actor()
    require(actor, Permission.CUSTOMER_EDIT)
    proposed = request.args.get("name", "")[:100]
    draft = CustomerDraft(name=proposed, owner_id=actor.user_id)
    return _form(None, form_values(draft, HeaderDraft(title="")))


@bp.post("/new")
def create() -> ResponseReturnValue:
    actor = current_actor()
    try:
        draft, header = _load_both()
        customer = customers.create_customer(actor, draft, header)
    except (ValidationError, AppError) as error:
        return make_response(_form(None, request.form, form_errors(error)), form_status(error))
    flash(_("%(name)s was added as %(code)s.", name=customer.name, code=customer.code), "success")
    flash_warnings(actor, customer, customer.headers[0])
    return see_other(url_for("customers.show", customer_id=customer.id))


@bp.get("/<int:customer_id>")
def show(customer_id: int) -> ResponseReturnValue:
    actor = current_actor()
    customer = customers.get_customer(actor, customer_id)
    return render_template(
        "customers/show.html",
        customer=customer,
        headers=customers.list_headers(actor, customer_id),
        names=owner_names(actor),
        shown=lambda number: customers.show_tax_id(actor, number),
        may_edit=can(actor, Permission.CUSTOMER_EDIT),
        may_submit=can(actor, Permission.REQUEST_SUBMIT),
        requests=requests.list_requests(actor, RequestFilter(customer_id=customer_id), limit=_RECENT),
        **_invoices(customer_id),
    )


@bp.get("/<int:customer_id>/edit")
def edit(customer_id: int) -> ResponseReturnValue:
    actor = current_actor()
    require(actor, Permission.CUSTOMER_EDIT)
    customer = customers.get_customer(actor, customer_id)
    return _form(customer, form_values(customer, None) | {"revision": customer.revision})


@bp.post("/<int:customer_id>/edit")
def update(customer_id: int) -> ResponseReturnValue:
    actor = current_actor()
    try:
        draft = _customer.load(submitted(_customer))
        customer = customers.edit_customer(
            actor, draft, customer_id=customer_id, revision=request.form.get("revision", type=int)
        )
    except (ValidationError, AppError) as error:
        found = customers.get_customer(actor, customer_id)
        return make_response(_form(found, request.form, form_errors(error)), form_status(error))
    flash(_("%(name)s was saved.", name=customer.name), "success")
    flash_similar(actor, customer)
    return see_other(url_for("customers.show", customer_id=customer_id))


@bp.post("/<int:customer_id>/deactivate")
def deactivate(customer_id: int) -> ResponseReturnValue:
    customer = customers.deactivate_customer(current_actor(), customer_id=customer_id)
    flash(_("%(name)s is not offered any more. Requests and invoices stay.", name=customer.name), "success")
    return see_other(url_for("customers.show", customer_id=customer_id))


@bp.post("/<int:customer_id>/reactivate")
def reactivate(customer_id: int) -> ResponseReturnValue:
    customer = customers.reactivate_customer(current_actor(), customer_id=customer_id)
    flash(_("%(name)s is offered again.", name=customer.name), "success")
    return see_other(url_for("customers.show", customer_id=customer_id))


def _form(customer: Customer | None, values: Any, errors: dict[str, str] | None = None) -> str:
    actor = current_actor()
    return render_template(
        "customers/edit.html",
        customer=customer,
        values=values,
        errors=errors or {},
        labels=LABELS,
        owners=owner_options(actor),
        grades=labels.options("grade"),
        kinds=labels.options("header_kind"),
        may_override=can(actor, Permission.CUSTOMER_OVERRIDE),
    )


def _load_both() -> tuple[CustomerDraft, HeaderDraft]:
    """Both parts of the form, so that the faults of both are said at once."""
    errors: dict[str, Any] = {}
    draft, header = CustomerDraft(name=""), HeaderDraft(title="")
    try:
        draft = _customer.load(submitted(_customer))
    except ValidationError as error:
        errors |= error.messages_dict
    try:
        header = load_header()
    except ValidationError as error:
        errors |= error.messages_dict
    if errors:
        raise ValidationError(errors)
    return draft, header


def _invoices(customer_id: int) -> dict[str, Any]:
    """The customer's invoices and their sums, for those who may read the register."""
    actor = current_actor()
    if not can(actor, Permission.REGISTER_READ):
        return {"invoices": None, "sums": None, "may_open_invoice": False}
    wanted = InvoiceFilter(customer_id=customer_id)
    return {
        "invoices": invoices.list_invoices(actor, wanted, limit=_RECENT),
        "sums": invoices.sum_invoices(actor, wanted),
        "may_open_invoice": "invoices.show" in current_app.view_functions,
    }


def _shown_number(customer: Customer) -> str:
    header = customer.default_header
    return customers.show_tax_id(current_actor(), header.tax_id) if header else ""


def _address(endpoint: str = "customers.index", **changes: Any) -> str:
    """An address with the present filter and some of it changed."""
    kept: dict[str, Any] = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    return url_for(endpoint, **kept | changes)
