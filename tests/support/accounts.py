"""Short ways to look at accounts."""

from sqlalchemy import select

from models.access import Actor
from models.accounts import Membership
from models.db import db
from tasks import accounts, audit
from tasks.accounts import Identity

GOOD_PASSWORD = "nine lanterns under slate"


def membership_of(actor: Actor) -> int:
    return db.session.scalars(
        select(Membership.id).where(Membership.user_id == actor.user_id, Membership.company_id == actor.company_id)
    ).one()


def actions(actor: Actor) -> list[str]:
    """What the audit log of the actor's company holds, newest first."""
    return [entry.action for entry in audit.list_entries(actor).entries]


def known(secret: str) -> Identity:
    """The person of a session that must be good."""
    identity = accounts.identify_session(secret)
    assert identity is not None
    return identity
