"""A customer's headers: the form of one, its live check, the default, taking one out of use."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import ValidationError

from models.access import Permission, can, require
from models.customers import Customer, Header, HeaderKind
from models.errors import AppError
from tasks import customers
from tasks.customers import HeaderDraft
from web import labels
from web.customers.forms import LABELS, flash_warnings, form_values, header_errors, load_header, verdict_sentence
from web.customers.room import bp
from web.customers.schema import TaxNumberSchema
from web.errors import form_status
from web.htmx import see_other
from web.security import current_actor

_tax_number = TaxNumberSchema()


@bp.get("/tax-number")
def tax_number() -> ResponseReturnValue:
    """The verdict on a number as it is typed; with ``fill`` the whole field, holding the number that was suggested."""
    asked = _tax_number.load(_asked())
    check = customers.check_tax_number(
        current_actor(), asked["number"], kind=HeaderKind(asked["kind"]), header_id=asked["header_id"]
    )
    return render_template(
        "customers/_tax_number.html" if "fill" in request.args else "customers/_verdict.html",
        check=check,
        verdict_text=verdict_sentence(check),
        number=asked["number"],
        header_id=asked["header_id"] or "",
        labels=LABELS,
    )


@bp.get("/<int:customer_id>/headers/new")
def new_header(customer_id: int) -> ResponseReturnValue:
    actor = current_actor()
    require(actor, Permission.CUSTOMER_EDIT)
    customer = customers.get_customer(actor, customer_id)
    return _form(customer, None, form_values(None, HeaderDraft(title=customer.name)))


@bp.post("/<int:customer_id>/headers/new")
def create_header(customer_id: int) -> ResponseReturnValue:
    actor = current_actor()
    try:
        header = customers.add_header(actor, load_header(), customer_id=customer_id)
    except (ValidationError, AppError) as error:
        customer = customers.get_customer(actor, customer_id)
        return make_response(_form(customer, None, request.form, header_errors(error)), form_status(error))
    flash(_("The header %(title)s was added.", title=header.title), "success")
    flash_warnings(actor, header.customer, header)
    return see_other(url_for("customers.show", customer_id=customer_id))


@bp.get("/headers/<int:header_id>")
def edit_header(header_id: int) -> ResponseReturnValue:
    actor = current_actor()
    require(actor, Permission.CUSTOMER_EDIT)
    header = customers.get_header(actor, header_id)
    return _form(header.customer, header, form_values(None, header))


@bp.post("/headers/<int:header_id>")
def update_header(header_id: int) -> ResponseReturnValue:
    actor = current_actor()
    try:
        header = customers.change_header(actor, load_header(), header_id=header_id)
    except (ValidationError, AppError) as error:
        found = customers.get_header(actor, header_id)
        return make_response(_form(found.customer, found, request.form, header_errors(error)), form_status(error))
    if header.id == header_id:
        flash(_("Nothing was different, so nothing was saved."), "info")
    else:
        flash(_("The header was changed. Requests made before keep the earlier text."), "success")
        flash_warnings(actor, header.customer, header)
    return see_other(url_for("customers.show", customer_id=header.customer_id))


@bp.post("/headers/<int:header_id>/default")
def make_default(header_id: int) -> ResponseReturnValue:
    header = customers.set_default_header(current_actor(), header_id=header_id)
    flash(_("%(title)s is the default header now.", title=header.title), "success")
    return see_other(url_for("customers.show", customer_id=header.customer_id))


@bp.post("/headers/<int:header_id>/retire")
def retire_header(header_id: int) -> ResponseReturnValue:
    header = customers.retire_header(current_actor(), header_id=header_id)
    flash(_("The header %(title)s is not offered any more.", title=header.title), "success")
    return see_other(url_for("customers.show", customer_id=header.customer_id))


def _form(customer: Customer, header: Header | None, values: Any, errors: dict[str, str] | None = None) -> str:
    return render_template(
        "customers/header.html",
        customer=customer,
        header=header,
        values=values,
        errors=errors or {},
        labels=LABELS,
        kinds=labels.options("header_kind"),
        may_override=can(current_actor(), Permission.CUSTOMER_OVERRIDE),
    )


def _asked() -> dict[str, str]:
    """The question as the form's own fields put it."""
    names = {"header.tax_id": "number", "header.kind": "kind", "header_id": "header_id", "fill": "number"}
    return {key: request.args[name] for name, key in names.items() if name in request.args}
