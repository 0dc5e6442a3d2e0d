"""What each person wants to be told, where and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select

from models.access import Actor, Permission
from models.accounts import Company
from models.db import db
from models.errors import Invalid
from models.notices import Digest, NoticePreference
from tasks.boundary import command, query
from tasks.notices.rules import CHANNELS, Rules
from tasks.notices.topics import GROUPS

# Until a person says otherwise: nobody is mailed about a copy, and nobody misses what waits for them.
DEFAULT_UNWANTED = frozenset({"copies:mail", "copies:chat", "results:chat", "incidents:chat"})


@dataclass(frozen=True)
class PreferenceDraft:
    """A person's choices as typed. `wanted` holds ``group:channel`` for each box that is ticked."""

    wanted: frozenset[str]
    digest: Digest = Digest.OFF
    digest_at: time = time(9)
    quiet_from: time | None = None
    quiet_until: time | None = None
    time_zone: str = ""
    urgent_passes: bool = True


@query(Permission.ACCOUNT_SELF)
def read_preferences(actor: Actor) -> PreferenceDraft:
    """The actor's choices in this company, or the defaults."""
    row = _row(actor)
    every = _every_choice()
    if row is None:
        return PreferenceDraft(wanted=every - DEFAULT_UNWANTED)
    return PreferenceDraft(
        wanted=every - set(row.unwanted),
        digest=row.digest,
        digest_at=row.digest_at,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        time_zone=row.time_zone,
        urgent_passes=row.urgent_passes,
    )


@command(Permission.ACCOUNT_SELF)
def save_preferences(actor: Actor, draft: PreferenceDraft) -> None:
    """Keep the actor's choices; they count for what happens from now on. Raises `Invalid`."""
    _check(draft)
    row = _row(actor)
    if row is None:
        row = NoticePreference(user_id=actor.user_id)
        db.session.add(row)
    row.unwanted = sorted(_every_choice() - draft.wanted)
    row.digest, row.digest_at = draft.digest, draft.digest_at
    row.quiet_from, row.quiet_until = draft.quiet_from, draft.quiet_until
    row.time_zone, row.urgent_passes = draft.time_zone, draft.urgent_passes


def rules_of(company_id: int, people: Sequence[int]) -> dict[int, Rules]:
    """The rules of each of `people` (user ids) in a company."""
    zone = ZoneInfo(db.session.get_one(Company, company_id).time_zone)
    usual = Rules(zone, DEFAULT_UNWANTED)
    rows = db.session.scalars(
        select(NoticePreference).where(NoticePreference.company_id == company_id, NoticePreference.user_id.in_(people))
    )
    chosen = {row.user_id: _rules(row, usual) for row in rows}
    return {user_id: chosen.get(user_id, usual) for user_id in people}


def _rules(row: NoticePreference, usual: Rules) -> Rules:
    return replace(
        usual,
        zone=ZoneInfo(row.time_zone) if row.time_zone else usual.zone,
        unwanted=frozenset(row.unwanted),
        digest=row.digest,
        digest_at=row.digest_at,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        urgent_passes=row.urgent_passes,
    )


def _check(draft: PreferenceDraft) -> None:
    if (draft.quiet_from is None) != (draft.quiet_until is None):
        field = "quiet_from" if draft.quiet_from is None else "quiet_until"
        raise Invalid("Quiet hours need a beginning and an end, or neither.", code="notice.quiet", field=field)
    if draft.quiet_from is not None and draft.quiet_from == draft.quiet_until:
        raise Invalid(
            "Quiet hours that end when they begin would be none. Choose two different times, or leave both empty.",
            code="notice.quiet",
            field="quiet_until",
        )
    if draft.time_zone and draft.time_zone not in available_timezones():
        raise Invalid(
            "“{time_zone}” is not a time zone. Write it like Asia/Shanghai.",
            code="notice.time_zone",
            field="time_zone",
            time_zone=draft.time_zone[:60],
        )


def _every_choice() -> frozenset[str]:
    return frozenset(f"{group}:{channel}" for group in GROUPS for channel in CHANNELS)


def _row(actor: Actor) -> NoticePreference | None:
    return db.session.scalars(select(NoticePreference).where(NoticePreference.user_id == actor.user_id)).one_or_none()
