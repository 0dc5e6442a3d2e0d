"""Find customers by what people type: a name, pinyin, a tax number, a code. The one search of list and type-ahead."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true, tuple_
from sqlalchemy.orm import selectinload

from models.access import Actor, Permission, can
from models.customers import Customer, Grade, Header, HeaderKind
from models.db import db
from models.errors import NotFound
from models.taxid import mask_tax_id, normalize_tax_id
from tasks.boundary import query

STATES = ("active", "inactive", "all")
_PREFIX_CHARACTERS = 4  # a shorter beginning of a tax number finds half the country


@dataclass(frozen=True, kw_only=True)
class CustomerFilter:
    """Which customers a list shows; every given condition must hold. `state` is one of `STATES`."""

    text: str = ""
    owner_id: int | None = None
    grade: Grade | None = None
    state: str = "active"


@dataclass(frozen=True)
class CustomerPage:
    """A page in the order of the pinyin. `next_after` is the id to continue after; None on the last page."""

    customers: Sequence[Customer]
    total: int
    next_after: int | None


@query(Permission.CUSTOMER_READ)
def list_customers(
    actor: Actor, wanted: CustomerFilter | None = None, *, after: int | None = None, limit: int = 50
) -> CustomerPage:
    """Customers that the filter finds, with their headers, by pinyin of the name; `after` is the last id seen."""
    conditions = filter_conditions(actor, wanted or CustomerFilter())
    rows = db.session.scalars(
        select(Customer)
        .options(selectinload(Customer.headers))
        .where(*conditions, _behind(after))
        .order_by(Customer.pinyin, Customer.id)
        .limit(limit + 1)
    ).all()
    total = db.session.scalars(select(func.count(Customer.id)).where(*conditions)).one()
    return CustomerPage(rows[:limit], total, rows[limit - 1].id if len(rows) > limit else None)


@query(Permission.CUSTOMER_READ)
def find_customers(actor: Actor, text: str, *, limit: int = 20) -> Sequence[Customer]:
    """Active customers for a type-ahead, with their headers, the closest first."""
    text = text.strip()
    wanted = select(Customer).options(selectinload(Customer.headers)).where(Customer.is_active)
    if text:
        wanted = wanted.where(_mentions(actor, text)).order_by(_distance(text))
    return db.session.scalars(wanted.order_by(Customer.pinyin, Customer.id).limit(limit)).all()


@query(Permission.CUSTOMER_READ)
def get_customer(actor: Actor, customer_id: int) -> Customer:
    """A customer with its headers. Raises `NotFound`, also for one of another company."""
    customer = db.session.scalars(
        select(Customer).options(selectinload(Customer.headers)).where(Customer.id == customer_id)
    ).one_or_none()
    if customer is None:
        raise NotFound("There is no such customer.", code="customer.not_found", field="customer_id")
    return customer


def lock_customer(customer_id: int) -> Customer:
    """The customer with its headers as they are now, held until the transaction ends. Raises `NotFound`."""
    customer = db.session.scalars(
        select(Customer)
        .options(selectinload(Customer.headers))
        .where(Customer.id == customer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if customer is None:
        raise NotFound("There is no such customer.", code="customer.not_found")
    return customer


@query(Permission.CUSTOMER_READ)
def show_tax_id(actor: Actor, number: str) -> str:
    """A tax number as the actor may read it: a natural person's is masked but for those who edit customers."""
    return number if can(actor, Permission.CUSTOMER_EDIT) else mask_tax_id(number)


def filter_conditions(actor: Actor, wanted: CustomerFilter) -> list[ColumnElement[bool]]:
    """The filter as SQL, for the list and its export."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.text.strip():
        conditions.append(_mentions(actor, wanted.text.strip()))
    if wanted.owner_id is not None:
        conditions.append(Customer.owner_id == wanted.owner_id)
    if wanted.grade is not None:
        conditions.append(Customer.grade == wanted.grade)
    if wanted.state != "all":
        conditions.append(Customer.is_active == (wanted.state != "inactive"))
    return conditions


def _behind(after: int | None) -> ColumnElement[bool]:
    if after is None:
        return true()
    last = select(Customer.pinyin).where(Customer.id == after).scalar_subquery()
    return tuple_(Customer.pinyin, Customer.id) > tuple_(last, after)


def _mentions(actor: Actor, text: str) -> ColumnElement[bool]:
    """Part of the name, of a header's title or of the code; pinyin of the name; a tax number or its beginning."""
    found = [
        Customer.name.icontains(text, autoescape=True),
        Customer.code.icontains(text, autoescape=True),
        Customer.id.in_(
            select(Header.customer_id).where(
                Header.valid_to.is_(None),
                or_(Header.title.icontains(text, autoescape=True), _has_number(actor, normalize_tax_id(text))),
            )
        ),
    ]
    if letters := _letters(text):
        found += [Customer.initials.contains(letters), Customer.pinyin.contains(letters)]
    return or_(*found)


def _has_number(actor: Actor, number: str) -> ColumnElement[bool]:
    exact = and_(Header.tax_id == number, Header.tax_id != "")
    if len(number) < _PREFIX_CHARACTERS:
        return exact
    beginning = Header.tax_id.startswith(number, autoescape=True)
    if can(actor, Permission.CUSTOMER_EDIT):
        return beginning
    # Who sees a person's number masked must not find out its digits by searching for beginnings.
    return or_(exact, and_(beginning, Header.kind != HeaderKind.PERSON))


def _distance(text: str) -> ColumnElement[int]:
    number, letters = normalize_tax_id(text), _letters(text)
    with_number = select(Header.customer_id).where(
        Header.valid_to.is_(None), Header.tax_id == number, Header.tax_id != ""
    )
    return case(
        (or_(Customer.code == text, Customer.name == text, Customer.id.in_(with_number)), 0),
        (Customer.name.istartswith(text, autoescape=True), 1),
        (Customer.initials.startswith(letters) if letters else Customer.name.istartswith(text, autoescape=True), 2),
        else_=3,
    )


def _letters(text: str) -> str:
    """What can be pinyin: letters and digits without the blanks and apostrophes between syllables; else nothing."""
    letters = re.sub(r"[\s'’]+", "", unicodedata.normalize("NFKC", text)).lower().replace("ü", "v")
    return letters if letters.isascii() and letters.isalnum() else ""
