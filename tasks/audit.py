"""The audit log: every command writes what it changed, in its own transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import select

from models.access import Actor, Permission
from models.audit import AuditEntry
from models.db import db
from models.ledger import Break, LedgerHead, verify
from tasks import ledger
from tasks.boundary import query


def record(actor: Actor, action: str, subject: str = "", *, company_id: int | None = None, **facts: Any) -> None:
    """Note that `actor` did `action` (``request.submit``) to `subject` (``request:12``), with the facts of the change.

    No secrets belong in `facts`. Called by commands, inside their transaction.
    """
    company = company_id if company_id is not None else actor.company_id
    if company is None:
        raise ValueError("an audit entry belongs to a company")
    body = {
        "user": actor.user_id,
        "action": action,
        "subject": subject,
        "origin": actor.origin,
        "facts": {name: _plain(value) for name, value in facts.items()},
    }
    if actor.outsider:
        body["outsider"] = actor.outsider
    ledger.append_audit(company, body, user_id=actor.user_id, action=action, subject=subject)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value if isinstance(value, str | int | bool | None) else str(value)


@dataclass(frozen=True)
class Page:
    """A page of entries, newest first. `next_before` is the sequence to continue below; None on the last page."""

    entries: Sequence[AuditEntry]
    next_before: int | None


@query(Permission.AUDIT_READ)
def list_entries(
    actor: Actor, *, subject: str = "", action: str = "", before: int | None = None, limit: int = 50
) -> Page:
    """Entries of the actor's company, newest first, narrowed by exact subject or the beginning of an action."""
    wanted = select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(limit + 1)
    if subject:
        wanted = wanted.where(AuditEntry.subject == subject)
    if action:
        wanted = wanted.where(AuditEntry.action.startswith(action, autoescape=True))
    if before is not None:
        wanted = wanted.where(AuditEntry.sequence < before)
    rows = db.session.scalars(wanted).all()
    return Page(rows[:limit], rows[limit - 1].sequence if len(rows) > limit else None)


@query(Permission.AUDIT_READ)
def verify_audit(actor: Actor) -> Break | None:
    """Recompute the chain. None when it is whole, else where it breaks."""
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.sequence).execution_options(yield_per=1000))
    head = db.session.scalars(select(LedgerHead).where(LedgerHead.name == "audit")).one_or_none()
    with closing(entries):  # reading stops at the first fault
        return verify(actor.company_id or 0, entries, head)
