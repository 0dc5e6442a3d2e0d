"""Append to a company's hash chains, inside the transaction of whatever is recorded."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from models.audit import AuditEntry
from models.db import db, keep, recall, utc_now
from models.ledger import LedgerHead, canonical, entry_hash
from models.register import RegisterEntry

# The order of their locks. Nothing else is locked behind a head but by the run that holds it.
CHAINS = ("audit", "register")
Row = TypeVar("Row", RegisterEntry, AuditEntry)


def open_chains(company_id: int) -> None:
    """Begin the chains of a new company. Called once, where companies are made."""
    db.session.add_all(LedgerHead(company_id=company_id, name=name) for name in CHAINS)


def append(company_id: int, chain: str, model: type[Row], facts: dict[str, Any], **columns: Any) -> Row:
    """Add an entry whose body is `facts`. The head's row stays locked until the transaction ends."""
    head, at = _lock_head(company_id, chain), utc_now()
    body = canonical(facts | {"at": _stamp(at)})
    digest = entry_hash(company_id, head.sequence + 1, head.hash, body)
    entry = model(
        company_id=company_id,
        sequence=head.sequence + 1,
        body=body,
        previous_hash=head.hash,
        hash=digest,
        at=at,
        **columns,
    )
    db.session.add(entry)
    head.sequence, head.hash = entry.sequence, digest
    return entry


def _lock_head(company_id: int, chain: str) -> LedgerHead:
    """A run that appends to a chain may append to any other later, so the heads before it are locked with it."""
    *_, head = [_locked(company_id, name) for name in CHAINS[: CHAINS.index(chain) + 1]]
    return head


def _locked(company_id: int, name: str) -> LedgerHead:
    """Read and locked once in a transaction: nobody else moves it on until that ends."""
    held: LedgerHead | None = recall("head", (company_id, name))
    if held is not None:
        return held
    with db.session.no_autoflush:  # what is written so far goes to the database with the entry
        head = db.session.scalars(
            select(LedgerHead)
            .where(LedgerHead.company_id == company_id, LedgerHead.name == name)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one()
    return keep("head", (company_id, name), head)


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
