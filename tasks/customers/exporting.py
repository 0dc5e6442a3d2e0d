"""The customer list as a workbook: a row for each header in force, in the columns that the import reads."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor, Permission
from models.accounts import Membership
from models.customers import Customer, Header
from models.db import db
from tasks.boundary import query
from tasks.customers.columns import ACTIVE, COLUMNS, CUSTOMER_FIELDS, HEADER_FIELDS, INACTIVE
from tasks.customers.search import CustomerFilter, filter_conditions, show_tax_id
from tasks.exchange import write_rows
from tasks.language import translate


@query(Permission.CUSTOMER_READ)
def export_customers(actor: Actor, wanted: CustomerFilter, language: str) -> bytes:
    """Everything that the filter finds, by code. Imported into an empty company it gives the same customers."""
    titles = {
        column.key: dict(zip((c.key for c in column.choices), column.choice_titles(language), strict=True))
        for column in COLUMNS
    }
    rows = (
        [titles[column.key].get(values[column.key], values[column.key]) for column in COLUMNS]
        for values in _rows(actor, wanted)
    )
    return write_rows(
        [column.title(language) for column in COLUMNS],
        rows,
        sheet_name=translate("Customers", language),
        kinds=["text"] * len(COLUMNS),
    )


def _rows(actor: Actor, wanted: CustomerFilter) -> Iterator[dict[str, str]]:
    owners = _emails(actor)
    found = db.session.scalars(
        select(Customer)
        .options(selectinload(Customer.headers))
        .where(*filter_conditions(actor, wanted))
        .order_by(Customer.code, Customer.id)
        .execution_options(yield_per=500)
    )
    for customer in found:
        headers = sorted(customer.current_headers, key=lambda header: (not header.is_default, header.id))
        shown: list[Header | None] = [*headers] or [None]
        for header in shown:
            yield _customer_cells(customer, owners) | _header_cells(actor, header)


def _customer_cells(customer: Customer, owners: dict[int, str]) -> dict[str, str]:
    return {
        **{column: getattr(customer, field) for column, field in CUSTOMER_FIELDS.items()},
        "grade": customer.grade.value,
        "owner": owners.get(customer.owner_id or 0, ""),
        "state": ACTIVE if customer.is_active else INACTIVE,
    }


def _header_cells(actor: Actor, header: Header | None) -> dict[str, str]:
    if header is None:
        return dict.fromkeys((*HEADER_FIELDS, "kind"), "")
    cells = {column: getattr(header, field) for column, field in HEADER_FIELDS.items()}
    return cells | {"kind": header.kind.value, "tax_id": show_tax_id(actor, header.tax_id)}


def _emails(actor: Actor) -> dict[int, str]:
    members = db.session.scalars(
        select(Membership).options(joinedload(Membership.user)).where(Membership.company_id == actor.company_id)
    )
    return {member.user_id: member.user.email for member in members}
