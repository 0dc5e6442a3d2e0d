"""API tokens: how a program acts for a person in one company. A token is shown once; only its hash is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from models.access import Actor, Permission
from models.accounts import ApiToken
from models.db import db, utc_now
from models.errors import Invalid, NotFound
from tasks import audit
from tasks.accounts.identity import hash_secret, new_secret
from tasks.boundary import command, query

_LONGEST_DAYS = 366


@query(Permission.ACCOUNT_SELF)
def list_tokens(actor: Actor) -> Sequence[ApiToken]:
    """The actor's own tokens in this company that are not revoked, newest first."""
    return db.session.scalars(
        select(ApiToken)
        .where(
            ApiToken.user_id == actor.user_id,
            ApiToken.company_id == actor.company_id,
            ApiToken.revoked_at.is_(None),
        )
        .order_by(ApiToken.id.desc())
    ).all()


@command(Permission.ACCOUNT_SELF)
def create_token(actor: Actor, *, name: str, days: int | None = 90) -> tuple[ApiToken, str]:
    """A token that acts as the actor in this company, and its secret. `days` None: until it is revoked."""
    if not name.strip():
        raise Invalid("Give the token a name, such as the program that uses it.", code="token.name", field="name")
    if days is not None and not 1 <= days <= _LONGEST_DAYS:
        raise Invalid(
            "A token is good for 1 to {longest} days.", code="token.days", field="days", longest=_LONGEST_DAYS
        )
    secret = new_secret()
    token = ApiToken(
        token_hash=hash_secret(secret),
        user_id=actor.user_id,
        company_id=actor.company_id,
        name=name.strip()[:80],
        expires_at=_expiry(days),
    )
    db.session.add(token)
    db.session.flush()
    audit.record(actor, "token.create", f"token:{token.id}", name=token.name, expires_at=token.expires_at)
    return token, secret


@command(Permission.ACCOUNT_SELF)
def revoke_token(actor: Actor, *, token_id: int) -> None:
    """Make one of the actor's own tokens useless at once."""
    token = db.session.scalars(
        select(ApiToken).where(
            ApiToken.id == token_id,
            ApiToken.user_id == actor.user_id,
            ApiToken.company_id == actor.company_id,
            ApiToken.revoked_at.is_(None),
        )
    ).one_or_none()
    if token is None:
        raise NotFound("There is no such token.", code="token.unknown")
    token.revoked_at = utc_now()
    audit.record(actor, "token.revoke", f"token:{token.id}", name=token.name)


def _expiry(days: int | None) -> datetime | None:
    return None if days is None else utc_now() + timedelta(days=days)
