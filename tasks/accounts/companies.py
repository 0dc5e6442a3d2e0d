"""Companies: the first sign-up, further companies, and each company's settings as a seller."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from string import Formatter
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import func, select

from models.access import Actor, Permission, Role, require
from models.accounts import Company, Membership, User, WithdrawUntil
from models.db import db, is_sqlite
from models.errors import Conflict, Invalid, NotAllowed
from models.taxid import check_tax_id
from models.tenancy import serve_company
from tasks import audit, ledger
from tasks.accounts import passwords
from tasks.accounts.login import normalize_email
from tasks.boundary import command, founding, public_query, query, steps

# What a new company starts with, done by the system in the transaction that makes the company.
NEW_COMPANY_STEPS: list[Callable[[Actor], None]] = []

_NUMBER_FIELDS = frozenset({"year", "month", "day", "sequence"})
_WIDTH = re.compile(r"(0[1-9])?")
_FOUNDING_LOCK = 7_301_001  # any number that no other advisory lock of this program uses


@dataclass(frozen=True)
class CompanyDraft:
    """A company's settings as typed: what stands on its invoices as the seller, and how its papers are numbered."""

    name: str
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    bank_name: str = ""
    bank_account: str = ""
    drawer: str = ""
    payee: str = ""
    reviewer: str = ""
    time_zone: str = "Asia/Shanghai"
    number_pattern: str = "KP-{year}{month:02}-{sequence:05}"
    withdraw_until: str = WithdrawUntil.END.value


@public_query
def has_any_company() -> bool:
    """Whether somebody has signed up here."""
    return db.session.scalars(select(Company.id).limit(1)).one_or_none() is not None


@steps
def sign_up_company(
    company_name: str, *, name: str, email: str, password: str, language: str = "zh", address: str = ""
) -> int:
    """Make the first company and its administrator; the id of the administrator.

    Raises `NotAllowed` once there is a company: from then on people come in by invitation.
    """
    _refuse_second_sign_up()
    passwords.check_strength(password, words=(name, email, company_name))
    password_hash = passwords.hash_password(password)
    admin = User(name=name.strip(), email=normalize_email(email), password_hash=password_hash, language=language)
    return _found_first(company_name, admin, f"web {address}".strip())


@founding
def _found_first(company_name: str, admin: User, origin: str) -> int:
    if not is_sqlite(db.session()):  # on SQLite writers take turns anyway
        db.session.execute(select(func.pg_advisory_xact_lock(_FOUNDING_LOCK)))
    if db.session.scalars(select(Company.id).limit(1)).one_or_none() is not None:
        raise _signed_up()
    db.session.add(admin)
    db.session.flush()
    _found(CompanyDraft(name=company_name), admin.id, origin)
    return admin.id


@founding
def create_company(actor: Actor, draft: CompanyDraft) -> int:
    """Make a further company, whose administrator the actor becomes; its id."""
    require(actor, Permission.COMPANY_EDIT)
    if actor.user_id is None:
        raise NotAllowed("Only a person can be a company's first administrator.", code="company.no_person")
    return _found(draft, actor.user_id, actor.origin)


@query(Permission.COMPANY_READ)
def get_company(actor: Actor) -> Company:
    """The actor's company."""
    return db.session.get_one(Company, actor.company_id)


@command(Permission.COMPANY_EDIT)
def edit_company(actor: Actor, draft: CompanyDraft) -> Company:
    """Change the settings of the actor's company."""
    # Not against rows that refer to the company: those of the audit log are written under its lock.
    company = db.session.get_one(Company, actor.company_id, with_for_update={"key_share": True})
    before = {field: getattr(company, field) for field in asdict(draft)}
    _apply(company, draft)
    changed = {field: getattr(company, field) for field in before if getattr(company, field) != before[field]}
    if changed:
        audit.record(
            actor, "company.edit", f"company:{company.id}", before={f: before[f] for f in changed}, after=changed
        )
    return company


def _found(draft: CompanyDraft, admin_id: int, origin: str) -> int:
    """1. The company and its administrator. 2. Its hash chains. 3. What every new company starts with."""
    company = Company()
    _apply(company, draft)
    db.session.add(company)
    db.session.flush()
    membership = Membership(user_id=admin_id, company_id=company.id, roles=[Role.ADMIN.value])
    db.session.add(membership)
    serve_company(company.id)
    ledger.open_chains(company.id)
    db.session.flush()
    audit.record(membership.as_actor(origin), "company.found", f"company:{company.id}", name=company.name)
    for step in NEW_COMPANY_STEPS:
        step(Actor(company.id, is_system=True, origin="sign-up"))
    return company.id


def _apply(company: Company, draft: CompanyDraft) -> None:
    values = {field: value.strip() for field, value in asdict(draft).items()}
    if not values["name"]:
        raise Invalid("Enter the company's name.", code="company.name_missing", field="name")
    if values["tax_id"]:
        values["tax_id"] = _sound_tax_id(values["tax_id"])
    if values["time_zone"] not in available_timezones():
        raise Invalid(
            "“{time_zone}” is not a time zone. Write it like Asia/Shanghai.",
            code="company.time_zone",
            field="time_zone",
            time_zone=values["time_zone"],
        )
    _check_pattern(values["number_pattern"])
    if values["withdraw_until"] not in list(WithdrawUntil):
        raise Invalid("Choose from the list.", code="company.withdraw_until", field="withdraw_until")
    values["withdraw_until"] = WithdrawUntil(values["withdraw_until"])
    _refuse_same_name(company, values["name"])
    for field, value in values.items():
        setattr(company, field, value)


def _sound_tax_id(text: str) -> str:
    verdict = check_tax_id(text)
    fields: dict[str, Any] = dict(verdict.fields)
    if verdict.level == "error":
        raise Invalid(verdict.message, code=f"taxid.{verdict.code}", field="tax_id", **fields)
    return verdict.normalized


def _check_pattern(pattern: str) -> None:
    """Only the names of `_NUMBER_FIELDS`, with a small width: a format of Python's can reach far more than a number."""
    try:
        parts = [(name, width) for _, name, width, _ in Formatter().parse(pattern) if name is not None]
    except ValueError:
        parts = []
    names = {name for name, _ in parts}
    has_small_widths = all(_WIDTH.fullmatch(width or "") for _, width in parts)
    if "sequence" not in names or names - _NUMBER_FIELDS or not has_small_widths:
        raise Invalid(
            "The number pattern “{pattern}” cannot be used. It needs {{sequence}}, and may hold {{year}}, {{month}} "
            "and {{day}}, each with a width such as {{sequence:05}}.",
            code="company.number_pattern",
            field="number_pattern",
            pattern=pattern[:80],
        )


def _refuse_same_name(company: Company, name: str) -> None:
    with db.session.no_autoflush:
        same = db.session.scalars(select(Company.id).where(Company.name == name)).one_or_none()
    if same is not None and same != company.id:
        raise Conflict("There is a company named “{name}” already.", code="company.exists", field="name", name=name)


def _refuse_second_sign_up() -> None:
    """Before the slow hashing; `_found_first` looks again under the lock."""
    if has_any_company():
        raise _signed_up()


def _signed_up() -> NotAllowed:
    return NotAllowed(
        "This system has a company already. Ask its administrator for an invitation.", code="signup.closed"
    )
