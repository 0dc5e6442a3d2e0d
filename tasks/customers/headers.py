"""A customer's invoice headers. A header is never edited: a change closes the row and opens its next version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from models.access import Actor, Permission
from models.customers import Customer, Header
from models.db import db, utc_now
from models.errors import Conflict, Invalid, NotFound
from models.pinyin import initials
from models.taxid import mask_tax_id, normalize_tax_id
from tasks import audit
from tasks.boundary import command, query
from tasks.customers.checks import TaxIdCheck, check_header_values, find_twin, judge, refuse, taken, tax_id_verdict
from tasks.customers.search import get_customer, lock_customer
from tasks.customers.values import HeaderDraft, header_draft, values_of


@dataclass(frozen=True)
class HeaderHistory:
    """A header through its versions, newest first. `is_retired`: none is in force any more."""

    versions: Sequence[Header]

    @property
    def latest(self) -> Header:
        return self.versions[0]

    @property
    def is_retired(self) -> bool:
        return self.latest.valid_to is not None


@query(Permission.CUSTOMER_READ)
def list_headers(actor: Actor, customer_id: int) -> list[HeaderHistory]:
    """Each header of a customer with its history: the default first, retired ones last. Raises `NotFound`."""
    customer = get_customer(actor, customer_id)
    superseded = {header.supersedes_id for header in customer.headers}
    by_id = {header.id: header for header in customer.headers}
    found = [HeaderHistory(_versions(header, by_id)) for header in customer.headers if header.id not in superseded]
    return sorted(found, key=lambda line: (line.is_retired, not line.latest.is_default, line.latest.id))


@query(Permission.CUSTOMER_READ)
def get_header(actor: Actor, header_id: int) -> Header:
    """A header with its customer, also an old version. Raises `NotFound`."""
    header = db.session.scalars(
        select(Header).options(selectinload(Header.customer)).where(Header.id == header_id)
    ).one_or_none()
    if header is None:
        raise NotFound("There is no such header.", code="header.not_found")
    return header


@command(Permission.CUSTOMER_EDIT)
def add_header(actor: Actor, draft: HeaderDraft, *, customer_id: int, source: str = "form") -> Header:
    """Give a customer one more header. The first in force becomes the default. Raises `Invalid` with every fault."""
    customer = lock_customer(customer_id)
    values, problems = prepare_header(actor, draft)
    refuse(problems)
    header = insert_header(actor, customer, values, source=source)
    audit.record(actor, "header.add", f"customer:{customer.id}", header=header.id, **_facts(values), source=source)
    return header


@command(Permission.CUSTOMER_EDIT)
def change_header(actor: Actor, draft: HeaderDraft, *, header_id: int, source: str = "form") -> Header:
    """Close a version and open the next one; requests keep the version they were made with.

    Returns the header itself when nothing is different. Raises `Conflict` for a version that is not in force.
    """
    header = _lock_in_force(actor, header_id)
    values, problems = prepare_header(actor, draft, own=header)
    refuse(problems)
    before = values_of(header_draft(header))
    values["is_default"] = values["is_default"] or header.is_default
    changed = {field: value for field, value in values.items() if value != before[field]}
    if not changed:
        return header
    close_headers([header])
    successor = insert_header(actor, header.customer, values, source=source, supersedes=header)
    audit.record(
        actor,
        "header.change",
        f"customer:{header.customer_id}",
        header=successor.id,
        supersedes=header.id,
        before=_facts({field: before[field] for field in changed}),
        after=_facts(changed),
        source=source,
    )
    return successor


@command(Permission.CUSTOMER_EDIT)
def set_default_header(actor: Actor, *, header_id: int) -> Header:
    """Make a header the one that requests offer first; the earlier default loses the mark in the same transaction."""
    header = _lock_in_force(actor, header_id)
    former = header.customer.default_header
    if not header.is_default:
        _take_default(header.customer)
        header.is_default = True
        audit.record(
            actor,
            "header.set_default",
            f"customer:{header.customer_id}",
            header=header.id,
            instead_of=former.id if former else None,
        )
    return header


@command(Permission.CUSTOMER_EDIT)
def retire_header(actor: Actor, *, header_id: int) -> Header:
    """Take a header out of use; requests made with it keep it. The oldest other one becomes the default."""
    header = _lock_in_force(actor, header_id)
    was_default = header.is_default
    close_headers([header])
    remaining = header.customer.current_headers
    if was_default and remaining:
        remaining[0].is_default = True
    audit.record(actor, "header.retire", f"customer:{header.customer_id}", header=header.id, title=header.title)
    return header


def prepare_header(
    actor: Actor, draft: HeaderDraft, *, own: Header | None = None
) -> tuple[dict[str, Any], list[Invalid]]:
    """The values of a header to be written, and what is wrong with them. `own` is the version that they replace."""
    values = values_of(draft)
    check = TaxIdCheck(tax_id_verdict(draft.tax_id, draft.kind), find_twin(draft.tax_id, except_header=own))
    refusal, values["override_reason"] = judge(actor, check, values["override_reason"], own=own)
    values["tax_id"] = normalize_tax_id(draft.tax_id)
    return values, [*check_header_values(values), *([refusal] if refusal else [])]


def insert_header(
    actor: Actor, customer: Customer, values: dict[str, Any], *, source: str, supersedes: Header | None = None
) -> Header:
    """Write checked values as a header in force. Raises `Invalid` when somebody else took the number meanwhile."""
    is_default = values["is_default"] or not customer.current_headers
    if is_default:
        _take_default(customer)
    header = Header(
        **values | {"is_default": is_default},
        initials=initials(values["title"]),
        source=source,
        supersedes_id=supersedes.id if supersedes else None,
        created_by_id=actor.user_id,
    )
    try:
        with db.session.begin_nested():
            customer.headers.append(header)
    except IntegrityError:
        # The unique index has the last word: two people may type the same number at once.
        if (twin := find_twin(values["tax_id"])) is not None:
            raise taken(twin) from None
        raise
    return header


def close_headers(headers: Iterable[Header]) -> None:
    """End versions now. Flushed at once: their numbers must be free before the next versions take them."""
    now = utc_now()
    for header in headers:
        header.valid_to = now
        header.is_default = False
    db.session.flush()


def _lock_in_force(actor: Actor, header_id: int) -> Header:
    customer = lock_customer(get_header(actor, header_id).customer_id)
    header = next(header for header in customer.headers if header.id == header_id)
    if header.valid_to is not None:
        raise Conflict(
            "This header of {customer} was changed or retired in the meantime. Look at the one in force.",
            code="header.not_in_force",
            customer=customer.name,
        )
    return header


def _take_default(customer: Customer) -> None:
    for header in customer.current_headers:
        header.is_default = False


def _versions(header: Header, by_id: dict[int, Header]) -> list[Header]:
    versions = [header]
    while (earlier := by_id.get(versions[-1].supersedes_id or 0)) is not None:
        versions.append(earlier)
    return versions


def _facts(values: dict[str, Any]) -> dict[str, Any]:
    """Values for the audit log, which is read by more people: a natural person's number is masked there."""
    return values | ({"tax_id": mask_tax_id(values["tax_id"])} if "tax_id" in values else {})
