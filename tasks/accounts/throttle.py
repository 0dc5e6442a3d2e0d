"""Growing delays after failed log-ins, per account and per address. Nobody is ever locked out for good."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite

from models.accounts import LoginThrottle
from models.db import db, is_sqlite, utc_now
from models.errors import NotAllowed
from models.language import N_

# What is allowed without delay. An address may be a whole office behind one router.
ACCOUNT_FREE = 5
ADDRESS_FREE = 30
_FIRST_DELAY_SECONDS = 30
_LONGEST_DELAY_SECONDS = 15 * 60
_FORGET_AFTER = timedelta(hours=24)


class TooManyAttempts(NotAllowed):
    """Try again later; `fields["seconds"]` says when."""

    default_code = "login.throttled"


def account_key(email: str) -> str:
    """Under which failures for one account are counted, whether or not it exists."""
    return f"account:{email[:200]}"


def address_key(address: str) -> str:
    """Under which failures from one address are counted."""
    return f"address:{address[:64]}"


def take_turn(key: str, free: int) -> None:
    """Count a failure in advance, so that attempts side by side count too; `forgive` takes it back.

    Raises `TooManyAttempts` while `key` has to wait.
    """
    now = utc_now()
    row = _locked(key, now)
    if row.blocked_until is not None and row.blocked_until > now:
        raise _too_many(row.blocked_until, now)
    if row.last_failure_at < now - _FORGET_AFTER:
        row.failures = 0
    row.failures += 1
    row.last_failure_at = now
    row.blocked_until = _next_try(row.failures, free, now)
    db.session.flush()


def forgive(key: str, *, all_failures: bool) -> None:
    """Take back the failure counted in advance, or all of them."""
    row = db.session.get(LoginThrottle, key, with_for_update=True)
    if row is not None:
        row.failures = 0 if all_failures else max(0, row.failures - 1)
        row.blocked_until = None


def _locked(key: str, now: datetime) -> LoginThrottle:
    """The row of `key`, made where there is none: two first attempts side by side must not both make it."""
    row = db.session.get(LoginThrottle, key, with_for_update=True)
    if row is not None:
        return row
    insert = sqlite.insert if is_sqlite(db.session()) else postgresql.insert
    new = insert(LoginThrottle).values(key=key, failures=0, last_failure_at=now)
    db.session.execute(new.on_conflict_do_nothing())
    return db.session.get_one(LoginThrottle, key, with_for_update=True)


def _next_try(failures: int, free: int, now: datetime) -> datetime | None:
    if failures < free:
        return None
    doublings = min(failures - free, 10)
    return now + timedelta(seconds=min(_FIRST_DELAY_SECONDS * 2**doublings, _LONGEST_DELAY_SECONDS))


def _too_many(until: datetime, now: datetime) -> TooManyAttempts:
    return TooManyAttempts(
        N_("Too many attempts. Wait {seconds} seconds, then try again."),
        field="password",
        seconds=int((until - now).total_seconds()) + 1,
    )
