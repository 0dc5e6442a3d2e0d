"""Logging in: compare the password outside of any transaction, then begin a session."""

from __future__ import annotations

from sqlalchemy import select

from models.access import Actor
from models.accounts import Membership, User, UserSession
from models.db import db, utc_now
from models.errors import Invalid, NotAllowed
from tasks import audit
from tasks.accounts import passwords, throttle
from tasks.accounts.identity import hash_secret, new_secret
from tasks.accounts.throttle import TooManyAttempts
from tasks.boundary import public, public_query, steps

__all__ = ["TooManyAttempts", "log_in", "normalize_email", "prove_password"]


def normalize_email(email: str) -> str:
    """An address as it is kept and compared."""
    return email.strip().casefold()


@steps
def log_in(email: str, password: str, *, address: str = "", user_agent: str = "") -> str:
    """The secret of a new session.

    Raises `Invalid`, the same for a wrong password and an unknown account, and `TooManyAttempts`.
    """
    user_id = prove_password(email, password, address=address)
    return begin_session(user_id, address=address, user_agent=user_agent)


@steps
def prove_password(email: str, password: str, *, address: str = "") -> int:
    """The id of the active person whose password this is. Raises as `log_in` does, and counts and records a failure."""
    email = normalize_email(email)
    _take_turn(email, address)
    user_id, password_hash = _find_hash(email)
    if not passwords.matches(password_hash, password) or user_id is None:
        _record_failure(email, address)
        raise Invalid("The e-mail address or the password is wrong.", code="login.wrong", field="password")
    _forgive(email, address)
    return user_id


@public
def begin_session(user_id: int, *, address: str = "", user_agent: str = "") -> str:
    """The secret of a new session, in the company where this person worked last."""
    membership = _last_membership(user_id)
    if membership is None:
        raise NotAllowed("Your account is not active in any company. Ask an administrator.", code="login.no_company")
    secret = new_secret()
    now = utc_now()
    db.session.add(
        UserSession(
            token_hash=hash_secret(secret),
            user_id=user_id,
            company_id=membership.company_id,
            created_at=now,
            last_seen_at=now,
            address=address[:64],
            user_agent=user_agent[:200],
        )
    )
    db.session.get_one(User, user_id).last_login_at = now
    audit.record(membership.as_actor(f"web {address}".strip()), "account.log_in", f"user:{user_id}")
    return secret


@public
def _take_turn(email: str, address: str) -> None:
    throttle.take_turn(throttle.account_key(email), throttle.ACCOUNT_FREE)
    if address:
        throttle.take_turn(throttle.address_key(address), throttle.ADDRESS_FREE)


@public
def _forgive(email: str, address: str) -> None:
    throttle.forgive(throttle.account_key(email), all_failures=True)
    throttle.forgive(throttle.address_key(address), all_failures=False)


@public_query
def _find_hash(email: str) -> tuple[int | None, str | None]:
    row = db.session.execute(
        select(User.id, User.password_hash).where(User.email == email, User.is_active)
    ).one_or_none()
    return (row.id, row.password_hash) if row else (None, None)


@public
def _record_failure(email: str, address: str) -> None:
    """Note the failure in each company of the account; nothing is noted of an account that does not exist."""
    memberships = db.session.scalars(
        select(Membership).join(User).where(User.email == email, Membership.is_active).order_by(Membership.company_id)
    ).all()
    for membership in memberships:
        nobody = Actor(membership.company_id, origin=f"web {address}".strip())
        audit.record(nobody, "account.log_in_failed", f"user:{membership.user_id}")


def _last_membership(user_id: int) -> Membership | None:
    active = {
        row.company_id: row
        for row in db.session.scalars(
            select(Membership).where(Membership.user_id == user_id, Membership.is_active).order_by(Membership.id.desc())
        )
    }
    last_company = db.session.scalars(
        select(UserSession.company_id)
        .where(UserSession.user_id == user_id, UserSession.company_id.in_(active))
        .order_by(UserSession.id.desc())
        .limit(1)
    ).one_or_none()
    return active[last_company] if last_company else next(reversed(active.values()), None)
