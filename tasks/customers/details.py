"""A customer's own facts: made together with its first header, changed, put aside and taken up again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.access import Actor, Permission
from models.customers import Customer
from models.db import db, utc_now
from models.errors import Conflict, Invalid
from models.pinyin import full_pinyin, initials
from tasks import audit, numbering
from tasks.boundary import command
from tasks.customers.checks import check_customer_values, check_owner, code_taken, find_by_code, refuse
from tasks.customers.headers import insert_header, prepare_header
from tasks.customers.search import lock_customer
from tasks.customers.values import CustomerDraft, HeaderDraft, customer_draft, values_of

CODE_PATTERN = "C{sequence:05}"
_CODE_SERIES = "customer"


@command(Permission.CUSTOMER_EDIT)
def create_customer(actor: Actor, draft: CustomerDraft, header: HeaderDraft, *, source: str = "form") -> Customer:
    """Make a customer and its first header, which becomes the default.

    1. Everything typed is checked; faults of the header have fields that begin with ``header.``. 2. An empty title is
    the customer's name, an empty code the next automatic one. 3. Both rows are written: if somebody else took the
    number or the code meanwhile, `Invalid`.
    """
    values = values_of(draft)
    header = replace(header, title=header.title.strip() or draft.name)
    header_values, header_problems = prepare_header(actor, header)
    refuse(
        [
            *check_customer_values(values),
            *check_owner(actor, draft.owner_id),
            *_check_code(values["code"]),
            *(_within_header(problem) for problem in header_problems),
        ]
    )
    values["code"] = values["code"] or draw_codes(actor, 1)[0]
    customer = Customer(**values, **name_letters(values["name"]), headers=[])
    _insert(customer)
    try:
        first = insert_header(actor, customer, header_values | {"is_default": True}, source=source)
    except Invalid as refusal:
        raise _within_header(refusal) from refusal
    audit.record(actor, "customer.create", f"customer:{customer.id}", **values, header=first.id, source=source)
    return customer


@command(Permission.CUSTOMER_EDIT)
def edit_customer(actor: Actor, draft: CustomerDraft, *, customer_id: int, revision: int | None = None) -> Customer:
    """Change a customer's facts; its pinyin follows its name. `revision` is the one that the form was made from.

    Raises `Conflict` when somebody else has changed the customer since, `Invalid` with every fault.
    """
    customer = lock_customer(customer_id)
    if revision is not None and revision != customer.revision:
        raise Conflict(
            "Somebody else has changed {customer} since you opened it. Look at the changes, then make yours again.",
            code="customer.stale",
            customer=customer.name,
        )
    values = values_of(draft) | {"code": draft.code.strip() or customer.code}
    owner_problems = check_owner(actor, draft.owner_id) if draft.owner_id != customer.owner_id else []
    refuse([*check_customer_values(values), *owner_problems, *_check_code(values["code"], customer)])
    _apply_changes(actor, customer, values)
    return customer


@command(Permission.CUSTOMER_EDIT)
def deactivate_customer(actor: Actor, *, customer_id: int) -> Customer:
    """Put a customer aside: it is not offered any more, its history stays. Doing it twice changes nothing."""
    return _set_active(actor, customer_id, is_active=False)


@command(Permission.CUSTOMER_EDIT)
def reactivate_customer(actor: Actor, *, customer_id: int) -> Customer:
    """Offer a customer again."""
    return _set_active(actor, customer_id, is_active=True)


def _apply_changes(actor: Actor, customer: Customer, values: dict[str, Any]) -> None:
    """Write checked values to a customer, with one audit entry if anything changes."""
    before = values_of(customer_draft(customer))
    changed = {field: value for field, value in values.items() if value != before[field]}
    if not changed:
        return
    if "name" in changed:
        changed |= name_letters(changed["name"])
    customer_id, code = customer.id, values["code"]
    try:
        with db.session.begin_nested():
            for field, value in changed.items():
                setattr(customer, field, value)
    except IntegrityError:
        _refuse_code(code, except_id=customer_id)
        raise
    audit.record(
        actor,
        "customer.edit",
        f"customer:{customer.id}",
        before={field: before[field] for field in changed if field in before},
        after={field: value for field, value in changed.items() if field in before},
    )


def name_letters(name: str) -> dict[str, str]:
    """The columns by which a name is found with a Latin keyboard."""
    return {"initials": initials(name), "pinyin": full_pinyin(name)}


def draw_codes(actor: Actor, count: int) -> list[str]:
    """The next `count` automatic codes, without those that somebody has given by hand."""
    codes: list[str] = []
    while len(codes) < count:
        drawn = numbering.draw_many(
            actor.company_id or 0, _CODE_SERIES, CODE_PATTERN, utc_now().date(), count=count - len(codes)
        )
        given = set(db.session.scalars(select(Customer.code).where(Customer.code.in_(drawn))))
        codes += [code for code in drawn if code not in given]
    return codes


def _set_active(actor: Actor, customer_id: int, *, is_active: bool) -> Customer:
    customer = lock_customer(customer_id)
    if customer.is_active != is_active:
        customer.is_active = is_active
        action = "customer.reactivate" if is_active else "customer.deactivate"
        audit.record(actor, action, f"customer:{customer.id}", name=customer.name)
    return customer


def _check_code(code: str, own: Customer | None = None) -> list[Invalid]:
    twin = find_by_code(code) if code else None
    return [] if twin is None or twin is own else [code_taken(twin)]


def _insert(customer: Customer) -> None:
    """The unique constraint has the last word: two people may type the same code at once."""
    code = customer.code
    try:
        with db.session.begin_nested():
            db.session.add(customer)
    except IntegrityError:
        _refuse_code(code, except_id=None)
        raise


def _refuse_code(code: str, *, except_id: int | None) -> None:
    twin = find_by_code(code)
    if twin is not None and twin.id != except_id:
        raise code_taken(twin)


def _within_header(problem: Invalid) -> Invalid:
    """The same refusal, for a form that holds the header beside the customer."""
    inner = Invalid.of(problem.message, problem.fields, code=problem.code, field=f"header.{problem.field}")
    inner.problems = tuple(_within_header(each) for each in problem.problems)
    return inner
