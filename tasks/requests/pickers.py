"""The customers that the request form offers, with their headers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import false, or_, select
from sqlalchemy.orm import selectinload

from models.access import Actor, Permission
from models.customers import Customer, Header
from models.db import db
from models.errors import NotFound
from models.taxid import normalize_tax_id
from tasks.boundary import query


@query(Permission.CUSTOMER_READ)
def find_customers(actor: Actor, text: str, *, limit: int = 20) -> Sequence[Customer]:
    """Active customers by part of their name or code, pinyin initials, or the beginning of a tax number, by name."""
    text = text.strip()
    wanted = select(Customer).options(selectinload(Customer.headers)).where(Customer.is_active)
    if text:
        number = normalize_tax_id(text)
        by_number = Header.tax_id.startswith(number, autoescape=True) if number else false()
        in_force = select(Header.customer_id).where(
            Header.valid_to.is_(None), or_(Header.title.icontains(text, autoescape=True), by_number)
        )
        wanted = wanted.where(
            or_(
                Customer.name.icontains(text, autoescape=True),
                Customer.code.icontains(text, autoescape=True),
                Customer.initials.contains(text.lower(), autoescape=True),
                Customer.id.in_(in_force),
            )
        )
    return db.session.scalars(wanted.order_by(Customer.name, Customer.id).limit(limit)).all()


@query(Permission.CUSTOMER_READ)
def get_choice(actor: Actor, customer_id: int) -> Customer:
    """A customer with its headers, also one that is no longer active. Raises `NotFound`."""
    customer = db.session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("There is no such customer.", code="customer.not_found", field="customer_id")
    return customer
