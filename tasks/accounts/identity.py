"""From a cookie or a bearer token to the person behind it. Secrets are 256-bit and kept as SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from models.access import Actor
from models.accounts import ApiToken, Company, Membership, User, UserSession
from models.db import db, utc_now
from tasks.boundary import public, public_query

IDLE_LIMIT = timedelta(minutes=30)
ABSOLUTE_LIMIT = timedelta(hours=12)
_SEEN_STEP = timedelta(minutes=1)


@dataclass(frozen=True)
class CompanyChoice:
    id: int
    name: str


@dataclass(frozen=True)
class Identity:
    """Who is there, for one request. `session_id` or `token_id` says by which proof.

    `is_stale` says that the proof's last use is worth writing down again.
    """

    actor: Actor
    name: str
    email: str
    language: str
    company_name: str
    time_zone: str
    companies: tuple[CompanyChoice, ...]
    is_stale: bool
    session_id: int | None = None
    token_id: int | None = None


def new_secret() -> str:
    """A 256-bit secret, as text that fits into a URL, a cookie and a header."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is kept of a secret. A plain hash does: nobody can guess 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


@public_query
def identify_session(secret: str, *, address: str = "") -> Identity | None:
    """The person whose browser holds `secret`. None when the session has ended, idled 30 minutes or lasted 12 hours."""
    now = utc_now()
    found = db.session.execute(
        select(UserSession, *_PERSON)
        .join(User, UserSession.user_id == User.id)
        .join(Company, UserSession.company_id == Company.id)
        .join(Membership, (Membership.user_id == User.id) & (Membership.company_id == Company.id))
        .where(
            UserSession.token_hash == hash_secret(secret),
            UserSession.ended_at.is_(None),
            UserSession.last_seen_at > now - IDLE_LIMIT,
            UserSession.created_at > now - ABSOLUTE_LIMIT,
            *_ACTIVE,
        )
    ).one_or_none()
    if found is None:
        return None
    session, user, company, membership = found
    stale = session.last_seen_at < now - _SEEN_STEP
    return _identity(user, company, membership, f"web {address}", stale=stale, session_id=session.id)


@public_query
def identify_token(secret: str) -> Identity | None:
    """The person for whom a program acts with `secret`. None when the token is revoked or has expired."""
    now = utc_now()
    found = db.session.execute(
        select(ApiToken, *_PERSON)
        .join(User, ApiToken.user_id == User.id)
        .join(Company, ApiToken.company_id == Company.id)
        .join(Membership, (Membership.user_id == User.id) & (Membership.company_id == Company.id))
        .where(
            ApiToken.token_hash == hash_secret(secret),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_at.is_(None) | (ApiToken.expires_at > now),
            *_ACTIVE,
        )
    ).one_or_none()
    if found is None:
        return None
    token, user, company, membership = found
    stale = token.last_used_at is None or token.last_used_at < now - _SEEN_STEP
    return _identity(user, company, membership, f"api {token.name}", stale=stale, token_id=token.id)


@public
def touch_session(identity: Identity) -> None:
    """Note that the session or token of `identity` is in use now."""
    if identity.session_id is not None:
        db.session.get_one(UserSession, identity.session_id).last_seen_at = utc_now()
    if identity.token_id is not None:
        db.session.get_one(ApiToken, identity.token_id).last_used_at = utc_now()


_PERSON = (User, Company, Membership)
_ACTIVE = (User.is_active, Membership.is_active)


def _identity(
    user: User,
    company: Company,
    membership: Membership,
    origin: str,
    *,
    stale: bool,
    session_id: int | None = None,
    token_id: int | None = None,
) -> Identity:
    return Identity(
        actor=membership.as_actor(origin.strip()),
        name=user.name,
        email=user.email,
        language=user.language,
        company_name=company.name,
        time_zone=company.time_zone,
        companies=_companies_of(user.id),
        is_stale=stale,
        session_id=session_id,
        token_id=token_id,
    )


def _companies_of(user_id: int) -> tuple[CompanyChoice, ...]:
    rows = db.session.execute(
        select(Company.id, Company.name)
        .join(Membership, Membership.company_id == Company.id)
        .where(Membership.user_id == user_id, Membership.is_active)
        .order_by(Company.name)
    )
    return tuple(CompanyChoice(company_id, name) for company_id, name in rows)
