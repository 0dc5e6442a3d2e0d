"""What the operator does at the command line: people of any company, found by their mail address."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import selectinload

from models.access import Actor, Permission, Role
from models.accounts import ApiToken, Company, Membership, User
from models.db import db, utc_now
from models.errors import Conflict, Invalid, NotFound
from tasks import audit
from tasks.accounts import passwords
from tasks.accounts.login import normalize_email
from tasks.accounts.sessions import end_sessions_of
from tasks.boundary import command, job, query, separate


@query(Permission.OPERATE)
def list_users(_actor: Actor) -> Sequence[User]:
    """Everybody, by mail address, with their memberships."""
    wanted = select(User).options(selectinload(User.memberships).joinedload(Membership.company)).order_by(User.email)
    return db.session.scalars(wanted).all()


@command(Permission.OPERATE)
def add_user(
    actor: Actor, *, email: str, name: str, company: str, roles: Sequence[Role], password: str, language: str
) -> User:
    """Make a person, or let one who is known already into a further company.

    Raises `Conflict` for somebody who is there already, `Invalid` for a weak password.
    """
    found = _find_company(company)
    user = _user(email)
    if user is None:
        passwords.check_strength(password, words=(name, email, found.name))
        user = User(
            email=normalize_email(email),
            name=name.strip(),
            password_hash=passwords.hash_password(password),
            language=language,
        )
        db.session.add(user)
    elif any(membership.company_id == found.id for membership in user.memberships):
        raise Conflict("{email} belongs to {company} already.", code="user.exists", email=email, company=found.name)
    membership = Membership(user=user, company_id=found.id, roles=[role.value for role in roles])
    db.session.add(membership)
    db.session.flush()
    audit.record(actor, "user.add", f"user:{user.id}", company_id=found.id, roles=membership.roles)
    return user


@command(Permission.OPERATE)
def set_password(actor: Actor, *, email: str, password: str) -> None:
    """Give a person a new password and end their sessions. Raises `Invalid` for a weak one."""
    user = _get_user(email)
    passwords.check_strength(password, words=(user.name, user.email))
    user.password_hash = passwords.hash_password(password)
    end_sessions_of(user.id)
    _record(actor, user, "user.password")


@command(Permission.OPERATE)
def deactivate_user(actor: Actor, *, email: str) -> None:
    """Shut a person out of every company: sessions end and tokens are revoked at once. What they did stays."""
    user = _get_user(email)
    user.is_active = False
    end_sessions_of(user.id)
    mine = (ApiToken.user_id == user.id) & ApiToken.revoked_at.is_(None)
    db.session.execute(update(ApiToken).where(mine).values(revoked_at=utc_now()))
    _record(actor, user, "user.deactivate")


@job
def find_actor(actor: Actor, *, email: str, company: str | None) -> Actor:
    """The person of that address as they act in `company`, or in their only one. Raises `NotFound` or `Invalid`.

    Found in a session of its own, so that the caller's can serve that company.
    """
    with separate():
        return _find_actor(actor, email=email, company=company)


@query(Permission.OPERATE)
def _find_actor(_actor: Actor, *, email: str, company: str | None) -> Actor:
    user = _get_user(email)
    chosen = [
        membership
        for membership in user.memberships
        if membership.is_active and (company is None or membership.company.name == company)
    ]
    if not chosen or not user.is_active:
        raise NotFound("{email} is not active in such a company.", code="user.no_company", email=email)
    if len(chosen) > 1:
        names = ", ".join(membership.company.name for membership in chosen)
        raise Invalid(
            "{email} belongs to several companies: {names}. Name one.", code="user.company", email=email, names=names
        )
    return chosen[0].as_actor("cli")


@job
def at_company(actor: Actor, *, company: str | None) -> Actor:
    """The operator at `company`, or at the only one there is. Raises `NotFound` or `Invalid`."""
    with separate():
        return actor.at(_company_id(actor, company=company))


@query(Permission.OPERATE)
def _company_id(_actor: Actor, *, company: str | None) -> int:
    if company is not None:
        return _find_company(company).id
    found = db.session.scalars(select(Company).order_by(Company.name).limit(20)).all()
    if not found:
        raise NotFound("There is no company yet.", code="company.none")
    if len(found) > 1:
        names = ", ".join(item.name for item in found)
        raise Invalid("There are several companies: {names}. Name one.", code="company.several", names=names)
    return found[0].id


def _record(actor: Actor, user: User, action: str) -> None:
    for membership in user.memberships:
        audit.record(actor, action, f"user:{user.id}", company_id=membership.company_id)


def _user(email: str) -> User | None:
    return db.session.scalars(select(User).where(User.email == normalize_email(email))).one_or_none()


def _get_user(email: str) -> User:
    user = _user(email)
    if user is None:
        raise NotFound("There is nobody with the mail address {email}.", code="user.unknown", email=email)
    return user


def _find_company(name: str) -> Company:
    company = db.session.scalars(select(Company).where(Company.name == name)).one_or_none()
    if company is None:
        raise NotFound("There is no company named “{name}”.", code="company.unknown_name", name=name)
    return company
