"""Delegations: people hand their approvals to somebody else for a while; administrators do it for anybody.

A delegation is asked when a task is made: what waits already stays with whom it waits for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from models.access import Actor, Permission, can, require
from models.accounts import Company, Membership, User
from models.db import db, utc_now
from models.delegations import Delegation
from models.errors import Conflict, Invalid, NotFound
from tasks import audit, notices
from tasks.boundary import command, query

KINDS = ("request",)


@dataclass(frozen=True, kw_only=True)
class DelegationDraft:
    """A delegation as it is filled in. Both days are included; no `from_user_id` means the actor."""

    to_user_id: int
    from_user_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    kinds: tuple[str, ...] = ()
    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    note: str = ""


@dataclass(frozen=True)
class DelegationView:
    """A delegation as it is read. `state`: "now", "later", "ended" or "revoked"; the last day is included."""

    id: int
    from_user_id: int
    from_name: str
    to_user_id: int
    to_name: str
    first_day: date
    last_day: date | None
    kinds: tuple[str, ...]
    min_amount: Decimal | None
    max_amount: Decimal | None
    note: str
    state: str
    may_revoke: bool


@query(Permission.TASK_READ)
def list_delegations(actor: Actor) -> list[DelegationView]:
    """Those that the actor gave or got, newest first; administrators see everybody's."""
    wanted = select(Delegation).order_by(Delegation.id.desc())
    if not can(actor, Permission.PEOPLE_MANAGE):
        wanted = wanted.where(or_(Delegation.from_user_id == actor.user_id, Delegation.to_user_id == actor.user_id))
    company = _company(actor)
    names = {member.user_id: member.user.name for member in _members(actor).values()}
    return [_view(actor, row, company, names) for row in db.session.scalars(wanted)]


@command(Permission.TASK_DECIDE)
def create_delegation(actor: Actor, draft: DelegationDraft) -> Delegation:
    """Let somebody act for the actor, or, by an administrator, for anybody. Raises `Invalid` with every fault."""
    giver = actor.user_id if draft.from_user_id is None else draft.from_user_id
    if giver != actor.user_id:
        require(actor, Permission.PEOPLE_MANAGE)
    company = _company(actor)
    _check(draft, giver, company.today(), _members(actor))
    delegation = Delegation(
        from_user_id=giver,
        to_user_id=draft.to_user_id,
        starts_at=company.midnight(draft.first_day or company.today()),
        ends_at=_end(company, draft.last_day),
        kinds=list(draft.kinds),
        min_amount=draft.min_amount,
        max_amount=draft.max_amount,
        note=draft.note.strip(),
        created_by_id=actor.user_id,
    )
    db.session.add(delegation)
    db.session.flush()
    audit.record(actor, "delegation.create", f"delegation:{delegation.id}", **_facts(delegation))
    _tell_taker(actor, delegation, "delegation.made" if draft.last_day is None else "delegation.made_until")
    return delegation


@command(Permission.TASK_DECIDE)
def revoke_delegation(actor: Actor, *, delegation_id: int) -> None:
    """End a delegation now. Only who gave it may, or an administrator; to others it is not there.

    Raises `Conflict` when it has ended already.
    """
    delegation = db.session.scalars(
        select(Delegation).where(Delegation.id == delegation_id).with_for_update()
    ).one_or_none()
    if delegation is None or not _may_revoke(actor, delegation):
        raise NotFound("There is no such delegation of yours.", code="delegation.unknown")
    if _state(delegation, utc_now()) in ("ended", "revoked"):
        raise Conflict("This delegation has ended already.", code="delegation.ended")
    delegation.revoked_at = utc_now()
    audit.record(actor, "delegation.revoke", f"delegation:{delegation.id}", **_facts(delegation))
    _tell_taker(actor, delegation, "delegation.revoked")


def _tell_taker(actor: Actor, delegation: Delegation, topic: str) -> None:
    """Tell whoever acts for somebody, or does not any more, unless they did it themselves."""
    if delegation.to_user_id == actor.user_id:
        return
    company = _company(actor)
    last = _last_day(company, delegation)
    notices.notify(
        delegation.company_id,
        [delegation.to_user_id],
        topic,
        f"delegation:{delegation.id}",
        key=f"{topic}:{delegation.id}",
        person=db.session.get_one(User, delegation.from_user_id).name,
        first_day=company.day_of(delegation.starts_at).isoformat(),
        last_day=last.isoformat() if last else "",
    )


def _check(draft: DelegationDraft, giver: int | None, today: date, members: dict[int, Membership]) -> None:
    problems = (*_people_problems(draft, giver, members), *_limit_problems(draft, today))
    if problems:
        raise (
            problems[0]
            if len(problems) == 1
            else Invalid("Some entries need another look.", code="delegation.invalid", problems=problems)
        )


def _people_problems(draft: DelegationDraft, giver: int | None, members: dict[int, Membership]) -> Iterator[Invalid]:
    if giver is None or not _is_active(members.get(giver)):
        yield Invalid("Choose a person who is active in this company.", code="delegation.giver", field="from_user_id")
    taker = members.get(draft.to_user_id)
    if draft.to_user_id == giver:
        yield Invalid(
            "Nobody can act for themselves. Choose somebody else.", code="delegation.oneself", field="to_user_id"
        )
    elif taker is None:
        yield Invalid("Choose a person of this company.", code="delegation.taker", field="to_user_id")
    elif not _is_active(taker):
        yield Invalid(
            "{person} is no longer active. Choose somebody else.",
            code="delegation.inactive",
            field="to_user_id",
            person=taker.user.name,
        )
    elif not can(taker.as_actor(), Permission.TASK_DECIDE):
        yield Invalid(
            "{person} has no role that decides tasks. Choose somebody else, or ask an administrator.",
            code="delegation.no_role",
            field="to_user_id",
            person=taker.user.name,
        )


def _limit_problems(draft: DelegationDraft, today: date) -> Iterator[Invalid]:
    if draft.last_day is not None and draft.last_day < (draft.first_day or today):
        yield Invalid(
            "The last day comes before the first. Change one of them.", code="delegation.days", field="last_day"
        )
    elif draft.last_day is not None and draft.last_day < today:
        yield Invalid("The last day is over already.", code="delegation.over", field="last_day")
    if unknown := set(draft.kinds) - set(KINDS):
        yield Invalid("There is no kind “{kind}”.", code="delegation.kind", field="kinds", kind=min(unknown))
    for name, amount in (("min_amount", draft.min_amount), ("max_amount", draft.max_amount)):
        if amount is not None and amount < 0:
            yield Invalid("An amount cannot be negative.", code="delegation.negative", field=name)
    if draft.min_amount is not None and draft.max_amount is not None and draft.min_amount > draft.max_amount:
        yield Invalid(
            "The largest amount is below the smallest. Change one of them.",
            code="delegation.amounts",
            field="max_amount",
        )


def _view(actor: Actor, row: Delegation, company: Company, names: dict[int, str]) -> DelegationView:
    state = _state(row, utc_now())
    return DelegationView(
        row.id,
        row.from_user_id,
        names.get(row.from_user_id, ""),
        row.to_user_id,
        names.get(row.to_user_id, ""),
        company.day_of(row.starts_at),
        _last_day(company, row),
        tuple(row.kinds),
        row.min_amount,
        row.max_amount,
        row.note,
        state,
        state in ("now", "later") and _may_revoke(actor, row),
    )


def _state(row: Delegation, now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    if row.ends_at is not None and row.ends_at <= now:
        return "ended"
    return "now" if row.starts_at <= now else "later"


def _may_revoke(actor: Actor, row: Delegation) -> bool:
    return row.from_user_id == actor.user_id or can(actor, Permission.PEOPLE_MANAGE)


def _end(company: Company, last_day: date | None) -> datetime | None:
    return None if last_day is None else company.midnight(last_day + timedelta(days=1))


def _last_day(company: Company, row: Delegation) -> date | None:
    return None if row.ends_at is None else company.day_of(row.ends_at) - timedelta(days=1)


def _company(actor: Actor) -> Company:
    return db.session.get_one(Company, actor.company_id)


def _members(actor: Actor) -> dict[int, Membership]:
    rows: Sequence[Membership] = db.session.scalars(
        select(Membership).options(joinedload(Membership.user)).where(Membership.company_id == actor.company_id)
    ).all()
    return {row.user_id: row for row in rows}


def _is_active(member: Membership | None) -> bool:
    return member is not None and member.is_active and member.user.is_active


def _facts(row: Delegation) -> dict[str, Any]:
    names = ("from_user_id", "to_user_id", "starts_at", "ends_at", "kinds", "min_amount", "max_amount")
    return {name: getattr(row, name) for name in names}
