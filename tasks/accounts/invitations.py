"""Invitations: a one-time link by which a person joins a company. The link is shown once; only its hash is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, select

from models.access import Actor, Permission
from models.accounts import Company, Invitation, Membership, User
from models.db import db, utc_now
from models.departments import Department
from models.errors import Conflict, Invalid, NotFound
from tasks import audit, departments
from tasks.accounts import passwords
from tasks.accounts.identity import hash_secret, new_secret
from tasks.accounts.login import normalize_email, prove_password
from tasks.accounts.people import check_roles
from tasks.boundary import command, public, public_query, query, steps

LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class InvitationView:
    """What the invited person is shown. `is_known` says that the address has an account: its password is then asked."""

    email: str
    name: str
    company_name: str
    is_known: bool


@query(Permission.PEOPLE_MANAGE)
def list_invitations(actor: Actor) -> Sequence[Invitation]:
    """Invitations of the actor's company that are not accepted yet, newest first."""
    return db.session.scalars(
        select(Invitation)
        .where(Invitation.company_id == actor.company_id, Invitation.accepted_at.is_(None))
        .order_by(Invitation.id.desc())
    ).all()


@command(Permission.PEOPLE_MANAGE)
def invite_person(
    actor: Actor, *, email: str, name: str, roles: Iterable[str], department_id: int | None = None
) -> tuple[Invitation, str]:
    """The invitation and the secret of its link, good for seven days.

    Raises `Conflict` when the person is in the company already. An earlier open invitation is replaced.
    """
    email = normalize_email(email)
    if department_id is not None:
        departments.require_open(department_id)
    if "@" not in email:
        raise Invalid("“{email}” is not an e-mail address.", code="people.email", field="email", email=email)
    if _is_member(actor.company_id, email):
        raise Conflict("{email} is in your company already.", code="people.exists", field="email", email=email)
    for earlier in db.session.scalars(_open(actor).where(Invitation.email == email)):
        db.session.delete(earlier)
    secret = new_secret()
    invitation = Invitation(
        token_hash=hash_secret(secret),
        company_id=actor.company_id,
        email=email,
        name=name.strip(),
        roles=check_roles(roles),
        department_id=department_id,
        invited_by_id=actor.user_id,
        expires_at=utc_now() + LIFETIME,
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record(actor, "people.invite", f"invitation:{invitation.id}", email=email, roles=invitation.roles)
    return invitation, secret


@command(Permission.PEOPLE_MANAGE)
def resend_invitation(actor: Actor, *, invitation_id: int) -> tuple[Invitation, str]:
    """The invitation with a new link, good for seven days from now; the earlier link no longer works."""
    invitation = _get_open(actor, invitation_id)
    secret = new_secret()
    invitation.token_hash = hash_secret(secret)
    invitation.expires_at = utc_now() + LIFETIME
    audit.record(actor, "people.resend_invitation", f"invitation:{invitation.id}", email=invitation.email)
    return invitation, secret


@command(Permission.PEOPLE_MANAGE)
def revoke_invitation(actor: Actor, *, invitation_id: int) -> None:
    """Make the link of an open invitation useless."""
    invitation = _get_open(actor, invitation_id)
    audit.record(actor, "people.revoke_invitation", f"invitation:{invitation.id}", email=invitation.email)
    db.session.delete(invitation)


@public_query
def find_invitation(secret: str) -> InvitationView:
    """Raises `NotFound` for a link that was used, revoked, replaced, or has expired."""
    invitation = _usable(secret)
    company = db.session.get_one(Company, invitation.company_id)
    known = db.session.scalars(select(User.id).where(User.email == invitation.email)).one_or_none()
    return InvitationView(invitation.email, invitation.name, company.name, is_known=known is not None)


@steps
def accept_invitation(secret: str, *, name: str, password: str, language: str = "zh", address: str = "") -> int:
    """Join the company; the id of the person.

    A new person chooses a password. Someone with an account proves to be its owner by the password they have:
    otherwise whoever holds the link could take the account over.
    """
    view = find_invitation(secret)
    if view.is_known:
        prove_password(view.email, password, address=address)
        return _join(secret, name, None, language, f"web {address}".strip())
    if not name.strip():
        raise Invalid("Enter your name.", code="people.name_missing", field="name")
    passwords.check_strength(password, words=(name, view.email, view.company_name))
    return _join(secret, name, passwords.hash_password(password), language, f"web {address}".strip())


@public
def _join(secret: str, name: str, password_hash: str | None, language: str, origin: str) -> int:
    invitation = _usable(secret, lock=True)
    user = db.session.scalars(select(User).where(User.email == invitation.email)).one_or_none()
    if (user is None) != (password_hash is not None):
        raise Conflict("Somebody signed up with this address just now. Open the link again.", code="invitation.raced")
    if user is None:
        user = User(email=invitation.email, name=name.strip(), password_hash=password_hash, language=language)
        db.session.add(user)
        db.session.flush()
    membership = _membership(user.id, invitation)
    invitation.accepted_at = utc_now()
    db.session.flush()
    audit.record(membership.as_actor(origin), "people.join", f"user:{user.id}", roles=membership.roles)
    return user.id


def _membership(user_id: int, invitation: Invitation) -> Membership:
    """A new membership, or the one that somebody who comes back had before."""
    membership = db.session.scalars(
        select(Membership).where(Membership.user_id == user_id, Membership.company_id == invitation.company_id)
    ).one_or_none()
    if membership is None:
        membership = Membership(user_id=user_id, company_id=invitation.company_id)
        db.session.add(membership)
    membership.roles = list(invitation.roles)
    membership.is_active = True
    if _is_open(invitation.department_id):
        departments.settle(invitation.company_id, user_id, invitation.department_id)
    return membership


def _is_open(department_id: int | None) -> bool:
    """Whether the department of an invitation is still in use."""
    department = db.session.get(Department, department_id) if department_id is not None else None
    return department is not None and department.is_active


def _usable(secret: str, *, lock: bool = False) -> Invitation:
    wanted = select(Invitation).where(
        Invitation.token_hash == hash_secret(secret),
        Invitation.accepted_at.is_(None),
        Invitation.expires_at > utc_now(),
    )
    found = db.session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if found is None:
        raise NotFound(
            "This invitation was used already or has expired. Ask for a new one.", code="invitation.unusable"
        )
    return found


def _open(actor: Actor) -> Select[Invitation]:
    return select(Invitation).where(Invitation.company_id == actor.company_id, Invitation.accepted_at.is_(None))


def _get_open(actor: Actor, invitation_id: int) -> Invitation:
    found = db.session.scalars(_open(actor).where(Invitation.id == invitation_id).with_for_update()).one_or_none()
    if found is None:
        raise NotFound("There is no such open invitation.", code="invitation.unknown")
    return found


def _is_member(company_id: int | None, email: str) -> bool:
    found = (
        select(Membership.id)
        .join(User)
        .where(User.email == email, Membership.company_id == company_id, Membership.is_active)
    )
    return db.session.scalars(found).one_or_none() is not None
