"""Who works where and who acts for whom: every approval decision asks, so it is read once and kept."""

from __future__ import annotations

from sqlalchemy import and_, or_, select

from models.access import Actor
from models.accounts import Membership, User
from models.db import db, utc_now
from models.delegations import Delegation
from models.departments import Department, DepartmentMember
from models.organization import Member, Organization, StandIn, Unit
from models.setup import Remembered

_ORGANIZATIONS: Remembered[Organization] = Remembered()


def load_organization(actor: Actor) -> Organization:
    """The actor's company as it is now: everybody, the departments in use, and the delegations that have not ended.

    Read again, in three statements, when the company's setup has changed.
    """
    return organization_of(actor.company_id or 0)


def organization_of(company_id: int) -> Organization:
    """The same by the id of the company that the session serves."""

    def read() -> Organization:
        units = _units()
        return Organization(_members(company_id, units), units, _stand_ins())

    return _ORGANIZATIONS.get(company_id, read)


def _units() -> dict[int, Unit]:
    wanted = select(Department.id, Department.name, Department.parent_id, Department.head_id).where(
        Department.is_active
    )
    return {row.id: Unit(*row) for row in db.session.execute(wanted)}


def _members(company_id: int, units: dict[int, Unit]) -> dict[int, Member]:
    wanted = (
        select(
            Membership.user_id,
            User.name,
            Membership.roles,
            DepartmentMember.department_id,
            and_(Membership.is_active, User.is_active).label("is_active"),
            User.email,
        )
        .join(User, User.id == Membership.user_id)
        .outerjoin(
            DepartmentMember,
            and_(
                DepartmentMember.user_id == Membership.user_id,
                DepartmentMember.company_id == Membership.company_id,
                DepartmentMember.is_primary,
            ),
        )
        .where(Membership.company_id == company_id)
        .order_by(Membership.id)
    )
    return {
        user_id: Member(
            user_id, name, frozenset(roles), department if department in units else None, bool(is_active), mail
        )
        for user_id, name, roles, department, is_active, mail in db.session.execute(wanted)
    }


def _stand_ins() -> tuple[StandIn, ...]:
    wanted = select(
        Delegation.from_user_id,
        Delegation.to_user_id,
        Delegation.starts_at,
        Delegation.ends_at,
        Delegation.kinds,
        Delegation.min_amount,
        Delegation.max_amount,
        Delegation.id,
    ).where(Delegation.revoked_at.is_(None), or_(Delegation.ends_at.is_(None), Delegation.ends_at > utc_now()))
    return tuple(
        StandIn(giver, taker, starts_at, ends_at, frozenset(kinds), least, most, row_id)
        for giver, taker, starts_at, ends_at, kinds, least, most, row_id in db.session.execute(wanted)
    )
