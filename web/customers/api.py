"""REST resources of customers, their headers, and the check of tax numbers."""

from __future__ import annotations

from typing import Any

from flask import url_for

from models.customers import Customer, Header, HeaderKind
from models.language import N_
from tasks import customers
from tasks.customers import CustomerDraft, CustomerFilter, CustomerPage, HeaderDraft, TaxIdCheck
from web.customers.api_schema import (
    CustomerChangeSchema,
    CustomerDetailSchema,
    CustomerPageSchema,
    CustomerQuerySchema,
    HeaderDetailSchema,
    HeaderEntrySchema,
    HeaderListSchema,
    NewCustomerSchema,
    TaxNumberCheckSchema,
    TaxNumberEntrySchema,
)
from web.rest.blueprint import ApiBlueprint
from web.security import current_actor

bp = ApiBlueprint(N_("Customers"), __name__, description=N_("Customers, their invoice headers, and tax numbers."))

Created = tuple[Any, dict[str, str]]
_SOURCE = "api"


@bp.get("/customers")
@bp.arguments(CustomerQuerySchema, location="query")
@bp.response(200, CustomerPageSchema)
@bp.refuses()
@bp.says(N_("List or search customers"), N_("In the order of the pinyin of their names."))
def list_customers(query: tuple[CustomerFilter, int | None, int]) -> CustomerPage:
    wanted, after, limit = query
    return customers.list_customers(current_actor(), wanted, after=after, limit=limit)


@bp.post("/customers")
@bp.arguments(NewCustomerSchema)
@bp.response(201, CustomerDetailSchema)
@bp.refuses(422)
@bp.says(N_("Create a customer with its first header"))
def create_customer(entries: tuple[CustomerDraft, HeaderDraft]) -> Created:
    customer = customers.create_customer(current_actor(), *entries, source=_SOURCE)
    return customer, _at("Customers.get_customer", customer_id=customer.id)


@bp.get("/customers/<int:customer_id>")
@bp.response(200, CustomerDetailSchema)
@bp.refuses(404)
@bp.says(N_("Read a customer"))
def get_customer(customer_id: int) -> Customer:
    return customers.get_customer(current_actor(), customer_id)


@bp.put("/customers/<int:customer_id>")
@bp.arguments(CustomerChangeSchema)
@bp.response(200, CustomerDetailSchema)
@bp.refuses(404, 409, 422)
@bp.says(N_("Change a customer"), N_("Headers are changed on their own."))
def change_customer(entries: tuple[CustomerDraft, int | None], customer_id: int) -> Customer:
    draft, seen = entries
    return customers.edit_customer(current_actor(), draft, customer_id=customer_id, revision=seen)


@bp.post("/customers/<int:customer_id>/deactivate")
@bp.response(200, CustomerDetailSchema)
@bp.refuses(404)
@bp.says(N_("Put a customer aside"), N_("It is not offered any more; its requests and invoices stay."))
def deactivate_customer(customer_id: int) -> Customer:
    return customers.deactivate_customer(current_actor(), customer_id=customer_id)


@bp.post("/customers/<int:customer_id>/reactivate")
@bp.response(200, CustomerDetailSchema)
@bp.refuses(404)
@bp.says(N_("Offer a customer again"))
def reactivate_customer(customer_id: int) -> Customer:
    return customers.reactivate_customer(current_actor(), customer_id=customer_id)


@bp.get("/customers/<int:customer_id>/headers")
@bp.response(200, HeaderListSchema)
@bp.refuses(404)
@bp.says(
    N_("List a customer's headers with their earlier versions"),
    N_("The default header first, retired ones last; the versions of each newest first."),
)
def list_headers(customer_id: int) -> dict[str, list[Header]]:
    histories = customers.list_headers(current_actor(), customer_id)
    return {"items": [version for history in histories for version in history.versions]}


@bp.post("/customers/<int:customer_id>/headers")
@bp.arguments(HeaderEntrySchema)
@bp.response(201, HeaderDetailSchema)
@bp.refuses(404, 422)
@bp.says(N_("Add a header to a customer"))
def add_header(draft: HeaderDraft, customer_id: int) -> Created:
    header = customers.add_header(current_actor(), draft, customer_id=customer_id, source=_SOURCE)
    return header, _at("Customers.get_header", header_id=header.id)


@bp.get("/headers/<int:header_id>")
@bp.response(200, HeaderDetailSchema)
@bp.refuses(404)
@bp.says(N_("Read a header, also an earlier version"))
def get_header(header_id: int) -> Header:
    return customers.get_header(current_actor(), header_id)


@bp.put("/headers/<int:header_id>")
@bp.arguments(HeaderEntrySchema)
@bp.response(200, HeaderDetailSchema)
@bp.refuses(404, 409, 422)
@bp.says(
    N_("Change a header"),
    N_("The version is closed and a new one with an id of its own takes its place. Requests keep theirs."),
)
def change_header(draft: HeaderDraft, header_id: int) -> Header:
    return customers.change_header(current_actor(), draft, header_id=header_id, source=_SOURCE)


@bp.post("/headers/<int:header_id>/default")
@bp.response(200, HeaderDetailSchema)
@bp.refuses(404, 409)
@bp.says(N_("Make a header the one that requests offer first"))
def set_default_header(header_id: int) -> Header:
    return customers.set_default_header(current_actor(), header_id=header_id)


@bp.post("/headers/<int:header_id>/retire")
@bp.response(200, HeaderDetailSchema)
@bp.refuses(404, 409)
@bp.says(N_("Take a header out of use"))
def retire_header(header_id: int) -> Header:
    return customers.retire_header(current_actor(), header_id=header_id)


@bp.post("/tax-number-checks")
@bp.arguments(TaxNumberEntrySchema)
@bp.response(200, TaxNumberCheckSchema)
@bp.refuses(422)
@bp.says(N_("Check a tax number"), N_("By the rules of form and import. Nothing is saved."))
def check_tax_number(asked: dict[str, Any]) -> TaxIdCheck:
    return customers.check_tax_number(
        current_actor(), asked["number"], kind=HeaderKind(asked["kind"]), header_id=asked["header_id"]
    )


def _at(endpoint: str, **values: Any) -> dict[str, str]:
    return {"Location": url_for(endpoint, **values)}
