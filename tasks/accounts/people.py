"""The people of a company: who they are, their roles, and leaving. A company always keeps an administrator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission, Role
from models.accounts import ApiToken, Membership, User
from models.db import db, utc_now
from models.errors import Conflict, Invalid, NotFound
from tasks import audit
from tasks.accounts.sessions import end_sessions_of
from tasks.boundary import command, query


@query(Permission.COMPANY_READ)
def list_people(actor: Actor, *, include_inactive: bool = True) -> Sequence[Membership]:
    """The memberships of the actor's company with their users, active ones first, by name."""
    wanted = (
        select(Membership)
        .join(User)
        .options(joinedload(Membership.user))
        .where(Membership.company_id == actor.company_id)
        .order_by(Membership.is_active.desc(), User.name, Membership.id)
    )
    if not include_inactive:
        wanted = wanted.where(Membership.is_active)
    return db.session.scalars(wanted).all()


@query(Permission.COMPANY_READ)
def get_person(actor: Actor, membership_id: int) -> Membership:
    """Raises `NotFound` for a membership of another company."""
    return _find(actor, membership_id)


@command(Permission.PEOPLE_MANAGE)
def change_roles(actor: Actor, *, membership_id: int, roles: Iterable[str]) -> Membership:
    """Give a person these roles instead of the earlier ones.

    Raises `Conflict` where the company would lose its last administrator, or the actor the own administration.
    """
    membership = _find_for_change(actor, membership_id)
    wanted = check_roles(roles)
    if Role.ADMIN not in wanted:
        _refuse_losing_admin(actor, membership)
    before = list(membership.roles)
    membership.roles = wanted
    audit.record(actor, "people.change_roles", f"user:{membership.user_id}", before=before, after=wanted)
    return membership


@command(Permission.PEOPLE_MANAGE)
def deactivate_person(actor: Actor, *, membership_id: int) -> Membership:
    """Shut a person out of the company: sessions end and tokens are revoked at once. What they did stays."""
    membership = _find_for_change(actor, membership_id)
    if membership.user_id == actor.user_id:
        raise Conflict("You cannot deactivate yourself. Ask another administrator.", code="people.self")
    _refuse_losing_admin(actor, membership)
    membership.is_active = False
    end_sessions_of(membership.user_id, company_id=actor.company_id)
    db.session.execute(
        update(ApiToken)
        .where(
            ApiToken.user_id == membership.user_id,
            ApiToken.company_id == actor.company_id,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=utc_now())
    )
    audit.record(actor, "people.deactivate", f"user:{membership.user_id}")
    return membership


@command(Permission.PEOPLE_MANAGE)
def reactivate_person(actor: Actor, *, membership_id: int) -> Membership:
    """Let a person in again, with the roles they had."""
    membership = _find_for_change(actor, membership_id)
    membership.is_active = True
    audit.record(actor, "people.reactivate", f"user:{membership.user_id}")
    return membership


def check_roles(roles: Iterable[str]) -> list[str]:
    """The roles in their usual order, each once. Raises `Invalid` for none or an unknown one."""
    named = set(roles)
    if unknown := named - set(Role):
        raise Invalid("There is no role “{role}”.", code="people.role_unknown", field="roles", role=min(unknown))
    if not named:
        raise Invalid("Choose at least one role.", code="people.role_missing", field="roles")
    return [role.value for role in Role if role in named]


def _find(actor: Actor, membership_id: int) -> Membership:
    found = db.session.scalars(
        select(Membership)
        .options(joinedload(Membership.user))
        .where(Membership.id == membership_id, Membership.company_id == actor.company_id)
    ).one_or_none()
    if found is None:
        raise _unknown()
    return found


def _find_for_change(actor: Actor, membership_id: int) -> Membership:
    """Lock every membership of the company, so that two administrators cannot remove each other at once."""
    locked = db.session.scalars(
        select(Membership)
        .where(Membership.company_id == actor.company_id)
        .order_by(Membership.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found = next((membership for membership in locked if membership.id == membership_id), None)
    if found is None:
        raise _unknown()
    return found


def _refuse_losing_admin(actor: Actor, membership: Membership) -> None:
    if Role.ADMIN not in membership.roles or not membership.is_active:
        return
    others = [
        other
        for other in db.session.scalars(
            select(Membership).where(Membership.company_id == actor.company_id, Membership.is_active)
        )
        if Role.ADMIN in other.roles and other.id != membership.id
    ]
    if not others:
        raise Conflict("The company needs at least one administrator.", code="people.last_admin", field="roles")
    if membership.user_id == actor.user_id:
        raise Conflict(
            "You cannot take the administrator role from yourself. Ask another administrator.",
            code="people.own_admin",
            field="roles",
        )


def _unknown() -> NotFound:
    return NotFound("There is no such person in your company.", code="people.unknown")
