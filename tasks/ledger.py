"""Append to a company's hash chains, inside the transaction of whatever is recorded.

An entry, its hash and the new head are one statement (`models.ledger.chained`). The audit log is written at the end of
the transaction, behind everything that is locked; so a head of a chain is held for as short as can be.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from models import audit, register
from models.db import db, utc_now
from models.later import write_later
from models.ledger import LedgerHead, canonical

CHAINS = ("register", "audit")
_APPEND_TO_REGISTER = register.APPEND.returning(register.RegisterEntry.__table__.c.sequence)


def open_chains(company_id: int) -> None:
    """Begin the chains of a new company. Called once, where companies are made."""
    db.session.add_all(LedgerHead(company_id=company_id, name=name) for name in CHAINS)


def append_audit(company_id: int, facts: dict[str, Any], **columns: Any) -> None:
    """Add `facts` to the audit log when the transaction commits."""
    write_later(audit.APPEND, company_id=company_id, **_entry(facts), **columns)


def append_register(company_id: int, facts: dict[str, Any], **columns: Any) -> int:
    """Add `facts` to the register now; the sequence number of the entry."""
    db.session.flush()
    row = {"company_id": company_id, **_entry(facts), **columns}
    return int(db.session.execute(_APPEND_TO_REGISTER, row).scalar_one())


def _entry(facts: dict[str, Any]) -> dict[str, Any]:
    at = utc_now()
    return {"body": canonical(facts | {"at": _stamp(at)}), "at": at}


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
