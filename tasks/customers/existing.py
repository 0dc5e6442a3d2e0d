"""What the rows of a sheet may refer to: customers by code, name and number, colleagues by e-mail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from models.access import Actor
from models.accounts import Membership
from models.customers import Customer, Header
from models.db import db
from models.taxid import normalize_tax_id
from tasks.exchange import Row

_AT_ONCE = 400  # three lists of values in one statement, and SQLite once allowed 999 in all


@dataclass
class Existing:
    by_code: dict[str, Customer] = field(default_factory=dict)
    by_name: dict[str, list[Customer]] = field(default_factory=lambda: defaultdict(list))
    by_number: dict[str, list[Header]] = field(default_factory=lambda: defaultdict(list))
    owners: dict[str, int] = field(default_factory=dict)

    def note(self, customer: Customer) -> None:
        """Make a customer known by its code, its name and the numbers of its headers in force."""
        self.by_code[customer.code] = customer
        self.by_name[customer.name].append(customer)
        for header in customer.current_headers:
            if header.tax_id:
                self.by_number[header.tax_id].append(header)


def load_existing(actor: Actor, rows: Sequence[Row], *, lock: bool) -> Existing:
    """The customers that `rows` may mean; with `lock` nobody else changes them until the transaction ends."""
    found = Existing(owners=_owners(actor))
    customers: dict[int, Customer] = {}
    for some in _batches(rows):
        for customer in _customers_of(some, lock=lock):
            customers[customer.id] = customer
    for customer in customers.values():
        found.note(customer)
    return found


def _customers_of(rows: Sequence[Row], *, lock: bool) -> Iterable[Customer]:
    numbers = {normalize_tax_id(row.values["tax_id"]) for row in rows} - {""}
    with_number = select(Header.customer_id).where(Header.valid_to.is_(None), Header.tax_id.in_(numbers))
    wanted = (
        select(Customer)
        .options(selectinload(Customer.headers))
        .where(
            or_(
                Customer.code.in_({row.values["code"] for row in rows} - {""}),
                Customer.name.in_({row.values["name"] for row in rows} - {""}),
                Customer.id.in_(with_number),
            )
        )
        .order_by(Customer.id)
    )
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(wanted)


def _owners(actor: Actor) -> dict[str, int]:
    members = db.session.scalars(
        select(Membership)
        .options(joinedload(Membership.user))
        .where(Membership.company_id == actor.company_id, Membership.is_active)
    )
    return {member.user.email.lower(): member.user_id for member in members}


def _batches(rows: Sequence[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, _AT_ONCE)):
        yield batch
