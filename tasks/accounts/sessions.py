"""The browsers in which a person is signed in: listed, ended, moved to another company."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from models.access import Actor, Permission
from models.accounts import Membership, UserSession
from models.db import db, utc_now
from models.errors import NotFound
from tasks import audit
from tasks.accounts.identity import ABSOLUTE_LIMIT, IDLE_LIMIT
from tasks.boundary import command, query


@query(Permission.ACCOUNT_SELF)
def list_sessions(actor: Actor) -> Sequence[UserSession]:
    """The actor's own sessions that still count, latest use first, whatever company they are in."""
    now = utc_now()
    return db.session.scalars(
        select(UserSession)
        .where(
            UserSession.user_id == actor.user_id,
            UserSession.ended_at.is_(None),
            UserSession.last_seen_at > now - IDLE_LIMIT,
            UserSession.created_at > now - ABSOLUTE_LIMIT,
        )
        .order_by(UserSession.last_seen_at.desc())
    ).all()


@command(Permission.ACCOUNT_SELF)
def log_out(actor: Actor, *, session_id: int) -> None:
    """End the actor's own session."""
    _own(actor, session_id).ended_at = utc_now()
    audit.record(actor, "account.log_out", f"user:{actor.user_id}")


@command(Permission.ACCOUNT_SELF)
def end_session(actor: Actor, *, session_id: int) -> None:
    """End one of the actor's sessions elsewhere: that browser is out with its next request."""
    _own(actor, session_id).ended_at = utc_now()
    audit.record(actor, "account.end_session", f"user:{actor.user_id}", session=session_id)


@command(Permission.ACCOUNT_SELF)
def end_other_sessions(actor: Actor, *, session_id: int | None) -> None:
    """End every session of the actor but `session_id`."""
    end_sessions_of(actor.user_id, but=session_id)
    audit.record(actor, "account.end_other_sessions", f"user:{actor.user_id}")


@command(Permission.ACCOUNT_SELF)
def switch_company(actor: Actor, *, session_id: int, company_id: int) -> None:
    """Let the session work in another company of the same person. Raises `NotFound` for one that is not theirs."""
    belongs = select(Membership.id).where(
        Membership.user_id == actor.user_id, Membership.company_id == company_id, Membership.is_active
    )
    if db.session.scalars(belongs).one_or_none() is None:
        raise NotFound("There is no such company.", code="company.unknown")
    _own(actor, session_id).company_id = company_id
    audit.record(actor, "account.switch_company", f"user:{actor.user_id}", to=company_id)


def end_sessions_of(user_id: int | None, *, company_id: int | None = None, but: int | None = None) -> None:
    """End the sessions of a person, all or those in one company, `but` one. Called by commands."""
    ended = update(UserSession).where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
    if company_id is not None:
        ended = ended.where(UserSession.company_id == company_id)
    if but is not None:
        ended = ended.where(UserSession.id != but)
    db.session.execute(ended.values(ended_at=utc_now()))


def _own(actor: Actor, session_id: int) -> UserSession:
    found = db.session.scalars(
        select(UserSession).where(
            UserSession.id == session_id, UserSession.user_id == actor.user_id, UserSession.ended_at.is_(None)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such session.", code="session.unknown")
    return found
